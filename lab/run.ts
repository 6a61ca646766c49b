#!/usr/bin/env node
/**
 * `node lab/run.ts --out DIR [--seed TEXT] [--only a,b] [--verbose]`: plays a home network with real software in Linux namespaces,
 * captures it, and writes DIR/home.pcapng.gz, DIR/home.truth.json and the truth's table. Root, Linux. docs/lab.md tells more.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname, release, tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { always } from './always.ts'
import { startCloud } from './cloud.ts'
import type { Device, Lab } from './device.ts'
import { enclose } from './enclose.ts'
import { aquarium } from './devices/aquarium.ts'
import { bridge as bridgeDevice } from './devices/bridge.ts'
import { camera } from './devices/camera.ts'
import { homeserver } from './devices/homeserver.ts'
import { hub } from './devices/hub.ts'
import { laptop } from './devices/laptop.ts'
import { phone } from './devices/phone.ts'
import { plug } from './devices/plug.ts'
import { sensor } from './devices/sensor.ts'
import { television } from './devices/television.ts'
import { cable, Host, must, run, sleep } from './host.ts'
import { named } from './internet.ts'
import { broken } from './oracle.ts'
import { Authority } from './pki.ts'
import { random } from './random.ts'
import { bridge, lan, leases, startRouter } from './router.ts'
import { table } from './table.ts'
import type { Truth } from './truth.ts'

/** Longest that a run may take, in seconds. */
const BOUND = 180

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    inside: { type: 'string' },
  },
})

if (!values.out) {
  console.error('usage: node lab/run.ts --out DIR [--seed TEXT] [--only DEVICE,DEVICE] [--verbose]')
  process.exit(2)
}
const out = resolve(values.out)
mkdirSync(out, { recursive: true })
process.exit(values.inside ? await play(values.inside) : await enclose(import.meta.url, BOUND))

