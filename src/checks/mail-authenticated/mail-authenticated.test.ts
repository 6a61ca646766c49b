import { describe, expect, it } from 'vitest'
import { aDevice, aNetwork } from '../../testing/device.ts'
import { aMailDomain } from '../../testing/mail.ts'
import { mailAuthenticated } from './mail-authenticated.ts'

function run(change: Parameters<typeof aMailDomain>[0] = {}) {
  return mailAuthenticated.run(aDevice().observe('mail.domain', aMailDomain(change)).build(), aNetwork())
}

const { spf, dmarc } = aMailDomain()
const key = (keyBits: number, ...faults: string[]) => [{ selector: 's1', keyType: 'rsa', keyBits, faults }]
const parked = { mx: [], nullMx: true, dkim: [], spf: { ...spf!, nobody: true } }

describe('mail-authenticated', () => {
  it('passes what is sound', () => {
    expect(run()).toMatchObject([{ outcome: 'pass', about: 'maker.example' }])
    expect(run(parked)).toMatchObject([{ outcome: 'pass' }])
    expect(run({ spf: { ...spf!, all: '~' } })).toMatchObject([{ outcome: 'pass' }])
  })

  it.each<[string, Parameters<typeof run>[0], string]>([
    ['no SPF', { spf: undefined }, 'fail'],
    ['no DMARC', { dmarc: undefined }, 'fail'],
    ['a parked domain without DMARC', { ...parked, dmarc: undefined }, 'fail'],
    ['SPF that is an error', { spf: { ...spf!, faults: ['there are 2 SPF records'] } }, 'fail'],
    ['a key that is too short', { dkim: key(768, 'its RSA key has 768 bits') }, 'fail'],
    ['a key that is short', { dkim: key(1024, 'its RSA key has 1024 bits') }, 'warn'],
    ['~all that nobody enforces', { spf: { ...spf!, all: '~' }, dmarc: { ...dmarc!, policy: 'none' } }, 'warn'],
    ['DMARC without reports', { dmarc: { ...dmarc!, faults: ['it asks for no reports'] } }, 'warn'],
    ['no DKIM key that is known', { dkim: [] }, 'inconclusive'],
    ['a key that was taken back', { dkim: key(0) }, 'inconclusive'],
    ['no answer about SPF', { spf: undefined, unanswered: [{ about: 'spf', reason: 'SERVFAIL' }] }, 'error'],
    ['no answer about DKIM', { dkim: [], unanswered: [{ about: 'dkim', reason: 'SERVFAIL' }] }, 'error'],
  ])('does not pass %s', (_, change, outcome) => {
    expect(run(change)).toMatchObject([{ outcome }])
  })

  it('fails what is known to be missing, whatever else had no answer', () => {
    expect(run({ dmarc: undefined, unanswered: [{ about: 'spf', reason: 'SERVFAIL' }] })).toMatchObject([{ outcome: 'fail' }])
  })
})
