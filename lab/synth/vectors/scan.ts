import { ipBytes } from '../frames.ts'
import { linuxSyn, type Host, type Mark, type Scene } from '../scene.ts'
import { choice, flag, number, vector } from '../vector.ts'

const MIRAI = 'Antonakakis et al., Understanding the Mirai Botnet, USENIX Security 2017, sections 2 and 4'

/** What answers a stranger's port: few are there, fewer are open. */
function answer(scene: Scene): 'open' | 'closed' | 'silent' {
  const n = scene.chance.below(100)
  return n < 1 ? 'open' : n < 12 ? 'closed' : 'silent'
}

/** 0.9 to 1.1 of it, so that no clock is told by the gaps. */
const jitter = (scene: Scene, seconds: number) => seconds * (0.9 + scene.chance.below(200) / 1000)

function address(ip: Uint8Array): number {
  return ((ip[0]! << 24) | (ip[1]! << 16) | (ip[2]! << 8) | ip[3]!) >>> 0
}

/** Other hosts of the home's network, that of a.b.c.0/24, most of whom are not there. */
function inside(scene: Scene, n: number): Host {
  const known = [scene.gateway, scene.phone, scene.laptop].find((h) => h.ip[3] === n)
  return (
    known ?? { name: 'nobody', ip: Uint8Array.from([192, 168, 1, n]), ttl: 64, mac: ipBytes(`::${n.toString(16)}`).subarray(10) }
  )
}

export const scanOut = vector({
  id: 'scan',
  title: 'an infected device looks for others on the Internet',
  after: `${MIRAI}; Mozi and Gafgyt scan with ordinary sockets (Microsoft 2021; Marzano et al., ISCC 2018)`,
  params: {
    port: number(23, 'destination port'),
    second: number(0, 'another port, tried one time in ten (Mirai: 2323); 0: none'),
    rate: number(10, 'probes a second; below 1 is slow (0.0167: one a minute)'),
    probes: number(300, 'how many in all, shared out among the devices'),
    devices: choice('1', '1 or 2: spread over the neighbour too', ['1', '2']),
    sequence: choice('address', 'address: the sequence number is the destination (Mirai); random', ['address', 'random']),
    stack: choice('raw', 'raw: no options, random window, one source port (Mirai); socket: as Linux connects', ['raw', 'socket']),
    order: choice('random', 'random or ascending destinations', ['random', 'ascending']),
    spread: choice('internet', 'internet, a /24 of it, or the local network', ['internet', 'net24', 'local']),
    same: number(1, 'times that a destination is tried'),
    ipv6: flag(false, 'over IPv6, addresses drawn from prefixes'),
  },
  make(scene, p, from) {
    const sources = p.devices === '2' ? [scene.device, scene.neighbour] : [scene.device]
    const marks = sources.map((device): Mark => ({ device, stage: 'scanning', role: 'source' }))
    const { chance } = scene
    const fixedPort = 1024 + chance.below(60_000)
    const window = 1 + chance.below(65_535)
    const base = scene.stranger()
    let at = from
    let target = base
    for (let i = 0; i < p.probes; i++) {
      const which = i % sources.length
      const host = sources[which]!
      if (i % Math.max(1, p.same) === 0) {
        if (p.spread === 'local') target = inside(scene, 1 + ((p.order === 'ascending' ? i : chance.below(254)) % 254))
        else if (p.spread === 'net24')
          target = {
            ...base,
            ip: Uint8Array.from([...base.ip.subarray(0, 3), 1 + ((p.order === 'ascending' ? i : chance.below(254)) % 254)]),
          }
        else if (p.order === 'ascending') target = { ...base, ip: plus(base.ip, i) }
        else target = scene.stranger()
      }
      const port = p.second && chance.below(10) === 0 ? p.second : p.port
      const raw = p.stack === 'raw'
      scene.knock(
        at,
        { host, port: raw ? fixedPort : scene.port(host) },
        { host: target, port },
        p.spread === 'local' ? 'closed' : answer(scene),
        {
          mark: marks[which]!,
          six: p.ipv6,
          ...(p.sequence === 'address' && !p.ipv6 && { seq: address(target.ip) }),
          ...(raw ? { window, options: [], crafted: true } : { options: linuxSyn(1460, 5000 + i) }),
        },
      )
      at += jitter(scene, 1 / p.rate)
    }
    return at
  },
})

