import { describe, expect, it } from 'vitest'
import type { QuicMessage } from '../../decode/protocols/quic.ts'
import type { ClientHello, ServerHello } from '../../decode/protocols/tls-hello.ts'
import type { TlsMessage } from '../../decode/protocols/tls.ts'
import { readCertificate } from '../../decode/protocols/x509.ts'
import { makeCertificate } from '../../testing/certificates.ts'
import type { Context, Party } from '../context.ts'
import type { Kind, Kinds, TlsFacts } from '../kinds.ts'
import type { DtlsMessage } from '../../decode/protocols/dtls.ts'
import { observeDtls } from './dtls.ts'
import { observeQuic } from './quic.ts'
import { observeTls } from './tls.ts'

const device: Party = { host: 1, ip: '192.168.1.7', port: 50000, scope: 'local' }
const cloud: Party = { host: -1, ip: '203.0.113.9', port: 443, scope: 'internet' }

interface Kept {
  who: Party
  kind: Kind
  key: string
  data: TlsFacts
  frame: number
  count: number
}

/** A context that keeps what it is told, as evidence/ does: the first sighting's data, merged by `update`. */
class Notes implements Pick<Context, 'add' | 'signal' | 'protect' | 'serverName'> {
  readonly kept: Kept[] = []
  readonly signals: string[] = []
  readonly said: string[] = []
  readonly context: Context

  constructor(client: Party = device, server: Party = cloud) {
    this.context = {
      transport: 'tcp',
      client,
      server,
      capture: 0,
      time: Date.now() * 1000,
      canaries: [],
      peer: (party) => ({ ip: party.ip, port: party.port, scope: party.scope }),
      owner: () => client,
      add: (...a) => this.add(...a),
      signal: (...a) => this.signal(...a),
      sign: () => undefined,
      protect: (...a) => this.protect(...a),
      serverName: (...a) => this.serverName(...a),
      knownPart: () => undefined,
      learnName: () => undefined,
    }
  }

  add<K extends Kind>(
    who: Party,
    kind: K,
    key: string,
    data: Kinds[K],
    frame: number,
    options?: { update?: (kept: Kinds[K]) => void; count?: number },
  ): void {
    const before = this.kept.find((one) => one.who === who && one.kind === kind && one.key === key)
    if (before !== undefined) {
      before.count += options?.count ?? 1
      options?.update?.(before.data as Kinds[K])
    } else this.kept.push({ who, kind, key, data: data as TlsFacts, frame, count: 1 })
  }

  signal(party: Party, kind: string, value: string, frame: number): void {
    this.signals.push(`${party.ip} ${kind} ${value} ${frame}`)
  }

  protect(protection: string): void {
    this.said.push(protection)
  }

  serverName(name: string): void {
    this.said.push(name)
  }

  of(party: Party): TlsFacts {
    return this.kept.find((one) => one.who === party)!.data
  }
}

const hello: ClientHello = {
  legacyVersion: 0x0303,
  highestVersion: 0x0304,
  supportedVersions: [0x0304],
  suites: [0x1a1a, 0xc02f, 0x0005, 0x000a, 0x00ff],
  extensions: [0],
  groups: [],
  signatureAlgorithms: [],
  alpn: ['h2'],
  sni: 'cloud.example',
  ech: false,
  keyShares: [],
  postQuantum: false,
  earlyData: false,
  complete: true,
  ja4: 't13d_x',
}
const choice = (version: number, suite: number): ServerHello => ({
  version,
  suite,
  compression: 0,
  extensions: [],
  preSharedKey: false,
  retry: false,
})
const certificate = readCertificate(makeCertificate({ subject: 'other.example', dns: ['other.example'] }).der)!

function message(change: Partial<TlsMessage>): TlsMessage {
  return {
    protocol: 'tls',
    frame: 4,
    fromClient: true,
    hello,
    sslv2: false,
    server: choice(0x0303, 0xc02f),
    retried: false,
    certificate,
    issuers: [],
    chainLength: 1,
    clientCertificate: 'not-asked',
    resumed: false,
    clientFinished: true,
    serverFinished: true,
    clientData: true,
    carries: true,
    completed: true,
    alerts: [],
    damaged: false,
    midstream: false,
    frames: { server: 6, certificate: 7, finished: 8 },
    ...change,
  }
}

function observed(change: Partial<TlsMessage>, client = device, server = cloud): Notes {
  const notes = new Notes(client, server)
  observeTls(message(change), notes.context)
  return notes
}

