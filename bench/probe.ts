#!/usr/bin/env node
/**
 * `node bench/probe.ts [--devices 30] [--quick] [--only PROBE]`: how long does it take to ask a home of so many devices everything
 * (docs/probe.md)? Each is an address of loopback in a network namespace of its own, on which real daemons and small servers listen. Needs
 * root, and lighttpd, mosquitto, dropbear, snmpd and dnsmasq.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseProbed } from '../src/probe/probed-file.ts'
import { makeCertificate } from '../src/testing/certificates.ts'
import { missing } from '../src/testing/daemons.ts'

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '30' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    enclosed: { type: 'boolean', default: false },
  },
})
const count = Number(values.devices)
const lacks = missing('lighttpd', 'mosquitto', 'dropbear', 'snmpd', 'dnsmasq', 'unshare', 'ip', '(root)')
if (lacks !== '') {
  console.error(`A home cannot be made here${lacks}`)
  process.exit(2)
}
const addressOf = (n: number) => `127.0.${1 + Math.floor(n / 250)}.${1 + (n % 250)}`
const addresses = Array.from({ length: count }, (_, n) => addressOf(n))

if (!values.enclosed) {
  // nothing of it reaches the machine's own network
  const { status } = spawnSync(
    'unshare',
    ['-n', process.execPath, fileURLToPath(import.meta.url), '--enclosed', ...process.argv.slice(2)],
    {
      stdio: 'inherit',
    },
  )
  process.exit(status ?? 1)
}

spawnSync('ip', ['link', 'set', 'lo', 'up'])
const folder = mkdtempSync(join(tmpdir(), 'assay-home-'))
const children: ChildProcess[] = []
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})
makeHome()
await delay(2000)

const save = join(folder, 'probe.json')
const only = values.only.flatMap((id) => ['--only', id])
const began = performance.now()
const probe = spawn(
  process.execPath,
  [
    fileURLToPath(new URL('../src/cli/main.ts', import.meta.url)),
    'probe',
    ...addresses,
    ...(values.quick ? [] : ['--full']),
    ...only,
    '--quiet',
    '--save',
    save,
  ],
  { stdio: 'inherit' },
)
const code = await new Promise<number | null>((resolve) => probe.on('close', resolve))
const seconds = (performance.now() - began) / 1000
if (code !== 0) process.exit(1)

const { transcript, facts } = parseProbed(readFileSync(save, 'utf8'), 0)
const of = (kind: string) => facts.filter((fact) => fact.kind === kind)
console.log(
  `${count} devices asked ${values.quick ? 'as by default' : 'in full'} in ${seconds.toFixed(1)} s: ${transcript.length} questions, ${of('probe.service').length} services, ${of('probe.interface').length} interfaces, ${of('probe.login').length} log-ins, ${of('probe.tls').length} of TLS, ${of('probe.trouble').length} in trouble; ${cpus().length} cores`,
)
const troubles = Map.groupBy(of('probe.trouble'), ({ data }) => (data as { probe: string }).probe)
for (const [id, list] of troubles) console.log(`  ${id}: ${list.length} in trouble, such as ${JSON.stringify(list[0]!.data)}`)
process.exit(0)

/** Cameras, hubs, plugs, printers and routers, in turn. */
function makeHome(): void {
  const kinds = ['camera', 'hub', 'plug', 'printer', 'router', 'camera', 'hub', 'plug'] as const
  const all = Object.groupBy(
    addresses.map((ip, n) => ({ ip, kind: kinds[n % kinds.length]! })),
    ({ kind }) => kind,
  )
  const ips = (...of: (typeof kinds)[number][]) => of.flatMap((kind) => (all[kind] ?? []).map(({ ip }) => ip))

  const { pem, keyPem } = makeCertificate()
  writeFileSync(join(folder, 'both.pem'), keyPem + pem)
  writeFileSync(
    join(folder, 'index.html'),
    '<title>Device</title><form action="/login"><input name="user"><input type="password" name="password"></form>',
  )
  const sockets = [
    ...ips('camera', 'printer', 'router').map((ip) => `$SERVER["socket"]=="${ip}:80" { }`),
    ...ips('hub', 'router').map(
      (ip) => `$SERVER["socket"]=="${ip}:443" { ssl.engine="enable" ssl.pemfile="${join(folder, 'both.pem')}" }`,
    ),
  ]
  daemon(
    'lighttpd',
    '-D',
    '-f',
    conf(
      'web',
      `server.document-root="${folder}"\nserver.port=1\nserver.bind="127.0.0.254"\nserver.modules=("mod_openssl","mod_indexfile")\nindex-file.names=("index.html")\n${sockets.join('\n')}\n`,
    ),
  )
  daemon(
    'mosquitto',
    '-c',
    conf(
      'broker',
      `user root\n${ips('hub')
        .map((ip) => `listener 1883 ${ip}\nallow_anonymous true\n`)
        .join('')}`,
    ),
  )
  for (let n = 0; n < ips('camera', 'router').length; n += 8)
    daemon(
      'dropbear',
      '-F',
      '-R',
      ...ips('camera', 'router')
        .slice(n, n + 8)
        .flatMap((ip) => ['-p', `${ip}:22`]),
    )
  daemon(
    'snmpd',
    '-f',
    '-C',
    '-c',
    conf(
      'snmp',
      `rocommunity public\nagentaddress ${ips('printer')
        .map((ip) => `udp:${ip}:161`)
        .join(',')}\n`,
    ),
    '-Lf',
    '/dev/null',
  )
  daemon(
    'dnsmasq',
    '-k',
    '-C',
    '/dev/null',
    '--no-resolv',
    '--bind-interfaces',
    ...ips('router').map((ip) => `--listen-address=${ip}`),
  )

  for (const ip of ips('camera'))
    createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (data) => {
        const sdp = 'v=0\r\nm=video 0 RTP/AVP 96\r\n'
        const describes = data.toString('latin1').startsWith('DESCRIBE')
        socket.write(
          `RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Cam/1.0\r\n${describes ? `Content-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}` : '\r\n'}`,
        )
      })
    }).listen(554, ip)
  for (const ip of ips('plug'))
    createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () =>
        socket.end('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="plug"\r\nContent-Length: 0\r\n\r\n'),
      )
    }).listen(80, ip)
  for (const ip of ips('printer')) createServer(() => undefined).listen(9100, ip)
  for (const ip of ips('router'))
    createServer((socket) => {
      socket.on('error', () => undefined)
      let asked = 0
      socket.write(Buffer.from('fffd18fffd20', 'hex'))
      socket.write('router login: ')
      socket.on('data', (data) => {
        if (!data.includes(10)) return
        asked++
        socket.write(asked % 2 === 1 ? 'Password: ' : 'Login incorrect\r\nrouter login: ')
        if (asked >= 6) socket.end()
      })
    }).listen(23, ip)
}

function conf(name: string, text: string): string {
  const path = join(folder, `${name}.conf`)
  writeFileSync(path, text)
  return path
}

function daemon(...[program, ...args]: string[]): void {
  children.push(spawn(program!, args, { stdio: 'ignore', env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` } }))
}