function plus(ip: Uint8Array, n: number): Uint8Array {
  const sum = (address(ip) + n) >>> 0
  return Uint8Array.from([sum >>> 24, (sum >>> 16) & 255, (sum >>> 8) & 255, sum & 255])
}

export const scanPorts = vector({
  id: 'scan-ports',
  title: 'an infected device tries many ports of one neighbour',
  after: 'vertical scans: Staniford, Hoagland, McAlerney, Practical automated detection of stealthy portscans, 2002',
  params: {
    ports: number(200, 'how many ports'),
    rate: number(20, 'probes a second'),
    target: choice('neighbour', 'neighbour or somebody on the Internet', ['neighbour', 'internet']),
    order: choice('random', 'random or ascending', ['random', 'ascending']),
  },
  make(scene, p, from) {
    const probedToo: Mark = { device: scene.neighbour, stage: 'probed', role: 'target' }
    const mark: Mark = {
      device: scene.device,
      stage: 'scanning',
      role: 'source',
      ...(p.target === 'neighbour' && { besides: probedToo }),
    }
    const target = p.target === 'neighbour' ? scene.neighbour : scene.stranger()
    let at = from
    for (let i = 0; i < p.ports; i++) {
      const port = p.order === 'ascending' ? 1 + i : 1 + scene.chance.below(10_000)
      scene.knock(at, { host: scene.device, port: scene.port(scene.device) }, { host: target, port }, 'closed', { mark })
      at += jitter(scene, 1 / p.rate)
    }
    return at
  },
})

export const probed = vector({
  id: 'probed',
  title: 'a device is looked for: SYNs at its ports of administration',
  after: `${MIRAI}; Durumeric et al., An Internet-Wide View of Internet-Wide Scanning, USENIX Security 2014`,
  params: {
    from: choice('internet', 'strangers, or the neighbour', ['internet', 'neighbour']),
    ports: choice('23,2323,22,5555,80,8080,7547,37215', 'ports that are tried in turn'),
    rate: number(0.5, 'probes a second'),
    probes: number(60, 'how many'),
    sources: number(30, 'different strangers'),
    answer: choice('closed', 'what the device answers', ['open', 'closed', 'silent']),
    mirai: flag(true, 'sequence number is the destination'),
  },
  make(scene, p, from) {
    const mark: Mark = { device: scene.device, stage: 'probed', role: 'target', also: ['guessed'] }
    const scans: Mark = { device: scene.neighbour, stage: 'scanning', role: 'source' }
    const strangers = Array.from({ length: p.sources }, () => scene.stranger())
    const ports = p.ports.split(',').map(Number)
    let at = from
    for (let i = 0; i < p.probes; i++) {
      const host = p.from === 'internet' ? strangers[i % strangers.length]! : scene.neighbour
      const to = { host: scene.device, port: ports[i % ports.length]! }
      const options = p.mirai
        ? { seq: address(scene.device.ip), options: [], window: 5000 + scene.chance.below(60_000), crafted: true }
        : {}
      scene.knock(at, { host, port: 1024 + scene.chance.below(64_000) }, to, p.answer as 'open', { mark, ...options })
      // the neighbour that does it, is told of too where it is many
      if (p.from === 'neighbour' && i > 0 && i % ports.length === 0)
        scene.knock(
          at + 0.01,
          { host, port: 1024 + scene.chance.below(64_000) },
          { host: scene.stranger(), port: ports[i % ports.length]! },
          'silent',
          { mark: scans, ...options },
        )
      at += jitter(scene, 1 / p.rate)
    }
    return at
  },
})
