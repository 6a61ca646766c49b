import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { SSL2_KINDS } from './offer.ts'
import { groupName, suiteName } from '../../decode/protocols/tls-names.ts'
import type { TlsKinds } from '../../evidence/asked/tls.ts'
import { sslscan, testssl, type TlsSaid } from '../../testing/tls-oracles.ts'
import { rawTlsServer } from '../../testing/tls-raw-server.ts'
import { missing, TlsServers } from '../../testing/tls-servers.ts'
import { askTls } from '../../testing/ask-tls.ts'

type Facts = TlsKinds['probe.tls']

const dir = mkdtempSync(join(tmpdir(), 'assay-tls-'))
mkdirSync(dir, { recursive: true })
const servers = new TlsServers(dir)
const raw: Server[] = []
afterAll(() => {
  servers.stop()
  for (const server of raw) server.close()
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
})

/**
 * A server of each kind, by what it needs. `testssl`: asked by testssl.sh, too, at every run, and not only with ASSAY_ORACLE=all.
 * `slow`: only then asked at all (its server waits for each of sslscan's connections). `sslscan`: its options.
 */
interface Configuration {
  needs: string[]
  testssl?: true
  slow?: true
  sslscan?: string[]
  start: () => Promise<number>
}

const rsa = () => servers.keys('rsa:2048')
const ec = () => servers.keys('ec:prime256v1')
const NAMED = { '1.0': '-tls1', '1.1': '-tls1_1' } as const

const VERSIONS_ONLY = ['--no-ciphersuites', '--no-groups', '--no-fallback', '--no-renegotiation', '--no-compression']

const CONFIGURATIONS: Readonly<Record<string, Configuration>> = {
  'OpenSSL, as RFC 9325 wants it': {
    needs: ['openssl'],
    start: () => servers.openssl(ec(), '-min_protocol', 'TLSv1.2', '-serverpref', '-cipher', 'ECDHE+AESGCM:ECDHE+CHACHA20'),
  },
  'OpenSSL, TLS 1.3 alone, Ed25519': { needs: ['openssl'], start: () => servers.openssl(servers.keys('ed25519'), '-tls1_3') },
  'OpenSSL, all that it has, two certificates': {
    needs: ['openssl'],
    start: () =>
      servers.openssl(
        rsa(),
        '-dcert',
        ec().cert,
        '-dkey',
        ec().key,
        '-min_protocol',
        'TLSv1',
        '-cipher',
        'ALL:COMPLEMENTOFALL@SECLEVEL=0',
      ),
  },
  'OpenSSL, TLS 1.0 alone, a key of 1024 bits, renegotiation': {
    needs: ['openssl'],
    start: () =>
      servers.openssl(
        servers.keys('rsa:1024', '-days', '30', '-sha1'),
        NAMED['1.0'],
        '-client_renegotiation',
        '-cipher',
        'DHE-RSA-AES128-SHA:AES128-SHA@SECLEVEL=0',
      ),
  },
  'OpenSSL, TLS 1.1 and 1.2, own order, a certificate that has expired': {
    needs: ['openssl'],
    start: () =>
      servers.openssl(
        expired(),
        '-min_protocol',
        'TLSv1.1',
        '-max_protocol',
        'TLSv1.2',
        '-serverpref',
        '-cipher',
        'AES256-SHA:ECDHE-RSA-AES128-SHA:DHE-RSA-AES256-SHA@SECLEVEL=0',
      ),
  },
  'GnuTLS, with RC4, 3DES, NULL and nobody authenticated': {
    needs: ['gnutls-serv'],
    start: () =>
      servers.gnutls(rsa(), 'NORMAL:+VERS-TLS1.0:+VERS-TLS1.1:+ARCFOUR-128:+3DES-CBC:+NULL:+SHA1:+MD5:+ANON-ECDH:+ANON-DH'),
  },
  'GnuTLS, SECURE256': { needs: ['gnutls-serv'], start: () => servers.gnutls(rsa(), 'SECURE256:%SERVER_PRECEDENCE') },
  'NSS, with RC4, 3DES and NULL': {
    needs: ['selfserv', 'certutil', 'pk12util'],
    slow: true,
    // asked for each group, selfserv keeps it waiting until it gives up
    sslscan: ['--no-groups'],
    start: () => servers.nss(rsa(), 'tls1.0:tls1.2', ['0005', '0004', '000A', '0002', '002F', 'C013', 'C011', 'C02F']),
  },
  'nginx, a chain of three': {
    needs: ['nginx'],
    start: () =>
      servers.nginx(
        chain(),
        'ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on; ssl_ciphers ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256;',
      ),
  },
  'lighttpd, wolfSSL': { needs: ['lighttpd', 'mod_wolfssl.so'], start: () => servers.lighttpd(rsa(), 'wolfssl') },
  'lighttpd, Mbed TLS': { needs: ['lighttpd', 'mod_mbedtls.so'], start: () => servers.lighttpd(rsa(), 'mbedtls') },
  'stunnel, before nobody': {
    needs: ['stunnel4'],
    start: () =>
      servers.stunnel(
        rsa(),
        9,
        'sslVersionMin = TLSv1.2\nciphers = ECDHE-RSA-AES128-GCM-SHA256:AES128-GCM-SHA256\ncurves = P-256:P-384',
      ),
  },
  // sslscan finishes handshakes, which these do not: it can tell versions only
  'made, SSL 2.0 and 3.0, export, DES': { needs: ['openssl'], testssl: true, sslscan: VERSIONS_ONLY, start: () => made('ssl') },
  'made, TLS 1.0 to 1.2, compression, small primes': { needs: ['openssl'], sslscan: VERSIONS_ONLY, start: () => made('tls') },
}

