import { describe, expect, it } from 'vitest'
import type { Kinds } from '../../evidence/kinds.ts'
import { aDevice, aNetwork } from '../../testing/device.ts'
import { securityTxt } from './security-txt.ts'

type Facts = Kinds['site.security-txt']
const good: Facts = {
  host: 'www.maker.example',
  found: true,
  url: 'https://www.maker.example/.well-known/security.txt',
  contacts: ['mailto:security@maker.example'],
  expires: '2026-06-01T00:00:00Z',
  policy: 'https://www.maker.example/policy',
  canonical: [],
  faults: [],
  notes: [],
}

function run(...sites: Facts[]) {
  const device = aDevice()
  for (const site of sites) device.observe('site.security-txt', site)
  return securityTxt.run(device.build(), aNetwork())
}

describe('security-txt', () => {
  it('passes a file that is in date', () => expect(run(good)).toMatchObject([{ outcome: 'pass' }]))

  it.each<[string, Partial<Facts>, string]>([
    ['no file', { found: false, contacts: [] }, 'fail'],
    ['no contact', { contacts: [], faults: ['it names no contact'] }, 'fail'],
    ['a date that is past', { expires: '2025-12-31T23:59:59Z', faults: ['it expired on 2025-12-31'] }, 'fail'],
    ['a date that is none', { expires: 'next year', faults: ['Expires is no time'] }, 'fail'],
    ['a false signature', { signed: 'invalid', faults: ['its signature is not valid'] }, 'fail'],
    ['a wrong type', { faults: ['it is sent as text/html'] }, 'warn'],
  ])('does not pass %s', (_, change, outcome) => {
    expect(run({ ...good, ...change })).toMatchObject([{ outcome }])
  })

  it('asks for a policy', () => {
    const { policy: _, ...facts } = good
    expect(run(facts)).toMatchObject([{ outcome: 'warn' }])
  })

  it('says plainly that a signature was not verified', () => {
    expect(run({ ...good, signed: 'unverified' })[0]!.reason).toContain('not verified')
    expect(run({ ...good, signed: 'valid' })[0]!.reason).toContain('signature is valid')
  })

  it('takes one file for all sites of an owner, and not for those of another', () => {
    const bare: Facts = { ...good, host: 'help.maker.example', found: false, contacts: [] }
    expect(run(good, bare)).toMatchObject([{ outcome: 'pass' }])
    expect(run(good, { ...bare, host: 'cloud.example' })).toMatchObject([
      { outcome: 'pass' },
      { outcome: 'fail', about: 'cloud.example' },
    ])
  })
})
