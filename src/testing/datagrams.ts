import { decodePacket } from '../decode/decode.ts'
import type { DatagramDecoder, MessageBase } from '../decode/message.ts'
import { FRAGMENT_LATER, FRAGMENT_NONE, Packet, PROTO_TCP, PROTO_UDP } from '../decode/packet.ts'
import { blankDatagram, type Conversation, type Datagram, type FlowMemory, type StreamPrefix } from '../decode/stream.ts'
import { readCapture } from '../capture/read.ts'

/**
 * Every message that a decoder reads in a capture's datagrams, each datagram by itself: what the flow machinery adds (who began,
 * which decoder has a port) is left out, so that a decoder is compared with an oracle and with nothing else.
 */
export async function decodeDatagrams<M extends MessageBase>(path: string, decoder: DatagramDecoder<M>): Promise<M[]> {
  const messages: M[] = []
  await eachDatagram(path, (datagram) => {
    if (decoder.recognise(datagram)) decoder.decode(datagram, (message) => messages.push(message))
  })
  return messages
}

/** The UDP payloads of a capture. The datagram is valid during the call only. First fragments count as truncated. */
export async function eachDatagram(path: string, onDatagram: (datagram: Datagram) => void): Promise<void> {
  const packet = new Packet()
  const datagram = blankDatagram(packet.buf)
  await readCapture(path, 0, packet, () => {
    decodePacket(packet)
    if (packet.protocol !== PROTO_UDP || packet.transport < 0 || packet.fragment === FRAGMENT_LATER) return
    datagram.bytes = packet.buf
    datagram.start = packet.payload
    datagram.end = packet.payloadEnd
    datagram.srcPort = packet.srcPort
    datagram.dstPort = packet.dstPort
    datagram.frame = packet.frame
    datagram.truncated = packet.payloadEnd - packet.payload < packet.payloadWire || packet.fragment !== FRAGMENT_NONE
    datagram.memory = {}
    onDatagram(datagram)
  })
}

/** TCP segments that carry something, each as a conversation of its own: for protocols whose messages fit one segment. */
export async function eachSegment(path: string, onSegment: (conversation: Conversation, frame: number) => void): Promise<void> {
  const packet = new Packet()
  await readCapture(path, 0, packet, () => {
    decodePacket(packet)
    if (packet.protocol !== PROTO_TCP || packet.transport < 0 || packet.payloadEnd <= packet.payload) return
    const bytes = packet.buf.slice(packet.payload, packet.payloadEnd)
    onSegment(
      {
        client: prefix(bytes, packet.frame),
        server: prefix(new Uint8Array(0), 0),
        clientPort: packet.srcPort,
        serverPort: packet.dstPort,
      },
      packet.frame,
    )
  })
}

/** Bytes as a whole direction of a conversation, all carried by one frame. */
export function prefix(bytes: Uint8Array, frame = 1): StreamPrefix {
  return { bytes, length: bytes.length, truncated: false, midstream: false, frameAt: () => frame }
}

/** Bytes as one datagram. */
export function datagramOf(bytes: Uint8Array, srcPort: number, dstPort: number, memory: FlowMemory = {}): Datagram {
  return { ...blankDatagram(bytes), end: bytes.length, srcPort, dstPort, frame: 1, memory }
}

/** '00 1f 2e' (spaces, line ends ignored) as bytes. */
export function bytesOf(hexDigits: string): Uint8Array {
  const clean = hexDigits.replace(/\s+/g, '')
  const bytes = new Uint8Array(clean.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(clean.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
