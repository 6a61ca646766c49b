import { ipv6Text, macText } from '../address.ts'
import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import { u16, u32 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'
import { hex, text } from '../text.ts'
import { labels } from './dhcp.ts'

/** DHCPv6 (RFC 8415). Of a relayed message the innermost is told, with `relays` counted and the client's link address. */
export interface Dhcpv6Message extends MessageBase {
  readonly protocol: 'dhcpv6'
  readonly type: string
  /** Sent by a client (Solicit, Request, Confirm, Renew, Rebind, Release, Decline, Information-request). */
  readonly request: boolean
  readonly relays: number
  /** peer-address of the innermost relay header. */
  readonly relayedFor?: string
  readonly transaction: number
  /** DUIDs in hex digits. */
  readonly clientDuid?: string
  /** Hardware address inside a DUID-LLT or DUID-LL (RFC 8415 section 11), or told by the relay (RFC 6939). */
  readonly clientMac?: string
  readonly serverDuid?: string
  /** Option 16: enterprise number and texts. */
  readonly vendorClass?: { readonly enterprise: number; readonly texts: readonly string[] }
  /** Option 39 (RFC 4704). */
  readonly fqdn?: string
  /** Option 6, in order. */
  readonly requested: readonly number[]
  /** Option 23. */
  readonly resolvers: readonly string[]
  /** Addresses of IA_NA and IA_TA. */
  readonly addresses: readonly string[]
  /** Option 112 (RFC 8520). */
  readonly mudUrl?: string
  /** Top-level options of the innermost message, in order. */
  readonly options: readonly number[]
  readonly damaged: boolean
}

const TYPES = [
  '',
  'SOLICIT',
  'ADVERTISE',
  'REQUEST',
  'CONFIRM',
  'RENEW',
  'REBIND',
  'REPLY',
  'RELEASE',
  'DECLINE',
  'RECONFIGURE',
  'INFORMATION-REQUEST',
  'RELAY-FORW',
  'RELAY-REPL',
] as const
const REQUESTS: readonly string[] = [
  'SOLICIT',
  'REQUEST',
  'CONFIRM',
  'RENEW',
  'REBIND',
  'RELEASE',
  'DECLINE',
  'INFORMATION-REQUEST',
]
const RELAY_FORWARD = 12
const RELAY_REPLY = 13
/** RFC 8415 section 7.6: HOP_COUNT_LIMIT. */
const MAX_RELAYS = 8
const MAX_LIST = 64

export const dhcpv6: DatagramDecoder<Dhcpv6Message> = {
  protocol: 'dhcpv6',
  ports: [546, 547],
  recognise({ bytes, start, end, srcPort, dstPort }: Datagram): boolean {
    const port = srcPort === 546 || srcPort === 547 || dstPort === 546 || dstPort === 547
    return port && end - start >= 4 && bytes[start]! >= 1 && bytes[start]! <= 36
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<Dhcpv6Message>): void {
    const found = unwrap(bytes, start, end)
    const at = found.start
    if (found.end - at < 4) return
    // a relay's header around nothing: it has no transaction (RFC 8415 section 9)
    if (bytes[at] === RELAY_FORWARD || bytes[at] === RELAY_REPLY) return
    const type = TYPES[bytes[at]!] || `TYPE${bytes[at]!}`
    const fields: Draft = { requested: [], resolvers: [], addresses: [], options: [], damaged: false }
    readOptions(bytes, at + 4, found.end, fields)
    const clientMac = found.mac ?? fields.clientMac
    emit({
      protocol: 'dhcpv6',
      frame,
      fromClient,
      type,
      request: REQUESTS.includes(type),
      relays: found.relays,
      ...(found.peer === undefined ? {} : { relayedFor: found.peer }),
      transaction: u32(bytes, at) & 0xffffff,
      ...fields,
      ...(clientMac === undefined ? {} : { clientMac }),
    })
  },
}

type Mutable<T> = { -readonly [k in keyof T]: T[k] }
interface Draft extends Mutable<
  Pick<Dhcpv6Message, 'clientDuid' | 'clientMac' | 'serverDuid' | 'vendorClass' | 'fqdn' | 'mudUrl'>
> {
  requested: number[]
  resolvers: string[]
  addresses: string[]
  options: number[]
  damaged: boolean
}

interface Inner {
  start: number
  end: number
  relays: number
  peer?: string
  mac?: string
}

/** Relay headers (RFC 8415 section 9) around the client's message: each holds it in option 9. */
function unwrap(bytes: Uint8Array, start: number, end: number): Inner {
  const inner: Inner = { start, end, relays: 0 }
  while (
    inner.relays < MAX_RELAYS &&
    (bytes[inner.start] === RELAY_FORWARD || bytes[inner.start] === RELAY_REPLY) &&
    inner.end - inner.start >= 34
  ) {
    let message = -1
    let messageEnd = -1
    let mac: string | undefined
    for (let o = inner.start + 34; o + 4 <= inner.end;) {
      const stop = o + 4 + u16(bytes, o + 2)
      if (stop > inner.end) break
      const code = u16(bytes, o)
      if (code === 9 && message < 0) [message, messageEnd] = [o + 4, stop]
      else if (code === 79 && stop - o === 12 && u16(bytes, o + 4) === 1) mac = macText(bytes, o + 6)
      o = stop
    }
    if (message < 0) break
    inner.peer = ipv6Text(bytes, inner.start + 18)
    if (mac !== undefined) inner.mac = mac
    inner.start = message
    inner.end = messageEnd
    inner.relays++
  }
  return inner
}

/** RFC 8415 section 11.1: a type, and 1 to 128 bytes. */
function isDuid(length: number): boolean {
  return length >= 3 && length <= 130
}

function readOptions(bytes: Uint8Array, at: number, end: number, into: Draft): void {
  while (at < end) {
    const stop = at + 4 <= end ? at + 4 + u16(bytes, at + 2) : end + 1
    if (stop > end) {
      into.damaged = true
      return
    }
    const code = u16(bytes, at)
    if (into.options.length < MAX_LIST) into.options.push(code)
    readOption(bytes, code, at + 4, stop, into)
    at = stop
  }
}

function readOption(bytes: Uint8Array, code: number, at: number, end: number, into: Draft): void {
  switch (code) {
    case 1:
      if (!isDuid(end - at)) return
      into.clientDuid = hex(bytes, at, end)
      setMac(bytes, at, end, into)
      return
    case 2:
      if (isDuid(end - at)) into.serverDuid = hex(bytes, at, end)
      return
    case 3:
      readAddresses(bytes, at + 12, end, into)
      return
    case 4:
      readAddresses(bytes, at + 4, end, into)
      return
    case 6:
      for (; at + 2 <= end && into.requested.length < MAX_LIST; at += 2) into.requested.push(u16(bytes, at))
      return
    case 16:
      if (at + 4 <= end) into.vendorClass = { enterprise: u32(bytes, at), texts: counted(bytes, at + 4, end) }
      return
    case 23:
      for (; at + 16 <= end && into.resolvers.length < MAX_LIST; at += 16) into.resolvers.push(ipv6Text(bytes, at))
      return
    case 39:
      if (at < end) into.fqdn = labels(bytes, at + 1, end)
      return
    case 112:
      into.mudUrl = text(bytes, at, end, 255)
      return
    default:
  }
}

/** DUID types 1 (link-layer and time) and 3 (link-layer), hardware type Ethernet. */
function setMac(bytes: Uint8Array, at: number, end: number, into: Draft): void {
  if (end - at < 4 || u16(bytes, at + 2) !== 1) return
  const type = u16(bytes, at)
  if (type === 1 && end - at === 14) into.clientMac = macText(bytes, at + 8)
  else if (type === 3 && end - at === 10) into.clientMac = macText(bytes, at + 4)
}

/** IA Address options (5) inside an identity association. */
function readAddresses(bytes: Uint8Array, at: number, end: number, into: Draft): void {
  while (at + 4 <= end && into.addresses.length < MAX_LIST) {
    const stop = at + 4 + u16(bytes, at + 2)
    if (stop > end) return
    if (u16(bytes, at) === 5 && stop - at >= 20) into.addresses.push(ipv6Text(bytes, at + 4))
    at = stop
  }
}

/** Texts each preceded by a length of two bytes. */
function counted(bytes: Uint8Array, at: number, end: number): string[] {
  const list: string[] = []
  while (at + 2 <= end && list.length < MAX_LIST) {
    const stop = at + 2 + u16(bytes, at)
    if (stop > end) break
    list.push(text(bytes, at + 2, stop, 255))
    at = stop
  }
  return list
}
