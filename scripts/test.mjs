// `npm test`: set up, install what the real-parts tests need where that can be done, then types, lint, structure and tests.
// Arguments go to vitest: `npm test -- src/flow`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { node, root, say, setup } from './setup.mjs'

/** Debian package by the command that shows it is there. */
const TOOLS = {
  tshark: 'tshark',
  tcpdump: 'tcpdump',
  dumpcap: 'wireshark-common',
  tcpreplay: 'tcpreplay',
  chromium: 'chromium',
  ip: 'iproute2',
  openssl: 'openssl',
  ndpiReader: 'libndpi-bin',
  dropbear: 'dropbear-bin',
  lighttpd: 'lighttpd',
  mosquitto: 'mosquitto',
  snmpd: 'snmpd',
  telnetd: 'inetutils-telnetd',
  vsftpd: 'vsftpd',
  named: 'bind9',
  'dnssec-signzone': 'bind9-utils',
  delv: 'bind9-dnsutils',
  nginx: 'nginx-light',
  exim4: 'exim4-daemon-light',
  gpg: 'gpg',
  dnsmasq: 'dnsmasq-base',
  miniupnpd: 'miniupnpd-nftables',
  'coap-server-notls': 'libcoap3-bin',
  rpm: 'rpm',
  zip: 'zip',
  sslscan: 'sslscan',
  testssl: 'testssl.sh',
  'gnutls-serv': 'gnutls-bin',
  selfserv: 'libnss3-tools',
  stunnel4: 'stunnel4',
  'mod_mbedtls.so': 'lighttpd-mod-mbedtls',
  'mod_wolfssl.so': 'lighttpd-mod-wolfssl',
  nft: 'nftables',
  curl: 'curl',
  mosquitto_pub: 'mosquitto-clients',
}

/** While this is there, no service starts because its package is installed (Debian's policy-rc.d): tests start daemons themselves. */
const POLICY = '/usr/sbin/policy-rc.d'

const found = (name) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .concat('/usr/sbin', '/usr/lib/lighttpd')
    .some((dir) => existsSync(join(dir, name)))

/** The oracles and the browser: fetched where apt can, named where it cannot (each test that misses one says so too). */
function tools() {
  const missing = Object.keys(TOOLS).filter((name) => !found(name))
  if (missing.length === 0) return
  const packages = missing.map((name) => TOOLS[name]).join(' ')
  const command = `apt-get install -y --no-install-recommends ${packages}`
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say(`Installing for the tests: ${packages}…`)
    const ours = !existsSync(POLICY)
    if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
    try {
      if (installed(missing, command)) return
    } finally {
      if (ours) rmSync(POLICY, { force: true })
    }
  }
  say(`Tests that need ${missing.join(', ')} will be skipped. To enable them: sudo ${command}`)
}

function installed(missing, command) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] }
  spawnSync('apt-get', ['update', '-qq'], quiet)
  if (spawnSync('apt-get', command.split(' ').slice(1), quiet).status === 0) return true
  // one that this system does not carry must not cost the others
  for (const name of missing) spawnSync('apt-get', ['install', '-y', '--no-install-recommends', TOOLS[name]], quiet)
  return missing.every(found)
}

let failed = false
/** One step; the others still run, so that one call tells all that is wrong. */
function step(name, command, args) {
  const began = Date.now()
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  say(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
  if (status !== 0) failed = true
  return status === 0
}

setup()
tools()
const modules = join(root, 'node_modules')
const given = process.argv.slice(2)
if (given.length === 0) {
  step('types', node(), [join(modules, 'typescript', 'bin', 'tsc')])
  const code = ['src', 'lab', 'bench', 'fuzz', 'scripts', 'eval']
  step('lint', node(), [join(modules, 'oxlint', 'bin', 'oxlint'), '--deny-warnings', ...code])
  step('format', node(), [join(modules, 'oxfmt', 'bin', 'oxfmt'), '--check', ...code, 'knowledge'])
  step('dead code', node(), [join(modules, 'knip', 'bin', 'knip.js')])
}
mkdirSync(join(root, '.cache'), { recursive: true })
const result = join(root, '.cache', 'tests.json')
step('tests', node(), [
  join(modules, 'vitest', 'vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${result}`,
  ...given,
])
try {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(result, 'utf8'))
  if (numPassedTests === 0) failed = true
  process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped\n`)
} catch {
  failed = true
}
process.exit(failed ? 1 : 0)
