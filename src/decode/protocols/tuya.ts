import { createDecipheriv, createHash } from 'node:crypto'
import type { DatagramDecoder, MessageBase, StreamDecoder } from '../message.ts'
import { u32 } from '../numbers.ts'
import type { StreamPrefix } from '../stream.ts'
import { printable, text } from '../text.ts'

export interface TuyaMessage extends MessageBase {
  readonly protocol: 'tuya'
  /** Announced to everyone (UDP), or said in a conversation (TCP). */
  readonly type: 'broadcast' | 'frame'
  readonly command: number
  /** 'published': AES under a key that every Tuya device shares and everyone knows; 'device': under the device's own; 'empty': nothing to protect. */
  readonly encryption: 'none' | 'published' | 'device' | 'empty'
  /** Protocol version: "3.3". */
  readonly version?: string
  readonly gatewayId?: string
  readonly productKey?: string
  readonly ip?: string
  /** The JSON, where it can be read by anyone: for the search for personal data. */
  readonly content?: string
}

const PREFIX_55AA = 0x000055aa
const PREFIX_6699 = 0x00006699
const MAX_FRAMES = 64
const MAX_LENGTH = 4096

/** The key of UDP broadcasts since version 3.3, the MD5 of a constant in the vendor's applications. */
const PUBLISHED_KEY = createHash('md5').update('yGAdlopoPVldABfn').digest()

/** Tuya's local protocol on TCP 6668. */
export const tuyaStream: StreamDecoder<TuyaMessage> = {
  protocol: 'tuya',

  recognise({ client, server }) {
    return (
      (client.length > 0 || server.length > 0) &&
      (client.length === 0 || framed(client.bytes, 0, client.length)) &&
      (server.length === 0 || framed(server.bytes, 0, server.length))
    )
  },

  decode({ client, server }, emit) {
    for (const fromClient of [true, false]) {
      const stream: StreamPrefix = fromClient ? client : server
      for (let at = 0, count = 0; count < MAX_FRAMES && framed(stream.bytes, at, stream.length); count++) {
        const header = headerAt(stream.bytes, at)
        emit(readFrame(stream.bytes, at, stream.length, 'frame', stream.frameAt(at), fromClient))
        at += header.body - at + header.length
      }
    }
  },
}

/** Broadcasts: UDP 6666 (clear, version 3.1), 6667 (published key), 7000 (version 3.5). */
export const tuyaDatagram: DatagramDecoder<TuyaMessage> = {
  protocol: 'tuya',
  ports: [6666, 6667, 7000],
  recognise: ({ bytes, start, end }) => framed(bytes, start, end),
  decode({ bytes, start, end, frame, fromClient }, emit) {
    emit(readFrame(bytes, start, end, 'broadcast', frame, fromClient))
  },
}

interface Header {
  modern: boolean
  command: number
  /** Where what `length` counts starts. */
  body: number
  /** Bytes from `body` to the frame's end. */
  length: number
}

/** Prefix, sequence, command, length; the later form has two more bytes after its prefix and does not count its suffix. */
function headerAt(bytes: Uint8Array, at: number): Header {
  const modern = u32(bytes, at) === PREFIX_6699
  const base = modern ? at + 6 : at + 4
  return { modern, command: u32(bytes, base + 4), body: base + 12, length: u32(bytes, base + 8) + (modern ? 4 : 0) }
}

function framed(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 18 > end) return false
  const prefix = u32(bytes, at)
  if (prefix !== PREFIX_55AA && prefix !== PREFIX_6699) return false
  const { modern, command, length } = headerAt(bytes, at)
  return command <= 0xff && length >= (modern ? 32 : 8) && length <= MAX_LENGTH
}

