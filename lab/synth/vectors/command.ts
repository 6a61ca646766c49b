import { be16, be32, type Bytes, joined, latin, RST, ACK, SYN } from '../frames.ts'
import { clientHello, serverHello, tlsRecord } from '../messages.ts'
import { bytes, type Evasion, linuxSyn, type Mark, type Scene, type Turn } from '../scene.ts'
import { choice, flag, number, vector } from '../vector.ts'

const common = {
  period: number(60, 'seconds between keep-alives'),
  jitter: number(2, 'seconds of chance on top'),
  beats: number(20, 'how many'),
  port: number(23, 'port of the command server'),
  evasion: choice('none', 'what becomes of the segments', ['none', 'segments', 'reorder', 'overlap', 'fragments']),
}
const commanded = (scene: Scene): Mark => ({ device: scene.device, stage: 'commanded', role: 'source' })

/** Of an attack as Mirai's server gives it: length, seconds, vector, targets with prefix lengths, options of key and text. */
export function miraiOrder(
  seconds: number,
  attack: number,
  targets: readonly (readonly [Bytes, number])[],
  options: readonly (readonly [number, string])[],
): Bytes {
  const body = joined(
    be32(seconds),
    [attack, targets.length],
    ...targets.map(([ip, prefix]) => joined(ip, [prefix])),
    [options.length],
    ...options.map(([key, text]) => joined([key, text.length], text)),
  )
  return joined(be16(body.length + 2), body)
}

const wait = (scene: Scene, p: { period: number; jitter: number }) =>
  p.period + (p.jitter > 0 ? scene.chance.below(1000 * p.jitter) / 1000 : 0)

function longTalk(
  scene: Scene,
  p: { port: number; evasion: string; ipv6?: boolean },
  from: number,
  mark: Mark,
  turns: Turn[],
  host = scene.out('command server', 'attacker'),
): number {
  return scene.talk({
    client: { host: scene.device, port: scene.port(scene.device) },
    server: { host, port: p.port },
    at: from,
    mark,
    ends: 'open',
    turns,
    evasion: p.evasion as Evasion,
    ...(p.ipv6 && { six: true }),
  })
}

export const c2Mirai = vector({
  id: 'c2-mirai',
  title: "Mirai's command channel: handshake, keep-alives of two bytes, binary orders",
  after:
    'Antonakakis et al. 2017; the wire format as in the published source (bot/main.c, attack.c), seen in id2t/mirai_botnet.pcap',
  params: {
    ...common,
    orders: number(1, 'attack orders, spread over the time'),
    source: choice('', 'the name that a bot may give with its handshake (the loader’s argument)'),
    name: flag(true, 'the server is looked up by name first'),
    ipv6: flag(false, 'over IPv6'),
  },
  make(scene, p, from) {
    const mark = commanded(scene)
    const host = scene.out('command server', 'attacker')
    if (p.name) scene.resolve(from - 0.5, scene.device, 'cnc.changeme.example', host, { mark })
    const turns: Turn[] = [
      { by: 'client', says: Uint8Array.of(0, 0, 0, 1) },
      { by: 'client', says: joined([p.source.length], p.source), after: 0.0001 },
    ]
    for (let i = 0; i < p.beats; i++) {
      turns.push({ by: 'client', says: Uint8Array.of(0, 0), after: wait(scene, p) }, { by: 'server', says: Uint8Array.of(0, 0) })
      if (p.orders > 0 && i % Math.ceil(p.beats / p.orders) === 0) {
        const victim = scene.out('victim', 'victim').ip
        turns.push({ by: 'server', says: miraiOrder(60, scene.chance.below(10), [[victim, 32]], [[7, '80']]), after: 5 })
      }
    }
    return longTalk(scene, p, from, mark, turns, host)
  },
})

