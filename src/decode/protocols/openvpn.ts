import type { DatagramDecoder, MessageBase, StreamDecoder } from '../message.ts'
import { u32 } from '../numbers.ts'
import { zerosIn } from './bytes.ts'

/** The first packets of an OpenVPN session: each side's reset (openvpn.net's "OpenVPN network protocol"). */
export interface OpenvpnMessage extends MessageBase {
  readonly protocol: 'openvpn'
  readonly reset: 'client' | 'server'
}

/** Opcode << 3, key 0: P_CONTROL_HARD_RESET_CLIENT_V2, …_SERVER_V2, …_CLIENT_V3. */
const CLIENT_RESET = 7 << 3
const SERVER_RESET = 8 << 3
const CLIENT_RESET_3 = 10 << 3
/** Opcode, session; number of acknowledgements, packet number. */
const SHORTEST = 9 + 5
/** Of a session's eight random bytes: one in 300,000 has more. */
const MOST_ZEROS = 2
/** In a server's reset: the acknowledged packet's number and the client's session. */
const ACKNOWLEDGED = 12
/** HMACs that may follow the session (tls-auth: MD5, SHA-1, SHA-256, SHA-512), each with a packet number and a time. */
const HMACS = [16, 20, 32, 64]
/** tls-crypt: number and time, tag, and the rest encrypted. */
const CRYPT = 8 + 32
/** A client's key, wrapped (tls-crypt-v2): never less than the 256 bytes of key and its tag. */
const LEAST_WRAPPED = 32 + 256

export const openvpnDatagram: DatagramDecoder<OpenvpnMessage> = {
  protocol: 'openvpn',
  ports: [],
  remembers: true,
  /** A reset anywhere; in a flow known for it every packet with an opcode in use (3 to 10). */
  recognise({ bytes, start, end, memory }) {
    if (resetOf(bytes, start, end) !== undefined) return true
    return memory['openvpn'] !== undefined && start < end && bytes[start]! >> 3 >= 3 && bytes[start]! >> 3 <= 10
  },
  decode(d, emit) {
    const reset = resetOf(d.bytes, d.start, d.end)
    d.memory['openvpn'] = true
    if (reset !== undefined) emit({ protocol: 'openvpn', frame: d.frame, fromClient: d.fromClient, reset })
  },
}

/** Over TCP each packet has its length before it. */
export const openvpnStream: StreamDecoder<OpenvpnMessage> = {
  protocol: 'openvpn',
  recognise: ({ client, server }) =>
    packetOf(client.bytes, client.length) === 'client' &&
    (server.length === 0 || packetOf(server.bytes, server.length) === 'server'),
  decode({ client, server }, emit) {
    if (packetOf(client.bytes, client.length) === 'client')
      emit({ protocol: 'openvpn', frame: client.frameAt(0), fromClient: true, reset: 'client' })
    if (packetOf(server.bytes, server.length) === 'server')
      emit({ protocol: 'openvpn', frame: server.frameAt(0), fromClient: false, reset: 'server' })
  },
}

function packetOf(b: Uint8Array, length: number): 'client' | 'server' | undefined {
  const size = length < 2 ? 0 : (b[0]! << 8) | b[1]!
  return size >= SHORTEST && 2 + size <= length ? resetOf(b, 2, 2 + size) : undefined
}

/**
 * Whose reset b[start, end) is, by what must be so in it: the sizes that there are, packet number 0, nothing or exactly the client's reset
 * acknowledged; or with tls-crypt, which hides those, packet number 1 and a time.
 */
function resetOf(b: Uint8Array, start: number, end: number): 'client' | 'server' | undefined {
  const size = end - start
  if (size < SHORTEST) return undefined
  const opcode = b[start]!
  if (opcode !== CLIENT_RESET && opcode !== SERVER_RESET && opcode !== CLIENT_RESET_3) return undefined
  if (zerosIn(b, start + 1, start + 9) > MOST_ZEROS) return undefined
  const from = opcode === SERVER_RESET ? 'server' : 'client'
  const body = from === 'server' ? SHORTEST + ACKNOWLEDGED : SHORTEST
  if (opcode === CLIENT_RESET_3)
    return size >= SHORTEST + CRYPT + LEAST_WRAPPED && isNumbered(b, start + 9) && u32(b, start + 13) > YEAR_2010
      ? from
      : undefined
  const clear = size === body || HMACS.some((hmac) => size === body + hmac + 8 && isNumbered(b, start + 9 + hmac))
  if (clear && isFirst(b, end, from)) return from
  return size === body + CRYPT && isNumbered(b, start + 9) && u32(b, start + 13) > YEAR_2010 ? from : undefined
}

const YEAR_2010 = 1_262_304_000

/** The session's first packet that is protected. */
function isNumbered(b: Uint8Array, at: number): boolean {
  return u32(b, at) === 1
}

/** Packet number 0 in the end; before it no acknowledgement, or one of the other's packet 0. */
function isFirst(b: Uint8Array, end: number, from: 'client' | 'server'): boolean {
  if (u32(b, end - 4) !== 0) return false
  return from === 'client' ? b[end - 5] === 0 : b[end - 17] === 1 && u32(b, end - 16) === 0
}
