import {
  ACK,
  be16,
  type Bytes,
  ethernet,
  FIN,
  GRE,
  icmp,
  ICMP,
  ICMP6,
  ip,
  joined,
  latin,
  PSH,
  RST,
  SYN,
  UDP,
  udp,
  URG,
} from '../frames.ts'
import { dnsAnswer, dnsQuery } from '../messages.ts'
import { bytes, type Host, linuxSyn, type Mark, type Scene } from '../scene.ts'
import { choice, flag, number, vector, type Vector } from '../vector.ts'

const AFTER =
  "Antonakakis et al. 2017, table 10 (vectors of Mirai's attacks); Kambourakis et al., DDoS in the IoT: Mirai and other botnets, MILCOM 2017"

const params = {
  rate: number(200, 'packets (or requests) a second'),
  seconds: number(10, 'how long'),
  spoof: choice('none', 'source addresses: its own, of its /24, or any', ['none', 'net24', 'any']),
  port: number(0, 'destination port; 0: as the vector has it'),
  randomPorts: flag(false, 'destination ports at random'),
  size: number(512, 'bytes of payload, where it has one'),
  direction: choice('source', 'source: the device attacks; target: it is attacked by many', ['source', 'target']),
  bots: number(200, 'how many attack, where it is attacked'),
  ipv6: flag(false, 'over IPv6'),
}
type Flood = {
  rate: number
  seconds: number
  spoof: string
  port: number
  randomPorts: boolean
  size: number
  direction: string
  bots: number
  ipv6: boolean
}

interface Shot {
  at: number
  i: number
  from: Host
  to: Host
  port: number
  /** The source address, where it is not the sender's. */
  way: { mark: Mark; six: boolean; source?: Bytes; ttl: number; dontFragment: boolean }
}

/** Sends a shot at each of its times. */
function flood(
  id: string,
  name: string,
  title: string,
  port: number,
  shoot: (scene: Scene, p: Flood, s: Shot) => void,
  after = AFTER,
): Vector {
  return vector({
    id,
    title,
    after,
    params,
    make(scene, p, from) {
      const { chance, device } = scene
      const target = p.direction === 'target'
      const mark: Mark = { device, stage: target ? 'flooded' : 'attacking', role: target ? 'target' : 'source', vector: name }
      const victim = scene.out('victim', 'victim')
      const bots = target ? Array.from({ length: p.bots }, () => scene.stranger()) : [device]
      const count = Math.round(p.rate * p.seconds)
      for (let i = 0; i < count; i++) {
        const host = bots[i % bots.length]!
        const source = spoofed(scene, p, host)
        shoot(scene, p, {
          at: from + i / p.rate + chance.below(1000) / 1e6 / p.rate,
          i,
          from: host,
          to: target ? device : victim,
          port: p.randomPorts ? 1 + chance.below(65_534) : p.port || port,
          way: { mark, six: p.ipv6, ttl: host.ttl, dontFragment: false, ...(source && { source }) },
        })
      }
      return from + p.seconds
    },
  })
}

function spoofed(scene: Scene, p: Flood, host: Host): Bytes | undefined {
  if (p.spoof === 'none') return undefined
  const own = p.ipv6 ? host.ip6! : host.ip
  if (p.spoof === 'any') return p.ipv6 ? scene.stranger().ip6! : scene.stranger().ip
  return p.ipv6 ? joined(own.subarray(0, 8), bytes(scene.chance, 8)) : joined(own.subarray(0, 3), [2 + scene.chance.below(250)])
}

const high = (scene: Scene) => 1024 + scene.chance.below(64_000)

const plainUdp = flood('flood-udp', 'udp', 'UDP flood: random payload at one port', 9000, (scene, p, s) => {
  scene.udp(s.at, { host: s.from, port: high(scene) }, { host: s.to, port: s.port }, bytes(scene.chance, p.size), s.way)
})

const syn = flood('flood-syn', 'syn', 'SYN flood', 80, (scene, _, s) => {
  const fields = {
    seq: scene.chance.below(2 ** 32),
    flags: SYN,
    window: scene.chance.below(65_536),
    options: linuxSyn(1400 + scene.chance.below(60), s.i),
  }
  scene.tcp(s.at, { host: s.from, port: high(scene) }, { host: s.to, port: s.port }, fields, s.way)
})

