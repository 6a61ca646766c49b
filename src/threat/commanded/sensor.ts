import { type Packet, PROTO_TCP, PROTO_UDP, TCP_RST } from '../../decode/packet.ts'
import { latin1, printable } from '../../decode/text.ts'
import type { Sensor, SensorDesk } from '../../evidence/sensor.ts'
import type { Indicator } from '../../evidence/sign.ts'
import { FLAGS, ROW_WORDS, SYN_SEEN } from '../../flow/table.ts'
import { Ends } from '../ends.ts'
import { Channels, type Tale } from './channels.ts'
import { inWords as attackInWords, means, readLine, readOrder, readSaid } from './gafgyt.ts'
import * as mirai from './mirai.ts'
import { readKrpc } from './mozi.ts'
import { mayBeSality, readSality, readSalityRequest } from './sality.ts'

// what is known of a side of a flow
const FRESH = 0 // it has not spoken
const DONE = 1 // nothing that it says is looked at
const WATCHED = 2 // its conversation may be with a bot's master

/** Conversations watched at once; one more, and the oldest is given up. */
const MAX_CONVERSATIONS = 1024
/** What a bot says first: a number, and its name with its length. */
const HELLO_BYTES = 80
/** What a master may say that is no order (he may greet whom he takes for a person) before he is taken for none. */
const MAX_OTHER_BYTES = 512
/** Bytes of a packet, and of a line that goes on in the next, that are read as text. */
const MAX_TEXT = 2048
const MAX_REST = 1024
/** Lines that say nothing to a bot, after which nobody takes it for one. */
const MAX_OTHER_LINES = 16
/** Signs of life come once a minute. */
const PACE = [50e6, 75e6] as const
/** Without a beginning that was seen, so many of them at that pace are needed. */
export const PACED = 3
/** Conversations that begin as a bot's, without more: one may be chance. */
export const HELLOS = 2
/** Times that PING was answered by PONG, and nothing else was said. */
export const PINGS = 3
/** Nodes of BitTorrent's DHT that were spoken to. */
export const NODES = 20

interface Watched {
  readonly row: number
  readonly kind: 'mirai' | 'lines' | 'irc'
  /** The side that takes commands. */
  readonly bot: number
  /** What the bot said first. */
  readonly hello: Uint8Array | undefined
  helloLength: number
  greeted: boolean
  lastAlive: number
  asked: boolean
  /** Lines or bytes that are none of a bot's or its master's. */
  other: number
  nick: string
  readonly rest: [string, string]
  /** Sequence numbers that come next, -1 where a side has not spoken. */
  readonly next: [number, number]
}

/**
 * Listens for who commands a device: the first words of each conversation tell whether it may be a bot's, and only such are followed,
 * packet by packet and to their end, as masters are silent for hours.
 */
export class CommandSensor implements Sensor {
  private readonly desk: SensorDesk
  private readonly ends: Ends
  private readonly channels: Channels
  /** By row and side. */
  private readonly state: Uint8Array
  private readonly watched = new Map<number, Watched>()
  /** Of hosts that speak BitTorrent's DHT. */
  private readonly dht = new Map<number, { nodes: number; first: number; last: number; capture: number; frame: number }>()

  constructor(desk: SensorDesk) {
    this.desk = desk
    this.ends = new Ends(desk)
    this.channels = new Channels(desk, this.ends)
    this.state = new Uint8Array(2 * desk.table.capacity)
  }

  begin(_p: Packet, row: number): void {
    this.state[2 * row] = FRESH
    this.state[2 * row + 1] = FRESH
  }

  payload(p: Packet, row: number): boolean {
    const at = 2 * row + this.desk.table.side
    const state = this.state[at]!
    if (state !== DONE && p.payloadEnd > p.payload) this.read(p, row, at, state)
    return this.state[2 * row] !== DONE || this.state[2 * row + 1] !== DONE
  }

  private read(p: Packet, row: number, at: number, state: number): void {
    if (state === WATCHED) this.follow(p, row)
    else if (p.protocol === PROTO_TCP) {
      // a later fragment begins anywhere
      if (p.transport >= 0 && (p.tcpFlags & TCP_RST) === 0) this.firstOfStream(p, row, at)
    } else {
      this.state[at] = DONE
      if (p.protocol === PROTO_UDP) this.firstDatagram(p, row)
    }
  }

