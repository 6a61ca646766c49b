import { ipv4Text } from '../address.ts'
import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import type { Datagram } from '../stream.ts'
import { hex, text } from '../text.ts'

/** SNMP: v1 (RFC 1157), v2c (RFC 1901, 3416), v3 (RFC 3412, USM in RFC 3414). Known by its BER frame, on any port. */
export interface SnmpMessage extends MessageBase {
  readonly protocol: 'snmp'
  readonly version: '1' | '2c' | '3'
  /** v1 and v2c: a password in clear. */
  readonly community?: string
  /** v3: the user, and what protects the message. */
  readonly user?: string
  readonly security?: 'noAuthNoPriv' | 'authNoPriv' | 'authPriv'
  readonly engineId?: string
  /** RFC 3416 names; undefined when encrypted or damaged. */
  readonly pdu?: string
  readonly requestId?: number
  /** Object identifiers with values in text, where there are any; at most 32. */
  readonly variables: readonly { readonly oid: string; readonly value: string }[]
}

const PDUS = [
  'get-request',
  'get-next-request',
  'get-response',
  'set-request',
  'trap',
  'get-bulk-request',
  'inform-request',
  'snmpV2-trap',
  'report',
] as const
const VERSIONS: Record<number, SnmpMessage['version']> = { 0: '1', 1: '2c', 3: '3' }
const MAX_VARIABLES = 32
const INTEGER = 0x02
const OCTETS = 0x04
const OID = 0x06
const SEQUENCE = 0x30

export const snmp: DatagramDecoder<SnmpMessage> = {
  protocol: 'snmp',
  ports: [161, 162],
  recognise({ bytes, start, end, truncated }: Datagram): boolean {
    const ber = new Ber(bytes, start, end)
    // the outer sequence fills the datagram: that, the version and the next tag are strict enough for any port
    if (!ber.enter(SEQUENCE) || (!truncated && ber.wire !== end)) return false
    const version = ber.integer()
    if (version === 0 || version === 1) return ber.peek() === OCTETS && communityIsText(bytes, ber, end)
    return version === 3 && ber.peek() === SEQUENCE
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<SnmpMessage>): void {
    const ber = new Ber(bytes, start, end)
    if (!ber.enter(SEQUENCE)) return
    const version = VERSIONS[ber.integer()]
    if (version === undefined) return
    const draft: Draft = { variables: [] }
    if (version === '3') readV3(ber, draft)
    else if (ber.take(OCTETS)) {
      draft.community = text(bytes, ber.valueStart, ber.valueEnd, 255)
      readPdu(ber, draft)
    } else return
    emit({ protocol: 'snmp', frame, fromClient, version, ...draft })
  },
}

interface Draft {
  community?: string
  user?: string
  security?: NonNullable<SnmpMessage['security']>
  engineId?: string
  pdu?: string
  requestId?: number
  variables: { oid: string; value: string }[]
}

/** Communities are typed by people: at most 255 octets; and a PDU's tag must follow. */
function communityIsText(bytes: Uint8Array, ber: Ber, end: number): boolean {
  if (!ber.take(OCTETS)) return false
  const tag = ber.at < end ? bytes[ber.at]! : 0xa0
  return ber.valueEnd - ber.valueStart <= 255 && tag >= 0xa0 && tag <= 0xa8
}

/** RFC 3412 section 6: header data, security parameters (an octet string holding BER), then the scoped PDU, perhaps encrypted. */
function readV3(ber: Ber, draft: Draft): void {
  if (!ber.take(SEQUENCE)) return
  const header = ber.inside()
  header.integer()
  header.integer()
  if (!header.take(OCTETS) || header.valueEnd <= header.valueStart) return
  const flags = ber.bytes[header.valueStart]!
  draft.security = (flags & 2) !== 0 ? 'authPriv' : (flags & 1) !== 0 ? 'authNoPriv' : 'noAuthNoPriv'
  const model = header.integer()
  if (!ber.take(OCTETS)) return
  if (model === 3) {
    const usm = ber.inside()
    if (usm.enter(SEQUENCE)) {
      if (usm.take(OCTETS)) draft.engineId = hex(ber.bytes, usm.valueStart, Math.min(usm.valueEnd, usm.valueStart + 32))
      usm.integer()
      usm.integer()
      if (usm.take(OCTETS)) draft.user = text(ber.bytes, usm.valueStart, usm.valueEnd, 64)
    }
  }
  if ((flags & 2) !== 0 || !ber.enter(SEQUENCE)) return
  if (ber.take(OCTETS) && ber.take(OCTETS)) readPdu(ber, draft)
}

