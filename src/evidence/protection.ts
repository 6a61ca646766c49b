import type { Protection } from './kinds.ts'

/** Protocols that protect what they carry, once both ends speak them. Anything else that was recognised is readable on the path. */
const ENCRYPTED = new Set(['tls', 'quic', 'ssh', 'dtls', 'wireguard', 'openvpn', 'ike', 'esp'])
/**
 * Not recognised, or a class of bytes that proves nothing: binary of low entropy may still carry encrypted parts. RTP and SRTP have one
 * header.
 */
const UNKNOWN = new Set(['', 'rtp', 'low-entropy', 'high-entropy', 'icmp', 'igmp', 'fragment'])

/**
 * What a protocol's name says of its protection; an observer that knows better says so by Context.protect. Of a protocol that begins by
 * agreeing on its protection the observer always says it: `unknown` until it was seen.
 */
export function protectionOf(protocol: string): Protection {
  return ENCRYPTED.has(protocol) ? 'encrypted' : UNKNOWN.has(protocol) ? 'unknown' : 'clear'
}
