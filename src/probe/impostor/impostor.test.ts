import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Kinds } from '../../evidence/kinds.ts'
import { makeCertificate } from '../../testing/certificates.ts'
import { CLOUD, CLOUD6, DEVICE, Home, noGateway, OTHER, type Place, type Started } from '../../testing/gateway.ts'
import { OFFERS } from './offers.ts'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const skipped = noGateway({ curl: 'curl', openssl: 'openssl', dnsmasq: 'dnsmasq-base', mosquitto_pub: 'mosquitto-clients' })

interface Saved {
  facts: { kind: string; key: string; data: Kinds['probe.impostor'] & Kinds['probe.trouble']; entries: number[] }[]
  transcript: { n: number; why: string; said: { by: string; text: string }[] }[]
}

/** Who calls `of`.maker.example, how, and which wrong certificates it takes. */
interface Client {
  of: string
  command: (name: string, folder: string) => string[]
  takes: readonly string[]
  /** In what it sends, as it may be kept. */
  tells?: string
}

const SECRET = 'Correct-Horse-42'
const node = (body: string, look = 'say()') => [
  process.execPath,
  '-e',
  `const [, name, folder] = process.argv
  const tls = require('node:tls')
  const ca = require('node:fs').readFileSync(folder + '/ca.crt')
  const say = () => socket.write('{"id":7,"password":"${SECRET}"}')
  const socket = tls.connect({ host: name, port: 443, servername: name, ca, ${body} })
  socket.on('error', () => process.exit(1))
  socket.on('close', () => process.exit())
  socket.on('secureConnect', () => ${look})
  setTimeout(() => process.exit(), 5000)`,
]
const publish =
  (...more: string[]) =>
  (name: string, folder: string) => [
    'mosquitto_pub',
    '-h',
    name,
    '-p',
    '8883',
    '-i',
    'lamp-7',
    '-u',
    'lamp',
    '-P',
    SECRET,
    '-t',
    'lamp/state',
    '-m',
    'on',
    '--cafile',
    join(folder, 'ca.crt'),
    ...more,
  ]

/** Twins that differ in one fault, by what they are made of. */
const CLIENTS: readonly Client[] = [
  {
    of: 'curl',
    command: (name, folder) => ['curl', '-sS', '-m', '5', '--cacert', join(folder, 'ca.crt'), `https://${name}/`],
    takes: [],
  },
  {
    of: 'curl-k',
    command: (name) => ['curl', '-sSk', '-m', '5', '-u', `admin:${SECRET}`, `https://${name}/up?key=${SECRET}`],
    takes: OFFERS,
    tells: 'GET /up?key=C…(16) HTTP/1.1',
  },
  { of: 'mosquitto', command: publish(), takes: [] },
  {
    of: 'mosquitto-insecure',
    command: publish('--insecure'),
    takes: ['wrong-name'],
    tells: 'MQTT 3.1.1 CONNECT client lamp-7, user l…(4), password C…(16)',
  },
  { of: 'node', command: (name, folder) => [...node(''), name, folder], takes: [] },
  {
    of: 'node-no-name',
    command: (name, folder) => [...node('checkServerIdentity: () => undefined'), name, folder],
    takes: ['wrong-name'],
    tells: '{"id":7,"password":C…(16)}',
  },
  {
    of: 'node-no-date',
    command: (name, folder) => [
      ...node(
        'rejectUnauthorized: false',
        "socket.authorized || socket.authorizationError === 'CERT_HAS_EXPIRED' ? say() : socket.destroy()",
      ),
      name,
      folder,
    ],
    takes: ['expired'],
    tells: '{"id":7,"password":C…(16)}',
  },
  {
    of: 'openssl',
    command: (name, folder) => [
      'sh',
      '-c',
      'sleep 0.2 | openssl s_client -verify_return_error -quiet -CAfile "$1" -verify_hostname "$0" -connect "$0:443"',
      name,
      join(folder, 'ca.crt'),
    ],
    takes: [],
  },
  {
    of: 'openssl-blind',
    command: (name) => ['sh', '-c', '(echo hello there; sleep 0.3) | openssl s_client -quiet -tls1_2 -connect "$0:443"', name],
    takes: OFFERS,
    tells: 'hello there',
  },
]