/** Builds the network, lets the devices live, and writes down what was seen and what was true. */
async function play(dir: string): Promise<number> {
  process.env['PATH'] = `${process.env['PATH']}:/usr/sbin:/sbin`
  const began = Date.now()
  const note = (line: string): void => {
    if (values.verbose) console.error(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} ${line}`)
  }
  await must(['mount', '--make-rprivate', '/'])
  await must(['mount', '-t', 'tmpfs', '-o', 'mode=755,size=128m', 'lab', dir])
  await must(['mount', '-t', 'tmpfs', 'none', '/run'])

  const chance = random(values.seed)
  const mac = `94:83:c4:${chance.hex(2)}:${chance.hex(2)}:${chance.hex(2)}`
  const cam = camera(chance.fork('camera'))
  const air = sensor(chance.fork('sensor'))
  const server = homeserver(chance.fork('homeserver'))
  const all: Device[] = [
    hub(chance.fork('hub')),
    cam,
    plug(chance.fork('plug')),
    air,
    bridgeDevice(chance.fork('bridge')),
    television(chance.fork('television')),
    aquarium(chance.fork('aquarium')),
    server,
    phone(chance.fork('phone')),
    laptop(chance.fork('laptop'), cam.telnet),
  ]
  const only = values.only?.split(',')
  const devices = only ? all.filter((device) => only.includes(device.name)) : all

  const authority = new Authority(join(dir, 'pki'))
  const [router, cloud] = [new Host('router', dir), new Host('cloud', dir)]
  for (const host of [router, cloud]) host.log = note
  await Promise.all([authority.create(), router.create('router'), cloud.create('cloud')])
  await bridge(router, mac)
  await cable(router, 'wan', cloud, 'wan', '02:00:5e:10:00:01')

  const raw = join(dir, 'home.pcap')
  const tcpdump = router.start(['tcpdump', '-i', 'br0', '-n', '-U', '-s', '0', '-Z', 'root', '-w', raw])
  await sleep(800)
  await startRouter(router)
  await startCloud(cloud, authority)

  const hosts = new Map<string, Host>()
  await Promise.all(
    devices.map(async (device, i) => {
      const host = new Host(device.name, dir)
      host.log = note
      await host.create(device.hostname ?? device.name)
      await cable(router, `port${i}`, host, 'eth0', device.mac)
      await must(router.inside(['ip', 'link', 'set', `port${i}`, 'master', 'br0', 'up']))
      hosts.set(device.name, host)
    }),
  )
  let given = new Map<string, string>()
  const lab: Lab = {
    ip(name) {
      const ip = given.get(devices.find((device) => device.name === name)?.mac ?? '')
      if (!ip) throw new Error(`${name} has no address`)
      return ip
    },
    cloud: (name) => named(name).ip,
    root: authority.root,
    certificate: (name) => authority.issue('good', name),
    router: { ip: lan.ip, mac, outside: lan.wan },
    outside: cloud,
  }

  // Devices come up one after the other, as in a home; their order and pauses are the seed's.
  const order = [...devices].sort((a, b) => chance.fork(a.name).below(1e6) - chance.fork(b.name).below(1e6))
  await Promise.all(
    order.map(async (device, i) => {
      await sleep(i * 700 + chance.below(400))
      await enter(device, hosts.get(device.name)!)
    }),
  )
  given = await leases(router)
  note(`leases: ${JSON.stringify([...given])}`)
  // Duplicate address detection and router advertisements take a moment (RFC 4862).
  await sleep(2500)
  const lives = devices.map((device) => device.live(hosts.get(device.name)!, lab))
  await sleep(4000)
  const acts = devices.map((device) => device.act?.(hosts.get(device.name)!, lab))
  await Promise.all([...lives, ...acts])
  await sleep(1500)

  const truth: Truth = {
    schema: 'assay-lab-truth-1',
    capture: 'home.pcapng.gz',
    seed: values.seed,
    gateway: {
      mac,
      ips: [lan.ip, ...(await addresses(router, 'br0'))],
    },
    resolver: lan.ip,
    secrets: [cam.telnet[1], air.password, server.password],
    devices: [],
  }
  for (const device of devices) {
    const { vendor, category, does, ...rest } = device.truth(lab)
    const ips = [lab.ip(device.name), ...(await addresses(hosts.get(device.name)!, 'eth0'))]
    truth.devices.push({
      name: device.name,
      mac: device.mac,
      ips,
      ...(vendor ? { vendor } : {}),
      ...(category ? { category } : {}),
      does,
      ...rest,
      mustNotFind: [...rest.mustNotFind, ...always(device, rest)],
    })
  }
  tcpdump.kill('SIGINT')
  await new Promise((done) => tcpdump.once('exit', done))

  // pcapng by editcap; of tcpdump's and editcap's, nothing in it says on what machine it was made.
  const converted = join(dir, 'home.pcapng')
  await must(['editcap', '-F', 'pcapng', raw, converted])
  const capture = anonymous(readFileSync(converted))
  const told = telltales().filter((text) => capture.includes(text))
  if (told.length) {
    console.error(`lab: not written: the capture holds something of this machine: ${told.join(', ')}`)
    return 1
  }
  // A device whose story did not happen (a daemon too slow to start, say) makes the truth a lie: better none than that.
  const lies = broken(converted, truth)
  if (lies.length) {
    console.error(`lab: not written: the capture does not bear out the truth:\n${lies.join('\n')}`)
    return 1
  }
  const packed = gzipSync(capture, { level: 9 })
  writeFileSync(join(out, 'home.pcapng.gz'), packed)
  writeFileSync(join(out, 'home.truth.json'), `${JSON.stringify(truth, null, 2)}\n`)
  writeFileSync(join(out, 'README.md'), table(truth))
  const { out: info } = await run(['capinfos', '-Mcu', converted])
  console.log(
    `lab: ${join(out, 'home.pcapng.gz')}: ${(packed.length / 1024).toFixed(0)} KiB, ${/packets: +(\d+)/.exec(info)?.[1]} packets, ${devices.length} devices, ${((Date.now() - began) / 1000).toFixed(0)} s`,
  )
  return 0
}

/** What would tell on whose machine a capture was made. Very short names could stand in any packet by chance. */
function telltales(): string[] {
  const home = process.env['HOME'] ?? ''
  return [
    release(),
    hostname(),
    `${userInfo().homedir}/`,
    `${home}/`,
    tmpdir(),
    resolve(fileURLToPath(new URL('..', import.meta.url))),
  ].filter((text) => text.length > 3)
}

async function enter(device: Device, host: Host): Promise<void> {
  const ipv6 = {
    eui64: 'echo 0 > /proc/sys/net/ipv6/conf/eth0/addr_gen_mode',
    private: 'echo 3 > /proc/sys/net/ipv6/conf/eth0/addr_gen_mode; echo 2 > /proc/sys/net/ipv6/conf/eth0/use_tempaddr',
    none: 'echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6',
  }[device.ipv6]
  await must(host.inside(['sh', '-ec', `${ipv6}; ip link set eth0 up`]))
  const script = host.write(
    'dhcp-script',
    `#!/bin/sh
# Both clients call it: udhcpc with $1 and its own names, dhclient with $reason and new_*.
case "\${1:-$reason}" in
  bound | renew | BOUND | REBOOT | RENEW)
    ip addr replace "\${ip:-$new_ip_address}/24" dev eth0
    ip route replace default via "\${router:-$new_routers}"
    for server in \${dns:-$new_domain_name_servers}; do echo "nameserver $server"; done > /etc/resolv.conf ;;
esac
exit 0
`,
  )
  await must(['chmod', '+x', script])
  if (device.client === 'udhcpc') {
    const more = [
      ...(device.hostname ? ['-x', `hostname:${device.hostname}`] : []),
      ...(device.vendorClass ? ['-V', device.vendorClass] : []),
    ]
    await host.run(['busybox', 'udhcpc', '-i', 'eth0', '-f', '-q', '-n', '-t', '6', '-T', '2', '-s', script, ...more])
  } else {
    const conf = host.write(
      'dhclient.conf',
      `${device.hostname ? `send host-name "${device.hostname}";\n` : ''}request subnet-mask, routers, domain-name-servers, domain-name, interface-mtu;\ntimeout 12;\ninitial-interval 2;\n`,
    )
    await host.run([
      'dhclient',
      '-4',
      '-1',
      '-cf',
      conf,
      '-lf',
      join(host.dir, 'leases'),
      '-pf',
      join(host.dir, 'dhclient.pid'),
      '-sf',
      script,
      'eth0',
    ])
  }
}

/** IPv6 addresses that an interface has. */
async function addresses(host: Host, device: string): Promise<string[]> {
  const { out: text } = await run(host.inside(['ip', '-6', '-o', 'addr', 'show', 'dev', device]))
  return [...text.matchAll(/inet6 ([0-9a-f:]+)/g)].map((m) => m[1]!)
}

/** The capture without the section header's and interfaces' options (software, hardware, names): draft-ietf-opsawg-pcapng; little endian as editcap writes. */
function anonymous(capture: Buffer): Buffer {
  const blocks: Buffer[] = []
  for (let at = 0; at + 12 <= capture.length;) {
    const type = capture.readUInt32LE(at)
    const length = capture.readUInt32LE(at + 4)
    const block = capture.subarray(at, at + length)
    // Section header: 24 bytes before its options. Anything else is kept; interfaces keep their resolution.
    blocks.push(type === 0x0a0d0d0a ? stripped(block, 24) : Buffer.from(block))
    at += length
  }
  return Buffer.concat(blocks)
}

function stripped(block: Buffer, head: number): Buffer {
  const bare = Buffer.alloc(head + 4)
  block.copy(bare, 0, 0, head)
  bare.writeUInt32LE(head + 4, 4)
  bare.writeUInt32LE(head + 4, head)
  return bare
}