async function made(kind: 'ssl' | 'tls'): Promise<number> {
  const certificate = new X509Certificate(readFileSync(rsa().cert)).raw
  const { port, server } = await rawTlsServer(
    kind === 'ssl'
      ? {
          certificate,
          prefers: 'server',
          sslv2: [0x010080, 0x0700c0, 0x020080],
          suites: { 0x0300: [0x0a, 0x05, 0x04, 0x03, 0x09, 0x2f] },
        }
      : {
          certificate,
          prefers: 'client',
          suites: { 0x0301: [0x35, 0x33, 0x14, 0x16], 0x0302: [0x35, 0x33], 0x0303: [0x9e, 0x33, 0x35, 0x2f] },
          compression: true,
          heartbeat: true,
          secureRenegotiation: true,
          fallbackScsv: true,
          dhBits: 1024,
        },
  )
  raw.push(server)
  return port
}

/** Signed by an authority that is signed by another. */
function chain() {
  const at = (name: string) => join(dir, name)
  const root = servers.keys('rsa:2048', '-days', '30', '-subj', '/CN=A root')
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8', cwd: dir })
    if (status !== 0) throw new Error(stderr)
  }
  const signed = (name: string, by: { cert: string; key: string }, extension: string, bits: number) => {
    openssl('req', '-newkey', `rsa:${bits}`, '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    writeFileSync(at(`${name}.ext`), extension)
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      by.cert,
      '-CAkey',
      by.key,
      '-days',
      '20',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    )
    return { cert: at(`${name}.pem`), key: at(`${name}.key`) }
  }
  const middle = signed('middle', root, 'basicConstraints=critical,CA:true', 2048)
  const leaf = signed('leaf', middle, 'subjectAltName=DNS:thing.example', 3072)
  writeFileSync(at('chain.pem'), [leaf.cert, middle.cert, root.cert].map((file) => readFileSync(file, 'utf8')).join(''))
  return { cert: at('chain.pem'), key: leaf.key }
}

function expired() {
  const { key } = rsa()
  const cert = join(dir, 'expired.pem')
  const csr = join(dir, 'expired.csr')
  spawnSync('openssl', ['req', '-new', '-key', key, '-subj', '/CN=thing.example', '-out', csr])
  spawnSync('openssl', ['x509', '-req', '-in', csr, '-signkey', key, '-days', '-1', '-out', cert])
  return { cert, key }
}

interface Explained {
  oracle: 'sslscan' | 'testssl'
  /** Configurations in which it occurs; its own words for what differs. */
  of: RegExp
  differs: RegExp
  because: string
}

