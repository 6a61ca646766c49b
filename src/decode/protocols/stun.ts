import { ipv4Text, ipv6Text } from '../address.ts'
import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import { u16, u32 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'
import { text } from '../text.ts'

/**
 * STUN (RFC 8489) and what is built on it: TURN (RFC 8656) and ICE (RFC 8445). Known by its magic cookie, on any port; the classic
 * form (RFC 3489), which has none, by attributes that are all as they must be.
 */
export interface StunMessage extends MessageBase {
  readonly protocol: 'stun'
  readonly class: 'request' | 'indication' | 'success' | 'error'
  /** 1 Binding; 3 Allocate, 4 Refresh, 8 CreatePermission, 9 ChannelBind… (TURN). */
  readonly method: number
  readonly software?: string
  /** Present: the value is a credential's half and stays out. */
  readonly hasUsername: boolean
  readonly hasIntegrity: boolean
  readonly realm?: string
  /** (XOR-)MAPPED-ADDRESS: how the server sees the asker. */
  readonly mapped?: string
  readonly errorCode?: number
  /** Attribute types, in order. */
  readonly attributes: readonly number[]
}

const COOKIE = 0x2112a442
const CLASSES = ['request', 'indication', 'success', 'error'] as const
const MAX_ATTRIBUTES = 64
/** Where servers wait (RFC 3489 section 9.1, and still). */
const PORT = 3478

export const stun: DatagramDecoder<StunMessage> = {
  protocol: 'stun',
  ports: [],
  recognise({ bytes, start, end, truncated, srcPort, dstPort }: Datagram): boolean {
    if (end - start < 20 || bytes[start]! > 0x3f) return false
    if (u32(bytes, start + 4) !== COOKIE) return isClassic(bytes, start, end, srcPort === PORT || dstPort === PORT)
    const length = u16(bytes, start + 2)
    return (length & 3) === 0 && (length === end - start - 20 || (truncated && length > end - start - 20))
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<StunMessage>): void {
    if (end - start < 20) return
    const type = u16(bytes, start)
    const attributes: number[] = []
    const found: { software?: string; realm?: string; mapped?: string; errorCode?: number } = {}
    for (let o = start + 20; o + 4 <= end && attributes.length < MAX_ATTRIBUTES;) {
      const code = u16(bytes, o)
      const length = u16(bytes, o + 2)
      const value = o + 4
      if (value + length > end) break
      attributes.push(code)
      if (code === 0x8022) found.software = text(bytes, value, value + length, 255)
      else if (code === 0x0014) found.realm = text(bytes, value, value + length, 255)
      else if (code === 0x0009 && length >= 4) found.errorCode = (bytes[value + 2]! & 7) * 100 + bytes[value + 3]!
      else if (code === 0x0020 || code === 0x0001)
        found.mapped ??= address(bytes, value, length, code === 0x0020 ? start + 4 : -1)
      o = value + ((length + 3) & ~3)
    }
    // RFC 8489 section 5: the class's two bits lie at 4 and 8, the method's twelve around them
    const kind = CLASSES[((type >> 7) & 2) | ((type >> 4) & 1)]!
    const method = (type & 0xf) | ((type >> 1) & 0x70) | ((type >> 2) & 0xf80)
    if (found.mapped === undefined) delete found.mapped
    emit({
      protocol: 'stun',
      frame,
      fromClient,
      class: kind,
      method,
      ...found,
      hasUsername: attributes.includes(0x0006),
      hasIntegrity: attributes.includes(0x0008) || attributes.includes(0x001c),
      attributes,
    })
  },
}

/**
 * A Binding message of RFC 3489: 128 bits of transaction where the cookie is now, so that the rest has to tell: type, a length that
 * is the datagram's, and attributes that fill it (sections 11.1 and 11.2). A request may have none: that is one on its own port only.
 */
function isClassic(bytes: Uint8Array, start: number, end: number, onPort: boolean): boolean {
  const type = u16(bytes, start)
  // Binding request, response and error response
  if ((type !== 0x0001 && type !== 0x0101 && type !== 0x0111) || u16(bytes, start + 2) !== end - start - 20) return false
  let o = start + 20
  if (o === end) return onPort && type === 0x0001
  for (; o < end;) {
    if (o + 4 > end) return false
    const code = u16(bytes, o)
    const length = u16(bytes, o + 2)
    if ((length & 3) !== 0 || o + 4 + length > end || !isClassicAttribute(code, length)) return false
    o += 4 + length
  }
  return true
}

function isClassicAttribute(code: number, length: number): boolean {
  switch (code) {
    case 0x0001: // MAPPED-ADDRESS, RESPONSE-, SOURCE-, CHANGED- and REFLECTED-FROM
    case 0x0002:
    case 0x0004:
    case 0x0005:
    case 0x000b:
      return length === 8
    case 0x0003: // CHANGE-REQUEST
      return length === 4
    case 0x0006: // USERNAME, PASSWORD, ERROR-CODE, UNKNOWN-ATTRIBUTES
    case 0x0007:
    case 0x0009:
    case 0x000a:
      return length > 0
    case 0x0008: // MESSAGE-INTEGRITY
      return length === 20
    default: // those that may be passed over
      return code >= 0x8000
  }
}

/** MAPPED-ADDRESS, or with `key` (offset of the cookie and transaction) its XORed form (RFC 8489 section 14.2). */
function address(bytes: Uint8Array, at: number, length: number, key: number): string | undefined {
  const size = length === 8 && bytes[at + 1] === 1 ? 4 : length === 20 && bytes[at + 1] === 2 ? 16 : 0
  if (size === 0) return undefined
  const raw = bytes.slice(at + 4, at + 4 + size)
  if (key >= 0) for (let i = 0; i < size; i++) raw[i] = raw[i]! ^ bytes[key + i]!
  return size === 4 ? ipv4Text(raw, 0) : ipv6Text(raw, 0)
}
