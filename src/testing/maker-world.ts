// A small Internet in one network namespace, with a root, two top-level domains, and many makers that differ in one fault each: BIND serves
// signed zones, nginx the pages, Exim the mail and a few lines of Node those that are broken. It asks what it is told to ask
// (see `Asked`), and prints what came of it as JSON. To be run by `unshare --net --pid --mount --fork --kill-child`.
import { spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync, createHash, X509Certificate } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { createServer as createHttps } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { type AskedFact, probe } from '../probe/run.ts'
import type { Entry } from '../probe/transcript.ts'
import { HEADERS, makers, type Maker, ODD_SELECTOR, WEB, type WorldResult } from './makers.ts'

const dir = mkdtempSync(join(tmpdir(), 'maker-world-'))
const at = (file: string) => join(dir, file)

function must(command: string, args: readonly string[], cwd = dir): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}${stdout}`)
  return stdout
}

function later(command: string, args: readonly string[]): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()))
    child.stderr.on('data', (piece: Buffer) => (out += piece.toString()))
    child.on('error', failed)
    child.on('close', (code) => (code === 0 ? done(out) : failed(new Error(`${command} ${args.join(' ')}: ${out}`))))
  })
}

/** Two authorities, of which one is known to us (NODE_EXTRA_CA_CERTS), and what they certify. */
function authority(name: string): void {
  if (name === 'ca') return // the caller made it, so that this process trusts it
  must('openssl', [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj'.split(' '),
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.crt`,
  ])
}

function certificate(file: string, names: readonly string[], ca: string, dates: readonly string[]): void {
  const san = names.map((name) => `DNS:${name}`).join(',')
  must('openssl', [
    ...'req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=maker'.split(' '),
    '-addext',
    `subjectAltName=${san}`,
    '-keyout',
    `${file}.key`,
    '-out',
    `${file}.csr`,
  ])
  const [crt, key] =
    ca === 'ca' ? [process.env['NODE_EXTRA_CA_CERTS']!, process.env['WORLD_CA_KEY']!] : [`${ca}.crt`, `${ca}.key`]
  writeFileSync(at(`${file}.txt`), '')
  writeFileSync(
    at(`${file}.cnf`),
    `[ca]\ndefault_ca=c\n[c]\ndatabase=${file}.txt\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nrand_serial=yes\ncopy_extensions=copy\n[p]\ncommonName=supplied\n`,
  )
  must('openssl', [
    'ca',
    '-batch',
    '-notext',
    '-config',
    `${file}.cnf`,
    '-cert',
    crt,
    '-keyfile',
    key,
    '-in',
    `${file}.csr`,
    '-out',
    `${file}.crt`,
    ...dates,
  ])
}

const GOOD_DATES = ['-days', '30']

/** Signs a zone and gives its DS records. */
async function sign(zone: string, text: string, how: Maker['dnssec']): Promise<string> {
  const file = `zone-${zone || 'root'}`
  writeFileSync(at(file), text)
  if (how === 'unsigned') {
    writeFileSync(at(`${file}.signed`), text)
    return ''
  }
  const algorithm = how?.algorithm ?? 'ECDSAP256SHA256'
  const size = algorithm.startsWith('RSA') ? ['-b', '2048'] : []
  // one key for all, and the last word of what it says: of old algorithms it warns before
  const made = await later('dnssec-keygen', ['-q', '-a', algorithm, ...size, '-f', 'KSK', zone || '.'])
  const key = made.trim().split(/\s+/).at(-1)!
  writeFileSync(at(file), `$INCLUDE ${key}.key\n`, { flag: 'a' })
  const dates = how?.dates ?? ['-s', 'now-3600', '-e', 'now+86400']
  await later('dnssec-signzone', [
    '-P',
    '-Q',
    '-z',
    '-o',
    zone || '.',
    ...dates,
    ...(how?.nsec3 ?? []),
    '-f',
    `${file}.signed`,
    file,
    key,
  ])
  if (how?.tamper) {
    const signed = readFileSync(at(`${file}.signed`), 'latin1')
    writeFileSync(at(`${file}.signed`), how.tamper(signed), 'latin1')
  }
  const ds = (await later('dnssec-dsfromkey', ['-2', key])).trim()
  return how?.ds === undefined ? ds : how.ds(ds)
}

const SOA = '@ SOA ns.example. admin.example. 1 3600 600 86400 60\n@ NS ns.example.\n'