  end(row: number): void {
    if (this.state[2 * row] === WATCHED || this.state[2 * row + 1] === WATCHED) this.leave(row)
  }

  report(): void {
    this.channels.report()
    for (const [handle, { nodes, first, last, capture, frame }] of this.dht)
      if (nodes >= NODES)
        this.desk.sign(handle, 'dht', {
          detector: 'commanded',
          what: 'dht',
          role: 'source',
          detail: { nodes },
          count: nodes,
          first,
          last,
          frames: [{ capture, frame }],
        })
  }

  private leave(row: number): void {
    this.watched.delete(row)
    this.state[2 * row] = DONE
    this.state[2 * row + 1] = DONE
  }

  private firstOfStream(p: Packet, row: number, at: number): void {
    const b = p.buf
    const o = p.payload
    const end = p.payloadEnd
    // TCP's own keep-alive may be the first that is seen of a side
    if (end - o === 1 && !this.sawStart(row)) return
    this.state[at] = DONE
    const { side } = this.desk.table
    switch (b[o]) {
      case 0:
        if (mirai.isHello(b, o, end)) {
          if (end - o <= HELLO_BYTES) this.watch(p, row, 'mirai', side)
        } else if (mirai.keepAlives(b, o, end) > 0) {
          // whose beginning was seen has begun otherwise
          if (!this.sawStart(row)) this.watch(p, row, 'mirai', side)
        } else this.firstOrder(p, row)
        break
      case 0x47: // GET
        if (mayAskLikeSality(b, o, end)) this.salityAsks(p, row)
        break
      case 0x21: // !
      case 0x41: // ARCH
      case 0x42: // BUILD
        if (isLine(b, o, end)) this.watch(p, row, 'lines', b[o] === 0x21 ? 1 - side : side)
        break
      case 0x50: // PING, PONG, PASS
        if (b[o + 1] === 0x41) this.watchIrc(p, row, side)
        else if (isLine(b, o, end)) this.watch(p, row, 'lines', b[o + 1] === 0x49 ? 1 - side : side)
        break
      case 0x4e: // NICK
      case 0x55: // USER
        this.watchIrc(p, row, side)
        break
      case 0x3a: // :server
        this.watchIrc(p, row, 1 - side)
        break
      default:
        if (b[o]! < 8) this.firstOrder(p, row)
    }
  }

  /** The capture may begin within a conversation, with an order. */
  private firstOrder(p: Packet, row: number): void {
    if (this.sawStart(row) || ((p.buf[p.payload]! << 8) | p.buf[p.payload + 1]!) !== p.payloadEnd - p.payload) return
    if (mirai.readOrders(p.buf, p.payload, p.payloadEnd)) this.watch(p, row, 'mirai', 1 - this.desk.table.side)
  }

  private sawStart(row: number): boolean {
    return (this.desk.table.words[row * ROW_WORDS + FLAGS]! & SYN_SEEN) !== 0
  }

  private watchIrc(p: Packet, row: number, bot: number): void {
    const head = latin1(p.buf, p.payload, Math.min(p.payloadEnd, p.payload + 64))
    if (/^(?:NICK|PASS) \S{1,60}\r?\n|^USER \S{1,60} \S{1,60} \S{1,60} |^:\S{1,60} (?:PRIVMSG|NOTICE|\d{3}) /.test(head))
      this.watch(p, row, 'irc', bot)
  }

  private watch(p: Packet, row: number, kind: Watched['kind'], bot: number): void {
    // masters wait to be called
    if (this.sawStart(row) && bot !== this.desk.table.initiator(row)) return
    if (this.watched.size >= MAX_CONVERSATIONS) this.leave(this.watched.keys().next().value!)
    this.state[2 * row] = WATCHED
    this.state[2 * row + 1] = WATCHED
    const hello = kind === 'mirai' && bot === this.desk.table.side && mirai.isHello(p.buf, p.payload, p.payloadEnd)
    this.watched.set(row, {
      row,
      kind,
      bot,
      hello: hello ? new Uint8Array(HELLO_BYTES) : undefined,
      helloLength: 0,
      greeted: false,
      lastAlive: -Infinity,
      asked: false,
      other: 0,
      nick: '',
      rest: ['', ''],
      next: [-1, -1],
    })
    this.follow(p, row)
  }

