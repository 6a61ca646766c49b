import { ipv4Text } from '../address.ts'
import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import { u16, u32 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'
import { latin1, printable } from '../text.ts'

/** NTP (RFC 5905; versions 1 to 4), control (mode 6, RFC 9327) and private (mode 7) messages. */
export interface NtpMessage extends MessageBase {
  readonly protocol: 'ntp'
  readonly version: number
  /** 1 and 2 symmetric, 3 client, 4 server, 5 broadcast, 6 control, 7 private. */
  readonly mode: number
  /** Only in modes 1 to 5, else -1; 0 in a server's answer is a refusal ("kiss of death", RFC 5905 section 7.4). */
  readonly stratum: number
  /** Stratum 0 and 1: four characters; else an IPv4 address (or a digest of an IPv6 one). */
  readonly reference: string
  /**
   * How the message proves its origin: a key's MAC after the header (RFC 5905 section 7.3) or Network Time Security extension
   * fields (RFC 8915 section 5). A crypto-NAK (a key identifier of zero and no digest) proves nothing.
   */
  readonly authentication: 'none' | 'mac' | 'nts'
  readonly keyId?: number
  /** Extension field types, in order. */
  readonly extensions: readonly number[]
}

const PORT = 123
const HEADER = 48
const MAX_EXTENSIONS = 32
/** RFC 7822 section 3: what is shorter is none. */
const SHORTEST_EXTENSION = 16
/** RFC 8915 section 7.5: NTS Authenticator and Encrypted Extension Fields. */
const NTS_AUTHENTICATOR = 0x0404

export const ntp: DatagramDecoder<NtpMessage> = {
  protocol: 'ntp',
  ports: [PORT],
  recognise({ bytes, start, end, srcPort, dstPort }: Datagram): boolean {
    if ((srcPort !== PORT && dstPort !== PORT) || end - start < 8) return false
    const version = (bytes[start]! >> 3) & 7
    const mode = bytes[start]! & 7
    if (version < 1 || version > 4) return false
    return mode === 7 || end - start >= (mode === 6 ? 12 : HEADER)
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<NtpMessage>): void {
    if (end - start < 8) return
    const version = (bytes[start]! >> 3) & 7
    const mode = bytes[start]! & 7
    const timing = mode <= 5 && end - start >= HEADER
    emit({
      protocol: 'ntp',
      frame,
      fromClient,
      version,
      mode,
      stratum: timing ? bytes[start + 1]! : -1,
      reference: timing ? referenceText(bytes, start) : '',
      ...(timing ? trailer(bytes, start + HEADER, end, version) : NOTHING),
    })
  },
}

type Trailer = Pick<NtpMessage, 'authentication' | 'extensions' | 'keyId'>
const NOTHING: Trailer = { authentication: 'none', extensions: [] }

function referenceText(bytes: Uint8Array, start: number): string {
  if (bytes[start + 1]! > 1) return ipv4Text(bytes, start + 12)
  return printable(latin1(bytes, start + 12, start + 16).replace(/\0+$/, ''))
}

/** Extension fields (RFC 7822) and then perhaps a MAC: what is left is a MAC when it is too short for a field, or of a MAC's size. */
function trailer(bytes: Uint8Array, at: number, end: number, version: number): Trailer {
  if (at >= end) return NOTHING
  const extensions: number[] = []
  let nts = false
  const most = version === 4 ? MAX_EXTENSIONS : 0
  while (extensions.length < most && !isMac(end - at) && at + 4 <= end) {
    const type = u16(bytes, at)
    const length = u16(bytes, at + 2)
    if (length < SHORTEST_EXTENSION || at + length > end) break
    extensions.push(type)
    nts ||= type === NTS_AUTHENTICATOR
    at += length
  }
  if (nts) return { authentication: 'nts', extensions }
  const rest = end - at
  if (!isMac(rest)) return { authentication: 'none', extensions, ...(rest === 4 ? { keyId: u32(bytes, at) } : {}) }
  return { authentication: 'mac', extensions, keyId: u32(bytes, at) }
}

/** A key identifier with a digest: DES 8 (RFC 1305 appendix C), MD5 and AES-CMAC 16 (RFC 8573), SHA-1 20 bytes. Fields are of 16 or, last, 28 at least. */
function isMac(length: number): boolean {
  return length === 12 || length === 20 || length === 24
}
