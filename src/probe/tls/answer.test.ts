import { describe, expect, it } from 'vitest'
import { suiteName } from '../../decode/protocols/tls-names.ts'
import { mutated } from '../../testing/mutated.ts'
import { seeded } from '../../testing/seeded.ts'
import { type RawTls, rawTlsAnswer, sslv2Hello } from '../../testing/tls-raw-server.ts'
import { readClientHello } from '../../decode/protocols/tls-hello.ts'
import { type Flight, notOffered, readFlight, readSslv2Flight } from './answer.ts'
import { clientHello, isHostName, type Offer, sslv2Hello as ourSslv2Hello, TLS_1_3 } from './offer.ts'
import { groupsOf, isWeakGroup, portions } from './suites.ts'

/** Nobody looks into it here, and it is the same in every run. */
const der = Uint8Array.from({ length: 500 }, (_, i) => (i * 7) & 0xff)
const config: RawTls = {
  certificate: der,
  prefers: 'server',
  suites: { 0x0300: [0x0a], 0x0301: [0x14, 0x33], 0x0303: [0xc02f, 0x9e, 0x9c] },
  compression: true,
  heartbeat: true,
  secureRenegotiation: true,
  dhBits: 1024,
}
const offer = (version: number, suites: number[], more: Partial<Offer> = {}): Offer => ({
  version,
  suites,
  groups: groupsOf(version),
  ...more,
})
const flightOf = (one: Offer) => rawTlsAnswer(config, clientHello(one).subarray(9))

describe('what is offered', () => {
  it('is a ClientHello that our decoder reads whole, of one version', () => {
    for (const version of [0x0300, 0x0301, 0x0302, 0x0303, TLS_1_3]) {
      for (const suites of portions(version)) {
        const bytes = clientHello(
          offer(version, suites, { name: 'thing.example', heartbeat: true, compression: version < TLS_1_3 }),
        )
        expect(bytes.readUInt16BE(3)).toBe(bytes.length - 5)
        const hello = readClientHello(bytes, 9, bytes.length, true, 'tcp')!
        expect([hello.complete, hello.highestVersion]).toEqual([true, version])
        expect(hello.suites).toEqual(version === TLS_1_3 ? suites : [...suites, 0xff])
        expect(hello.sni).toBe(version === 0x0300 ? undefined : 'thing.example')
        expect(hello.suites.length).toBeLessThanOrEqual(97)
      }
    }
  })

  it('names only what may stand in SNI, and sends no key where a group is asked for', () => {
    expect(['thing.local', 'a', '10.0.0.1', 'fe80::1', '', 'a b', '-x'].map(isHostName)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ])
    const keys = (more: Partial<Offer>) => {
      const bytes = clientHello(offer(TLS_1_3, [0x1301], more))
      return readClientHello(bytes, 9, bytes.length, true, 'tcp')!.keyShares
    }
    expect([keys({}), keys({ noKey: true })]).toEqual([[29, 23], []])
  })

  it('covers what is forbidden, each once', () => {
    const all = portions(0x0303).flat()
    expect(new Set(all).size).toBe(all.length)
    for (const name of [
      'RSA_EXPORT_WITH_RC4_40_MD5',
      'RSA_WITH_NULL_SHA',
      'DH_anon_WITH_RC4_128_MD5',
      'RSA_WITH_3DES_EDE_CBC_SHA',
    ])
      expect(all.map(suiteName)).toContain(`TLS_${name}`)
    expect(portions(0x0301).flat().map(suiteName)).not.toContain('TLS_RSA_WITH_AES_128_GCM_SHA256')
    expect(['secp192r1', 'sect163k1', 'secp224r1', 'x25519'].map(isWeakGroup)).toEqual([true, true, false, false])
  })
})

describe('what is answered', () => {
  it('is read to its end', () => {
    expect(readFlight(flightOf(offer(0x0303, [0x9e, 0x9c])))).toMatchObject({
      done: true,
      hello: { version: 0x0303, suite: 0x9e },
      primeBits: 1024,
      chainLength: 1,
    })
    expect(readFlight(flightOf(offer(0x0303, [0x9c], { compression: true, heartbeat: true }))).hello).toMatchObject({
      compression: 1,
      extensions: [0xff01, 15],
    })
    expect(readFlight(flightOf(offer(0x0302, [0x33]))).hello?.version).toBe(0x0301)
    expect(readFlight(flightOf(offer(0x0303, [0x05])))).toMatchObject({ done: true, alert: 'handshake_failure' })
  })

  it('has one chain of certificates', () => {
    const flight = flightOf(offer(0x0303, [0x9c]))
    // what follows the ServerHello, once more before the ServerHelloDone
    const at = 5 + 4 + flight.readUIntBE(6, 3)
    const twice = Buffer.concat([flight.subarray(0, flight.length - 4), flight.subarray(at)])
    twice.writeUInt16BE(twice.length - 5, 3)
    expect(readFlight(twice).damage).toBe('it sent two chains of certificates')
  })

  it('of SSL 2.0 is told from alerts and from silence', () => {
    const bytes = sslv2Hello(der, [0x010080, 0x123456])
    expect(readSslv2Flight(bytes)).toMatchObject({ done: true, kinds: ['SSL_CK_RC4_128_WITH_MD5'] })
    expect(readSslv2Flight(bytes.subarray(0, 40))).toEqual({ done: false })
    expect(readSslv2Flight(Buffer.of(21, 3, 1, 0, 2, 2, 70))).toEqual({ done: true })
    expect(ourSslv2Hello().subarray(2, 5)).toEqual(Buffer.of(1, 0, 2))
  })

  it('is the same in pieces: what is said early stays so', () => {
    const whole = flightOf(offer(0x0303, [0x9e]))
    for (let n = 0; n < whole.length; n++) {
      const { done, damage } = readFlight(whole.subarray(0, n))
      expect([done, damage]).toEqual([false, undefined])
    }
  })

  it('may be any bytes', () => {
    const below = seeded(20_261_130)
    const offers = [
      offer(0x0303, [0x9e]),
      offer(0x0303, [0xc02f, 0x9c], { compression: true }),
      offer(0x0301, [0x14]),
      offer(0x0300, [0x0a]),
      offer(0x0303, [5]),
    ]
    const seeds = [...offers.map(flightOf), sslv2Hello(der, [0x010080, 0x0700c0])]
    for (let round = 0; round < 20_000; round++) {
      const bytes = mutated(seeds[below(seeds.length)]!, below)
      holds(readFlight(bytes))
      const { kinds = [] } = readSslv2Flight(bytes)
      expect(kinds.length).toBeLessThanOrEqual(8)
    }
  })
})

function holds(flight: Flight): void {
  if (flight.certificates.length > Math.min(8, flight.chainLength)) throw new Error('more certificates than were sent')
  if (flight.damage !== undefined && flight.done) throw new Error('whole and damaged')
  if (flight.hello !== undefined && !(flight.hello.suite >= 0 && flight.hello.suite <= 0xffff)) throw new Error('no suite')
  if (flight.primeBits !== undefined && !(flight.primeBits >= 0 && flight.primeBits <= 8 * 65_536)) throw new Error('no size')
  if (flight.hello !== undefined) notOffered(flight.hello, { version: 0x0303, suites: [0x9e] })
}