/** As the spoofed one that stopddos caught: no options, window 0, a low sequence. */
const synBare = flood(
  'flood-syn-bare',
  'syn',
  'SYN flood by a crafting tool: no options, window 0',
  25_565,
  (scene, _, s) => {
    const fields = { seq: scene.chance.below(2 ** 16) << 16, flags: SYN, window: 0 }
    scene.tcp(s.at, { host: s.from, port: 1 + scene.chance.below(65_000) }, { host: s.to, port: s.port }, fields, s.way)
  },
  'the fields of stopddos/pkt.TCP.synflood.spoofed.pcap',
)

const ack = flood('flood-ack', 'ack', 'ACK flood: segments of no connection with random payload', 80, (scene, p, s) => {
  const fields = {
    seq: scene.chance.below(2 ** 32),
    ack: scene.chance.below(2 ** 32),
    flags: ACK,
    window: scene.chance.below(65_536),
    payload: bytes(scene.chance, p.size),
  }
  scene.tcp(s.at, { host: s.from, port: high(scene) }, { host: s.to, port: s.port }, fields, s.way)
})

const FLAGS: readonly number[] = [FIN | PSH | URG, FIN | SYN | RST | PSH | ACK | URG, 0, FIN, RST, SYN | FIN, URG, PSH]
const xmas = flood('flood-xmas', 'xmas', 'segments with flags that no connection has', 80, (scene, _, s) => {
  const fields = { seq: scene.chance.below(2 ** 32), flags: FLAGS[s.i % FLAGS.length]!, window: 1024 }
  scene.tcp(s.at, { host: s.from, port: high(scene) }, { host: s.to, port: s.port }, fields, s.way)
})

const greIp = flood('flood-gre-ip', 'gre', 'GRE flood: IP and UDP within', 0, (scene, p, s) => {
  const [a, b] = [scene.stranger().ip, scene.stranger().ip]
  const inner = ip(a, b, UDP, udp(a, b, high(scene), high(scene), bytes(scene.chance, p.size)), {
    id: scene.chance.below(65_536),
    dontFragment: false,
  })
  scene.packet(s.at, s.from, s.to, GRE, () => joined([0, 0, 8, 0], inner), s.way)
})

const greEth = flood('flood-gre-eth', 'gre', 'GRE flood: Ethernet, IP and UDP within', 0, (scene, p, s) => {
  const [a, b] = [scene.stranger().ip, scene.stranger().ip]
  const inner = ip(a, b, UDP, udp(a, b, high(scene), high(scene), bytes(scene.chance, p.size)), {
    id: scene.chance.below(65_536),
    dontFragment: false,
  })
  const mac = () => joined([2], bytes(scene.chance, 5))
  scene.packet(s.at, s.from, s.to, GRE, () => joined([0, 0, 0x65, 0x58], ethernet(mac(), mac(), inner)), s.way)
})

const ping = flood('flood-icmp', 'icmp', 'echo requests', 0, (scene, p, s) => {
  const rest = joined(be16(4242), be16(s.i & 0xffff), bytes(scene.chance, Math.min(p.size, 1400)))
  scene.packet(s.at, s.from, s.to, p.ipv6 ? ICMP6 : ICMP, (a, b) => icmp(a, b, p.ipv6 ? 128 : 8, 0, rest), s.way)
})

const vse = flood('flood-vse', 'vse', "queries of Valve's Source engine", 27_015, (scene, _, s) => {
  const query = joined([255, 255, 255, 255], 'TSource Engine Query', [0])
  scene.udp(s.at, { host: s.from, port: 49_160 + scene.chance.below(16_000) }, { host: s.to, port: s.port }, query, s.way)
})

const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/51.0.2704.103 Safari/537.36',
  'Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0.2743.116 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_6) AppleWebKit/601.7.7 (KHTML, like Gecko) Version/9.1.2 Safari/601.7.7',
]