/** Where an oracle and we differ, and are both right, or it is wrong. Held against staleness: each must occur. */
const EXPLAINED: readonly Explained[] = [
  {
    oracle: 'sslscan',
    of: /TLS 1\.1 and 1\.2, own order/,
    differs: /^groups: .*theirs \[\]$/,
    because:
      'sslscan offers all suites when it asks for groups; this server has an order of its own and prefers RSA key exchange, in which no group is named (RFC 8422 section 5.4)',
  },
  {
    oracle: 'sslscan',
    of: /wolfSSL/,
    differs: /^versions: .*theirs \[("TLS 1\.3")?\]$|^TLS 1\.[23] \S+: ours only$/,
    because:
      'wolfSSL takes at most 150 suites in a ClientHello and sslscan offers 344 (RFC 5246 section 7.4.1.2 allows 32,767); and it refuses every second X25519 key that is made up, by the bit that does not count (RFC 7748 section 5), so that sslscan misses TLS 1.3 now and then',
  },
  {
    oracle: 'sslscan',
    of: /wolfSSL/,
    differs: /^groups: .*theirs \[(\]$|.*"sect163k1")/,
    because:
      'sslscan counts groups that TLS 1.3 does not have (RFC 8446 section 4.2.7): it takes a HelloRetryRequest of wolfSSL that names no group for a yes',
  },
  {
    oracle: 'testssl',
    of: /TLS 1\.3 alone/,
    differs: /^clientRenegotiation: ours undefined, theirs false$/,
    because: 'TLS 1.3 has no renegotiation (RFC 8446 section 4.1.2): testssl.sh says no, where we say nothing',
  },
  {
    oracle: 'testssl',
    of: /wolfSSL/,
    differs: /^TLS 1\.2 TLS_((EC)?DHE_)?PSK_\S+: ours only$/,
    because:
      'wolfSSL answers with suites of keys shared beforehand, of which lighttpd has none: s_client of testssl.sh would have to finish such a handshake (RFC 4279 section 2)',
  },
  {
    oracle: 'testssl',
    of: /TLS 1\.0 alone|^made/,
    differs: /^clientRenegotiation: ours (true|undefined), theirs false$/,
    because:
      'the s_client of testssl.sh (OpenSSL 3 at security level 2) comes to no handshake with so old a server, which it takes for a refusal to renegotiate (RFC 5246 section 7.4.1.1)',
  },
]

const used = new Set<Explained>()

/** What differs, a line each; what is explained is left out. */
function differences(name: string, ours: Facts, theirs: TlsSaid): string[] {
  const lines: string[] = []
  const differ = (what: string, mine: unknown, other: unknown) => {
    if (JSON.stringify(mine) !== JSON.stringify(other))
      lines.push(`${what}: ours ${JSON.stringify(mine)}, theirs ${JSON.stringify(other)}`)
  }
  const lower = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value)
  const sorted = (list: readonly string[]) => [...list].toSorted()
  differ('versions', sorted(ours.versions), sorted(theirs.versions))
  for (const { version, suites, serverPrefers } of theirs.suites ? ours.suites : []) {
    const others = theirs.suites?.[version] ?? []
    const nameOf = (id: number) => SSL2_KINDS[id] ?? suiteName(id)
    for (const suite of suites) if (!others.some((id) => nameOf(id) === suite)) lines.push(`${version} ${suite}: ours only`)
    for (const id of others) if (!suites.includes(nameOf(id))) lines.push(`${version} ${nameOf(id)}: theirs only`)
    const preferred = theirs.preferred?.[version]
    if (serverPrefers && preferred !== undefined) differ(`${version} preferred`, suites[0], suiteName(preferred))
  }
  if (theirs.groups !== undefined) differ('groups', sorted(ours.groups), sorted(theirs.groups.map(groupName)))
  if (theirs.dhBits !== undefined) differ('DH bits', ours.dhBits, theirs.dhBits)
  for (const certificate of theirs.certificates) {
    const mine = ours.certificates.find(({ sha256 }) => sha256 === certificate.sha256)
    for (const [key, value] of Object.entries(certificate))
      differ(`certificate ${key}`, lower(mine?.[key as keyof typeof mine]), lower(value))
  }
  for (const key of ['secureRenegotiation', 'clientRenegotiation', 'compression', 'fallbackScsv'] as const)
    if (theirs[key] !== undefined) differ(key, ours[key], theirs[key])
  return lines.filter((line) => {
    const reason = EXPLAINED.find((one) => one.oracle === theirs.of && one.of.test(name) && one.differs.test(line))
    if (reason) used.add(reason)
    return !reason
  })
}

const all = process.env['ASSAY_ORACLE'] === 'all'
const noSslscan = missing('sslscan')
const noTestssl = missing('testssl')

describe('TLS of services as sslscan and testssl.sh see it', () => {
  for (const [name, { needs, start, testssl: quick, slow, sslscan: options = [] }] of Object.entries(CONFIGURATIONS)) {
    const without = [...missing(...needs), ...noSslscan]
    it.skipIf(without.length > 0 || (slow && !all))(
      `${name}${without.length > 0 ? ` (needs ${without.join(', ')})` : ''}`,
      { timeout: all ? 900_000 : 120_000 },
      async () => {
        const port = await start()
        const { facts, troubles } = await askTls(port)
        expect(troubles).toEqual([])
        expect(facts?.complete).toBe(true)
        expect(differences(name, facts!, await sslscan(port, ...options))).toEqual([])
        if ((all || quick) && noTestssl.length === 0) expect(differences(name, facts!, await testssl(port, all))).toEqual([])
      },
    )
  }

  it.skipIf(!all)('has no explanation that nothing needs', () => {
    expect(EXPLAINED.filter((one) => !used.has(one)).map(({ because }) => because)).toEqual([])
  })
})
