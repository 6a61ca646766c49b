import { createDecipheriv } from 'node:crypto'
import type { DatagramDecoder, MessageBase } from '../message.ts'
import { u16le } from '../numbers.ts'
import { text } from '../text.ts'

/**
 * Broadlink's local protocol (remotes, plugs, and things of other brands with its module): a header with checksums, and AES-128-CBC
 * under a key that the thing hands to whoever asks, itself under a key that everyone knows.
 */
export interface BroadlinkMessage extends MessageBase {
  readonly protocol: 'broadlink'
  readonly type: 'search' | 'found' | 'setup' | 'key-asked' | 'key-given' | 'command' | 'answer'
  /** Of the module and its use: 0x2737. */
  readonly deviceType?: number
  readonly name?: string
  /** The thing refuses new controllers. */
  readonly locked?: boolean
  /** 'setup': name and key of the Wi-Fi network, sent in clear. In memory only. */
  readonly ssid?: string
  readonly key?: string
}

const PORT = 80
const HEADER = 56
const MAGIC = Uint8Array.of(0x5a, 0xa5, 0xaa, 0x55, 0x5a, 0xa5, 0xaa, 0x55)
const SEED = 0xbeaf
const KEY = Uint8Array.of(0x09, 0x76, 0x28, 0x34, 0x3f, 0xe9, 0x9e, 0x23, 0x76, 0x5c, 0x15, 0x13, 0xac, 0xcf, 0x8b, 0x02)
const IV = Uint8Array.of(0x56, 0x2e, 0x17, 0x99, 0x6d, 0x09, 0x3d, 0x28, 0xdd, 0xb3, 0xba, 0x69, 0x5a, 0x2e, 0x6f, 0x58)
const SETUP = 136

const SEARCH_COMMAND = 0x06
const FOUND_COMMAND = 0x07
const SETUP_COMMAND = 0x14
const TYPES: Readonly<Record<number, BroadlinkMessage['type']>> = {
  [SEARCH_COMMAND]: 'search',
  [FOUND_COMMAND]: 'found',
  [SETUP_COMMAND]: 'setup',
  0x65: 'key-asked',
  0x3e9: 'key-given',
  0x6a: 'command',
  0x3ee: 'answer',
}

export const broadlink: DatagramDecoder<BroadlinkMessage> = {
  protocol: 'broadlink',
  ports: [PORT],

  recognise({ bytes, start, end, srcPort, dstPort }) {
    if (end - start < 48 || end - start > 2048) return false
    if (begins(bytes, start))
      return end - start >= HEADER && TYPES[u16le(bytes, start + 0x26)] !== undefined && checksumFits(bytes, start, end)
    // searches and what is said at set-up have no magic: zeros, the port and the checksum must do
    if ((srcPort !== PORT && dstPort !== PORT) || !zeros(bytes, start, start + 8)) return false
    const type = TYPES[u16le(bytes, start + 0x26)]
    return (
      (type === 'search' || type === 'found' || (type === 'setup' && end - start === SETUP)) && checksumFits(bytes, start, end)
    )
  },

  decode({ bytes, start, end, frame, fromClient }, emit) {
    if (end - start < 48) return
    const type = TYPES[u16le(bytes, start + 0x26)]
    if (type === undefined) return
    emit({ protocol: 'broadlink', type, frame, fromClient, ...factsOf(type, bytes, start, end) })
  },
}

function factsOf(type: BroadlinkMessage['type'], bytes: Uint8Array, start: number, end: number): Partial<BroadlinkMessage> {
  if (type === 'setup' && end - start === SETUP) {
    const ssid = bytes[start + 0x84]!
    const key = bytes[start + 0x85]!
    return {
      ssid: text(bytes, start + 0x44, start + 0x44 + Math.min(ssid, 32), 32),
      key: text(bytes, start + 0x64, start + 0x64 + Math.min(key, 32), 32),
    }
  }
  if (type === 'found' && end - start >= 0x40) {
    let stop = start + 0x40
    while (stop < end && bytes[stop] !== 0) stop++
    const name = text(bytes, start + 0x40, stop, 64)
    return {
      deviceType: u16le(bytes, start + 0x34),
      ...(name === '' ? {} : { name }),
      ...(end - start > 0x7f ? { locked: bytes[start + 0x7f] === 1 } : {}),
    }
  }
  if (end - start < HEADER) return {}
  const deviceType = u16le(bytes, start + 0x24)
  // an answer with an error hands out nothing
  if (type === 'key-given' && !givesKey(bytes, start, end)) return { deviceType, locked: true }
  return { deviceType }
}

/** Behind the header: an identifier of four bytes and a key of sixteen, which is not all zeros. */
function givesKey(bytes: Uint8Array, start: number, end: number): boolean {
  const size = end - start - HEADER
  if (u16le(bytes, start + 0x22) !== 0 || size < 32 || size % 16 !== 0) return false
  const cipher = createDecipheriv('aes-128-cbc', KEY, IV).setAutoPadding(false)
  const plain = cipher.update(bytes.subarray(start + HEADER, start + HEADER + 32))
  return !zeros(plain, 4, 20)
}

function begins(bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < MAGIC.length; i++) if (bytes[start + i] !== MAGIC[i]) return false
  return true
}

/** Sum of all bytes on 0xbeaf, the sum's own place counting as zeros. */
function checksumFits(bytes: Uint8Array, start: number, end: number): boolean {
  let sum = SEED
  for (let at = start; at < end; at++) sum += bytes[at]!
  sum -= bytes[start + 0x20]! + bytes[start + 0x21]!
  return (sum & 0xffff) === u16le(bytes, start + 0x20)
}

function zeros(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false
  return true
}
