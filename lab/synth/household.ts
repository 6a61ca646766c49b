import { be16, be32, type Bytes, ipBytes, joined, sized } from './frames.ts'
import { clientHello, dnsName, mqtt, ntp, serverHello, tlsRecord } from './messages.ts'
import { type Host, macText, Scene } from './scene.ts'

/**
 * What a home's things do all the time, whatever else happens: leases, ARP, names, a TLS session to the maker with its keep-alives, the time,
 * announcements. So that what is looked for stands among other things.
 */
export function household(scene: Scene, until: number): void {
  const fork = new Map<Host, ReturnType<Scene['out']>>()
  for (const [i, host] of [scene.device, scene.neighbour, scene.phone, scene.laptop].entries()) {
    const cloud = scene.out('cloud', 'cloud', 10 + i)
    fork.set(host, cloud)
    const begins = 0.5 + i * 1.7
    lease(scene, host, begins)
    scene.arp(begins + 0.5, host, scene.gateway)
    const maker = ['cam-eu.maker-a.example', 'plug.maker-b.example', 'push.phone.example', 'www.news.example'][i]!
    scene.resolve(begins + 0.8, host, maker, cloud)
    if (host === scene.device || host === scene.neighbour) thing(scene, host, cloud, maker, begins + 1, until)
    else person(scene, host, cloud, maker, begins + 1, until)
  }
}

/** A TLS session that stays, with a keep-alive of its own period; the time every 1024 s at most; mDNS now and then. */
function thing(scene: Scene, host: Host, cloud: Host, maker: string, from: number, until: number): void {
  const { chance } = scene
  const period = host === scene.device ? 30 : 45
  const beats = Math.min(2000, Math.max(0, Math.floor((until - from) / period)))
  scene.talk({
    client: { host, port: scene.port(host) },
    server: { host: cloud, port: 8883 },
    at: from + 0.2,
    ends: 'open',
    turns: [
      { by: 'client', says: clientHello(chance, maker) },
      { by: 'server', says: serverHello(chance) },
      { by: 'server', says: tlsRecord(chance, 1100) },
      { by: 'client', says: tlsRecord(chance, 74) },
      ...Array.from({ length: beats }, () => [
        { by: 'client' as const, says: tlsRecord(chance, 34), after: period - 0.1 + chance.below(200) / 1000 },
        { by: 'server' as const, says: tlsRecord(chance, 34) },
      ]).flat(),
    ],
  })
  for (let at = from + 2; at < until; at += 256 + chance.below(16)) {
    const server = scene.out('ntp', 'cloud', 123)
    const [a, b] = [
      { host, port: 123 },
      { host: server, port: 123 },
    ]
    scene.udp(at, a, b, ntp(chance, 3))
    scene.udp(at + 0.02, b, a, ntp(chance, 4))
  }
  for (let at = from + 3; at < until; at += 120 + chance.below(30)) announce(scene, host, at)
  for (let at = from + 200; at < until; at += 600) {
    scene.resolve(at, host, maker, cloud)
    scene.arp(at - 1, host, scene.gateway)
  }
}

/** Pages now and then: a name, a session, a few records. */
function person(scene: Scene, host: Host, cloud: Host, first: string, from: number, until: number): void {
  const { chance } = scene
  const sites = [first, 'mail.example', 'cdn.shop.example', 'api.weather.example', 'img.social.example']
  let visits = 0
  for (let at = from + 5; at < until && visits < 400; at += 20 + chance.below(60), visits++) {
    const name = chance.pick(sites)
    scene.resolve(at, host, name, cloud)
    scene.talk({
      client: { host, port: scene.port(host) },
      server: { host: cloud, port: 443 },
      at: at + 0.1,
      turns: [
        { by: 'client', says: clientHello(chance, name) },
        { by: 'server', says: serverHello(chance) },
        { by: 'server', says: tlsRecord(chance, 1200) },
        { by: 'client', says: tlsRecord(chance, 300) },
        ...Array.from({ length: 1 + chance.below(6) }, () => ({
          by: 'server' as const,
          says: tlsRecord(chance, 1300),
          after: 0.01,
        })),
      ],
    })
  }
}

/** RFC 2131: the four messages of a lease. */
export function lease(scene: Scene, host: Host, at: number, server: Host = scene.gateway, router: Host = server): void {
  const id = be32(scene.chance.below(2 ** 32))
  const everybody: Host = {
    name: 'everybody',
    ip: ipBytes('255.255.255.255'),
    ttl: 64,
    mac: joined([255, 255, 255, 255, 255, 255]),
  }
  const nobody = ipBytes('0.0.0.0')
  const asks = (type: number) =>
    dhcp(1, id, nobody, host.mac!, [
      53,
      1,
      type,
      55,
      4,
      1,
      3,
      6,
      15,
      12,
      ...sized(1, host.name),
      ...(type === 3 ? [50, 4, ...host.ip] : []),
    ])
  const answers = (type: number) => dhcp(2, id, host.ip, host.mac!, dhcpOffer(type, server, router))
  const [client, here] = [
    { host, port: 68 },
    { host: server, port: 67 },
  ]
  scene.udp(at, client, { host: everybody, port: 67 }, asks(1), { source: nobody })
  scene.udp(at + 0.02, here, client, answers(2))
  scene.udp(at + 0.04, client, { host: everybody, port: 67 }, asks(3), { source: nobody })
  scene.udp(at + 0.06, here, client, answers(5))
}

/** Options of an offer (2) or acknowledgement (5): server, lease, mask, router, resolver (RFC 2132). */
export function dhcpOffer(type: number, server: Host, router: Host): number[] {
  return [
    53,
    1,
    type,
    54,
    4,
    ...server.ip,
    51,
    4,
    0,
    0,
    0x0e,
    0x10,
    1,
    4,
    255,
    255,
    255,
    0,
    3,
    4,
    ...router.ip,
    6,
    4,
    ...router.ip,
  ]
}

export function dhcp(
  op: 1 | 2,
  id: readonly number[],
  yours: Bytes,
  mac: Bytes,
  options: readonly number[],
  relay = ipBytes('0.0.0.0'),
): Bytes {
  const addresses = joined(ipBytes('0.0.0.0'), yours, ipBytes('0.0.0.0'), relay)
  return joined([op, 1, 6, 0], id, [0, 0, 0, 0], addresses, mac, new Uint8Array(10 + 64 + 128), [99, 130, 83, 99], options, [255])
}

/** A thing says what it is over mDNS (RFC 6762). */
export function announce(scene: Scene, host: Host, at: number): void {
  const group: Host = { name: 'mdns', ip: ipBytes('224.0.0.251'), ttl: 255 }
  const name = dnsName(`${host.name}-${macText(host.mac!).slice(-5).replace(':', '')}.local`)
  const record = joined(name, [0, 1, 0x80, 1], be32(120), sized(2, host.ip))
  const message = joined([0, 0, 0x84, 0, 0, 0], be16(1), [0, 0, 0, 0], record)
  scene.udp(at, { host, port: 5353 }, { host: group, port: 5353 }, message, { ttl: 255 })
}

/** A small MQTT keep-alive (3.12 and 3.13 of MQTT 3.1.1). */
export const PINGREQ = mqtt(0xc0, new Uint8Array(0))
export const PINGRESP = mqtt(0xd0, new Uint8Array(0))