  private follow(p: Packet, row: number): void {
    const watched = this.watched.get(row)!
    const { side } = this.desk.table
    const next = watched.next[side]!
    // said before, or TCP's own keep-alive (RFC 9293, section 3.8.4)
    if (next >= 0 && ((p.tcpSeq - next) | 0) < 0) return
    watched.next[side] = (p.tcpSeq + p.payloadWire) >>> 0
    if (watched.kind === 'mirai') this.mirai(p, watched)
    else this.lines(p, watched)
  }

  /** Both who takes commands and who gives them, as far as they are here. */
  private each(p: Packet, watched: Watched, family: 'mirai' | 'gafgyt' | 'kaiten', see: (tale: Tale) => boolean): void {
    const { row, bot } = watched
    for (const [side, isBot] of [
      [bot, true],
      [1 - bot, false],
    ] as const) {
      const tale = this.channels.of(p, row, side, family, isBot)
      if (!tale) continue
      const likely = see(tale)
      this.channels.note(tale, p)
      this.channels.tell(tale, p, likely)
    }
  }

  private mirai(p: Packet, watched: Watched): void {
    const ofBot = this.desk.table.side === watched.bot
    const alive = mirai.keepAlives(p.buf, p.payload, p.payloadEnd)
    if (ofBot && watched.hello && !watched.greeted && this.greet(p, watched)) return
    if (alive > 0) {
      this.miraiLives(p, watched, ofBot)
      return
    }
    const orders = ofBot ? undefined : mirai.readOrders(p.buf, p.payload, p.payloadEnd)
    if (orders) {
      this.miraiOrders(p, watched, orders)
      return
    }
    watched.other += p.payloadEnd - p.payload
    // a bot says nothing else; what greets people is its master all the same
    if (ofBot || watched.other > MAX_OTHER_BYTES) this.forget(p, watched)
  }

  /** True while it says what it says first. */
  private greet(p: Packet, watched: Watched): boolean {
    const hello = watched.hello!
    const length = p.payloadEnd - p.payload
    if (watched.helloLength + length > HELLO_BYTES) {
      this.leave(watched.row)
      return true
    }
    for (let i = 0; i < length; i++) hello[watched.helloLength + i] = p.buf[p.payload + i]!
    watched.helloLength += length
    const name = mirai.readHello(hello, watched.helloLength)
    if (name === undefined) return true
    if (name === false) {
      this.leave(watched.row)
      return true
    }
    watched.greeted = true
    // whose beginning was not seen may be in the middle of anything
    if (!this.sawStart(watched.row)) return true
    this.each(p, watched, 'mirai', ({ seen, told }) => {
      seen.hellos++
      if (name !== '') told.detail['name'] = name
      return seen.hellos >= HELLOS
    })
    return true
  }

  private miraiLives(p: Packet, watched: Watched, ofBot: boolean): void {
    const gap = p.time - watched.lastAlive
    if (ofBot) watched.lastAlive = p.time
    const answers = !ofBot && watched.asked
    watched.asked = ofBot
    this.each(p, watched, 'mirai', ({ seen }) => {
      if (ofBot) {
        seen.alive++
        if (gap >= PACE[0] && gap <= PACE[1]) seen.paced++
      } else if (answers) seen.answered++
      if (seen.answered > 0 && (watched.greeted || (seen.orders > 0 && seen.answered > 1))) seen.certain = true
      return seen.answered >= PACED && seen.paced >= PACED - 1
    })
  }

  private miraiOrders(p: Packet, watched: Watched, orders: readonly mirai.MiraiOrder[]): void {
    this.each(p, watched, 'mirai', (tale) => {
      const { seen } = tale
      for (const order of orders) {
        seen.orders++
        const attacked = order.targets.map(({ ip }): Indicator => ({ type: 'ip', value: ip, role: 'to be attacked' }))
        if (order.domain !== undefined) attacked.push({ type: 'domain', value: order.domain, role: 'to be attacked' })
        this.channels.order(tale, p, mirai.inWords(order), attacked)
      }
      if (watched.greeted || seen.answered > 1) seen.certain = true
      return false
    })
  }