describe('TLS observed', () => {
  it('both ends, with the certificate judged by what the client asked for, and the packet that shows it', () => {
    const notes = observed({})
    expect(notes.kept.map(({ who, kind, frame }) => [who.ip, kind, frame])).toEqual([
      ['192.168.1.7', 'tls.client', 7],
      ['203.0.113.9', 'tls.server', 7],
    ])
    expect(notes.of(device)).toMatchObject({
      peer: { ip: '203.0.113.9', name: 'cloud.example', port: 443 },
      transport: 'tcp',
      sni: 'cloud.example',
      versionOffered: 'TLS 1.3',
      versionChosen: 'TLS 1.2',
      suite: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      weak: [],
      completed: true,
      finished: true,
      forwardSecrecy: true,
      ja4: 't13d_x',
      weakOffered: ['TLS_RSA_WITH_RC4_128_SHA', 'TLS_RSA_WITH_3DES_EDE_CBC_SHA'],
      certificate: { names: ['other.example'], problems: ['self-signed', 'wrong-name'], chainLength: 1 },
    })
    expect(notes.of(cloud)).toMatchObject({ servedPort: 443, peer: { ip: '192.168.1.7', port: 50000 } })
    expect(notes.said).toEqual(['encrypted', 'cloud.example'])
    expect(notes.signals).toEqual([
      '192.168.1.7 tls.ja4 t13d_x 4',
      '192.168.1.7 tls.sni cloud.example 4',
      '203.0.113.9 tls.server-cert CN=other.example / CN=other.example 7',
    ])
  })

  it.each([
    [0x0301, 0xc013, /TLS 1\.0 is forbidden.*8996/],
    [0x0302, 0xc013, /TLS 1\.1 is forbidden/],
    [0x0300, 0x002f, /SSL 3\.0 is forbidden.*7568/],
    [0x0303, 0x0005, /RC4/],
    [0x0303, 0x000a, /3DES/],
    [0x0303, 0x0009, /DES/],
    [0x0303, 0x0003, /export/],
    [0x0303, 0x003b, /NULL/],
    [0x0303, 0x0034, /anonymous/],
  ])('version %i with suite %i is weak', (version, suite, why) => {
    const { weak } = observed({ server: choice(version, suite) }).of(device)
    expect(weak.join()).toMatch(why)
  })

  it.each([
    [0x0303, 0xc02f],
    [0x0304, 0x1301],
    [0x7f17, 0x1301],
    [0x0303, 0x009c],
    [0x0303, 0xcca8],
  ])('version %i with suite %i is not', (version, suite) => {
    expect(observed({ server: choice(version, suite) }).of(device).weak).toEqual([])
  })

  it('a key that opens old sessions is told apart, not called weak', () => {
    expect(observed({ server: choice(0x0303, 0x009c) }).of(device)).toMatchObject({ forwardSecrecy: false, weak: [] })
    expect(observed({ primeBits: 1024 }).of(device).weak.join()).toMatch(/1024 bits/)
    expect(observed({ primeBits: 2048 }).of(device).weak).toEqual([])
  })

  it('a NULL cipher leaves the endpoint in clear', () =>
    expect(observed({ server: choice(0x0303, 0x003b) }).said[0]).toBe('clear'))

  it('the alert that ended it', () => {
    const alerts = [{ by: 'client', name: 'unknown_ca', fatal: true, frame: 9 }] as const
    expect(observed({ completed: false, alerts: [...alerts] }).of(device).alert).toEqual({ by: 'client', name: 'unknown_ca' })
    expect(observed({ alerts: [{ by: 'client', name: 'encrypted', fatal: false, frame: 9 }] }).of(device).alert).toBeUndefined()
  })

  it('who sent the hello is the client, whoever opened the conversation', () => {
    const notes = observed({ fromClient: false }, cloud, device)
    expect(notes.kept.map(({ who, kind }) => [who.ip, kind])).toEqual([
      ['192.168.1.7', 'tls.client'],
      ['203.0.113.9', 'tls.server'],
    ])
  })

  it('amid a connection: encrypted, and nothing more', () => {
    const notes = observed({ midstream: true, hello: undefined!, server: undefined!, certificate: undefined! })
    expect([notes.kept, notes.signals, notes.said]).toEqual([[], [], ['encrypted']])
  })

  it('the name of a hello that may hold another is said to be the outer one, and yields to a name known from DNS', () => {
    const notes = observed({ hello: { ...hello, ech: true } })
    expect(notes.of(device)).toMatchObject({ sni: 'cloud.example', ech: true })
    expect(notes.of(device).peer.name).toBe('cloud.example')
    expect(notes.kept[0]!.key).toMatch(/^cloud\.example \(outer name, ECH\)\|443\|/)
    const looked = new Notes()
    looked.context.peer = (party) => ({ ip: party.ip, port: party.port, scope: party.scope, name: 'true.example' })
    observeTls(message({ hello: { ...hello, ech: true } }), looked.context)
    expect(looked.said).toEqual(['encrypted'])
    expect(looked.of(device).peer.name).toBe('true.example')
  })

  it('keys that last: offered, and chosen', () => {
    const offers = { ...hello, keyShares: [0x11ec, 29], postQuantum: true }
    expect(observed({ hello: offers, server: { ...choice(0x0304, 0x1301), group: 29 } }).of(device)).toMatchObject({
      group: 'x25519',
      postQuantum: 'offered',
    })
    for (const [group, name] of [
      [0x11ec, 'X25519MLKEM768'],
      [0x11eb, 'SecP256r1MLKEM768'],
      [0x0202, 'MLKEM1024'],
      [0x6399, 'X25519Kyber768Draft00'],
    ] as const)
      expect(observed({ hello: offers, server: { ...choice(0x0304, 0x1301), group } }).of(device)).toMatchObject({
        group: name,
        postQuantum: 'chosen',
      })
    expect(observed({}).of(device).postQuantum).toBeUndefined()
  })

  it("what is amiss with the certificates behind the server's is told with them alone", () => {
    const made = (subject: string, issuer: string, days: number) =>
      readCertificate(
        makeCertificate({ subject, issuer, notBefore: new Date('2020-01-01'), notAfter: new Date(Date.UTC(2022, 0, days)) }).der,
      )!
    const notes = observed({
      certificate: readCertificate(makeCertificate({ subject: 'cloud.example', issuer: 'CA 1', dns: ['cloud.example'] }).der)!,
      issuers: [made('CA 2', 'root', 9000), made('CA 1', 'CA 2', 1)],
      chainLength: 3,
    })
    const { certificate: shown } = notes.of(device)
    expect(shown!.chainLength).toBe(3)
    expect(shown!.problems.filter((problem) => problem !== 'not-yet-valid')).toEqual([])
    expect(shown!.issuers).toMatchObject([
      { subject: 'CN=CA 2', keyType: 'EC', keyBits: 256, problems: ['out-of-order'] },
      { subject: 'CN=CA 1', problems: ['expired', 'out-of-order'] },
    ])
  })

  it('the same again is one fact; another outcome is another', () => {
    const notes = new Notes()
    for (const completed of [true, true, false]) observeTls(message({ completed }), notes.context)
    expect(notes.kept.filter(({ who }) => who === device).map(({ count }) => count)).toEqual([2, 1])
    expect(Math.max(...notes.kept.map(({ key }) => key.length))).toBeLessThan(1024)
  })
})

