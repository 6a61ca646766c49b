import { hashBytes, Memo } from './memo.ts'

/** Longest text that a message keeps from the wire, in characters. */
export const MAX_TEXT = 1024

/**
 * Bytes from the wire as printable text: UTF-8 where valid, U+FFFD elsewhere; control and bidirectional-override characters are
 * replaced by U+FFFD (they could rewrite a terminal or a page); at most `max` characters.
 */
export function text(bytes: Uint8Array, start: number, end: number, max = MAX_TEXT): string {
  // four bytes a character at most: never decode more than could be kept
  const stop = Math.min(end, bytes.length, start + max * 4)
  if (stop <= start) return ''
  // most of what protocols say is plain ASCII: it needs neither decoder nor cleaning
  for (let i = start; i < stop; i++) {
    const c = bytes[i]!
    if (c < 0x20 || c > 0x7e) return printable(decoder.decode(bytes.subarray(start, stop)), max)
  }
  return latin1(bytes, start, Math.min(stop, start + max))
}

/** The same for text that is already a string. */
export function printable(value: string, max = MAX_TEXT): string {
  const cut = value.length > max ? value.slice(0, max) : value
  for (let i = 0; i < cut.length; i++) {
    const c = cut.charCodeAt(i)
    if (c < 0x20 || c > 0x7e) return cut.replace(UNSAFE, '\uFFFD')
  }
  return cut
}

/** One character a byte (ISO 8859-1), for protocols of ASCII lines; not sanitised: pass what is kept through `printable`. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start
  if (length > LONG) return plainText(bytes, start, end)
  if (length < 1) return ''
  // things say the same over and over: what was said before is not made again, and its hash is known to the maps it is looked up in
  const h = hashBytes(length, bytes, start, end)
  const slot = (h ^ (h >>> 16)) & (SAID - 1)
  const before = said[slot]!
  if (before.length === length) {
    let i = 0
    while (i < length && before.charCodeAt(i) === bytes[start + i]) i++
    if (i === length) return before
  }
  return (said[slot] = plainText(bytes, start, end))
}

/** Longer texts are not remembered. */
const LONG = 64
/** A power of two: texts remembered. One makes room for the next that falls on its place. */
const SAID = 1 << 12
const said = Array.from({ length: SAID }, () => '')

/** What toString('latin1') calls, for arrays that are no Buffers. */
function plainText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(bytes, start, end)
}

/**
 * V8 keeps a text that was put together as the tree of its pieces until somebody asks for one character. Texts that are kept by the
 * hundred thousand take less room in one piece, and less time to be looked up by and to be collected around.
 */
export function flatten(value: string): void {
  asked[0] = value.charCodeAt(0)
}

/** Else the compiler sees that nobody wants the answer, and does not ask. */
const asked = new Uint16Array(1)

/** In lower case. Names come in many times, and mostly in it. */
export function lower(name: string): string {
  return lowered.get(name, toLower)
}

const lowered = new Memo<string>(2048)
const toLower = (name: string) => name.toLowerCase()

export function hex(bytes: Uint8Array, start: number, end: number): string {
  let s = ''
  for (let i = start; i < end; i++) s += HEX[bytes[i]!]
  return s
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))
const decoder = new TextDecoder('utf-8')
// C0, DEL, C1, line and paragraph separators, bidirectional controls
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/g