describe.skipIf(skipped !== '')(`an impostor at the gateway${skipped}`, { timeout: 60_000 }, () => {
  let folder: string
  let home: Home

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'assay-impostor-'))
    home = new Home('assay-imp', folder)
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    // made by openssl: an authority's certificate that every client takes for one
    writeFileSync(join(folder, 'ca.key'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const ca = ['req', '-x509', '-key', join(folder, 'ca.key'), '-subj', '/O=Lab/CN=Lab Root', '-days', '30']
    home.must('cloud', ['openssl', ...ca, '-out', join(folder, 'ca.crt')])
    writeFileSync(
      join(folder, 'trusted.pem'),
      readFileSync(join(folder, 'ca.crt'), 'utf8') + readFileSync(join(folder, 'ca.key'), 'utf8'),
    )
    const own = makeCertificate({ subject: 'true.maker.example', dns: ['true.maker.example'] })
    writeFileSync(join(folder, 'true.pem'), own.pem + own.keyPem)
    const names = ['--keep-in-foreground', '--no-resolv', '--no-hosts', '--conf-file=/dev/null', '--pid-file=', '--user=root']
    home.start('cloud', ['dnsmasq', ...names, `--address=/maker.example/${CLOUD}`])
    for (const place of ['cloud', 'other'] as const)
      home.start(place, [
        'openssl',
        's_server',
        '-quiet',
        '-www',
        '-accept',
        '443',
        '-cert',
        join(folder, 'true.pem'),
        '-key',
        join(folder, 'true.pem'),
      ])
    home.start('cloud', [
      process.execPath,
      '-e',
      `require('node:http').createServer((q, a) => a.end('the true page')).listen(80)
       require('node:net').createServer((s) => s.on('error', () => 0).on('data', (d) => s.write(d))).listen(9000)
       const u = require('node:dgram').createSocket('udp4')
       u.on('message', (m, f) => u.send('echo', f.port, f.address)).bind(9001)`,
    ])
    await reach('device', ['curl', '-sSk', '-m', '2', 'https://true.maker.example/'])
    await reach('device', ['curl', '-sS', '-m', '2', 'http://true.maker.example/'])
  })
  afterAll(() => {
    home.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  async function reach(place: Place, command: string[]): Promise<string> {
    for (const end = Date.now() + 10_000; ; await delay(100)) {
      const { code, out, err } = await home.start(place, command).ended
      if (code === 0) return out
      if (Date.now() > end) throw new Error(`${command.join(' ')}: ${err}`)
    }
  }

  async function impostor(...args: string[]): Promise<{ run: Started; end: () => Promise<Saved> }> {
    const file = join(folder, 'saved.json')
    rmSync(file, { force: true })
    const run = home.start('gateway', [
      process.execPath,
      main,
      'probe',
      DEVICE,
      '--only',
      'impostor',
      '--resolver',
      CLOUD,
      '--save',
      file,
      ...args,
    ])
    await until(() => run.heard.err.includes('Answering the calls') || run.child.exitCode !== null)
    return {
      run,
      end: async () => {
        const { code, err } = await run.ended
        expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
        return JSON.parse(readFileSync(file, 'utf8')) as Saved
      },
    }
  }

  it('finds what each client takes, shows no secret, and is undone by Ctrl-C', async () => {
    const before = home.tables()
    const { run, end } = await impostor('--for', '100s', '--trusted', join(folder, 'trusted.pem'))
    expect(home.tables()).toHaveLength(before.length + 1)
    // another device goes its way
    const elsewhere = async () => {
      const own = ['curl', '-sSk', '-m', '5', '-w', '%{certs}', 'https://true.maker.example/']
      const { code, out } = await home.start('other', own).ended
      expect(code).toBe(0)
      expect(out).toContain('CN = true.maker.example')
    }
    await Promise.all([
      ...CLIENTS.map(async ({ of, command }) => {
        for (const _ of OFFERS) await home.start('device', command(`${of}.maker.example`, folder)).ended
      }),
      elsewhere(),
    ])
    run.child.kill('SIGINT')
    const saved = await end()
    expect(home.tables()).toEqual(before)

    const tried = saved.facts.filter(({ kind }) => kind === 'probe.impostor').map(({ data }) => data)
    const outcomes = (of: string) => tried.filter(({ server }) => server === `${of}.maker.example`)
    for (const { of, takes, tells } of CLIENTS) {
      const own = outcomes(of)
      expect(Object.fromEntries(own.map(({ offer, outcome }) => [offer, outcome])), of).toEqual(
        Object.fromEntries(OFFERS.map((offer) => [offer, takes.includes(offer) ? 'accepted' : 'refused'])),
      )
      for (const { outcome, sent, text } of own) {
        if (outcome === 'refused') expect({ sent, text }).toEqual({ sent: 0, text: undefined })
        else {
          expect(sent).toBeGreaterThan(5)
          expect(text).toContain(tells)
        }
      }
    }
    expect(outcomes('curl').map(({ alert }) => alert)).toEqual(expect.arrayContaining(['unknown_ca', 'certificate_expired']))
    const known = JSON.stringify(saved)
    expect(known).not.toContain(SECRET)
    expect(known).not.toContain(Buffer.from(`admin:${SECRET}`).toString('base64'))
    // every fact points to the call that shows it
    for (const { data, entries } of saved.facts.filter(({ kind }) => kind === 'probe.impostor')) {
      const entry = saved.transcript.find(({ n }) => n === entries[0])
      expect(entry?.why).toContain(`answers its call to ${data.server}:${data.port} with `)
      expect(entry?.said[0]).toMatchObject({ by: 'us', text: expect.stringContaining('certificate: subject') as string })
    }
  })

  it('lets pass what is no TLS, ends what is open, and is told by address where there is no name', async () => {
    const held = home.start('device', [
      process.execPath,
      '-e',
      `const s = require('node:net').connect(9000, '${CLOUD}', () => setInterval(() => s.write('x'), 100))
       s.on('error', (e) => { console.log(e.code); process.exit() }); s.once('data', () => console.log('open'))`,
    ])
    await until(() => held.heard.out.includes('open'))
    const { run, end } = await impostor('--for', '30s')
    expect((await held.ended).out).toContain('ECONNRESET')
    const curl = (...args: string[]) => home.start('device', ['curl', '-sSk', '-m', '5', ...args]).ended
    expect((await curl('http://page.maker.example/')).out).toBe('the true page')
    const udp = (port: number) =>
      home.start('device', [
        process.execPath,
        '-e',
        `const u = require('node:dgram').createSocket('udp4')
         u.on('message', (m) => { console.log('' + m); process.exit() }).on('error', (e) => { console.log(e.code); process.exit() })
         u.connect(${port}, 'udp.maker.example', () => u.send('x'))
         setTimeout(() => process.exit(), 3000)`,
      ]).ended
    expect((await udp(9001)).out).toBe('echo\n')
    // near is not its cloud
    expect((await curl(`https://${OTHER}/`)).out).toContain('s_server')
    // QUIC
    expect((await udp(443)).out).toBe('ECONNREFUSED\n')
    // after its five, the true server is let through
    for (const _ of OFFERS) await home.start('device', ['curl', '-sS', '-m', '5', `https://${CLOUD}/`]).ended
    expect((await curl(`https://${CLOUD}/`)).out).toContain('s_server')
    run.child.kill('SIGTERM')
    const tried = (await end()).facts.map(({ data }) => data)
    expect(tried.map(({ server, port, offer, outcome }) => `${server} ${port} ${offer} ${outcome}`)).toEqual([
      ...OFFERS.map((offer) => `${CLOUD} 443 ${offer} refused`),
      // who does not look went on with the true one, whose certificate is self-signed
      `${CLOUD} 443 genuine accepted`,
    ])
    expect(home.tables()).toEqual([])
  })

  it('answers calls over IPv6, of hello that come in pieces, and without a name', async ({ skip }) => {
    if (!home.hasIpv6) skip('this kernel has no IPv6')
    const { run, end } = await impostor('--for', '30s')
    const call = (how: string) =>
      home.start('device', [
        process.execPath,
        '-e',
        `const net = require('node:net'), tls = require('node:tls')
         const { Duplex } = require('node:stream')
         const raw = net.connect({ host: '${CLOUD6}', port: 4443, noDelay: true })
         const slow = new Duplex({ read() {}, write(c, e, done) {
           raw.write(c.subarray(0, 5)); setTimeout(() => raw.write(c.subarray(5), done), 150)
         } })
         raw.on('data', (d) => slow.push(d)).on('error', () => process.exit(1)).on('close', () => process.exit())
         const socket = tls.connect({ socket: ${how}, rejectUnauthorized: false }, () => socket.write('over six'))
         setTimeout(() => process.exit(), 4000)`,
      ]).ended
    await call('raw')
    await call('slow')
    run.child.kill('SIGINT')
    const tried = (await end()).facts.map(({ data }) => data)
    expect(tried.map(({ server, port, outcome, text }) => `${server} ${port} ${outcome} ${text}`)).toEqual([
      `${CLOUD6} 4443 accepted over six`,
      `${CLOUD6} 4443 accepted over six`,
      ...OFFERS.slice(2).map(() => `${CLOUD6} 4443 not-tried undefined`),
    ])
  })

  it('says so where the own firewall keeps the calls out', async () => {
    home.must('gateway', ['nft', 'add table inet own; add chain inet own in { type filter hook input priority 0; policy drop; }'])
    try {
      const { run, end } = await impostor('--for', '30s')
      await home.start('device', ['curl', '-sSk', '-m', '1', `https://${CLOUD}/`]).ended
      run.child.kill('SIGINT')
      expect((await end()).facts[0]!.data.reason).toMatch(
        /^\d+ calls of 10\.77\.1\.20 were turned .+ its own firewall drops them/,
      )
    } finally {
      home.must('gateway', ['nft', 'delete table inet own'])
    }
  })

  it('leaves nothing when it is killed', async () => {
    const { run } = await impostor('--for', '30s')
    expect(home.tables()).toHaveLength(1)
    // of `ip netns exec sh -c` the process is the command's own
    run.child.kill('SIGKILL')
    await until(() => home.tables().length === 0)
    expect(await reach('device', ['curl', '-sSk', '-m', '3', 'https://true.maker.example/'])).toContain('s_server')
  })

  it('answers a device that asks for names from the same port before, meanwhile and afterwards, and lets go of it when it is killed', async () => {
    // as a router has it: then the kernel goes on to turn what it has turned before
    const own =
      'add table ip own; add chain ip own out { type nat hook postrouting priority 100; }; add rule ip own out oifname wan masquerade'
    home.must('gateway', ['nft', own])
    const asks = `const u = require('node:dgram').createSocket('udp4')
      const name = Buffer.from('\\x04true\\x05maker\\x07example\\0', 'latin1')
      const query = Buffer.concat([Buffer.from('123401000001000000000000', 'hex'), name, Buffer.of(0, 1, 0, 1)])
      u.on('message', (m) => console.log([...m.subarray(-4)].join('.'))).on('error', () => 0)
      u.bind(5300)
      setInterval(() => u.send(query, 53, '${CLOUD}'), 200)`
    const device = home.start('device', [process.execPath, '-e', asks])
    const last = () => device.heard.out.trim().split('\n').at(-1)
    try {
      await until(() => last() === CLOUD)
      const { run } = await impostor('--for', '30s')
      await until(() => last()!.startsWith('198.18.'))
      run.child.kill('SIGKILL')
      await until(() => home.tables().length === 1)
      await until(() => last() === CLOUD)
    } finally {
      device.child.kill('SIGKILL')
      home.must('gateway', ['nft', 'delete table ip own'])
    }
  })

  it('ends by itself, and says where nothing came or nothing was TLS', async () => {
    const silent = await impostor('--for', '2s')
    const { facts } = await silent.end()
    expect(facts).toMatchObject([{ kind: 'probe.trouble', data: { probe: 'impostor' } }])
    expect(facts[0]!.data.reason).toMatch(/^In 2 seconds nothing that 10\.77\.1\.20 sent to others passed this machine/)
    expect(home.tables()).toEqual([])
  })

  it('says what was not tried, and why', async () => {
    const { run, end } = await impostor('--for', '30s')
    await home.start('device', ['curl', '-sSk', '-m', '5', 'https://once.maker.example/']).ended
    // says hello and leaves
    const hello = `const s = require('node:net').connect(443, 'shy.maker.example', () => s.write(Buffer.from('1603010005010000010000', 'hex'), () => s.destroy()))`
    await home.start('device', [process.execPath, '-e', hello]).ended
    run.child.kill('SIGINT')
    const { facts } = await end()
    const of = (name: string) =>
      facts.filter(({ data }) => data.server?.startsWith(name)).map(({ data }) => [data.outcome, data.reason])
    expect(of('once')).toEqual([['accepted', undefined], ...OFFERS.slice(1).map(() => ['not-tried', 'it did not call again'])])
    expect(of('shy').every(([outcome]) => outcome === 'not-tried')).toBe(true)
  })

  it('says why it cannot be: no root, or nobody is passed on', async () => {
    const said = async (through: string[]) => {
      const run = home.start('gateway', [
        ...through,
        process.execPath,
        main,
        'probe',
        DEVICE,
        '--only',
        'impostor',
        '--for',
        '5s',
        '--quiet',
        '--json',
      ])
      const { code, out, err } = await run.ended
      expect([code, err]).toEqual([3, expect.stringMatching(/10\.77\.1\.20 could not be asked: [^]+\n {2}\S/)])
      return out
    }
    home.must('gateway', ['sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_forward'])
    try {
      expect(await said([])).toContain('This machine passes on no traffic of others (net.ipv4.ip_forward is 0)')
    } finally {
      home.must('gateway', ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'])
    }
    expect(await said(['setpriv', '--reuid=65534', '--clear-groups'])).toContain('may be changed by root only')
  })
})

async function until(look: () => boolean): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end; await delay(50)) if (look()) return
  throw new Error('it never came')
}
