import type { DatagramDecoder, MessageBase } from '../message.ts'
import { u32 } from '../numbers.ts'
import { hex } from '../text.ts'

/** "Who is there?": a header of which all but magic and length is ones. */
interface MiioHello extends MessageBase {
  readonly protocol: 'miio'
  readonly type: 'hello'
}

/** The device's answer, or any later message of either side. */
interface MiioPacket extends MessageBase {
  readonly protocol: 'miio'
  readonly type: 'answer' | 'message'
  /** Device identifier, decimal as Xiaomi's tools write it. */
  readonly deviceId: string
  /** Seconds since the device started. */
  readonly stamp: number
  /**
   * Old firmware puts the token, the key of all that follows, where an answer's checksum would be. In hexadecimal; never to be stored
   * unmasked.
   */
  readonly token?: string
}

export type MiioMessage = MiioHello | MiioPacket

const HEADER = 32

/**
 * Xiaomi's miIO: magic 0x2131, length, four unknown bytes, device id, stamp, MD5 checksum, then AES-128-CBC under the device's token.
 */
export const miio: DatagramDecoder<MiioMessage> = {
  protocol: 'miio',
  ports: [54321],

  recognise({ bytes, start, end, truncated }) {
    if (end - start < HEADER || bytes[start] !== 0x21 || bytes[start + 1] !== 0x31) return false
    const length = (bytes[start + 2]! << 8) | bytes[start + 3]!
    return length >= HEADER && (length === end - start || (truncated && length > end - start)) && (length - HEADER) % 16 === 0
  },

  decode({ bytes, start, frame, fromClient }, emit) {
    const length = (bytes[start + 2]! << 8) | bytes[start + 3]!
    if (length === HEADER && all(bytes, start + 4, start + HEADER, 0xff))
      return emit({ protocol: 'miio', type: 'hello', frame, fromClient })
    const checksum = start + 16
    // hidden since 2017: all ones or all zeros where the token was
    const shown = length === HEADER && !all(bytes, checksum, start + HEADER, 0xff) && !all(bytes, checksum, start + HEADER, 0)
    emit({
      protocol: 'miio',
      type: length === HEADER ? 'answer' : 'message',
      frame,
      fromClient,
      deviceId: String(u32(bytes, start + 8)),
      stamp: u32(bytes, start + 12),
      token: shown ? hex(bytes, checksum, start + HEADER) : undefined,
    })
  },
}

function all(bytes: Uint8Array, start: number, end: number, value: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== value) return false
  return true
}
