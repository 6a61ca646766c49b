import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import { u16 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'
import { netbiosText, readDns, readName, setName, takenName, type DnsFields } from './dns-message.ts'

/** NetBIOS name service (RFC 1002 section 4.2). Names are 'WORKGROUP<1d>': text, and the service's suffix in hex. */
export interface NbnsMessage extends MessageBase, DnsFields {
  readonly protocol: 'nbns'
  readonly damaged: boolean
  readonly operation: 'query' | 'registration' | 'release' | 'wack' | 'refresh' | 'other'
}

const PORT = 137
const OPERATIONS: Record<number, NbnsMessage['operation']> = {
  0: 'query',
  5: 'registration',
  6: 'release',
  7: 'wack',
  8: 'refresh',
  9: 'refresh',
  15: 'registration',
}

export const nbns: DatagramDecoder<NbnsMessage> = {
  protocol: 'nbns',
  ports: [PORT],
  recognise({ bytes, start, end, srcPort, dstPort }: Datagram): boolean {
    if ((srcPort !== PORT && dstPort !== PORT) || end - start < 12) return false
    return OPERATIONS[(bytes[start + 2]! >> 3) & 15] !== undefined && u16(bytes, start + 4) <= 1
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<NbnsMessage>): void {
    const message = readDns('nbns', frame, fromClient, bytes, start, end, readNetbiosName)
    if (message === undefined || message.questions.length + message.answers.length === 0) return
    emit({ ...message, operation: OPERATIONS[message.opcode] ?? 'other' })
  },
}

const decoded = new Uint8Array(16)

/** RFC 1001 section 14.1: each byte of a name of sixteen as two letters A to P; a scope may follow as ordinary labels. */
export function readNetbiosName(bytes: Uint8Array, base: number, at: number, end: number): number {
  const after = readName(bytes, base, at, end)
  if (after < 0) return -1
  const encoded = takenName()
  if (encoded.length < 32 || (encoded.length > 32 && encoded[32] !== '.')) return -1
  for (let i = 0; i < 16; i++) {
    const high = encoded.charCodeAt(2 * i) - 0x41
    const low = encoded.charCodeAt(2 * i + 1) - 0x41
    if (high < 0 || high > 15 || low < 0 || low > 15) return -1
    decoded[i] = (high << 4) | low
  }
  setName(`${netbiosText(decoded, 0)}<${decoded[15]!.toString(16).padStart(2, '0')}>`)
  return after
}
