/** The ways of flooding that are told apart: names as in Mirai's attack table where it has them (Antonakakis et al. 2017, table 10). */
export const VECTORS = ['udp', 'syn', 'ack', 'tcp-flags', 'icmp', 'gre', 'http', 'stomp', 'vse'] as const

export const UDP = 0
export const SYN = 1
export const ACK = 2
export const TCP_FLAGS = 3
export const ICMP = 4
export const GRE = 5
export const HTTP = 6
export const STOMP = 7
export const VSE = 8

/** \xff\xff\xff\xffTSource Engine Query (Valve's A2S_INFO). */
const VSE_QUERY = [0xff, 0xff, 0xff, 0xff, 0x54, 0x53, 0x6f, 0x75, 0x72, 0x63, 0x65]

export function isVseQuery(b: Uint8Array, o: number, end: number): boolean {
  if (end - o < VSE_QUERY.length || b[o + 4] !== 0x54) return false
  for (let i = 0; i < VSE_QUERY.length; i++) if (b[o + i] !== VSE_QUERY[i]) return false
  return true
}

/** GET, POST or HEAD with what follows. */
export function isHttpRequest(b: Uint8Array, o: number, end: number): boolean {
  if (end - o < 5) return false
  switch (b[o]) {
    case 0x47:
      return b[o + 1] === 0x45 && b[o + 2] === 0x54 && b[o + 3] === 0x20
    case 0x50:
      return b[o + 1] === 0x4f && b[o + 2] === 0x53 && b[o + 3] === 0x54 && b[o + 4] === 0x20
    case 0x48:
      return b[o + 1] === 0x45 && b[o + 2] === 0x41 && b[o + 3] === 0x44 && b[o + 4] === 0x20
    default:
      return false
  }
}

/** One question, as resolvers are asked: RFC 1035 section 4.1.1. */
export function isDnsQuery(b: Uint8Array, o: number, end: number): boolean {
  return end - o >= 17 && (b[o + 2]! & 0xf8) === 0 && b[o + 4] === 0 && b[o + 5] === 1 && b[o + 6] === 0 && b[o + 7] === 0
}

/** Asks for an answer: echo, time stamp, address mask (RFC 792, 950; RFC 4443). Errors and answers are others' doing. */
export function isIcmpRequest(type: number, ipVersion: number): boolean {
  return ipVersion === 6 ? type === 128 : type === 8 || type === 13 || type === 17
}