async function zones(list: readonly Maker[], tlsa: string): Promise<string> {
  const delegations: Record<string, string> = { example: '', test: '' }
  const served: string[] = ['', 'example', 'test']
  await inParts(list, async (maker) => {
    const ds = await sign(maker.domain, `$TTL 60\n${SOA}${maker.zone.replaceAll('TLSA-OF-MX', tlsa)}`, maker.dnssec)
    const tld = maker.domain.split('.').at(-1)!
    delegations[tld] += `${maker.domain}. NS ns.example.\n${ds}\n`
    served.push(maker.domain)
  })
  const tlds = await Promise.all([
    sign('example', `$TTL 60\n${SOA}ns A 127.0.0.1\n${delegations['example']}`, { algorithm: 'RSASHA256' }),
    sign('test', `$TTL 60\n${SOA}${delegations['test']}`, { algorithm: 'ED25519', nsec3: ['-3', 'aabb', '-H', '0', '-A'] }),
  ])
  const root = await sign(
    '',
    `$TTL 60\n@ SOA ns.example. admin.example. 1 3600 600 86400 60\n@ NS ns.example.\nexample. NS ns.example.\ntest. NS ns.example.\nns.example. A 127.0.0.1\n${tlds.join('\n')}\n`,
    { algorithm: 'ECDSAP384SHA384' },
  )
  writeFileSync(
    at('named.conf'),
    `options { directory "${dir}"; listen-on { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; pid-file none; allow-query { any; }; dnssec-validation no; session-keyfile none; };\n` +
      'controls { };\n' +
      served.map((zone) => `zone "${zone || '.'}" { type primary; file "zone-${zone || 'root'}.signed"; };`).join('\n'),
  )
  return root
}

async function inParts<T>(list: readonly T[], each: (one: T) => Promise<void>, atOnce = 4): Promise<void> {
  const rest = [...list]
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let one; (one = rest.shift()) !== undefined;) await each(one)
    }),
  )
}