function readFrame(
  bytes: Uint8Array,
  at: number,
  end: number,
  type: TuyaMessage['type'],
  frame: number,
  fromClient: boolean,
): TuyaMessage {
  const header = headerAt(bytes, at)
  const { modern, command, body, length } = header
  const whole = body + length <= end
  const base = { protocol: 'tuya' as const, type, command, frame, fromClient }
  if (modern)
    return { ...base, ...(whole && type === 'broadcast' ? readModern(bytes, at, header) : { encryption: 'device' as const }) }

  // checksum (CRC-32, or an HMAC since 3.4 that leaves the JSON's end to be found) and suffix end the frame
  const stop = Math.min(end, body + length - 8)
  let start = body
  // what a device sends has a return code first
  if (start + 4 <= stop && bytes[start] === 0 && bytes[start + 1] === 0 && bytes[start + 2] === 0) start += 4
  if (start >= stop) return { ...base, encryption: 'empty' }
  if (bytes[start] === 0x7b) return { ...base, encryption: 'none', ...describe(text(bytes, start, stop, MAX_LENGTH)) }
  const version = versionAt(bytes, start, stop)
  if (version !== undefined) return { ...base, encryption: 'device', version }
  const plain = type === 'broadcast' && whole ? decrypt(bytes, start, stop) : undefined
  return plain === undefined ? { ...base, encryption: 'device' } : { ...base, encryption: 'published', ...describe(plain) }
}

/** "3.1", "3.3"… before an encrypted payload. */
function versionAt(bytes: Uint8Array, start: number, stop: number): string | undefined {
  if (
    start + 3 > stop ||
    bytes[start] !== 0x33 ||
    bytes[start + 1] !== 0x2e ||
    bytes[start + 2]! < 0x31 ||
    bytes[start + 2]! > 0x39
  )
    return undefined
  return `3.${bytes[start + 2]! - 48}`
}

function decrypt(bytes: Uint8Array, start: number, stop: number): string | undefined {
  if ((stop - start) % 16 !== 0) return undefined
  try {
    const cipher = createDecipheriv('aes-128-ecb', PUBLISHED_KEY, null)
    return jsonOf(Buffer.concat([cipher.update(bytes.subarray(start, stop)), cipher.final()]))
  } catch {
    return undefined // padding does not fit: another key
  }
}

/** AES-128-GCM: nonce of 12 bytes, ciphertext, tag of 16; the header after the prefix is authenticated with it. */
function readModern(
  bytes: Uint8Array,
  at: number,
  { body, length }: Header,
): Pick<TuyaMessage, 'encryption'> & Partial<TuyaMessage> {
  const tag = body + length - 4 - 16
  if (tag < body + 12) return { encryption: 'device' }
  try {
    const cipher = createDecipheriv('aes-128-gcm', PUBLISHED_KEY, bytes.subarray(body, body + 12))
    cipher.setAAD(bytes.subarray(at + 4, body))
    cipher.setAuthTag(bytes.subarray(tag, tag + 16))
    const plain = jsonOf(Buffer.concat([cipher.update(bytes.subarray(body + 12, tag)), cipher.final()]))
    return plain === undefined ? { encryption: 'device' } : { encryption: 'published', ...describe(plain) }
  } catch {
    return { encryption: 'device' }
  }
}

/** What was deciphered, when it is JSON: possibly behind a return code. */
function jsonOf(plain: Buffer): string | undefined {
  const start = plain[0] === 0x7b ? 0 : plain.length > 4 && plain[4] === 0x7b ? 4 : -1
  return start < 0 ? undefined : text(plain, start, plain.length, MAX_LENGTH)
}

function describe(content: string): Pick<TuyaMessage, 'content' | 'version' | 'gatewayId' | 'productKey' | 'ip'> {
  let fields: Record<string, unknown> = {}
  try {
    const parsed: unknown = JSON.parse(content.slice(0, content.lastIndexOf('}') + 1))
    if (typeof parsed === 'object' && parsed !== null) fields = parsed as Record<string, unknown>
  } catch {
    // cut or not JSON: the content speaks for itself
  }
  return {
    content,
    version: string(fields['version']),
    gatewayId: string(fields['gwId']) ?? string(fields['devId']),
    productKey: string(fields['productKey']),
    ip: string(fields['ip']),
  }
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? printable(value, 64) : undefined
}
