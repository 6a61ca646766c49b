import { describe, expect, it } from 'vitest'
import { aDevice, aNetwork } from '../../testing/device.ts'
import { aMailDomain } from '../../testing/mail.ts'
import { dmarcEnforced } from './dmarc-enforced.ts'

function run(change: Parameters<typeof aMailDomain>[0] = {}) {
  return dmarcEnforced.run(aDevice().observe('mail.domain', aMailDomain(change)).build(), aNetwork())
}

const { dmarc } = aMailDomain()

describe('dmarc-enforced', () => {
  it('passes quarantine and reject', () => {
    expect(run()).toMatchObject([{ outcome: 'pass', about: 'maker.example' }])
    expect(run({ dmarc: { ...dmarc!, policy: 'quarantine' } })).toMatchObject([{ outcome: 'pass' }])
  })

  it.each<[string, Parameters<typeof run>[0], string]>([
    ['no record', { dmarc: undefined }, 'fail'],
    ['none', { dmarc: { ...dmarc!, policy: 'none' } }, 'fail'],
    ['half', { dmarc: { ...dmarc!, percent: 50 } }, 'warn'],
    ['none for those below', { dmarc: { ...dmarc!, subdomains: 'none' } }, 'warn'],
    ['no answer', { dmarc: undefined, unanswered: [{ about: 'dmarc', reason: 'SERVFAIL' }] }, 'error'],
  ])('does not pass %s', (_, change, outcome) => {
    expect(run(change)).toMatchObject([{ outcome }])
  })
})
