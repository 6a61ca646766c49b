import type { DatagramDecoder, Emit, MessageBase, StreamDecoder } from '../message.ts'
import { u16 } from '../numbers.ts'
import type { Conversation, Datagram, StreamPrefix } from '../stream.ts'
import { looksLikeDns, readDns, type DnsFields } from './dns-message.ts'

/** One DNS message (RFC 1035), over UDP or TCP. */
export interface DnsMessage extends MessageBase, DnsFields {
  readonly protocol: 'dns'
  readonly damaged: boolean
}

const PORT = 53
/** Relatives with ports and rules of their own: mDNS, LLMNR, NBNS. */
const RELATIVES: readonly number[] = [5353, 5355, 137]

export const dns: DatagramDecoder<DnsMessage> = {
  protocol: 'dns',
  ports: [PORT],
  recognise({ bytes, start, end, srcPort, dstPort }: Datagram): boolean {
    if (srcPort === PORT || dstPort === PORT) return plausibleHeader(bytes, start, end)
    if (RELATIVES.includes(srcPort) || RELATIVES.includes(dstPort)) return false
    return looksLikeDns(bytes, start, end)
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<DnsMessage>): void {
    const message = readDns('dns', frame, fromClient, bytes, start, end)
    if (message !== undefined && saysSomething(message)) emit(message)
  },
}

/** RFC 1035 section 4.2.2: each message is preceded by its length. */
export const dnsOverTcp: StreamDecoder<DnsMessage> = {
  protocol: 'dns',
  recognise({ client, server, clientPort, serverPort }: Conversation): boolean {
    const known = clientPort === PORT || serverPort === PORT
    if (client.length === 0) return isFramed(server, known)
    return isFramed(client, known) && (server.length === 0 || isFramed(server, known))
  },
  decode({ client, server }: Conversation, emit: Emit<DnsMessage>): void {
    decodeStream(client, true, emit)
    decodeStream(server, false, emit)
  },
}

/** On port 53 anything with a sane header is read as far as it goes: opcodes of RFC 1035, 1996, 2136 and 8490. */
function plausibleHeader(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 12 && ((bytes[start + 2]! >> 3) & 15) <= 6 && u16(bytes, start + 4) <= 16
}

/** A flood's filler on port 53 is no message; neither is a header alone, unless it is an answer that says why. */
function saysSomething(fields: DnsFields): boolean {
  return fields.questions.length > 0 || fields.answers.length > 0 || (fields.response && !fields.damaged)
}

function isFramed({ bytes, length, midstream }: StreamPrefix, known: boolean): boolean {
  if (length < 14) return false
  const size = u16(bytes, 0)
  if (size < 12) return false
  const end = Math.min(2 + size, length)
  if (known && !midstream) return plausibleHeader(bytes, 2, end)
  return looksLikeDns(bytes, 2, end)
}

function decodeStream(stream: StreamPrefix, fromClient: boolean, emit: Emit<DnsMessage>): void {
  let at = 0
  while (at + 14 <= stream.length) {
    const size = u16(stream.bytes, at)
    if (size < 12) return
    const end = Math.min(at + 2 + size, stream.length)
    const message = readDns('dns', stream.frameAt(at), fromClient, stream.bytes, at + 2, end)
    // what lies beyond the bytes that are held is no damage
    if (message !== undefined && saysSomething(message)) emit(end < at + 2 + size ? { ...message, damaged: false } : message)
    at += 2 + size
  }
}
