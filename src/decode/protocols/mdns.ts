import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import type { Datagram } from '../stream.ts'
import { readDns, type DnsFields } from './dns-message.ts'

/** Multicast DNS (RFC 6762), with DNS-based service discovery (RFC 6763) in it. */
export interface MdnsMessage extends MessageBase, DnsFields {
  readonly protocol: 'mdns'
  readonly damaged: boolean
}

const PORT = 5353

export const mdns: DatagramDecoder<MdnsMessage> = {
  protocol: 'mdns',
  ports: [PORT],
  repeats: true,
  recognise({ bytes, start, end, srcPort, dstPort }: Datagram): boolean {
    // RFC 6762 section 18.3: messages with another opcode are to be ignored
    return (srcPort === PORT || dstPort === PORT) && end - start >= 12 && (bytes[start + 2]! & 0x78) === 0
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<MdnsMessage>): void {
    const message = readDns('mdns', frame, fromClient, bytes, start, end)
    if (message !== undefined && message.questions.length + message.answers.length + message.additionals.length > 0) emit(message)
  },
}
