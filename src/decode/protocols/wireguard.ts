import type { DatagramDecoder, MessageBase } from '../message.ts'
import type { Datagram } from '../stream.ts'
import { zerosIn } from './bytes.ts'

/** WireGuard's handshake (the protocol's paper, section 5.4), known by type and exact size on any port. */
export interface WireguardMessage extends MessageBase {
  readonly protocol: 'wireguard'
  readonly type: 'initiation' | 'response'
}

const INITIATION = 1
const RESPONSE = 2
const COOKIE_REPLY = 3
const DATA = 4
const SIZES = [0, 148, 92, 64]
/** Where the sender's ephemeral key lies in a handshake, and zeros in it: of 100,000 keys one has more. */
const KEYS = [0, 8, 12]
const KEY = 32
const MOST_ZEROS = 3
/** Header, and the tag of nothing (keep-alive). */
const LEAST_DATA = 32
/** By custom; there is no assigned port. */
const PORT = 51820

export const wireguard: DatagramDecoder<WireguardMessage> = {
  protocol: 'wireguard',
  ports: [],
  remembers: true,
  /** A handshake anywhere; data, which has little that can be told, in a flow known for it or at the usual port. */
  recognise(d) {
    const type = typeOf(d)
    if (type === INITIATION || type === RESPONSE) return hasKey(d, KEYS[type]!)
    return type > 0 && (d.memory['wireguard'] !== undefined || d.srcPort === PORT || d.dstPort === PORT)
  },
  decode(d, emit) {
    d.memory['wireguard'] = true
    const type = typeOf(d)
    if (type === INITIATION || type === RESPONSE)
      emit({
        protocol: 'wireguard',
        frame: d.frame,
        fromClient: d.fromClient,
        type: type === INITIATION ? 'initiation' : 'response',
      })
  },
}

/** Others begin with a one and three zeros, and are of that size, too: their numbers are no key. */
function hasKey({ bytes, start, end }: Datagram, offset: number): boolean {
  return zerosIn(bytes, start + offset, Math.min(end, start + offset + KEY)) <= MOST_ZEROS
}

/** Type of a message, whose next three bytes are zero and whose size goes with it; 0 for anything else. */
function typeOf({ bytes: b, start, end, srcPort, dstPort, truncated }: Datagram): number {
  const size = end - start
  // of what the capture cut, the size says nothing
  const cut = truncated && (srcPort === PORT || dstPort === PORT)
  if (size < 16 || (b[start + 1]! | b[start + 2]! | b[start + 3]!) !== 0) return 0
  const type = b[start]!
  // all data is padded to 16 bytes, as header and tag are
  if (type === DATA) return size >= LEAST_DATA && (cut || size % 16 === 0) ? DATA : 0
  return type >= INITIATION && type <= COOKIE_REPLY && (size === SIZES[type]! || (cut && size < SIZES[type]!)) ? type : 0
}
