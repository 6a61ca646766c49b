import { describe, expect, it } from 'vitest'
import { aDevice, aNetwork } from '../../testing/device.ts'
import { aMailDomain } from '../../testing/mail.ts'
import { mailTransport } from './mail-transport.ts'

function run(change: Parameters<typeof aMailDomain>[0] = {}) {
  return mailTransport.run(aDevice().observe('mail.domain', aMailDomain(change)).build(), aNetwork())
}

const mx = 'mx.maker.example'
const sts = aMailDomain().mtaSts!
const dane = { mx, records: 1, secure: true, matches: true, faults: [] }
const server = { mx, offered: true, version: 'TLSv1.3' }

describe('mail-transport', () => {
  it('passes what is binding', () => {
    expect(run()).toMatchObject([{ outcome: 'pass', about: 'maker.example' }])
    expect(run({ mtaSts: undefined, dane: [dane] })).toMatchObject([{ outcome: 'pass' }])
    // DANE needs no authority
    expect(
      run({ mtaSts: undefined, dane: [dane], startTls: [{ ...server, certificate: 'it is signed by nobody' }] }),
    ).toMatchObject([{ outcome: 'pass' }])
  })

  it('does not apply where no mail is taken, and only where that is said', () => {
    expect(run({ mx: [], nullMx: true, startTls: [] })).toMatchObject([{ outcome: 'not-applicable' }])
    expect(run({ mx: [], startTls: [] })).toMatchObject([{ outcome: 'inconclusive' }])
    expect(run({ mx: [], startTls: [], unanswered: [{ about: 'mx', reason: 'SERVFAIL' }] })).toMatchObject([{ outcome: 'error' }])
  })

  it.each<[string, Parameters<typeof run>[0], string]>([
    ['no STARTTLS', { startTls: [{ mx, offered: false }] }, 'fail'],
    ['one of two without', { mx: [mx, 'b.example'], startTls: [server, { mx: 'b.example', offered: false }] }, 'fail'],
    ['STARTTLS that does not work', { startTls: [{ mx, offered: true, fault: 'TLS failed' }] }, 'fail'],
    ['STARTTLS that was cut off', { startTls: [{ mx, offered: true, trouble: 'it closed' }] }, 'error'],
    ['a server beyond those that were asked', { mx: [mx, 'b.example'], startTls: [server] }, 'inconclusive'],
    ['a bad certificate that senders refuse', { startTls: [{ ...server, certificate: 'it has expired' }] }, 'fail'],
    ['a bad certificate', { mtaSts: undefined, startTls: [{ ...server, certificate: 'it has expired' }] }, 'warn'],
    ['a certificate other than DANE names', { dane: [{ ...dane, matches: false, faults: ['it is another'] }] }, 'fail'],
    ['an old version', { startTls: [{ ...server, version: 'TLSv1' }] }, 'warn'],
    ['nothing binding', { mtaSts: undefined }, 'warn'],
    ['MTA-STS in testing', { mtaSts: { ...sts, mode: 'testing' } }, 'warn'],
    ['MTA-STS that is broken', { mtaSts: { ...sts, faults: ['its policy cannot be fetched'] } }, 'warn'],
    ['DANE without DNSSEC', { mtaSts: undefined, dane: [{ ...dane, secure: false, faults: ['no DNSSEC'] }] }, 'warn'],
    [
      'DANE of one server of two',
      { mtaSts: undefined, mx: [mx, 'b.example'], dane: [dane], startTls: [server, { ...server, mx: 'b.example' }] },
      'warn',
    ],
    ['TLS-RPT that is broken', { tlsRpt: { record: 'v=TLSRPTv1', faults: ['its rua is no address'] } }, 'warn'],
    ['a server that does not answer', { startTls: [{ mx, offered: false, trouble: 'it did not greet' }] }, 'error'],
    ['MTA-STS without an answer', { mtaSts: undefined, unanswered: [{ about: 'mta-sts', reason: 'SERVFAIL' }] }, 'error'],
  ])('does not pass %s', (_, change, outcome) => {
    expect(run(change)).toMatchObject([{ outcome }])
  })
})