function readPdu(ber: Ber, draft: Draft): void {
  const tag = ber.peek()
  const name = tag >= 0xa0 ? PDUS[tag - 0xa0] : undefined
  if (name === undefined || !ber.enter(tag)) return
  draft.pdu = name
  if (name === 'trap') {
    // RFC 1157 section 4.1.6: enterprise, agent, generic, specific, time, then the bindings
    if (!ber.take(OID) || !ber.take(0x40) || !ber.take(INTEGER) || !ber.take(INTEGER) || !ber.take(0x43)) return
  } else {
    const id = ber.integer()
    if (Number.isNaN(id)) return
    // RFC 3416 section 3: of 32 bits, which some write without a sign
    if (id >= -0x80000000 && id <= 0xffffffff) draft.requestId = id
    ber.integer()
    ber.integer()
  }
  if (!ber.enter(SEQUENCE)) return
  while (draft.variables.length < MAX_VARIABLES && ber.take(SEQUENCE)) {
    const binding = ber.inside()
    if (!binding.take(OID)) break
    const oid = oidText(ber.bytes, binding.valueStart, binding.valueEnd)
    if (oid === '') break
    draft.variables.push({ oid, value: binding.anyText() })
  }
}

/** X.690 section 8.19. '' for one that does not end or is longer than RFC 2578's 128 arcs. */
function oidText(bytes: Uint8Array, at: number, end: number): string {
  const arcs: number[] = []
  let arc = 0
  for (let o = at; o < end; o++) {
    arc = arc * 128 + (bytes[o]! & 0x7f)
    if (arc > 0xffffffff || arcs.length > 128) return ''
    if (bytes[o]! < 0x80) {
      if (arcs.length === 0) {
        const first = Math.min(2, Math.floor(arc / 40))
        arcs.push(first, arc - 40 * first)
      } else arcs.push(arc)
      arc = 0
    } else if (o + 1 === end) return ''
  }
  return arcs.join('.')
}

/** A cursor over BER (X.690) with definite lengths, which is all that SNMP may use (RFC 3417 section 8). */
class Ber {
  readonly bytes: Uint8Array
  at: number
  end: number
  /** Where the element last entered would end by its length, though the bytes may end before. */
  wire = 0
  valueStart = 0
  valueEnd = 0

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  peek(): number {
    return this.at < this.end ? this.bytes[this.at]! : -1
  }

  /** Steps over one whole element of this tag; its value is [valueStart, valueEnd). False leaves the cursor where it is. */
  take(tag: number): boolean {
    if (this.peek() !== tag) return false
    const start = this.header()
    if (start < 0 || this.wire > this.end) return false
    this.valueStart = start
    this.valueEnd = this.at = this.wire
    return true
  }

  /** Goes into a constructed element; what it claims beyond the bytes is cut. */
  enter(tag: number): boolean {
    if (this.peek() !== tag) return false
    const start = this.header()
    if (start < 0) return false
    this.at = start
    if (this.wire < this.end) this.end = this.wire
    return true
  }

  /** A cursor over the value of the element last taken. */
  inside(): Ber {
    return new Ber(this.bytes, this.valueStart, this.valueEnd)
  }

  /** NaN when there is none, or more than 32 bits of it. */
  integer(): number {
    if (!this.take(INTEGER)) return Number.NaN
    const size = this.valueEnd - this.valueStart
    if (size === 0 || size > 5) return Number.NaN
    let value = this.bytes[this.valueStart]! >= 0x80 ? -1 : 0
    for (let o = this.valueStart; o < this.valueEnd; o++) value = value * 256 + this.bytes[o]!
    return value
  }

  /** The next element's value in text where its type has one. */
  anyText(): string {
    const tag = this.peek()
    if (tag === INTEGER) {
      const value = this.integer()
      return Number.isNaN(value) ? '' : String(value)
    }
    if (tag < 0 || !this.take(tag)) return ''
    if (tag === OCTETS) return octetsText(this.bytes, this.valueStart, this.valueEnd)
    if (tag === OID) return oidText(this.bytes, this.valueStart, this.valueEnd)
    if (tag === 0x40 && this.valueEnd - this.valueStart === 4) return ipv4Text(this.bytes, this.valueStart)
    return ''
  }

  /** Offset of the value, -1 for a bad length; `wire` is set to where it should end. */
  private header(): number {
    const first = this.at + 1 < this.end ? this.bytes[this.at + 1]! : 0x80
    if (first < 0x80) {
      this.wire = this.at + 2 + first
      return this.at + 2
    }
    const size = first & 0x7f
    if (size === 0 || size > 4 || this.at + 2 + size > this.end) return -1
    let length = 0
    for (let i = 0; i < size; i++) length = length * 256 + this.bytes[this.at + 2 + i]!
    this.wire = this.at + 2 + size + length
    return this.at + 2 + size
  }
}

function octetsText(bytes: Uint8Array, at: number, end: number): string {
  const stop = Math.min(end, at + 255)
  for (let o = at; o < stop; o++)
    if (bytes[o]! < 0x20 && bytes[o] !== 0x0a && bytes[o] !== 0x0d && bytes[o] !== 0x09)
      return hex(bytes, at, Math.min(stop, at + 32))
  return text(bytes, at, stop, 255)
}
