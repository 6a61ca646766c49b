import { ipv4OfNumber } from '../../decode/address.ts'
import { text } from '../../decode/text.ts'

/*
 * What Mirai's bots and their server say to each other (mirai/bot/main.c and attack.c, mirai/cnc/bot.go and attack.go, as published by
 * their author on 30 September 2016). The bot begins with 00 00 00 01, then its name: a length of one byte and that many. Every 60 seconds it
 * sends 00 00, which is sent back. An order begins with its length, of two bytes that count themselves:
 *
 *   length(2) seconds(4) vector(1) targets(1) [address(4) netmask(1)]* options(1) [key(1) length(1) value]*
 */

export interface MiraiTarget {
  /** 'address', or 'address/bits' where it is a whole network. */
  readonly ip: string
}

/** Attack that is ordered. */
export interface MiraiOrder {
  readonly seconds: number
  readonly vector: number
  readonly targets: readonly MiraiTarget[]
  /** Of all targets together. */
  readonly port?: number
  readonly domain?: string
}

/** Vectors by number, as Mirai's own; its descendants number theirs anew. */
const VECTORS = [
  'UDP flood',
  'flood of game queries (Valve)',
  'DNS water torture',
  'SYN flood',
  'ACK flood',
  'STOMP flood',
  'GRE flood (IP)',
  'GRE flood (Ethernet)',
  'proxy',
  'plain UDP flood',
  'HTTP flood',
]

export function vectorName(vector: number): string {
  return VECTORS[vector] ?? `attack number ${vector}`
}

const MAX_NAME = 64
const MAX_TARGETS = 255
const SHOWN_TARGETS = 8
/** Descendants have some more keys than Mirai's 25, and vectors than its 11. */
const MAX_KEY = 48
const MAX_VECTOR = 64
/** Mirai's server lets nobody order more than an hour; those of others a day. */
const MAX_SECONDS = 86_400
const DOMAIN = 8
const PORT = 7

/** b[at, end) begins as a bot begins. */
export function isHello(b: Uint8Array, at: number, end: number): boolean {
  return end - at >= 4 && b[at] === 0 && b[at + 1] === 0 && b[at + 2] === 0 && b[at + 3] === 1
}

/**
 * What the bot said so far, b[0, length): its name when that is whole and nothing follows (a byte for its version, as some have, does); undefined
 * while it is not whole; false when it is none.
 */
export function readHello(b: Uint8Array, length: number): string | undefined | false {
  for (let i = 0; i < 4 && i < length; i++) if (b[i] !== (i === 3 ? 1 : 0)) return false
  if (length < 5) return undefined
  const name = b[4]!
  if (name > MAX_NAME || length > 6 + name) return false
  for (let i = 5; i < length && i < 5 + name; i++) if (b[i]! < 0x20 || b[i]! > 0x7e) return false
  return length < 5 + name ? undefined : text(b, 5, 5 + name)
}

/** Nothing but 00 00: it is there. How often, 0 where it is something else. */
export function keepAlives(b: Uint8Array, at: number, end: number): number {
  if (end - at < 2 || end - at > 8 || (end - at) % 2 !== 0) return 0
  for (let i = at; i < end; i++) if (b[i] !== 0) return 0
  return (end - at) / 2
}

/** Orders, one behind the other (and keep-alives between them); undefined where anything else is there. */
export function readOrders(b: Uint8Array, at: number, end: number): MiraiOrder[] | undefined {
  const orders: MiraiOrder[] = []
  while (at < end) {
    if (end - at < 2) return undefined
    const length = (b[at]! << 8) | b[at + 1]!
    if (length === 0) {
      at += 2
      continue
    }
    const order = length > end - at ? undefined : readOrder(b, at + 2, at + length)
    if (!order) return undefined
    orders.push(order)
    at += length
  }
  return orders.length > 0 ? orders : undefined
}

function readOrder(b: Uint8Array, at: number, end: number): MiraiOrder | undefined {
  if (end - at < 12) return undefined
  const seconds = ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0
  const vector = b[at + 4]!
  const count = b[at + 5]!
  if (seconds === 0 || seconds > MAX_SECONDS || vector > MAX_VECTOR || count === 0 || count > MAX_TARGETS) return undefined
  let o = at + 6
  const targets: MiraiTarget[] = []
  for (let i = 0; i < count; i++, o += 5) {
    if (o + 5 > end || b[o + 4]! > 32 || !isTarget(b[o]!)) return undefined
    const ip = ipv4OfNumber(((b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!) >>> 0)
    if (targets.length < SHOWN_TARGETS) targets.push({ ip: b[o + 4] === 32 ? ip : `${ip}/${b[o + 4]}` })
  }
  if (o >= end) return undefined
  const options = b[o++]!
  let port: number | undefined
  let domain: string | undefined
  for (let i = 0; i < options; i++) {
    if (o + 2 > end) return undefined
    const key = b[o]!
    const from = o + 2
    const to = from + b[o + 1]!
    if (key > MAX_KEY || to > end) return undefined
    const value = text(b, from, to, 128)
    if (key === DOMAIN) domain = value
    if (key === PORT && /^\d{1,5}$/.test(value)) port = Number(value)
    o = to
  }
  if (o !== end) return undefined
  return { seconds, vector, targets, ...(port !== undefined && { port }), ...(domain !== undefined && { domain }) }
}

/** Not "this network", not loopback, no group. */
function isTarget(first: number): boolean {
  return first !== 0 && first !== 127 && first < 224
}

/** "HTTP flood for 10 s at 72.20.0.10 (dtu.dk)". */
export function inWords({ seconds, vector, targets, port, domain }: MiraiOrder): string {
  const at = targets.map(({ ip }) => (port === undefined ? ip : `${ip} port ${port}`)).join(', ')
  return `${vectorName(vector)} for ${seconds} s at ${at}${domain === undefined ? '' : ` (${domain})`}`
}
