import { createECDH, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'

export const SSL_2_0 = 0x0002
export const SSL_3_0 = 0x0300
export const TLS_1_0 = 0x0301
export const TLS_1_2 = 0x0303
export const TLS_1_3 = 0x0304

/** Signals that are sent among the suites (RFC 5746 section 3.3, RFC 7507 section 2). */
const RENEGOTIATION_SCSV = 0x00ff
export const FALLBACK_SCSV = 0x5600

/** What a ClientHello offers: one version, so that the answer says whether it is spoken. */
export interface Offer {
  readonly version: number
  readonly suites: readonly number[]
  readonly groups: readonly number[]
  /** For SNI, where it is a host name (RFC 6066 section 3 has no room for addresses). */
  readonly name?: string
  /** DEFLATE beside no compression (RFC 3749). */
  readonly compression?: boolean
  /** The heartbeat extension (RFC 6520). */
  readonly heartbeat?: boolean
  /** TLS 1.3: send no key, so that the server has to name a group (RFC 8446 section 4.2.8). */
  readonly noKey?: boolean
}

/** Best first; the last ones are obsolete, and offered so that a server that has nothing better can show its certificate. */
const SIGNATURES = [
  0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0603, 0x0806, 0x0601, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b, 0x081a, 0x081b,
  0x081c, 0x0402, 0x0303, 0x0301, 0x0302, 0x0203, 0x0201, 0x0202, 0x0101,
]

const X25519 = 29
const SECP256R1 = 23

/**
 * One ClientHello in one record, as a client of that version would send it (SSL 3.0: RFC 6101; TLS 1.0 to 1.2: RFC 5246; TLS 1.3: RFC 8446).
 * What it holds for keys is thrown away: no handshake is ever finished with it.
 */
export function clientHello(offer: Offer): Buffer {
  const { version } = offer
  const is13 = version === TLS_1_3
  const suites = is13 ? offer.suites : [...offer.suites, RENEGOTIATION_SCSV]
  const body = Buffer.concat([
    u16(is13 ? TLS_1_2 : version),
    randomBytes(32),
    vector8(is13 ? randomBytes(32) : Buffer.alloc(0)),
    vector16(numbers(suites)),
    vector8(offer.compression ? Buffer.of(1, 0) : Buffer.of(0)),
    // SSL 3.0 knows no extensions
    ...(version === SSL_3_0 ? [] : [vector16(Buffer.concat(extensions(offer)))]),
  ])
  const message = Buffer.concat([Buffer.of(1, body.length >> 16, (body.length >> 8) & 0xff, body.length & 0xff), body])
  return Buffer.concat([Buffer.of(22), u16(version === SSL_3_0 ? SSL_3_0 : TLS_1_0), vector16(message)])
}

function extensions({ version, groups, name, heartbeat, noKey }: Offer): Buffer[] {
  const list: Buffer[] = []
  const add = (type: number, body: Buffer) => list.push(u16(type), vector16(body))
  if (name !== undefined && isHostName(name)) add(0, vector16(Buffer.concat([Buffer.of(0), vector16(Buffer.from(name))])))
  if (groups.length > 0) {
    add(10, vector16(numbers(groups)))
    if (version !== TLS_1_3) add(11, vector8(Buffer.of(0)))
  }
  if (version >= TLS_1_2) add(13, vector16(numbers(SIGNATURES)))
  if (heartbeat) add(15, Buffer.of(1))
  // extended_master_secret (RFC 7627)
  if (version !== TLS_1_3) add(23, Buffer.alloc(0))
  else {
    add(43, vector8(u16(TLS_1_3)))
    add(45, vector8(Buffer.of(1)))
    add(51, vector16(noKey ? Buffer.alloc(0) : Buffer.concat(groups.flatMap(keyShare))))
  }
  return list
}

/** Of the two groups that every server has at least one of; for the others a server asks by HelloRetryRequest. */
function keyShare(group: number): Buffer[] {
  if (group === X25519) {
    const key = randomBytes(32)
    // any 32 bytes are a key (RFC 7748 section 5); wolfSSL wants the bit clear that does not count
    key[31]! &= 0x7f
    return [u16(group), vector16(key)]
  }
  if (group === SECP256R1) return [u16(group), vector16(createECDH('prime256v1').generateKeys())]
  return []
}

/** Kinds of SSL 2.0, three bytes each, by the names of its draft. */
export const SSL2_KINDS: Readonly<Record<number, string>> = {
  0x010080: 'SSL_CK_RC4_128_WITH_MD5',
  0x020080: 'SSL_CK_RC4_128_EXPORT40_WITH_MD5',
  0x030080: 'SSL_CK_RC2_128_CBC_WITH_MD5',
  0x040080: 'SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5',
  0x050080: 'SSL_CK_IDEA_128_CBC_WITH_MD5',
  0x060040: 'SSL_CK_DES_64_CBC_WITH_MD5',
  0x0700c0: 'SSL_CK_DES_192_EDE3_CBC_WITH_MD5',
  0x080080: 'SSL_CK_RC4_64_WITH_MD5',
}

/** CLIENT-HELLO of SSL 2.0 that offers nothing later (its draft of 1995, section 2.5; RFC 6176 forbids it). */
export function sslv2Hello(): Buffer {
  const kinds = Buffer.concat(Object.keys(SSL2_KINDS).map((kind) => Buffer.of(+kind >> 16, (+kind >> 8) & 0xff, +kind & 0xff)))
  const body = Buffer.concat([Buffer.of(1), u16(SSL_2_0), u16(kinds.length), u16(0), u16(16), kinds, randomBytes(16)])
  return Buffer.concat([u16(0x8000 | body.length), body])
}

/** Can it stand in SNI? */
export function isHostName(name: string): boolean {
  return isIP(name) === 0 && /^(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i.test(name) && name.length <= 253
}

function u16(value: number): Buffer {
  return Buffer.of((value >> 8) & 0xff, value & 0xff)
}

function numbers(list: readonly number[]): Buffer {
  return Buffer.concat(list.map(u16))
}

function vector8(body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(body.length), body])
}

function vector16(body: Buffer): Buffer {
  return Buffer.concat([u16(body.length), body])
}
