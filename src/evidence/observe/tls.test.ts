import { describe, expect, it } from 'vitest'
import type { QuicMessage } from '../../decode/protocols/quic.ts'
import type { ClientHello, ServerHello } from '../../decode/protocols/tls-hello.ts'
import type { TlsMessage } from '../../decode/protocols/tls.ts'
import { readCertificate } from '../../decode/protocols/x509.ts'
import { makeCertificate } from '../../testing/certificates.ts'
import type { Context, Party } from '../context.ts'
import type { Kind, Kinds, TlsFacts } from '../kinds.ts'
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
    options?: { update?: (kept: Kinds[K]) => void },
  ): void {
    const before = this.kept.find((one) => one.who === who && one.kind === kind && one.key === key)
    if (before !== undefined) {
      before.count++
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
const choice = (version: number, suite: number): ServerHello => ({ version, suite, preSharedKey: false, retry: false })
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
    chainLength: 1,
    clientCertificate: 'not-asked',
    resumed: false,
    clientFinished: true,
    serverFinished: true,
    clientData: true,
    completed: true,
    alerts: [],
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
  expect(notes.of(device)).toMatchObject({ completed: true, versionChosen: 'TLS 1.3', suite: 'TLS_AES_128_GCM_SHA256', weak: [] })
  expect(notes.signals).toHaveLength(2)
})
