import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { createSecureContext, createServer as createTlsServer, TLSSocket, type TlsOptions } from 'node:tls'
import { afterAll, describe, expect, it } from 'vitest'
import { askTls } from '../../testing/ask-tls.ts'
import { type MadeCertificate, makeCertificate } from '../../testing/certificates.ts'
import { type RawTls, rawTlsServer } from '../../testing/tls-raw-server.ts'

const servers: Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
})

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const made = (more: MadeCertificate = {}) => makeCertificate({ subject: 'thing.example', dns: ['thing.example'], ...more })
const good = made()

const sound: RawTls = {
  certificate: good.der,
  prefers: 'server',
  suites: { 0x0303: [0xc02b, 0xc02c] },
  secureRenegotiation: true,
}

/** Ids of what is found weak in a made server that differs from a sound one by this. */
async function weakIn(more: Partial<RawTls>, name?: string): Promise<string[]> {
  const { port, server } = await rawTlsServer({ ...sound, ...more })
  servers.push(server)
  const { facts, troubles } = await askTls(port, name === undefined ? {} : { name })
  expect(troubles).toEqual([])
  return facts!.weaknesses.map(({ id }) => id)
}

/** A server by Node's OpenSSL. */
function overNode(options: TlsOptions): Promise<number> {
  const server = createTlsServer({ cert: good.pem, key: good.keyPem, ...options }, (socket) => socket.resume())
  server.on('tlsClientError', () => undefined)
  servers.push(server)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))
}

const DAY = 86_400_000

