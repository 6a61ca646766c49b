import { suiteName } from './tls-names.ts'

/**
 * The body of a ServerKeyExchange, bytes[start, end), under a suite: the named curve (RFC 8422 section 5.4) or the size of the prime (RFC
 * 5246 section 7.4.3), by the suite's kind; neither where it is of another kind or cut.
 */
export function serverKeyExchange(
  b: Uint8Array,
  start: number,
  end: number,
  code: number,
): { curve?: number; primeBits?: number } {
  const suite = suiteName(code)
  if (/^TLS_ECDH(E_(RSA|ECDSA)|_anon)_/.test(suite)) {
    return end - start >= 3 && b[start] === 3 ? { curve: (b[start + 1]! << 8) | b[start + 2]! } : {}
  }
  if (!/^TLS_DH(E_(RSA|DSS)|_anon)_/.test(suite) || end - start < 2) return {}
  let at = start + 2
  const stop = at + ((b[start]! << 8) | b[start + 1]!)
  if (stop > end) return {}
  while (at < stop && b[at] === 0) at++
  return { primeBits: at === stop ? 0 : (stop - at) * 8 - (Math.clz32(b[at]!) - 24) }
}
