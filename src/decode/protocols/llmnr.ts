import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import { u16 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'
import { readDns, type DnsFields } from './dns-message.ts'

/** Link-local multicast name resolution (RFC 4795): Windows asks its neighbours. */
export interface LlmnrMessage extends MessageBase, DnsFields {
  readonly protocol: 'llmnr'
  readonly damaged: boolean
}

const PORT = 5355

export const llmnr: DatagramDecoder<LlmnrMessage> = {
  protocol: 'llmnr',
  ports: [PORT],
  recognise({ bytes, start, end, srcPort, dstPort }: Datagram): boolean {
    // RFC 4795 section 2.1.1: opcode 0 and exactly one question
    return (
      (srcPort === PORT || dstPort === PORT) &&
      end - start >= 17 &&
      (bytes[start + 2]! & 0x78) === 0 &&
      u16(bytes, start + 4) === 1
    )
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<LlmnrMessage>): void {
    const message = readDns('llmnr', frame, fromClient, bytes, start, end)
    if (message !== undefined && message.questions.length > 0) emit(message)
  },
}