describe('each weakness, beside a sound twin', () => {
  it('finds nothing in the sound one', async () => {
    expect(await weakIn({}, 'thing.example')).toEqual([])
  })

  // each differs from the sound one in that alone
  const CASES: [weakness: string[], fault: Partial<RawTls>][] = [
    [['ssl-2.0', 'rc4', 'sweet32'], { sslv2: [0x010080, 0x0700c0] }],
    [['ssl-3.0', 'static-key-exchange', 'beast'], { suites: { 0x0303: [0xc02b], 0x0300: [0x2f] }, fallbackScsv: true }],
    [['old-tls', 'beast'], { suites: { 0x0303: [0xc02b], 0x0301: [0xc009] }, fallbackScsv: true }],
    [['old-tls'], { suites: { 0x0303: [0xc02b], 0x0302: [0xc009] }, fallbackScsv: true }],
    [['old-tls', 'no-fallback-scsv'], { suites: { 0x0303: [0xc02b], 0x0302: [0xc009] } }],
    [['old-tls', 'no-current-tls'], { suites: { 0x0302: [0xc009] } }],
    [['null-cipher'], { suites: { 0x0303: [0xc02b, 0xc006] } }],
    [['anonymous'], { suites: { 0x0303: [0xc02b, 0xc018] } }],
    [['export', 'small-dh'], { suites: { 0x0303: [0xc02b, 0x14] } }],
    [['rc4'], { suites: { 0x0303: [0xc02b, 0xc007] } }],
    [['des'], { suites: { 0x0303: [0xc02b, 0x09] } }],
    [['sweet32'], { suites: { 0x0303: [0xc02b, 0xc008] } }],
    [['static-key-exchange'], { suites: { 0x0303: [0xc02b, 0x9c] } }],
    [['no-forward-secrecy'], { suites: { 0x0303: [0x9c, 0x9d] } }],
    [['no-aead'], { suites: { 0x0303: [0xc023, 0xc009] } }],
    [['small-dh'], { suites: { 0x0303: [0xc02b, 0x9e] }, dhBits: 1536 }],
    [[], { suites: { 0x0303: [0xc02b, 0x9e] }, dhBits: 2048 }],
    [['insecure-renegotiation'], { secureRenegotiation: false }],
    [['compression'], { compression: true }],
    [['heartbeat'], { heartbeat: true }],
    [['certificate-expired'], { certificate: made({ notAfter: new Date(Date.now() - DAY / 2) }).der }],
    [['certificate-not-yet-valid'], { certificate: made({ notBefore: new Date(Date.now() + DAY / 2) }).der }],
    [['certificate-wrong-name'], { certificate: made({ dns: ['other.example'] }).der }],
    [['certificate-weak-key'], { certificate: made({ key: generateKeyPairSync('rsa', { modulusLength: 1024 }) }).der }],
    [['certificate-weak-signature'], { certificate: made({ issuer: 'An authority', signer: RSA.privateKey, hash: 'sha1' }).der }],
  ]
  for (const [ids, fault] of CASES) {
    const { certificate: _, ...plain } = fault
    it(`${ids.join(', ') || 'none'}: ${JSON.stringify(plain)}`, async () => {
      expect(await weakIn(fault, 'thing.example')).toEqual(ids)
    })
  }

  it('points to the answer that shows it', async () => {
    const { port, server } = await rawTlsServer({ ...sound, suites: { 0x0303: [0xc02b, 0x9c, 0xc007] } })
    servers.push(server)
    const { asker, shown } = await askTls(port)
    const said = shown.map(({ entry }) => asker.transcript.entries[entry - 1]!.said.find(({ by }) => by === 'them')?.text)
    // version, random and session id stand before the suite: RC4 first, then what is low, then what shows the version
    const chosen = said.map((text) => /(?:\\x07){32}\\x00(\\x..|.)(\\x..|.)/.exec(text!)?.slice(1).join(''))
    expect(chosen).toEqual(['\\xc0\\x07', '\\x00\\x9c', '\\xc0+'])
  })

  it('judges no name where none is known', async () => {
    expect(await weakIn({ certificate: made({ dns: ['other.example'] }).der })).toEqual([])
  })

  it('client-initiated renegotiation', async () => {
    const { facts } = await askTls(await overNode({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE+AESGCM' }))
    // Node lets a client do it three times in ten minutes
    expect([facts?.clientRenegotiation, facts?.weaknesses.map(({ id }) => id)]).toEqual([true, ['client-renegotiation']])
    const { facts: other } = await askTls(
      await overNode({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE+AESGCM', secureOptions: NO_RENEGOTIATION }),
    )
    expect([other?.clientRenegotiation, other?.weaknesses]).toEqual([false, []])
  })
})

/** SSL_OP_NO_RENEGOTIATION of OpenSSL. */
const NO_RENEGOTIATION = 1 << 30

describe('what is not told in clear', () => {
  it('sees the certificate of a server that has only TLS 1.3', async () => {
    const { facts } = await askTls(await overNode({ minVersion: 'TLSv1.3' }))
    expect(facts).toMatchObject({
      versions: ['TLS 1.3'],
      complete: true,
      weaknesses: [],
      certificates: [{ keyType: 'EC', keyBits: 256, chain: 'self-signed', names: ['thing.example'] }],
    })
    expect(facts).not.toHaveProperty('secureRenegotiation')
  })

  it('says what was not tested', async () => {
    const { port, server } = await rawTlsServer({ ...sound, suites: { 0x0303: [0x9c] }, heartbeat: true })
    servers.push(server)
    expect((await askTls(port)).facts?.untested.map((what) => what.split(' ')[0])).toEqual([
      'ROBOT',
      'Heartbleed',
      'renegotiation',
    ])
  })

  it('tells chains apart', async () => {
    const root = { subject: 'A root', key: generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
    const by = { issuer: 'A root', signer: root.key.privateKey }
    const leaf = made(by)
    const rootCertificate = makeCertificate(root)
    const stranger = makeCertificate({ subject: 'A stranger' })
    const ask = async (cert: string) =>
      (await askTls(await overNode({ cert, key: leaf.keyPem, maxVersion: 'TLSv1.2' }))).facts!.certificates[0]
    expect(await ask(leaf.pem)).toMatchObject({ chain: 'incomplete', chainLength: 1 })
    expect(await ask(leaf.pem + rootCertificate.pem)).toMatchObject({ chain: 'private', chainLength: 2 })
    expect(await ask(leaf.pem + stranger.pem)).toMatchObject({ chain: 'out-of-order', chainLength: 2 })
  })
})

/** A server that begins in clear, by lines (or what stands for them), and changes to TLS when it is asked to. */
function startTls(script: { greeting?: string; answers: [RegExp, string | Buffer][]; when: RegExp }): Promise<number> {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined)
    if (script.greeting !== undefined) socket.write(script.greeting)
    const hear = (bytes: Buffer) => {
      const text = bytes.toString('latin1')
      const answer = script.answers.find(([said]) => said.test(text))?.[1] ?? '500 what?\r\n'
      socket.write(answer)
      if (!script.when.test(text)) return
      socket.off('data', hear)
      const secured = new TLSSocket(socket, {
        isServer: true,
        secureContext: createSecureContext({ cert: good.pem, key: good.keyPem, minVersion: 'TLSv1.2' }),
      })
      secured.on('error', () => undefined)
      secured.resume()
    }
    socket.on('data', hear)
  })
  servers.push(server)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))
}

const PROCEED = Buffer.from('300c02010178070a010004000400', 'hex')

describe('TLS that begins in clear (STARTTLS)', () => {
  const SCRIPTS: Record<string, Parameters<typeof startTls>[0]> = {
    smtp: {
      greeting: '220-thing\r\n220 thing ESMTP\r\n',
      answers: [
        [/^EHLO/, '250-thing\r\n250-STARTTLS\r\n250 HELP\r\n'],
        [/^STARTTLS/, '220 go on\r\n'],
      ],
      when: /^STARTTLS/,
    },
    imap: { greeting: '* OK thing\r\n', answers: [[/STARTTLS/, 'a OK begin\r\n']], when: /STARTTLS/ },
    pop3: { greeting: '+OK thing\r\n', answers: [[/^STLS/, '+OK begin\r\n']], when: /^STLS/ },
    ftp: { greeting: '220 thing\r\n', answers: [[/^AUTH TLS/, '234 begin\r\n']], when: /^AUTH TLS/ },
    xmpp: {
      answers: [
        [
          /<stream:stream/,
          "<?xml version='1.0'?><stream:stream xmlns='jabber:client'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
        ],
        [/<starttls/, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
      ],
      when: /^<starttls/,
    },
    ldap: { answers: [[/1\.3\.6\.1\.4\.1\.1466\.20037/, PROCEED]], when: /20037/ },
  }
  for (const [protocol, script] of Object.entries(SCRIPTS)) {
    it(protocol, async () => {
      const port = await startTls(script)
      const { facts, ports, troubles } = await askTls(port, { protocol })
      expect(troubles).toEqual([])
      expect(facts).toMatchObject({ upgraded: protocol, versions: ['TLS 1.3', 'TLS 1.2'], complete: true })
      expect(ports).toEqual({ asked: [port], speak: [port] })
      // its twin says no
      const { greeting } = script
      const plain = await startTls({
        ...(greeting === undefined ? {} : { greeting }),
        answers: [[/./, REFUSALS[protocol]!]],
        when: /^$/,
      })
      expect(await askTls(plain, { protocol })).toMatchObject({ ports: { asked: [plain], speak: [] }, troubles: [] })
    })
  }
})

const REFUSALS: Record<string, string | Buffer> = {
  smtp: '250 nothing\r\n',
  imap: 'a BAD what\r\n',
  pop3: '-ERR what\r\n',
  ftp: '502 what\r\n',
  xmpp: "<stream:stream><stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:features>",
  // protocolError
  ldap: Buffer.from('300c02010178070a010204000400', 'hex'),
}