function nginx(list: readonly Maker[]): void {
  const blocks: string[] = []
  for (const { domain, web } of list) {
    if (web === undefined) continue
    const root = at(`www-${domain}`)
    for (const [path, body] of Object.entries({ '/index.html': '<title>Maker</title>', ...web.files })) {
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), body)
    }
    const headers = Object.entries(web.headers).map(
      ([name, value]) => `add_header ${name} "${value.replaceAll('"', '\\"')}" always;`,
    )
    const types = Object.entries(web.types ?? {}).map(
      ([path, type]) => `location = ${path} { types { } default_type "${type}"; }`,
    )
    const more = web.locations ?? ''
    const names = `${domain} www.${domain} mta-sts.${domain} csaf.data.security.${domain}`
    const plain = web.plain ?? 'return 301 https://$host$request_uri;'
    blocks.push(`server { listen ${web.ip ?? WEB}:80; server_name ${names}; root ${root}; ${plain} }`)
    if (web.certificate !== 'none')
      blocks.push(
        `server { listen ${web.ip ?? WEB}:443 ssl; server_name ${names}; root ${root}; ssl_certificate ${at(web.certificate ?? 'good')}.crt; ssl_certificate_key ${at(web.certificate ?? 'good')}.key; ${headers.join(' ')} ${types.join(' ')} ${more} }`,
      )
  }
  writeFileSync(
    at('nginx.conf'),
    `daemon off; pid ${at('nginx.pid')}; error_log ${at('nginx.log')}; user root; worker_processes 1; events { worker_connections 512; }\n` +
      `http { access_log off; ssl_protocols TLSv1.2 TLSv1.3; types { text/html html; text/plain txt; application/json json; text/csv csv; text/xml xml; } charset utf-8; charset_types text/plain; server_names_hash_bucket_size 256; server_names_hash_max_size 4096; ` +
      ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${at(name)};`).join(' ') +
      `${blocks.join('\n')} }`,
  )
}

/** A real mail server, with its files where they meet nobody else's. */
async function exim(): Promise<void> {
  for (const folder of ['/run', '/var/spool', '/var/log', '/etc/exim4']) {
    mkdirSync(folder, { recursive: true })
    must('mount', ['-t', 'tmpfs', 'none', folder])
  }
  for (const folder of ['/var/spool/exim4', '/var/log/exim4']) {
    mkdirSync(folder)
    must('chown', ['Debian-exim', folder])
  }
  for (const file of ['good.crt', 'good.key']) {
    copyFileSync(at(file), `/etc/exim4/${file}`)
    chmodSync(`/etc/exim4/${file}`, 0o644)
  }
  writeFileSync(
    '/etc/exim4/exim4.conf',
    'primary_hostname = mx.good.example\ntls_advertise_hosts = *\ntls_certificate = /etc/exim4/good.crt\ntls_privatekey = /etc/exim4/good.key\n' +
      'host_lookup =\nrfc1413_hosts =\nkeep_environment =\nsmtp_accept_max = 200\nsmtp_connect_backlog = 200\nacl_smtp_connect = accept\n',
  )
  spawn('exim4', ['-bdf', '-oX', '127.0.0.3.25'], { stdio: 'ignore' })
  await listening('127.0.0.3', 25)
}

/** Mail servers that are not as they should be. */
function oddMail(): void {
  const tls = (file: string) => ({ key: readFileSync(at(`${file}.key`)), cert: readFileSync(at(`${file}.crt`)) })
  const serve = (ip: string, offers: string, secure?: { key: Buffer; cert: Buffer }) =>
    createServer((socket) => {
      socket.on('error', () => undefined)
      socket.write('220 odd ESMTP\r\n')
      const talk = (s: Socket, list: string) =>
        s.on('data', (bytes: Buffer) => {
          const line = bytes.toString('latin1')
          if (/^EHLO/i.test(line)) s.write(`250-odd\r\n${list}250 HELP\r\n`)
          else if (/^STARTTLS/i.test(line)) {
            s.removeAllListeners('data')
            if (secure === undefined) {
              s.end('454 TLS not available\r\n')
              return
            }
            s.write('220 go\r\n')
            const secured = new TLSSocket(s, { isServer: true, ...secure })
            secured.on('error', () => undefined)
            talk(secured, '')
          } else if (/^QUIT/i.test(line)) s.end('221 bye\r\n')
          else s.write('500 what\r\n')
        })
      talk(socket, offers)
    }).listen(25, ip)
  serve('127.0.0.21', '')
  serve('127.0.0.22', '250-STARTTLS\r\n', tls('unknown'))
  serve('127.0.0.23', '250-STARTTLS\r\n')
  // one that never stops greeting, one that leaves within the handshake, one that answers it with what is no TLS
  createServer((socket) => {
    socket.on('error', () => undefined)
    const pour = () => {
      while (socket.writable && socket.write('220-hello\r\n'.repeat(4096)));
      socket.once('drain', pour)
    }
    pour()
  }).listen(25, '127.0.0.24')
  for (const [ip, after] of [
    ['127.0.0.25', ''],
    ['127.0.0.26', '500 no such thing\r\n'],
  ] as const)
    createServer((socket) => {
      socket.on('error', () => undefined)
      socket.write('220 odd ESMTP\r\n')
      socket.on('data', (bytes: Buffer) => {
        const line = bytes.toString('latin1')
        if (/^EHLO/i.test(line)) socket.write('250-odd\r\n250 STARTTLS\r\n')
        else if (/^STARTTLS/i.test(line)) socket.write('220 go\r\n')
        else socket.end(after)
      })
    }).listen(25, ip)
  // takes the call and never says a word
  for (const port of [25, 80, 443]) createServer((socket) => socket.on('error', () => undefined)).listen(port, '127.0.0.29')
}

/** Pages that drip, pour, unfold, nest, or are none: each but the first page, which is as it should be. */
function hostileWeb(): void {
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  const tls = { key: readFileSync(at('good.key')), cert: readFileSync(at('good.crt')) }
  createHttps(tls, (request, response) => {
    response.on('error', () => undefined)
    const [kind = ''] = (request.headers.host ?? '').split('.')
    const say = (type: string, more: Record<string, string> = {}) => response.writeHead(200, { 'content-type': type, ...more })
    if (request.url === '/') response.writeHead(200, { ...HEADERS, 'content-type': 'text/html' }).end('<p>')
    else if (kind === 'drip') {
      say('text/plain; charset=utf-8')
      const timer = setInterval(() => response.write('#'), 200)
      response.on('close', () => clearInterval(timer))
    } else if (kind === 'flood') {
      say('text/plain; charset=utf-8')
      const pour = () => {
        while (!response.destroyed && response.write('# water\n'.repeat(8192)));
        response.once('drain', pour)
      }
      pour()
    } else if (kind === 'bomb') say('text/plain; charset=utf-8', { 'content-encoding': 'gzip' }).end(bomb)
    else if (kind === 'deep') say('application/json').end('['.repeat(200_000))
    else if (kind === 'headers') response.socket?.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(50_000)}\r\n`)
    else if (kind === 'not-http') response.socket?.end('220 hello\r\n')
    else if (kind === 'maze') response.writeHead(302, { location: `https://maze.example/${Math.random()}` }).end()
    else response.writeHead(404).end()
  }).listen(443, '127.0.0.30')
}

