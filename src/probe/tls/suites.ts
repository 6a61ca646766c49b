import { forwardSecret, isSignal, suiteCodes, suiteName, suiteWeakness } from '../../decode/protocols/tls-names.ts'
import { TLS_1_2, TLS_1_3 } from './offer.ts'

/** wolfSSL takes no more than 150 suites in a ClientHello, and old servers no more than 127. */
const MOST = 96

/** What no server has outside of laboratories, or without keys shared beforehand: asked after all others. */
const RARE = /_(KRB5|PSK|SRP|ECCPWD|ECJPAKE|GOST\w*|ARIA|IDEA|SEED|DSS|SALSA20|CECPQ1)_|_CAMELLIA_|^TLS_E?C?DH_(RSA|ECDSA|DSS)_/

/**
 * All suites that a server of that version may choose, best first, in portions that every server takes in one ClientHello. Suites with
 * authenticated encryption, or with SHA-2 in their name, came with TLS 1.2 (RFC 5246 appendix A.5): they are offered from there on.
 */
export function portions(version: number): number[][] {
  const known = suiteCodes().filter(
    (code) => !isSignal(code) && code !== 0 && (is13(code) ? version === TLS_1_3 : version < TLS_1_3),
  )
  const suited =
    version >= TLS_1_2
      ? known
      : known.filter((code) => !/_SHA(256|384)$|_CCM(_8)?$|_8_SHA256$|_OMAC$|_MGM_/.test(suiteName(code)))
  const ranked = suited.toSorted((a, b) => rank(a) - rank(b) || a - b)
  const common = ranked.filter((code) => rank(code) < RARELY)
  return [...inPortions(common), ...inPortions(ranked.slice(common.length))]
}

/** Of TLS 1.3: they say nothing of keys and certificates (RFC 8446 appendix B.4, RFC 8998, RFC 9150, RFC 9367). */
function is13(code: number): boolean {
  return (
    (code >= 0x1301 && code <= 0x1305) ||
    code === 0xc6 ||
    code === 0xc7 ||
    code === 0xc0b4 ||
    code === 0xc0b5 ||
    (code >= 0xc103 && code <= 0xc106)
  )
}

const RARELY = 100

function rank(code: number): number {
  const name = suiteName(code)
  if (is13(code)) return 0
  return (
    (RARE.test(name) ? RARELY : 0) +
    (suiteWeakness(code) === undefined ? 0 : 20) +
    (forwardSecret(code) ? 0 : 10) +
    (isAead(name) ? 0 : 5) +
    (name.startsWith('TLS_ECDHE_') ? 0 : 1)
  )
}

/** Authenticated encryption (RFC 5116): what RFC 9325 section 4.2 recommends. */
export function isAead(suite: string): boolean {
  return /_GCM_|_CCM|_POLY1305_|_MGM_/.test(suite)
}

function inPortions(codes: readonly number[]): number[][] {
  const list: number[][] = []
  for (let at = 0; at < codes.length; at += MOST) list.push(codes.slice(at, at + MOST))
  return list
}

/** IANA's supported groups by what they are good for; those of TLS 1.3 first. */
const POST_QUANTUM = [4588, 4587, 4589, 512, 513, 514]
const CURVES = [29, 23, 24, 25, 30]
const FINITE_FIELDS = [256, 257, 258, 259, 260]
const OLD_CURVES = [26, 27, 28, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]

/** RFC 8446 section 4.2.7: elliptic curves of old are not for TLS 1.3; finite fields by name (RFC 7919) would change what TLS 1.2 shows of its own. */
export function groupsOf(version: number): number[] {
  return version === TLS_1_3 ? [...CURVES, ...POST_QUANTUM, ...FINITE_FIELDS, 31, 32, 33, 41] : [...CURVES, ...OLD_CURVES]
}

/** Bits of strength are half of a curve's: under 224 is less than what RFC 9325 section 4.5 asks for. */
export function isWeakGroup(group: string): boolean {
  const bits = /^sec[tp](\d+)/.exec(group)
  return bits !== null && +bits[1]! < 224
}
