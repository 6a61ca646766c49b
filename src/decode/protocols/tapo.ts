import { crc32 } from 'node:zlib'
import type { DatagramDecoder, MessageBase } from '../message.ts'
import { text } from '../text.ts'
import { asObject, fieldOf, objectOf } from './json.ts'

/**
 * TP-Link's device discovery for Tapo and later Kasa things: a header of 16 bytes (version, kind, operation, size, flags, serial,
 * checksum) and JSON in clear. Control is by HTTP under keys made of the owner's account (KLAP, or AES before it).
 */
export interface TapoMessage extends MessageBase {
  readonly protocol: 'tapo'
  readonly type: 'probe' | 'answer'
  /** "P110(EU)". */
  readonly model?: string
  /** "SMART.TAPOPLUG". */
  readonly deviceType?: string
  readonly mac?: string
  readonly firmware?: string
  readonly hardware?: string
  /** How its control is protected: 'KLAP', 'AES'. */
  readonly scheme?: string
  /** It has not been set up by anybody yet. */
  readonly unset?: boolean
  readonly content?: string
}

const PORTS = [20002, 20004] as const
const HEADER = 16
/** What stands in the checksum's place while it is made. */
const UNSIGNED = Uint8Array.of(0x5a, 0x6b, 0x7c, 0x8d)
const MAX_CONTENT = 4096

export const tapo: DatagramDecoder<TapoMessage> = {
  protocol: 'tapo',
  ports: PORTS,
  recognise({ bytes, start, end, srcPort, dstPort, truncated }) {
    if (!isPort(srcPort) && !isPort(dstPort)) return false
    const length = end - start
    if (length < HEADER || bytes[start]! > 2 || bytes[start] === 0 || bytes[start + 1] !== 0) return false
    const size = (bytes[start + 4]! << 8) | bytes[start + 5]!
    if (size !== length - HEADER && !(truncated && size > length - HEADER)) return false
    return length === HEADER ? isSigned(bytes, start, end) : bytes[start + HEADER] === 0x7b
  },
  decode({ bytes, start, end, frame, fromClient }, emit) {
    const content = text(bytes, start + HEADER, end, MAX_CONTENT)
    const said = objectOf(content)
    const result = asObject(said['result'])
    if (said['result'] === undefined) {
      emit({ protocol: 'tapo', type: 'probe', frame, fromClient })
      return
    }
    emit({
      protocol: 'tapo',
      type: 'answer',
      frame,
      fromClient,
      model: fieldOf(result, 'device_model'),
      deviceType: fieldOf(result, 'device_type'),
      mac: fieldOf(result, 'mac'),
      firmware: fieldOf(result, 'firmware_version'),
      hardware: fieldOf(result, 'hardware_version'),
      scheme: fieldOf(asObject(result['mgt_encrypt_schm']), 'encrypt_type'),
      unset: result['factory_default'] === true,
      content,
    })
  },
}

function isPort(port: number): boolean {
  return port === PORTS[0] || port === PORTS[1]
}

/** CRC-32 of the whole, with a constant where it will stand. */
function isSigned(bytes: Uint8Array, start: number, end: number): boolean {
  const sum = crc32(bytes.subarray(start + HEADER, end), crc32(UNSIGNED, crc32(bytes.subarray(start, start + 12))))
  const said = ((bytes[start + 12]! << 24) | (bytes[start + 13]! << 16) | (bytes[start + 14]! << 8) | bytes[start + 15]!) >>> 0
  return sum === said
}
