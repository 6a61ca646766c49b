import { ipv4Text, macText } from '../address.ts'
import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import { u32 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'
import { hex, text } from '../text.ts'

/** DHCP and BOOTP (RFC 2131, options in RFC 2132). Who it is about is `mac`, not who sent it: servers answer and relays pass on. */
export interface DhcpMessage extends MessageBase {
  readonly protocol: 'dhcp'
  /** Option 53 in RFC 2132's words; 'BOOTP' without it. */
  readonly type: string
  /** BOOTREQUEST: from the client (perhaps by way of a relay). */
  readonly request: boolean
  /** Client hardware address (chaddr) where it is Ethernet's, else undefined. */
  readonly mac?: string
  readonly transaction: number
  /** ciaddr, yiaddr, giaddr; '0.0.0.0' where not filled in. */
  readonly clientIp: string
  readonly yourIp: string
  readonly relayIp: string
  readonly hostname?: string
  readonly domain?: string
  readonly requestedIp?: string
  readonly serverId?: string
  readonly leaseSeconds?: number
  /** Option 55, in order: a fingerprint of the client's software. */
  readonly parameters: readonly number[]
  readonly vendorClass?: string
  /** Option 61: 'type:value', text where it is text (type 0), else hex digits. */
  readonly clientId?: string
  /** Option 81 (RFC 4702). */
  readonly fqdn?: string
  readonly subnetMask?: string
  readonly routers: readonly string[]
  readonly resolvers: readonly string[]
  /** Option 161 (RFC 8520): where the device's maker describes what it should do. */
  readonly mudUrl?: string
  /** Options in order of appearance, each once. */
  readonly options: readonly number[]
  readonly damaged: boolean
}

const TYPES = [
  'BOOTP',
  'DISCOVER',
  'OFFER',
  'REQUEST',
  'DECLINE',
  'ACK',
  'NAK',
  'RELEASE',
  'INFORM',
  'FORCERENEW',
  'LEASEQUERY',
  'LEASEUNASSIGNED',
  'LEASEUNKNOWN',
  'LEASEACTIVE',
] as const
const COOKIE = 0x63825363
/** Fixed fields up to the cookie: RFC 2131 section 2. */
const FIXED = 236
const SNAME = 44
const FILE = 108
const MAX_ADDRESSES = 16

export const dhcp: DatagramDecoder<DhcpMessage> = {
  protocol: 'dhcp',
  ports: [67, 68],
  recognise({ bytes, start, end, srcPort, dstPort }: Datagram): boolean {
    if (end - start < FIXED) return false
    const op = bytes[start]!
    if ((op !== 1 && op !== 2) || bytes[start + 2]! > 16) return false
    if (end - start >= FIXED + 4 && u32(bytes, start + FIXED) === COOKIE) return true
    // plain BOOTP has no cookie: the port must speak for it
    return isPort(srcPort) || isPort(dstPort)
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<DhcpMessage>): void {
    if (end - start < FIXED) return
    const options = new Options(bytes)
    if (end - start >= FIXED + 4 && u32(bytes, start + FIXED) === COOKIE) options.readAll(start, end)
    const mac = bytes[start + 1] === 1 && bytes[start + 2] === 6 ? macText(bytes, start + 28) : undefined
    const type = options.one(53)
    const lease = options.get(51)
    const parameters = options.get(55)
    const clientId = options.get(61)
    const message: Filling = {
      protocol: 'dhcp',
      frame,
      fromClient,
      type: type === undefined ? 'BOOTP' : (TYPES[type] ?? `TYPE${type}`),
      request: bytes[start] === 1,
      transaction: u32(bytes, start + 4),
      clientIp: ipv4Text(bytes, start + 12),
      yourIp: ipv4Text(bytes, start + 16),
      relayIp: ipv4Text(bytes, start + 24),
      parameters: parameters === undefined ? [] : [...parameters],
      routers: options.addresses(3),
      resolvers: options.addresses(6),
      options: options.codes,
      damaged: options.damaged,
    }
    if (mac !== undefined) message.mac = mac
    if (lease?.length === 4) message.leaseSeconds = u32(lease, 0)
    give(message, 'hostname', options.text(12))
    give(message, 'domain', options.text(15))
    give(message, 'requestedIp', options.address(50))
    give(message, 'serverId', options.address(54))
    give(message, 'vendorClass', options.text(60))
    give(message, 'clientId', clientId === undefined ? undefined : clientIdText(clientId))
    give(message, 'fqdn', fqdnText(options.get(81)))
    give(message, 'subnetMask', options.address(1))
    give(message, 'mudUrl', options.text(161))
    emit(message)
  },
}

type Filling = { -readonly [K in keyof DhcpMessage]: DhcpMessage[K] }
type Given = 'hostname' | 'domain' | 'requestedIp' | 'serverId' | 'vendorClass' | 'clientId' | 'fqdn' | 'subnetMask' | 'mudUrl'

function give(message: Filling, name: Given, value: string | undefined): void {
  if (value !== undefined && value !== '') message[name] = value
}

function isPort(port: number): boolean {
  return port === 67 || port === 68
}

/** RFC 2132 options; one that comes in pieces is joined (RFC 3396 section 7), also over the `file` and `sname` fields (option 52). */
class Options {
  readonly codes: number[] = []
  damaged = false
  private readonly values = new Map<number, Uint8Array>()
  private readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  readAll(start: number, end: number): void {
    this.read(start + FIXED + 4, end)
    const overload = this.one(52) ?? 0
    if ((overload & 1) !== 0) this.read(start + FILE, start + FIXED)
    if ((overload & 2) !== 0) this.read(start + SNAME, start + FILE)
  }

  private read(at: number, end: number): void {
    while (at < end) {
      const code = this.bytes[at]!
      if (code === 255) return
      if (code === 0) {
        at++
        continue
      }
      const stop = at + 2 + (this.bytes[at + 1] ?? 0)
      if (at + 1 >= end || stop > end) {
        this.damaged = true
        return
      }
      this.keep(code, this.bytes.subarray(at + 2, stop))
      at = stop
    }
  }

  private keep(code: number, value: Uint8Array): void {
    const before = this.values.get(code)
    if (before === undefined) {
      this.codes.push(code)
      this.values.set(code, value)
    } else if (before.length < 1024) {
      const joined = new Uint8Array(before.length + value.length)
      joined.set(before)
      joined.set(value, before.length)
      this.values.set(code, joined)
    }
  }

  get(code: number): Uint8Array | undefined {
    return this.values.get(code)
  }

  one(code: number): number | undefined {
    const value = this.values.get(code)
    return value?.length === 1 ? value[0] : undefined
  }

  /** NVT ASCII; some clients send the terminating zero, which RFC 2132 section 2 tells receivers to drop. */
  text(code: number): string | undefined {
    const value = this.values.get(code)
    if (value === undefined) return undefined
    let stop = value.length
    while (stop > 0 && value[stop - 1] === 0) stop--
    return text(value, 0, stop, 255)
  }

  /** Of four bytes, no more (RFC 2132 sections 3.3, 9.1 and 9.7). */
  address(code: number): string | undefined {
    const value = this.values.get(code)
    return value?.length === 4 ? ipv4Text(value, 0) : undefined
  }

  addresses(code: number): string[] {
    const value = this.values.get(code)
    const list: string[] = []
    if (value !== undefined)
      for (let i = 0; i + 4 <= value.length && list.length < MAX_ADDRESSES; i += 4) list.push(ipv4Text(value, i))
    return list
  }
}

/** RFC 2132 section 9.14: a type (1: Ethernet; 0: not a hardware address; 255: RFC 4361) and a value. */
function clientIdText(value: Uint8Array): string {
  if (value.length === 0) return ''
  if (value[0] === 1 && value.length === 7) return macText(value, 1)
  const stop = Math.min(value.length, 128)
  for (let i = 1; i < stop; i++) if (value[i]! < 0x20 || value[i]! > 0x7e) return hex(value, 0, stop)
  return value[0] === 0 && value.length > 1 ? text(value, 1, stop) : hex(value, 0, stop)
}

/** RFC 4702 section 2: flags, two retired result codes, then a name: labels when the E flag is set, ASCII when not. */
function fqdnText(value: Uint8Array | undefined): string | undefined {
  if (value === undefined || value.length < 4) return undefined
  if ((value[0]! & 4) === 0) return text(value, 3, value.length, 255).replace(/\uFFFD+$/, '')
  return labels(value, 3, value.length)
}

/** Uncompressed labels, which need not end in the root (RFC 4702 section 2.3.1: a partial name). */
export function labels(bytes: Uint8Array, at: number, end: number): string {
  const parts: string[] = []
  while (at < end && bytes[at] !== 0 && bytes[at]! < 64 && at + 1 + bytes[at]! <= end && parts.length < 64) {
    parts.push(text(bytes, at + 1, at + 1 + bytes[at]!))
    at += 1 + bytes[at]!
  }
  return parts.join('.')
}
