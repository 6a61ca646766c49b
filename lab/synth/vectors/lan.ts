import { arp, be16, be32, type Bytes, ICMP6, icmp, ipBytes, joined } from '../frames.ts'
import { dhcp, dhcpOffer } from '../household.ts'
import type { Host, Mark, Scene } from '../scene.ts'
import { choice, flag, number, vector } from '../vector.ts'

export const arpSpoof = vector({
  id: 'arp-spoof',
  title: 'a device says that the addresses of the gateway and of a victim are its own',
  after: 'RFC 826; Nam et al., Enhanced ARP, IEEE Communications Letters 2010; dsniff, Ettercap, Bettercap',
  params: {
    period: number(2, 'seconds between lies'),
    lies: number(30, 'how many, each to both sides'),
    both: flag(true, 'to the gateway too'),
    kind: choice('reply', 'replies that nobody asked for, or gratuitous to all', ['reply', 'gratuitous']),
    forwards: flag(true, "passes the victim's packets on"),
  },
  make(scene, p, from) {
    const { device, gateway, phone } = scene
    const mark: Mark = { device, stage: 'intercepting', role: 'source' }
    const all: Bytes = new Uint8Array(6).fill(255)
    let at = from
    for (let i = 0; i < p.lies; i++) {
      const lie = (claimed: Host, told: Host) => {
        if (p.kind === 'reply') scene.frame(at, arp(told.mac!, device.mac!, 2, device.mac!, claimed.ip, told.mac!, told.ip), mark)
        else scene.frame(at, arp(all, device.mac!, 2, device.mac!, claimed.ip, all, claimed.ip), mark)
      }
      lie(gateway, phone)
      at += 0.01
      if (p.both) lie(phone, gateway)
      if (p.forwards) {
        const [here, there] = [
          { host: phone, port: 40_000 },
          { host: scene.out('cloud', 'cloud', 77), port: 443 },
        ]
        // goes to the liar, and once more from him
        const twice: Host = { ...there.host, mac: device.mac! }
        scene.udp(at + 0.5, here, { host: twice, port: 443 }, new Uint8Array(64))
        scene.udp(at + 0.5005, { host: { ...phone, mac: device.mac!, ttl: 63 }, port: 40_000 }, there, new Uint8Array(64), {
          mark,
        })
      }
      at += p.period
    }
    return at
  },
})

export const rogueDhcp = vector({
  id: 'rogue-dhcp',
  title: 'a device hands out leases with itself as router and resolver',
  after: 'RFC 2131, RFC 3118 section 1; MITRE ATT&CK T1557.003',
  params: { offers: number(5, 'how many that ask are answered') },
  make(scene, p, from) {
    const { chance, device, phone } = scene
    const mark: Mark = { device, stage: 'intercepting', role: 'source' }
    const everybody: Host = { name: 'everybody', ip: ipBytes('255.255.255.255'), ttl: 64, mac: new Uint8Array(6).fill(255) }
    let at = from
    for (let i = 0; i < p.offers; i++) {
      const id = be32(chance.below(2 ** 32))
      const nobody = ipBytes('0.0.0.0')
      const client = { host: phone, port: 68 }
      scene.udp(at, client, { host: everybody, port: 67 }, dhcp(1, id, nobody, phone.mac!, [53, 1, 1, 55, 2, 1, 3]), {
        source: nobody,
      })
      scene.udp(at + 0.004, { host: device, port: 67 }, client, dhcp(2, id, phone.ip, phone.mac!, dhcpOffer(2, device, device)), {
        mark,
      })
      scene.udp(
        at + 0.02,
        { host: scene.gateway, port: 67 },
        client,
        dhcp(2, id, phone.ip, phone.mac!, dhcpOffer(2, scene.gateway, scene.gateway)),
      )
      scene.udp(
        at + 0.04,
        client,
        { host: everybody, port: 67 },
        dhcp(1, id, nobody, phone.mac!, [53, 1, 3, 54, 4, ...device.ip, 50, 4, ...phone.ip]),
        { source: nobody },
      )
      scene.udp(at + 0.05, { host: device, port: 67 }, client, dhcp(2, id, phone.ip, phone.mac!, dhcpOffer(5, device, device)), {
        mark,
      })
      at += 30 + chance.below(10)
    }
    return at
  },
})

/** RFC 4861 section 4.2, with a prefix (4.6.2), the sender's hardware address and a resolver (RFC 8106). */
export function advertisement(router: Host, prefix: string, lifetime: number, resolver?: Bytes, preference = 0): Bytes {
  const p = ipBytes(prefix)
  const rdnss = resolver ? joined([25, 3, 0, 0], be32(600), resolver) : []
  return joined(
    [64, preference << 3],
    be16(lifetime),
    be32(0),
    be32(0),
    [3, 4, 64, 0xc0],
    be32(2_592_000),
    be32(604_800),
    be32(0),
    p,
    [1, 1],
    router.mac!,
    rdnss,
  )
}

export function linkLocal(host: Host): Bytes {
  return joined(ipBytes('fe80::').subarray(0, 8), host.ip6!.subarray(8))
}

export const ALL_NODES: Host = { name: 'all nodes', ip: ipBytes('224.0.0.1'), ip6: ipBytes('ff02::1'), ttl: 255 }

export function advertise(scene: Scene, at: number, router: Host, rest: Bytes, mark?: Mark): void {
  scene.packet(at, router, ALL_NODES, ICMP6, (a, b) => icmp(a, b, 134, 0, rest), {
    six: true,
    ttl: 255,
    source: linkLocal(router),
    mark,
  })
}

export const rogueRa = vector({
  id: 'rogue-ra',
  title: 'a device says that it is an IPv6 router, of high preference, and the resolver',
  after: 'RFC 6104, Rogue IPv6 Router Advertisement Problem Statement; RFC 4191; mitm6',
  params: { period: number(10, 'seconds'), count: number(10, 'how many'), besides: flag(true, 'the true router advertises too') },
  make(scene, p, from) {
    const { device, gateway } = scene
    const mark: Mark = { device, stage: 'intercepting', role: 'source' }
    let at = from
    for (let i = 0; i < p.count; i++) {
      if (p.besides) advertise(scene, at - 5, gateway, advertisement(gateway, '2001:db8:1:1::', 1800))
      advertise(scene, at, device, advertisement(device, '2001:db8:bad:1::', 1800, linkLocal(device), 1), mark)
      at += p.period
    }
    return at
  },
})
