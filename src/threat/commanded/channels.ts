import type { FrameRef } from '../../evidence/evidence.ts'
import type { SensorDesk, Told } from '../../evidence/sensor.ts'
import { indicate, type Indicator } from '../../evidence/sign.ts'
import type { Packet } from '../../decode/packet.ts'
import type { Ends } from '../ends.ts'

/** Families of bots, as signs name them. */
export type Family = 'mirai' | 'gafgyt' | 'kaiten' | 'mozi' | 'sality'

/** What a device has to do with one server (or one network of bots), over all its conversations. */
export interface Tale {
  readonly handle: number
  readonly key: string
  /** As who it speaks: the bot, or who commands it. */
  readonly bot: boolean
  readonly told: Told
  /** What it is told of: counted by whoever reads the conversations. */
  readonly seen: Seen
  /** Orders to attack that came before it was certain. */
  orders: Told | undefined
}

export interface Seen {
  /** Conversations that began as a bot begins. */
  hellos: number
  /** Signs of life, and answers to them. */
  alive: number
  answered: number
  /** Signs of life that came a minute after the one before. */
  paced: number
  orders: number
  /** It can be nothing else. */
  certain: boolean
}

/** Devices and servers that are spoken of. */
const MAX_TALES = 512
const MAX_FRAMES = 8

/** What is known of bots and their servers: one tale a device, family and server, told when it is likely, again when it is certain. */
export class Channels {
  private readonly desk: SensorDesk
  private readonly ends: Ends
  private readonly tales = new Map<string, Tale>()

  constructor(desk: SensorDesk, ends: Ends) {
    this.desk = desk
    this.ends = ends
  }

  /**
   * The tale of the device at `side`, of what it has to do with the other side; undefined where nobody is there. `network`: not with that one
   * alone, but with all of the family.
   */
  of(p: Packet, row: number, side: number, family: Family, bot: boolean, network = false): Tale | undefined {
    const handle = this.ends.device(row, side)
    if (handle < 0) return undefined
    const peer = this.ends.peer(row, 1 - side)
    const key = network ? family : `${family} ${bot ? '' : 'serves '}${peer.ip}`
    const known = this.tales.get(`${handle} ${key}`)
    if (known) return known
    if (this.tales.size >= MAX_TALES) this.tales.delete(this.tales.keys().next().value!)
    const told: Told = {
      detector: 'commanded',
      what: family,
      role: 'source',
      ...(network ? {} : { peer, port: this.desk.table.port(row, bot ? 1 - side : side) }),
      detail: {},
      indicators: network || !bot ? [] : [{ type: 'ip', value: peer.ip, role: 'command server' }],
      count: 0,
      first: p.time,
      last: p.time,
      frames: [],
    }
    const seen = { hellos: 0, alive: 0, answered: 0, paced: 0, orders: 0, certain: false }
    const tale: Tale = { handle, key, bot, told, seen, orders: undefined }
    this.tales.set(`${handle} ${key}`, tale)
    return tale
  }

  /** A packet that shows it. */
  note(tale: Tale, p: Packet): void {
    add(tale.told, p)
  }

  /** An order to attack, in words, and whom. */
  order(tale: Tale, p: Packet, words: string, targets: readonly Indicator[]): void {
    const { raised: _, ...told } = tale.told
    tale.orders ??= {
      ...told,
      what: `${told.what} order`,
      detail: {},
      indicators: [...told.indicators!],
      count: 0,
      first: p.time,
      frames: [],
    }
    add(tale.orders, p)
    const { detail } = tale.orders
    detail['order'] ??= words
    if (detail['order'] !== words) detail['latest'] = words
    detail['orders'] = tale.orders.count
    indicate(tale.orders, targets)
  }

  indicate(tale: Tale, indicator: Indicator): void {
    indicate(tale.told, [indicator])
  }

  /** Tell of it when it is likely, again when it is certain, and then of each order as it doubles. */
  tell(tale: Tale, p: Packet, likely: boolean): void {
    const { told, seen, orders } = tale
    if (!likely && !seen.certain && !told.raised) return
    const now = { time: p.time, frame: frameOf(p) }
    const grave = seen.certain && told.detail['certain'] !== 1
    const fresh = told.raised === undefined
    told.raised ??= now
    this.describe(tale)
    if (fresh || grave) this.desk.sign(tale.handle, tale.key, told)
    if (!orders || !seen.certain) return
    const first = orders.raised === undefined
    orders.raised ??= now
    if (first || (orders.count & (orders.count - 1)) === 0) this.desk.sign(tale.handle, `${tale.key} orders`, orders)
  }

  report(): void {
    for (const tale of this.tales.values()) {
      const { told, orders, handle, key } = tale
      if (told.raised) {
        this.describe(tale)
        this.desk.sign(handle, key, told)
      }
      if (orders?.raised) this.desk.sign(handle, `${key} orders`, orders)
    }
  }

  private describe({ told, seen, bot }: Tale): void {
    told.detail = {
      ...told.detail,
      hellos: seen.hellos,
      keepAlives: seen.answered,
      orders: seen.orders,
      certain: seen.certain ? 1 : 0,
      serves: bot ? 0 : 1,
    }
  }
}

function frameOf(p: Packet): FrameRef {
  return { capture: p.capture, frame: p.frame }
}

function add(told: Told, p: Packet): void {
  told.count++
  told.last = Math.max(told.last, p.time)
  if (told.frames.length < MAX_FRAMES) told.frames = [...told.frames, frameOf(p)]
}