/** Whole connections, each with a request: what costs the server most. */
function http(id: string, method: 'GET' | 'POST'): Vector {
  return flood(id, 'http', `HTTP flood of ${method} requests`, 80, (scene, p, s) => {
    const body = method === 'POST' ? `data=${scene.chance.hex(64)}` : ''
    const host = s.to.ip.join('.')
    const length =
      method === 'POST' ? `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n` : ''
    scene.talk({
      client: { host: s.from, port: high(scene) },
      server: { host: s.to, port: s.port },
      at: s.at,
      mark: s.way.mark,
      six: p.ipv6,
      ends: 'rst',
      turns: [
        {
          by: 'client',
          says: `${method} / HTTP/1.1\r\nUser-Agent: ${scene.chance.pick(AGENTS)}\r\nHost: ${host}\r\nConnection: keep-alive\r\n${length}\r\n${body}`,
        },
        { by: 'server', says: 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n' },
      ],
    })
  })
}

/** A real handshake, then segments that seem to belong to it: what passes a stateful filter. */
const stomp = vector({
  id: 'flood-stomp',
  title: 'STOMP flood: one handshake, then ACK and PSH segments with random payload',
  after: `${AFTER}; Imperva, Mirai: STOMP protocol DDoS, 2016`,
  params,
  make(scene, p, from) {
    const { chance, device } = scene
    const target = p.direction === 'target'
    const mark: Mark = { device, stage: target ? 'flooded' : 'attacking', role: target ? 'target' : 'source', vector: 'stomp' }
    const [client, server] = [
      { host: target ? scene.stranger() : device, port: high(scene) },
      { host: target ? device : scene.out('victim', 'victim'), port: p.port || 61_613 },
    ]
    const seq = chance.below(2 ** 31)
    const theirs = chance.below(2 ** 31)
    scene.tcp(from, client, server, { seq, flags: SYN, options: linuxSyn(1460, 1) }, { mark })
    scene.tcp(from + 0.03, server, client, { seq: theirs, ack: seq + 1, flags: SYN | ACK, options: linuxSyn(1460, 1) }, { mark })
    scene.tcp(from + 0.031, client, server, { seq: seq + 1, ack: theirs + 1, flags: ACK }, { mark })
    const hello = latin('CONNECT\naccept-version:1.2\n\n\0')
    scene.tcp(from + 0.04, client, server, { seq: seq + 1, ack: theirs + 1, flags: ACK | PSH, payload: hello }, { mark })
    const next = seq + 1 + hello.length
    for (let i = 0; i < p.rate * p.seconds; i++) {
      const fields = { seq: (next + i * p.size) >>> 0, ack: theirs + 1, flags: ACK | PSH, payload: bytes(chance, p.size) }
      scene.tcp(from + 0.05 + i / p.rate, client, server, fields, { mark })
    }
    return from + p.seconds
  },
})

const torture = vector({
  id: 'flood-dns-water',
  title: 'DNS water torture: random names under one domain, by the resolver of the home',
  after: `${AFTER}; Luo et al., Pseudo-random subdomain attacks, 2018`,
  params: {
    rate: params.rate,
    seconds: params.seconds,
    labels: number(12, 'characters of the random label'),
    through: choice('gateway', "the gateway's resolver, or one out there", ['gateway', 'internet']),
  },
  make(scene, p, from) {
    const { chance, device } = scene
    const mark: Mark = { device, stage: 'attacking', role: 'source', vector: 'dns-water-torture' }
    const server = { host: p.through === 'gateway' ? scene.gateway : scene.out('resolver', 'cloud', 53), port: 53 }
    for (let i = 0; i < p.rate * p.seconds; i++) {
      const at = from + i / p.rate
      const name = `${label(chance, p.labels)}.victim-shop.example`
      const id = chance.below(65_536)
      const here = { host: device, port: high(scene) }
      scene.udp(at, here, server, dnsQuery(id, name), { mark })
      // a drowning server answers few
      if (chance.below(4) === 0) scene.udp(at + 0.2, server, here, dnsAnswer(id, name, 1, []), { mark })
    }
    return from + p.seconds
  },
})

const label = (chance: Scene['chance'], n: number) =>
  Array.from({ length: n }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[chance.below(36)]).join('')

export const FLOODS: readonly Vector[] = [
  plainUdp,
  syn,
  synBare,
  ack,
  xmas,
  greIp,
  greEth,
  ping,
  vse,
  http('flood-http-get', 'GET'),
  http('flood-http-post', 'POST'),
  stomp,
  torture,
]