export const c2Gafgyt = vector({
  id: 'c2-gafgyt',
  title: "Gafgyt's command channel in plain text: BUILD, PING, PONG, !* orders",
  after: 'Marzano et al., The Evolution of Bashlite and Mirai IoT Botnets, ISCC 2018',
  params: { ...common, port: number(23, 'port of the command server (often 23, 666, 6667, 839)'), orders: number(2, 'orders') },
  make(scene, p, from) {
    const turns: Turn[] = [{ by: 'client', says: 'BUILD MIPS\n' }]
    const order = () => {
      const victim = scene.out('victim', 'victim').ip.join('.')
      return scene.chance.pick([
        `!* UDP ${victim} 80 60 32 1024 10\n`,
        `!* TCP ${victim} 443 120 32 all 0 10\n`,
        `!* HOLD ${victim} 80 60\n`,
        '!* SCANNER ON\n',
        `!* JUNK ${victim} 53 30\n`,
      ])
    }
    for (let i = 0; i < p.beats; i++) {
      turns.push({ by: 'server', says: 'PING\n', after: wait(scene, p) }, { by: 'client', says: 'PONG\n' })
      if (p.orders > 0 && i % Math.ceil(p.beats / p.orders) === 0) turns.push({ by: 'server', says: order(), after: 5 })
    }
    return longTalk(scene, p, from, commanded(scene), turns)
  },
})

export const c2Irc = vector({
  id: 'c2-irc',
  title: 'orders over IRC (Tsunami, Kaiten, Amnesia)',
  after: 'RFC 2812; Tsunami/Kaiten in Costin and Zaddach, IoT Malware: Comprehensive Survey, Black Hat 2018',
  params: { ...common, port: number(6667, 'port'), orders: number(2, 'orders') },
  make(scene, p, from) {
    const nick = `MIPS|${scene.chance.digits(6)}`
    const turns: Turn[] = [
      { by: 'client', says: `NICK ${nick}\r\nUSER ${nick} localhost localhost :${nick}\r\n` },
      { by: 'server', says: `:irc.example 001 ${nick} :Welcome\r\n:irc.example 376 ${nick} :End of MOTD\r\n` },
      { by: 'client', says: `MODE ${nick} -xi\r\nJOIN #bots :secret\r\n` },
      { by: 'server', says: `:${nick}!${nick}@host.example JOIN :#bots\r\n:irc.example 332 ${nick} #bots :.advscan\r\n` },
    ]
    for (let i = 0; i < p.beats; i++) {
      turns.push(
        { by: 'server', says: 'PING :irc.example\r\n', after: wait(scene, p) },
        { by: 'client', says: 'PONG :irc.example\r\n' },
      )
      if (p.orders > 0 && i % Math.ceil(p.beats / p.orders) === 0)
        turns.push({
          by: 'server',
          says: `:boss!boss@host.example PRIVMSG #bots :!* UDP ${scene.out('victim', 'victim').ip.join('.')} 80 60\r\n`,
          after: 5,
        })
    }
    return longTalk(scene, p, from, commanded(scene), turns)
  },
})

export const c2Tls = vector({
  id: 'c2-tls',
  title: 'a command channel within TLS: no name, an odd port, keep-alives of one size',
  after: 'Netlab 360 on TLS-wrapped Mirai and Gafgyt_tor variants, 2020 and 2021',
  params: { ...common, port: number(4433, 'port'), name: flag(false, 'a name in SNI') },
  make(scene, p, from) {
    const { chance } = scene
    const turns: Turn[] = [
      { by: 'client', says: clientHello(chance, p.name ? 'update.cnc.example' : undefined) },
      { by: 'server', says: serverHello(chance) },
      { by: 'server', says: tlsRecord(chance, 700) },
      { by: 'client', says: tlsRecord(chance, 74) },
    ]
    for (let i = 0; i < p.beats; i++)
      turns.push(
        { by: 'client', says: tlsRecord(chance, 19), after: wait(scene, p) },
        { by: 'server', says: tlsRecord(chance, 19) },
      )
    return longTalk(scene, p, from, commanded(scene), turns)
  },
})