  /** It was no bot's conversation after all. */
  private forget(p: Packet, watched: Watched): void {
    if (watched.greeted && watched.lastAlive === -Infinity)
      for (const [side, bot] of [
        [watched.bot, true],
        [1 - watched.bot, false],
      ] as const) {
        const tale = this.channels.of(p, watched.row, side, 'mirai', bot)
        if (tale) tale.seen.hellos--
      }
    this.leave(watched.row)
  }

  private lines(p: Packet, watched: Watched): void {
    const { side } = this.desk.table
    const text = watched.rest[side]! + latin1(p.buf, p.payload, Math.min(p.payloadEnd, p.payload + MAX_TEXT))
    const lines = text.split('\n')
    const rest = lines.pop()!
    // many of these send a line without its end
    const open = watched.kind === 'lines' && rest !== '' && rest.length < 128 && readLine(rest) !== undefined
    if (open) lines.push(rest)
    watched.rest[side] = open || rest.length > MAX_REST ? '' : rest
    for (const line of lines) {
      if (watched.kind === 'irc') this.irc(p, watched, line.replace(/\r$/, ''))
      else this.gafgyt(p, watched, line)
      if (!this.watched.has(watched.row)) return
    }
  }

  private gafgyt(p: Packet, watched: Watched, text: string): void {
    const ofBot = this.desk.table.side === watched.bot
    const said = readLine(text) ?? (text.endsWith('\r') ? readOrder(text.slice(0, -1)) : undefined)
    if (said?.is === 'hello' && ofBot) {
      watched.greeted = true
      this.each(p, watched, 'gafgyt', ({ seen, told }) => {
        seen.hellos++
        told.detail['name'] = said.build
        return seen.hellos >= HELLOS
      })
    } else if (said?.is === 'ping' && !ofBot) watched.asked = true
    else if (said?.is === 'pong' && ofBot) {
      if (!watched.asked) return
      watched.asked = false
      this.each(p, watched, 'gafgyt', ({ seen }) => {
        seen.answered++
        if (watched.greeted) seen.certain = true
        return watched.other === 0 && seen.answered >= PINGS
      })
    } else if (said?.is === 'order' && !ofBot) this.lineOrder(p, watched, 'gafgyt', said)
    else if (text.trim() !== '' && ++watched.other > MAX_OTHER_LINES && !watched.greeted) this.leave(watched.row)
  }

  private lineOrder(
    p: Packet,
    watched: Watched,
    family: 'gafgyt' | 'kaiten',
    { command, attack, to }: NonNullable<ReturnType<typeof readOrder>>,
    channel?: string,
  ): void {
    this.each(p, watched, family, (tale) => {
      const { seen, told } = tale
      seen.orders++
      told.detail['command'] ??= command
      if (channel !== undefined) told.detail['channel'] ??= channel
      // who listens in a channel of IRC hears what others are told
      if (family === 'gafgyt' || (watched.nick !== '' && means(to, watched.nick) && !isPerson(tale))) seen.certain = true
      if (attack) this.channels.order(tale, p, attackInWords(attack), [targetOf(attack.target)])
      return true
    })
  }

  private irc(p: Packet, watched: Watched, line: string): void {
    if (this.desk.table.side === watched.bot) {
      const nick = /^NICK :?(\S{1,32})/i.exec(line)?.[1]
      if (nick !== undefined) watched.nick = printable(nick, 32)
      return
    }
    const said = line.includes(' :!') ? readSaid(line) : undefined
    if (said) this.lineOrder(p, watched, 'kaiten', said.order, said.channel)
  }

