import type { DatagramDecoder, MessageBase } from '../message.ts'
import { u16le, u32le } from '../numbers.ts'
import { text } from '../text.ts'

/**
 * LIFX's LAN protocol, as its maker documents it (lan.developer.lifx.com): binary, little-endian, neither encrypted nor
 * authenticated. Header of 36 bytes: size, protocol number and flags, source, target, sequence, type.
 */
export interface LifxMessage extends MessageBase {
  readonly protocol: 'lifx'
  readonly message: number
  /** By the lamp: a state or an acknowledgement. Otherwise the controller asks or sets something. */
  readonly answer: boolean
  /** The message sets something: power, colour, label… */
  readonly sets: boolean
  /** StateVersion (33). */
  readonly vendor?: number
  readonly product?: number
  /** StateHostFirmware (15): "3.70". */
  readonly firmware?: string
  /** StateLabel (25), LightState (107): what its owner called it. */
  readonly label?: string
}

const PORT = 56700
const HEADER = 36
const STATE_HOST_FIRMWARE = 15
const STATE_LABEL = 25
const STATE_VERSION = 33
const LIGHT_STATE = 107
const LABEL = 32

/** Messages with the size of their payload, as documented. */
const SIZES: ReadonlyMap<number, number> = new Map([
  // asked
  [2, 0],
  [14, 0],
  [16, 0],
  [18, 0],
  [20, 0],
  [23, 0],
  [32, 0],
  [34, 0],
  [48, 0],
  [51, 0],
  [101, 0],
  [116, 0],
  [120, 0],
  [142, 0],
  // set
  [21, 2],
  [24, 32],
  [49, 56],
  [52, 56],
  [58, 64],
  [102, 13],
  [103, 21],
  [117, 6],
  [119, 25],
  [122, 2],
  // told by the lamp
  [3, 5],
  [15, 20],
  [17, 14],
  [19, 20],
  [22, 2],
  [25, 32],
  [33, 12],
  [35, 24],
  [45, 0],
  [50, 56],
  [53, 56],
  [59, 64],
  [107, 52],
  [118, 2],
  [121, 2],
  [144, 6],
  [223, 2],
])
/** Of later products (strips, tiles, switches), whose sizes vary: known on LIFX's own port only. */
const LATER_STATES = new Set([146, 503, 506, 509, 512, 702, 711, 718, 720, 818, 907, 911])
const LATER_SETS = new Set([143, 145, 501, 508, 510, 703, 715, 719, 817])
const STATES = new Set([3, 15, 17, 19, 22, 25, 33, 35, 45, 50, 53, 59, 107, 118, 121, 144, 223, ...LATER_STATES])
const SETS = new Set([21, 24, 49, 52, 102, 103, 117, 119, 122, ...LATER_SETS])

export const lifx: DatagramDecoder<LifxMessage> = {
  protocol: 'lifx',
  ports: [PORT],

  recognise({ bytes, start, end, srcPort, dstPort, truncated }) {
    if (!headerFits(bytes, start, end, truncated)) return false
    const size = SIZES.get(u16le(bytes, start + 32))
    const payload = u16le(bytes, start) - HEADER
    return size === undefined ? srcPort === PORT || dstPort === PORT : size === payload
  },

  decode({ bytes, start, end, frame, fromClient, truncated }, emit) {
    if (!headerFits(bytes, start, end, truncated)) return
    const message = u16le(bytes, start + 32)
    const body = start + HEADER
    const there = end - body
    emit({
      protocol: 'lifx',
      frame,
      fromClient,
      message,
      answer: STATES.has(message),
      sets: SETS.has(message),
      ...(message === STATE_VERSION && there >= 8 ? { vendor: u32le(bytes, body), product: u32le(bytes, body + 4) } : {}),
      // the build's time and a reserved field before it
      ...(message === STATE_HOST_FIRMWARE && there >= 20
        ? { firmware: `${u16le(bytes, body + 18)}.${u16le(bytes, body + 16)}` }
        : {}),
      ...(message === STATE_LABEL && there >= LABEL ? named(bytes, body) : {}),
      ...(message === LIGHT_STATE && there >= 12 + LABEL ? named(bytes, body + 12) : {}),
    })
  },
}

/** Size as sent; protocol 1024, addressable, origin 0 (bits of the second word); what is reserved is zero. */
function headerFits(bytes: Uint8Array, start: number, end: number, truncated: boolean): boolean {
  const length = end - start
  if (length < HEADER) return false
  const size = u16le(bytes, start)
  if (size !== length && !(truncated && size > length)) return false
  return (
    size <= 1500 &&
    // tagged (bit 13) for all lamps, else for the target's
    (u16le(bytes, start + 2) & 0xdfff) === 0x1400 &&
    bytes[start + 14] === 0 &&
    bytes[start + 15] === 0 &&
    bytes[start + 34] === 0 &&
    bytes[start + 35] === 0
  )
}

function named(bytes: Uint8Array, at: number): { label?: string } {
  let end = at
  while (end < at + LABEL && bytes[end] !== 0) end++
  return end === at ? {} : { label: text(bytes, at, end, LABEL) }
}