export const c2Dead = vector({
  id: 'c2-dead',
  title: 'a command server that is gone is called again and again (Hakai)',
  after: 'IoT-23 capture CTU-8-1 (Garcia, Parmisano, Erquiaga, 2020): SYNs without an answer every few seconds for a day',
  params: {
    calls: number(60, 'calls; each is sent again as Linux does, after 1, 3, 7, 16 and 32 seconds'),
    period: number(35, 'seconds between calls'),
    port: number(50, 'port'),
    answer: choice('silent', 'what comes back', ['silent', 'closed']),
    servers: number(1, 'how many servers in turn'),
  },
  make(scene, p, from) {
    const mark = commanded(scene)
    const servers = Array.from({ length: p.servers }, () => scene.out('command server', 'attacker'))
    let at = from
    for (let i = 0; i < p.calls; i++) {
      const to = { host: servers[i % servers.length]!, port: p.port }
      const here = { host: scene.device, port: scene.port(scene.device) }
      const seq = scene.chance.below(2 ** 32)
      for (const later of p.answer === 'closed' ? [0] : [0, 1, 3, 7.1, 15.6, 32.2])
        scene.tcp(
          at + later,
          here,
          to,
          { seq, flags: SYN, options: linuxSyn(1460, Math.round((at + later) * 1000)), window: 29_200 },
          { mark },
        )
      if (p.answer === 'closed')
        scene.tcp(at + 0.03, to, here, { seq: 0, ack: (seq + 1) >>> 0, flags: RST | ACK, window: 0 }, { mark })
      at += p.period * (0.95 + scene.chance.below(100) / 1000)
    }
    return at
  },
})

const bencoded = (v: string | Bytes): Bytes => joined(`${v.length}:`, v)

/** A query of BitTorrent's DHT (BEP 5). */
function krpc(transaction: Bytes, id: Bytes, query: string, name: string, value: Bytes, version: Bytes): Bytes {
  const argument = joined(bencoded(name), bencoded(value))
  return joined(
    'd1:ad2:id',
    bencoded(id),
    argument,
    'e1:q',
    bencoded(query),
    '1:t',
    bencoded(transaction),
    '1:v',
    bencoded(version),
    '1:y1:qe',
  )
}

function found(chance: Scene['chance'], id: Bytes, transaction: Bytes): Bytes {
  return joined('d1:rd2:id', bencoded(id), '5:nodes', bencoded(bytes(chance, 26 * 8)), 'e1:t', bencoded(transaction), '1:y1:re')
}

export const c2Dht = vector({
  id: 'c2-dht',
  title: 'a thing takes part in a distributed hash table: Mozi, Hajime, or a thing with no business there',
  after: 'Netlab 360, Mozi, another botnet using DHT, 2019; Edwards and Profetis, Hajime, Rapidity Networks 2016; BEP 5',
  params: {
    family: choice('mozi', 'mozi: node ids begin with 88888888; hajime: looks one hash of the day up', ['mozi', 'hajime']),
    peers: number(60, 'peers asked'),
    rate: number(1, 'queries a second'),
    bootstrap: flag(true, 'begins at the public routers by name'),
  },
  make(scene, p, from) {
    const mark = commanded(scene)
    const { chance, device } = scene
    const mozi = p.family === 'mozi'
    const id = mozi ? joined('88888888', bytes(chance, 12)) : bytes(chance, 20)
    const ofTheDay = bytes(chance, 20)
    const port = mozi ? 14_737 : 1024 + chance.below(60_000)
    const version = mozi ? joined([chance.below(256)], 'B', bytes(chance, 2)) : latin('LT\x01\x00')
    let at = from
    const ask = (host: ReturnType<Scene['stranger']>, to: number) => {
      const transaction = bytes(chance, 2)
      const query = mozi
        ? krpc(transaction, id, 'find_node', 'target', joined('88888888', bytes(chance, 12)), version)
        : krpc(transaction, id, 'get_peers', 'info_hash', ofTheDay, version)
      const [a, b] = [
        { host: device, port },
        { host, port: to },
      ]
      scene.udp(at, a, b, query, { mark })
      if (chance.below(3) > 0) scene.udp(at + 0.08, b, a, found(chance, bytes(chance, 20), transaction), { mark })
      at += (0.9 + chance.below(200) / 1000) / p.rate
    }
    if (p.bootstrap)
      for (const name of [
        'router.bittorrent.com',
        'router.utorrent.com',
        ...(mozi ? ['dht.transmissionbt.com', 'bttracker.debian.org'] : []),
      ]) {
        const router = scene.stranger()
        scene.resolve(at, device, name, router, { mark })
        at += 0.1
        ask(router, 6881)
      }
    for (let i = 0; i < p.peers; i++)
      ask(scene.stranger(), chance.below(3) ? 49_160 + chance.below(16_000) : 6881 + chance.below(18))
    return at
  },
})