async function listening(ip: string, port: number): Promise<void> {
  for (let n = 0; n < 100; n++) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, ip, () => {
        socket.destroy()
        done(true)
      })
      socket.on('error', () => done(false))
    })
    if (open) return
    await sleep(50)
  }
  throw new Error(`nobody listens on ${ip}:${port}`)
}

must('ip', ['link', 'set', 'lo', 'up'])
const keys = {
  rsa512: generateKeyPairSync('rsa', { modulusLength: 768 }).publicKey,
  rsa1024: generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey,
  rsa2048: generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey,
  ed25519: generateKeyPairSync('ed25519').publicKey,
}
mkdirSync(at('gnupg'), { mode: 0o700 })
const gpg = (args: readonly string[], input = '') => {
  const { status, stdout, stderr } = spawnSync('gpg', ['--homedir', at('gnupg'), '--batch', '--passphrase', '', ...args], {
    input,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
}
gpg(['--quick-generate-key', 'security@maker.example', 'ed25519', 'sign', 'never'])
const list = makers(keys, {
  publicKey: gpg(['--armor', '--export']),
  sign: (text) => gpg(['--clearsign'], text),
  detached: (text) => gpg(['--armor', '--detach-sign'], text),
})
const names = list.flatMap(({ domain }) => [
  domain,
  `www.${domain}`,
  `mta-sts.${domain}`,
  `mx.${domain}`,
  `csaf.data.security.${domain}`,
])
authority('stranger')
certificate('good', names, 'ca', GOOD_DATES)
certificate('expired', names, 'ca', ['-startdate', '20200101000000Z', '-enddate', '20210101000000Z'])
certificate('wrong-name', ['other.example'], 'ca', GOOD_DATES)
certificate('unknown', names, 'stranger', GOOD_DATES)
const spki = new X509Certificate(readFileSync(at('good.crt'))).publicKey.export({ type: 'spki', format: 'der' })
const root = await zones(list, `3 1 1 ${createHash('sha256').update(spki).digest('hex')}`)
nginx(list)
oddMail()
hostileWeb()
spawn('named', ['-f', '-c', at('named.conf'), '-u', 'root'], { stdio: 'ignore' })
spawn('nginx', ['-c', at('nginx.conf')], { stdio: 'ignore' })
await Promise.all([listening('127.0.0.1', 53), listening(WEB, 443), exim()])

const began = Date.now()
const facts: AskedFact[] = []
const transcript: Entry[] = []
// a few at a time: on a busy machine a hundred at once are too slow for each other
await inParts(
  list,
  async ({ domain, site }) => {
    const asked = await probe({
      targets: [],
      sites: [site ?? domain],
      ports: [],
      resolver: '127.0.0.1',
      anchors: root.split('\n'),
      selectors: [ODD_SELECTOR],
      refusal: (ip) => (ip.startsWith('127.') ? undefined : 'it is not of this world'),
      perSecond: { one: 4000, all: 8000 },
    })
    facts.push(...asked.facts)
    transcript.push(...asked.transcript)
  },
  12,
)
const took = Date.now() - began
writeFileSync(
  at('anchors.bind'),
  `trust-anchors { ${root
    .split('\n')
    .map((line) => {
      const [, , , tag, algorithm, type, digest] = line.split(/\s+/)
      return `. static-ds ${tag} ${algorithm} ${type} "${digest}";`
    })
    .join(' ')} };\n`,
)
const delv: Record<string, string> = {}
const telling = list.filter(({ domain, dnssec }) => domain === 'good.example' || domain.endsWith('.test') || dnssec !== undefined)
await inParts(telling, async ({ domain }) => {
  delv[domain] = await later('delv', ['-a', at('anchors.bind'), '+root=.', '@127.0.0.1', domain, 'SOA']).catch(
    (error: Error) => error.message,
  )
})
const result: WorldResult = { facts, transcript, took, delv }
process.stdout.write(JSON.stringify(result), () => process.exit(0))
