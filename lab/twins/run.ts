#!/usr/bin/env node
/**
 * `node lab/twins/run.ts --out DIR [--verbose]`: plays two things that differ in everything that can be asked, one sound and one poor,
 * with their makers' sites, mail, names and documents; captures, probes and audits both from their gateway by the command line of
 * Assay, and writes DIR/sound.json and DIR/poor.json. Root, Linux. docs/lab.md tells more.
 */
import { generateKeyPairSync } from 'node:crypto'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { enclose } from '../enclose.ts'
import { cable, Host, must, sleep } from '../host.ts'
import { Authority } from '../pki.ts'
import { dossierOf } from './dossiers.ts'
import { writeDocuments } from './documents.ts'
import { startCloud } from './maker.ts'
import { lan, type Maker, makers, resolver, things } from './names.ts'
import { live } from './thing.ts'

/** Longest that a run may take, in seconds. */
const BOUND = 240

const { values } = parseArgs({
  options: { out: { type: 'string' }, verbose: { type: 'boolean', default: false }, inside: { type: 'string' } },
})
if (!values.out) {
  console.error('usage: node lab/twins/run.ts --out DIR [--verbose]')
  process.exit(2)
}
const out = resolve(values.out)
mkdirSync(out, { recursive: true })
process.exit(values.inside ? await play(values.inside) : await enclose(import.meta.url, BOUND))

async function play(dir: string): Promise<number> {
  process.env['PATH'] = `${process.env['PATH']}:/usr/sbin:/sbin`
  const began = Date.now()
  const note = (line: string): void => {
    if (values.verbose) console.error(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} ${line}`)
  }
  await must(['mount', '--make-rprivate', '/'])
  await must(['mount', '-t', 'tmpfs', '-o', 'mode=755,size=128m', 'lab', dir])
  await must(['mount', '-t', 'tmpfs', 'none', '/run'])
  const today = new Date().toISOString().slice(0, 10)
  const authority = new Authority(join(dir, 'pki'))
  const [router, cloud] = [new Host('router', dir), new Host('cloud', dir)]
  const hosts = new Map(makers.map((maker) => [maker, new Host(maker, dir)]))
  for (const host of [router, cloud, ...hosts.values()]) host.log = note
  await Promise.all([authority.create(), ...[router, cloud, ...hosts.values()].map((host) => host.create(host.name))])
  await must(
    router.inside([
      'sh',
      '-ec',
      `ip link add br0 type bridge mcast_snooping 0 forward_delay 0\nip link set br0 up\nip addr add ${lan.router}/24 dev br0\necho 1 > /proc/sys/net/ipv4/ip_forward`,
    ]),
  )
  await cable(router, 'wan', cloud, 'wan', '02:00:5e:10:00:01')
  await must(
    router.inside([
      'sh',
      '-ec',
      `ip addr add ${lan.wan}/24 dev wan\nip link set wan up\nip route add default via ${lan.wanPeer}\necho nameserver ${resolver} > /etc/resolv.conf`,
    ]),
  )
  for (const [maker, host] of hosts) {
    await cable(router, `p-${maker}`, host, 'eth0', things[maker].mac)
    await must(router.inside(['ip', 'link', 'set', `p-${maker}`, 'master', 'br0', 'up']))
  }
  const anchor = await startCloud(cloud, authority, today)
  router.start([
    'dnsmasq',
    '--keep-in-foreground',
    '--user=root',
    '--interface=br0',
    '--bind-dynamic',
    '--no-resolv',
    '--no-hosts',
    '--log-facility=-',
    `--server=${resolver}`,
  ])
  const capture = join(dir, 'twins.pcap')
  const tcpdump = router.start(['tcpdump', '-i', 'br0', '-n', '-U', '-s', '0', '-Z', 'root', '-w', capture])
  await sleep(800)
  await Promise.all([...hosts].map(([maker, host]) => live(host, authority, maker)))
  await sleep(8000)
  tcpdump.kill('SIGINT')
  await new Promise((done) => tcpdump.once('exit', done))
  copyFileSync(capture, join(out, 'twins.pcap'))
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  writeDocuments(out, today, privateKey)
  const given = { key: publicKey.export({ type: 'spki', format: 'pem' }).toString(), anchor, today }
  const codes = await Promise.all(makers.map((maker) => audit(router, authority, maker, given, note)))
  return codes.every((code) => code === 0) ? 0 : 1
}

interface Given {
  /** By which the sound maker's manifest is checked, PEM. */
  key: string
  /** DNSSEC trust anchor of the lab. */
  anchor: string
  today: string
}

/** As a lab's person would: one command on the gateway. */
async function audit(
  router: Host,
  authority: Authority,
  maker: Maker,
  { key, anchor, today }: Given,
  note: (line: string) => void,
): Promise<number> {
  const dossier = join(out, `${maker}.dossier.json`)
  writeFileSync(dossier, JSON.stringify(dossierOf(maker, today, key), null, 2))
  const { ip } = things[maker]
  const assay = [process.execPath, fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))]
  const env = { NODE_EXTRA_CA_CERTS: authority.root }
  const asked = join(out, `${maker}.probe.json`)
  const probe = [
    'probe',
    ip,
    '--full',
    '--site',
    `www.${maker}.example`,
    '--resolver',
    resolver,
    '--anchor',
    anchor,
    '--impostor',
    '--cut',
    '--for',
    '12s',
  ]
  const first = await router.run([...assay, ...probe, '--save', asked, '--quiet'], { seconds: 150, env })
  note(`${maker}: assay probe ended with ${first.code}: ${first.out.slice(-2000)}`)
  const given = [
    '--probed',
    asked,
    '--dossier',
    `${dossier}@${ip}`,
    '--osv',
    join(out, 'osv'),
    '--json',
    join(out, `${maker}.json`),
    '--quiet',
  ]
  const { code, out: said } = await router.run([...assay, 'audit', join(out, 'twins.pcap'), ...given], { seconds: 60, env })
  note(`${maker}: assay audit ended with ${code}: ${said.slice(-2000)}`)
  return code
}
