/** Services that answer much to little, to whoever is said to have asked (Rossow, "Amplification Hell", NDSS 2014; CISA alert TA14-017A). */
export const SERVICES = ['ssdp', 'ntp', 'dns', 'cldap', 'memcached', 'snmp', 'syn-ack'] as const

export const SSDP = 1
export const NTP = 2
export const DNS = 3
export const CLDAP = 4
export const MEMCACHED = 5
export const SNMP = 6
export const SYN_ACK = 7

/** By UDP port: the service's number, 0 for none. */
export const BY_PORT = new Uint8Array(65_536)
BY_PORT[1900] = SSDP
BY_PORT[123] = NTP
BY_PORT[53] = DNS
BY_PORT[389] = CLDAP
BY_PORT[11_211] = MEMCACHED
BY_PORT[161] = SNMP

/** Is b[o, end) an answer of the service? */
export function isAnswer(service: number, b: Uint8Array, o: number, end: number): boolean {
  const length = end - o
  if (length < 8) return false
  switch (service) {
    case SSDP:
      return startsWith(b, o, end, 'HTTP/1.')
    case NTP:
      // mode 4 (server), or 6 and 7 with their bit for answers (RFC 9327; ntp_request.h)
      return (b[o]! & 7) === 4 || ((b[o]! & 7) === 7 && b[o]! >= 0x80) || ((b[o]! & 7) === 6 && b[o + 1]! >= 0x80)
    case DNS:
      return length >= 12 && b[o + 2]! >= 0x80
    case CLDAP:
      return operationOf(b, o, end) === SEARCH_ENTRY || operationOf(b, o, end) === SEARCH_DONE
    case MEMCACHED:
      return isMemcached(b, o, length) && !isMemcachedQuery(b, o + 8, end)
    case SNMP:
      return operationOf(b, o, end) === SNMP_RESPONSE
    default:
      return false
  }
}

/** Is b[o, end) a question to which the service answers much? */
export function isAmplified(service: number, b: Uint8Array, o: number, end: number): boolean {
  const length = end - o
  if (length < 8) return false
  switch (service) {
    case SSDP:
      return startsWith(b, o, end, 'M-SEARCH')
    case NTP:
      // the private and control modes: monlist (request code 42 or 20) and its like
      return (b[o]! & 0x87) === 7 || ((b[o]! & 7) === 6 && b[o + 1]! < 0x80)
    case DNS:
      return length >= 17 && (b[o + 2]! & 0xf8) === 0 && b[o + 4] === 0 && b[o + 5] === 1
    case CLDAP:
      return operationOf(b, o, end) === SEARCH_REQUEST
    case MEMCACHED:
      return isMemcached(b, o, length) && isMemcachedQuery(b, o + 8, end)
    case SNMP:
      return operationOf(b, o, end) === SNMP_GET_BULK || operationOf(b, o, end) === SNMP_GET_NEXT
    default:
      return false
  }
}

/** RFC 4511. */
const SEARCH_REQUEST = 0x63
const SEARCH_ENTRY = 0x64
const SEARCH_DONE = 0x65
/** RFC 3416. */
const SNMP_GET_NEXT = 0xa1
const SNMP_RESPONSE = 0xa2
const SNMP_GET_BULK = 0xa5

/** Of LDAP and SNMP alike: the tag behind what stands before the operation (a number; a version and a community). -1 where there is none. */
function operationOf(b: Uint8Array, o: number, end: number): number {
  if (b[o] !== 0x30) return -1
  let at = afterLength(b, o + 1, end)
  for (let i = 0; i < 2 && at >= 0 && at < end; i++) {
    const tag = b[at]!
    if (tag !== 2 && tag !== 4) return tag
    const body = afterLength(b, at + 1, end)
    if (body < 0 || b[at + 1]! >= 0x80) return -1
    at = body + b[at + 1]!
  }
  return at >= 0 && at < end ? b[at]! : -1
}

/** Where what a BER length (X.690, 8.1.3) stands before begins; -1 beyond the end. */
function afterLength(b: Uint8Array, o: number, end: number): number {
  if (o >= end) return -1
  const at = b[o]! < 0x80 ? o + 1 : o + 1 + (b[o]! & 0x7f)
  return at <= end ? at : -1
}

/** memcached's frame header (protocol.txt): request, number, how many, and two bytes of 0. */
function isMemcached(b: Uint8Array, o: number, length: number): boolean {
  if (length < 9 || b[o + 6] !== 0 || b[o + 7] !== 0) return false
  return ((b[o + 2]! << 8) | b[o + 3]!) < ((b[o + 4]! << 8) | b[o + 5]!)
}

function isMemcachedQuery(b: Uint8Array, o: number, end: number): boolean {
  return startsWith(b, o, end, 'stats') || startsWith(b, o, end, 'get') || startsWith(b, o, end, 'gets')
}

function startsWith(b: Uint8Array, o: number, end: number, text: string): boolean {
  if (end - o < text.length) return false
  for (let i = 0; i < text.length; i++) if (b[o + i] !== text.charCodeAt(i)) return false
  return true
}
