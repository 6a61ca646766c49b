import { type Bytes, joined, latin, sized } from '../frames.ts'
import { clientHello, dnsAnswer, serverHello, tlsRecord } from '../messages.ts'
import { bytes, type Mark, type Scene, type Turn } from '../scene.ts'
import { choice, flag, number, vector } from '../vector.ts'
import { made, type Style } from '../words.ts'
import { dnsQuery } from '../messages.ts'

export const beacon = vector({
  id: 'beacon',
  title: 'short calls at a regular time to a server that nobody else knows',
  after: 'MITRE ATT&CK T1071.001; Hu et al., BAYWATCH, DSN 2016 (periods and jitter of beacons)',
  params: {
    period: number(60, 'seconds'),
    jitter: number(0.05, 'share of the period, at most'),
    beats: number(60, 'how many'),
    over: choice('http', 'how', ['http', 'tls', 'udp']),
    named: flag(false, 'the server has a name'),
    port: number(8080, 'port'),
  },
  make(scene, p, from) {
    const { chance, device } = scene
    const mark: Mark = { device, stage: 'commanded', role: 'source' }
    const host = scene.out('command server', 'attacker')
    let at = from
    for (let i = 0; i < p.beats; i++) {
      const begins = at + p.period * p.jitter * (chance.below(2000) / 1000 - 1)
      const client = { host: device, port: scene.port(device) }
      const server = { host, port: p.port }
      if (p.named && i % 10 === 0) scene.resolve(begins - 0.1, device, 'status.metrics-node.example', host, { mark })
      if (p.over === 'udp') {
        scene.udp(begins, client, server, bytes(chance, 48), { mark })
        scene.udp(begins + 0.04, server, client, bytes(chance, 16), { mark })
      } else {
        const turns: Turn[] =
          p.over === 'http'
            ? [
                {
                  by: 'client',
                  says: `GET /gate.php?id=${chance.hex(8)} HTTP/1.1\r\nHost: ${host.ip.join('.')}\r\nUser-Agent: Mozilla/4.0\r\n\r\n`,
                },
                { by: 'server', says: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' },
              ]
            : [
                { by: 'client', says: clientHello(chance, p.named ? 'status.metrics-node.example' : undefined) },
                { by: 'server', says: serverHello(chance) },
                { by: 'client', says: tlsRecord(chance, 120) },
                { by: 'server', says: tlsRecord(chance, 40) },
              ]
        scene.talk({ client, server, at: begins, mark, turns })
      }
      at += p.period
    }
    return at
  },
})

const ALPHABETS: Record<string, string> = {
  base32: 'abcdefghijklmnopqrstuvwxyz234567',
  hex: '0123456789abcdef',
  base64: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
}
const TYPES: Record<string, number> = { A: 1, CNAME: 5, NULL: 10, TXT: 16, AAAA: 28 }

export const dnsTunnel = vector({
  id: 'dns-tunnel',
  title: 'data goes out in names, and comes back in their answers',
  after: 'Born and Gustafson, 2010; Farnham, Detecting DNS Tunneling, SANS 2013; iodine and dnscat2',
  params: {
    rate: number(5, 'queries a second'),
    queries: number(300, 'how many'),
    encoding: choice('base32', 'of the labels', Object.keys(ALPHABETS)),
    type: choice('TXT', 'of the records', Object.keys(TYPES)),
    labels: number(3, 'labels of data in a name'),
    length: number(50, 'characters of a label, 63 at most'),
    back: number(120, 'bytes of an answer'),
  },
  make(scene, p, from) {
    const { chance, device } = scene
    const mark: Mark = { device, stage: 'exfiltrating', role: 'source', also: ['commanded'] }
    const alphabet = ALPHABETS[p.encoding]!
    const type = TYPES[p.type]!
    const label = () => Array.from({ length: Math.min(63, p.length) }, () => alphabet[chance.below(alphabet.length)]).join('')
    let at = from
    for (let i = 0; i < p.queries; i++) {
      const name = `${Array.from({ length: p.labels }, label).join('.')}.t.tunnel-host.example`
      const id = chance.below(65_536)
      const here = { host: device, port: 1024 + chance.below(64_000) }
      const there = { host: scene.resolver, port: 53 }
      scene.udp(at, here, there, dnsQuery(id, name, type), { mark })
      scene.udp(at + 0.06, there, here, dnsAnswer(id, name, type, [record(chance, type, p.back)], 0), { mark })
      at += (0.8 + chance.below(400) / 1000) / p.rate
    }
    return at
  },
})

function record(chance: Scene['chance'], type: number, back: number): Bytes {
  if (type === 1) return bytes(chance, 4)
  if (type === 28) return bytes(chance, 16)
  if (type === 5) return joined(sized(1, chance.hex(40)), sized(1, 't'), sized(1, 'tunnel-host'), sized(1, 'example'), [0])
  return type === 16 ? sized(1, chance.hex(Math.min(255, back))) : bytes(chance, back)
}

export const dga = vector({
  id: 'dga',
  title: 'made-up names are asked until one is there',
  after:
    'Plohmann et al., USENIX Security 2016; Antonakakis et al., From Throw-Away Traffic to Bots, USENIX Security 2012; Netlab 360, Mirai DGA, 2016',
  params: {
    style: choice('letters', 'of the names', ['letters', 'hex', 'dictionary', 'pronounceable', 'day']),
    names: number(100, 'how many'),
    rate: number(2, 'a second'),
    there: number(1, 'how many of them there are, at the end'),
  },
  make(scene, p, from) {
    const mark: Mark = { device: scene.device, stage: 'commanded', role: 'source' }
    let at = from
    for (let i = 0; i < p.names; i++) {
      const tld = scene.chance.pick(['com', 'net', 'info', 'biz', 'org'])
      const found = i >= p.names - p.there ? scene.out('command server', 'attacker') : undefined
      scene.resolve(at, scene.device, `${made(scene.chance, p.style as Style, i)}.${tld}`, found, { mark })
      at += (0.8 + scene.chance.below(400) / 1000) / p.rate
    }
    return at
  },
})

export const exfil = vector({
  id: 'exfil',
  title: 'a camera that talks little carries much away to a server it never knew',
  after: 'MITRE ATT&CK T1048; the volumes of Cujo and N-BaIoT devices at rest',
  params: {
    bytes: number(5_000_000, 'in all'),
    rate: number(500_000, 'bytes a second'),
    over: choice('tls', 'how', ['tls', 'http', 'ftp']),
    quiet: number(600, 'seconds of ordinary traffic first, so that there is a rule to break'),
  },
  make(scene, p, from) {
    const { chance, device } = scene
    const mark: Mark = { device, stage: 'exfiltrating', role: 'source' }
    const host = scene.out('drop', 'attacker')
    const at = from + p.quiet
    const piece = 1400
    const count = Math.ceil(p.bytes / piece)
    const data: Turn[] = Array.from({ length: count }, () => ({
      by: 'client' as const,
      says: p.over === 'tls' ? tlsRecord(chance, piece - 5) : bytes(chance, piece),
      after: Math.max(0, piece / p.rate - 0.0002),
    }))
    const opening: Turn[] =
      p.over === 'tls'
        ? [
            { by: 'client', says: clientHello(chance) },
            { by: 'server', says: serverHello(chance) },
          ]
        : p.over === 'http'
          ? [
              {
                by: 'client',
                says: `POST /up HTTP/1.1\r\nHost: ${host.ip.join('.')}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${count * piece}\r\n\r\n`,
              },
            ]
          : [{ by: 'client', says: latin('\n') }]
    return scene.talk({
      client: { host: device, port: scene.port(device) },
      server: { host, port: { tls: 443, http: 80, ftp: 20_021 }[p.over] ?? 443 },
      at,
      mark,
      turns: [...opening, ...data],
      roundTrip: 0.001,
    })
  },
})