it('QUIC: one fact for hello and completion', () => {
  const notes = new Notes()
  const first: QuicMessage = { protocol: 'quic', frame: 1, fromClient: true, version: 1, hello, completed: false }
  observeQuic(first, notes.context)
  expect(notes.of(device)).toMatchObject({ transport: 'quic', completed: false, sni: 'cloud.example', alpn: ['h2'] })
  observeQuic({ ...first, frame: 5, server: choice(0x0304, 0x1301), completed: true }, notes.context)
  expect(notes.kept).toHaveLength(2)
  expect(notes.kept[0]!.count).toBe(1)
  expect(notes.of(device)).toMatchObject({ completed: true, versionChosen: 'TLS 1.3', suite: 'TLS_AES_128_GCM_SHA256', weak: [] })
  expect(notes.signals).toHaveLength(2)
})

describe('DTLS', () => {
  const said = (change: Partial<DtlsMessage>, notes: Notes) =>
    observeDtls({ protocol: 'dtls', frame: 1, fromClient: true, stage: 'hello', hello, cookie: false, ...change }, notes.context)
  const server = choice(0xfefd, 0xc02c)
  const chain = { certificate, issuers: [], length: 1 }

  it('is one fact a connection, and another with what it was shown', () => {
    const notes = new Notes()
    said({}, notes)
    said({ stage: 'choice', server }, notes)
    said({ stage: 'certificate', server, chain }, notes)
    said({ stage: 'completed', server, chain }, notes)
    const facts = notes.kept.filter(({ who }) => who === device)
    expect(facts.map(({ count }) => count)).toEqual([1, 1])
    expect(facts[0]!.data).toMatchObject({ transport: 'dtls', versionChosen: 'DTLS 1.2', completed: false })
    expect(facts[1]!.data).toMatchObject({ completed: true, certificate: { problems: ['self-signed', 'wrong-name'] } })
    expect(notes.signals.filter((signal) => signal.includes('ja4'))).toHaveLength(1)
  })

  it('a certificate that one connection showed is not what another, taken up again, accepted', () => {
    const notes = new Notes()
    said({}, notes)
    said({ stage: 'certificate', server, chain }, notes)
    said({ stage: 'alert', server, chain, alert: { by: 'client', name: 'bad_certificate' } }, notes)
    said({}, notes)
    said({ stage: 'completed', server }, notes)
    const facts = notes.kept.filter(({ who }) => who === device).map(({ data }) => data)
    expect(facts.filter(({ completed }) => completed).map((fact) => fact.certificate)).toEqual([undefined])
  })

  it('of a call: its certificates are known by their fingerprints', () => {
    const notes = new Notes()
    said({ stage: 'certificate', hello: { ...hello, extensions: [0, 14] }, server, chain }, notes)
    expect(notes.of(device).certificate).toMatchObject({ selfSigned: true, problems: [] })
  })

  it('1.0 is forbidden like TLS 1.1', () => {
    const notes = new Notes()
    said({ stage: 'certificate', server: choice(0xfeff, 0xc013), chain }, notes)
    expect(notes.of(device).weak.join()).toMatch(/DTLS 1\.0 is forbidden since 2021/)
  })
})
