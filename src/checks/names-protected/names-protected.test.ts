import { describe, expect, it } from 'vitest'
import type { Kinds } from '../../evidence/kinds.ts'
import { aDevice, aNetwork } from '../../testing/device.ts'
import { namesProtected } from './names-protected.ts'

type Facts = Kinds['site.dns']
const good: Facts = {
  domain: 'maker.example',
  dnssec: 'secure',
  caa: ['issue ca.example', 'iodef mailto:a@maker.example'],
  caaAt: 'maker.example',
  faults: [],
  unanswered: [],
}

function run(change: Partial<Facts> = {}) {
  return namesProtected.run(
    aDevice()
      .observe('site.dns', { ...good, ...change })
      .build(),
    aNetwork(),
  )
}

describe('names-protected', () => {
  it('passes a signed zone with CAA', () => {
    expect(run()).toMatchObject([{ outcome: 'pass', reason: expect.stringContaining('by ca.example only') }])
    expect(run({ caa: ['issue ;'] })).toMatchObject([{ outcome: 'pass', reason: expect.stringContaining('by nobody') }])
  })

  it.each<[string, Partial<Facts>, string]>([
    ['a broken zone', { dnssec: 'bogus', reason: 'its signature ended' }, 'fail'],
    ['an unsigned zone', { dnssec: 'insecure', reason: 'its parent says so' }, 'warn'],
    ['no CAA', { caa: [] }, 'warn'],
    ['CAA that names nobody', { faults: ['they name no authority'] }, 'warn'],
    ['a zone of which nothing is known', { dnssec: 'unknown', reason: 'the resolver did not answer' }, 'error'],
    ['CAA without an answer', { caa: [], unanswered: [{ about: 'caa', reason: 'SERVFAIL' }] }, 'error'],
  ])('does not pass %s', (_, change, outcome) => {
    expect(run(change)).toMatchObject([{ outcome }])
  })
})
