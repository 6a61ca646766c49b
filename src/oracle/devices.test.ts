import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { audit } from '../audit/audit.ts'
import { corpus } from '../testing/corpus.ts'
import { tsharkAvailable, tsharkFields } from '../testing/tshark.ts'

// Who is found on real networks, and how much each sent and got, by what is known of the captures (INDEX.md beside them) and by tshark.

const PUBLIC = /^(?!10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|0\.0\.0\.0)\d+\.\d+\.\d+\.\d+$/
const folder = corpus('iot-sentinel')
const every = process.env['ASSAY_ORACLE'] === 'all'

interface Known {
  file: string
  mac: string
}

/** Each set-up run and the hardware address of the thing that was set up. */
function setups(): Known[] {
  if (folder === undefined) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const files = readdirSync(join(folder, name))
      const told = files.find((file) => file.endsWith('mac.txt'))
      if (told === undefined) return []
      const mac = readFileSync(join(folder, name, told), 'utf8')
        .trim()
        .toLowerCase()
      const runs = files.filter((file) => file.endsWith('.pcap'))
      return (every ? runs : runs.slice(0, 2)).map((file) => ({ file: join('iot-sentinel', name, file), mac }))
    })
}

describe.skipIf(folder === undefined)('set-up runs of real things (needs the public captures)', () => {
  const known = setups()
  it.each(known)('$file: the thing is a device, the gateway is none', async ({ file, mac }) => {
    const { devices, network } = await audit([corpus(file)!])
    const macs = devices.flatMap((device) => device.macs)
    expect(macs.filter((one) => one === mac)).toEqual([mac])
    expect(new Set(macs).size).toBe(devices.length)
    // the laboratory's router, which some runs do not show
    expect(macs).not.toContain('00:b5:6d:06:08:ba')
    for (const gateway of network.gateways) for (const one of gateway.macs) expect(macs).not.toContain(one)
    expect(devices.flatMap((device) => device.ips).filter((ip) => PUBLIC.test(ip))).toEqual([])
    expect(
      network.gateways.flatMap((gateway) => gateway.ips).filter((ip) => devices.some((device) => device.ips.includes(ip))),
    ).toEqual([])
  })

  it.skipIf(!tsharkAvailable())('no more devices than hardware addresses that send', { timeout: 900_000 }, async () => {
    for (const { file } of known.filter((_, i) => i % (every ? 1 : 6) === 0)) {
      const senders = new Set([...tsharkFields(corpus(file)!, ['eth.src']).values()].map(([src]) => src![0]))
      const { devices } = await audit([corpus(file)!])
      for (const { macs } of devices) expect(senders).toContain(macs[0])
    }
  })
})

const MALWARE: { file: string; devices: Record<string, string> }[] = [
  {
    // the loader 49.182.192.4 and the command server 42.123.199.32 have hardware addresses of the laboratory's, but are strangers
    file: 'malware/id2t/mirai_botnet.pcap',
    devices: { '02:42:ac:14:00:05': '172.20.0.5', '02:42:ac:14:00:03': '172.20.0.1' },
  },
  {
    file: 'malware/id2t/reference_telnet.pcap',
    devices: { '00:00:c0:9f:a0:97': '192.168.0.1', '00:a0:cc:3b:bf:fa': '192.168.0.2' },
  },
  {
    file: 'malware/iot23-8-1/2018-07-31-15-15-09-192.168.100.113.pcap',
    devices: { 'b8:27:eb:7d:6b:a6': '192.168.100.113', 'a8:60:b6:10:52:90': '192.168.100.102' },
  },
  // a server with an address of the Internet, by ARP; everything else is beyond its router
  { file: 'malware/stopddos/amp.TCP.reflection.SYNACK.pcap', devices: { '00:16:3e:0d:ec:f2': '172.99.233.20' } },
  // spoofed strangers only: the victims do not speak
  { file: 'malware/stopddos/pkt.TCP.synflood.spoofed.pcap', devices: {} },
  { file: 'malware/stopddos/amp.TCP.syn.optionallyACK.optionallysamePort.pcapng', devices: {} },
]

/** Links that tell no hardware address, or the sender's only, or three of them: by hand, from tshark's list of packets. */
const LINKS: { file: string; devices: string[] }[] = [
  { file: 'wireshark/netperfmeter.pcapng.gz', devices: ['mac-247703625480 192.168.0.27', 'mac-3c6aa794fa2f 192.168.0.20'] },
  { file: 'wireshark/dmgr.pcapng', devices: ['ip-127.0.0.1 127.0.0.1'] },
  { file: 'wireshark/http-ooo.pcap', devices: ['ip-10.0.0.1 10.0.0.1'] },
  { file: 'wireshark/tcp-exp-option-tarr.pcap.gz', devices: ['ip-192.168.0.1 192.168.0.1'] },
  { file: 'wireshark/grpc_web.pcapng.gz', devices: ['ip-127.0.0.1 127.0.0.1,::1'] },
  { file: 'zeek/telnet-auth-missing-name.pcap', devices: ['ip-10.0.0.1 10.0.0.1', 'ip-10.0.0.2 10.0.0.2'] },
  { file: 'zeek/dns/dns_extended_rcode.pcap', devices: ['ip-192.168.1.100 192.168.1.100', 'ip-192.168.1.53 192.168.1.53'] },
  { file: 'zeek/dns/ech.pcap', devices: [] },
  {
    file: 'zeek/linuxsll-arp.pcap',
    devices: ['mac-0050568b3f0d 192.168.22.81', 'mac-0050568bcffa 10.1.10.100', 'mac-cc2de0261999 192.168.22.1'],
  },
  { file: 'zeek/arp-who-has-radiotap.pcap', devices: ['mac-7831c1c63fc2 10.0.0.2', 'mac-f8eda5c0a4f1 10.0.0.1'] },
  { file: 'zeek/arp-who-has-wlanmon.pcap', devices: ['mac-7831c1c63fc2 10.0.0.2', 'mac-f8eda5c0a4f1 10.0.0.1'] },
  { file: 'zeek/radiotap.pcap', devices: ['mac-90724097b6f5 172.17.156.76', 'mac-a46706f7ec54 fe80::a667:6ff:fef7:ec54'] },
]