  private firstDatagram(p: Packet, row: number): void {
    const b = p.buf
    const o = p.payload
    const { side } = this.desk.table
    if (b[o] === 0x64 && b[o + 1] === 0x31 && b[o + 2] === 0x3a) this.krpc(p, row)
    else if (mayBeSality(b, o, p.payloadEnd)) {
      const datagram = readSality(b, o, p.payloadEnd)
      const tale = datagram && this.channels.of(p, row, side, 'sality', true, true)
      if (!tale) return
      const { seen, told } = tale
      seen.alive++
      told.detail['peers'] = seen.alive
      told.detail['list'] ??= datagram.list
      if (seen.alive >= 2 || seen.hellos > 0) seen.certain = true
      this.channels.indicate(tale, { type: 'ip', value: this.ends.ip(row, 1 - side), role: 'peer' })
      this.channels.note(tale, p)
      this.channels.tell(tale, p, true)
    }
  }

  private krpc(p: Packet, row: number): void {
    const { side } = this.desk.table
    const krpc = readKrpc(p.buf, p.payload, p.payloadEnd)
    if (krpc === undefined) return
    if (krpc === 'mozi') {
      const tale = this.channels.of(p, row, side, 'mozi', true, true)
      if (!tale) return
      tale.seen.alive++
      tale.seen.certain = true
      tale.told.detail['peers'] = tale.seen.alive
      this.channels.indicate(tale, { type: 'ip', value: this.ends.ip(row, 1 - side), role: 'peer' })
      this.channels.note(tale, p)
      this.channels.tell(tale, p, true)
      return
    }
    const handle = this.ends.device(row, side)
    if (handle < 0 || !this.ends.isFar(row, 1 - side)) return
    const known = this.dht.get(handle)
    if (known) {
      known.nodes++
      known.last = p.time
    } else if (this.dht.size < MAX_CONVERSATIONS)
      this.dht.set(handle, { nodes: 1, first: p.time, last: p.time, capture: p.capture, frame: p.frame })
  }

  private salityAsks(p: Packet, row: number): void {
    const request = readSalityRequest(latin1(p.buf, p.payload, Math.min(p.payloadEnd, p.payload + MAX_TEXT)))
    const tale = request && this.channels.of(p, row, this.desk.table.side, 'sality', true, true)
    if (!tale) return
    const { host, path, agent } = request
    const { seen, told } = tale
    if (agent === undefined) seen.paced++
    else {
      seen.hellos++
      seen.certain = true
      told.detail['agent'] ??= printable(agent, 64)
    }
    told.detail['requests'] = seen.hellos + seen.paced
    if (host !== '') {
      this.channels.indicate(tale, { type: /^[\d.]+$/.test(host) ? 'ip' : 'domain', value: host, role: 'asked for orders' })
      this.channels.indicate(tale, { type: 'url', value: printable(`http://${host}${path}`, 256), role: 'asked for orders' })
    }
    this.channels.note(tale, p)
    this.channels.tell(tale, p, seen.paced >= PACED)
  }
}

function isPerson({ bot }: Tale): boolean {
  return !bot
}

/** One of the words that a bot or its master begins with, and then a line's end or a space. */
function isLine(b: Uint8Array, at: number, end: number): boolean {
  const to = Math.min(end, at + 256)
  const feed = b.indexOf(10, at)
  return readLine(latin1(b, at, feed < 0 || feed > to ? to : feed)) !== undefined
}

/** GET, a path, and for a query a counter in hexadecimal with a number: "/logos.gif?1771c=480140". */
function mayAskLikeSality(b: Uint8Array, at: number, end: number): boolean {
  const limit = Math.min(end, at + 300)
  let i = at + 4
  while (i < limit && b[i] !== 0x3f && b[i] !== 0x20 && b[i] !== 10) i++
  if (b[i] !== 0x3f) return false
  const from = ++i
  while (i < limit && ((b[i]! >= 0x30 && b[i]! <= 0x39) || (b[i]! >= 0x61 && b[i]! <= 0x66))) i++
  return i - from >= 4 && i - from <= 8 && b[i] === 0x3d && i + 1 < end && b[i + 1]! >= 0x30 && b[i + 1]! <= 0x39
}

function targetOf(target: string): Indicator {
  const host = target.replace(/^https?:\/\//, '').replace(/[/:,].*$/, '')
  return { type: /^[\d.]+$/.test(host) ? 'ip' : 'domain', value: host, role: 'to be attacked' }
}