describe.skipIf(folder === undefined)('who is a device (needs the public captures)', () => {
  it.each(MALWARE)('$file', async ({ file, devices }) => {
    const found = await audit([corpus(file)!])
    expect(Object.fromEntries(found.devices.map((device) => [device.macs[0], device.ips.join()]))).toEqual(devices)
  })

  it('answers to questions that others asked in its name are not its doing (reflection)', async () => {
    const [victim, ...more] = (await audit([corpus('malware/stopddos/amp.UDP.snmp.src161.pcapng')!])).devices
    expect(more).toEqual([])
    expect(victim!.ips).toEqual(['136.243.174.154'])
    expect(victim!.endpoints.filter((e) => e.transport === 'udp' && (e.initiator === 'device' || e.bytesOut > 0))).toEqual([])
    expect(victim!.observations.filter((o) => o.kind === 'credential')).toEqual([])
    expect(victim!.services).toEqual([])
  })

  it.each(LINKS)('$file', async ({ file, devices }) => {
    const found = await audit([corpus(file)!])
    expect(found.devices.map((device) => `${device.id} ${device.ips.join()}`).sort()).toEqual(devices)
  })
})

// not Mirai's: made of several captures, it answers 172.20.0.1 at another hardware address than that which it asks from
const SUMS = [
  'iot-sentinel/HueBridge/Setup-A-1-STA.pcap',
  'iot-sentinel/D-LinkCam/Setup-A-1-STA.pcap',
  'iot-sentinel/WeMoLink/Setup-A-1-STA.pcap',
  'iot-sentinel/Withings/Setup-A-1-STA.pcap',
  'iot-sentinel/MAXGateway/Setup-A-1-STA.pcap',
  'iot-sentinel/TP-LinkPlugHS110/Setup-A-1-STA.pcap',
  'iot-sentinel/EdimaxCam1/Setup-A-1-STA.pcap',
  'moniotr/yi_camera_sample.pcap',
  'malware/id2t/hydra-1_tasks.pcap',
  'malware/id2t/reference_telnet.pcap',
  'malware/id2t/sality_botnet.pcap',
  'malware/iot23-8-1/2018-07-31-15-15-09-192.168.100.113.pcap',
]

describe.skipIf(folder === undefined || !tsharkAvailable())(
  'how much a device sent and got, as tshark counts (needs the public captures)',
  () => {
    it.each(SUMS)('%s', async (file) => {
      const path = corpus(file)!
      const want = new Map<string, { packets: number; sent: number; got: number; arp: number }>()
      const of = (mac: string) => want.get(mac) ?? want.set(mac, { packets: 0, sent: 0, got: 0, arp: 0 }).get(mac)!
      for (const cells of tsharkFields(path, ['eth.src', 'eth.dst', 'ip.len', 'ipv6.plen', 'arp.opcode', 'frame.len']).values()) {
        const [src, dst, ip4, ip6, arp, frame] = cells.map((values) => values[0])
        if (arp !== undefined) {
          of(src!).arp++
          continue
        }
        // the outermost header's own length: Ethernet's header and padding are not the network's doing
        const told = ip4 !== undefined ? Number(ip4) : ip6 !== undefined ? Number(ip6) + 40 : undefined
        if (told === undefined) continue
        // (a few claim more than was sent)
        const bytes = Math.min(told, Number(frame) - 14)
        of(src!).packets++
        of(src!).sent += bytes
        of(dst!).packets++
        of(dst!).got += bytes
      }
      const { devices } = await audit([path])
      expect(devices.length).toBeGreaterThan(0)
      for (const { macs, packets, bytesOut, bytesIn, endpoints } of devices) {
        const told = want.get(macs[0]!)!
        expect({ packets, bytesOut, bytesIn }, macs[0]).toEqual({
          packets: told.packets + told.arp,
          bytesOut: told.sent + 28 * told.arp,
          bytesIn: told.got,
        })
        const sum = (pick: (e: (typeof endpoints)[number]) => number) => endpoints.reduce((total, e) => total + pick(e), 0)
        expect([sum((e) => e.packets), sum((e) => e.bytesOut), sum((e) => e.bytesIn)], macs[0]).toEqual([
          told.packets,
          told.sent,
          told.got,
        ])
      }
    })
  },
)
