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
  const plain = Math.min(stop, start + max)
  // calling the decoder costs as much as fifty characters made here
  return plain - start > LONG ? decoder.decode(bytes.subarray(start, plain)) : latin1(bytes, start, plain)
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
  let s = ''
  let i = start
  // eight at a time: each piece that is joined costs more than the characters in it
  for (; i + 8 <= end; i += 8) {
    s += String.fromCharCode(
      bytes[i]!,
      bytes[i + 1]!,
      bytes[i + 2]!,
      bytes[i + 3]!,
      bytes[i + 4]!,
      bytes[i + 5]!,
      bytes[i + 6]!,
      bytes[i + 7]!,
    )
  }
  for (; i < end; i++) s += String.fromCharCode(bytes[i]!)
  return s
}

export function hex(bytes: Uint8Array, start: number, end: number): string {
  let s = ''
  for (let i = start; i < end; i++) s += HEX[bytes[i]!]
  return s
}

const LONG = 64
const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))
const decoder = new TextDecoder('utf-8')
// C0, DEL, C1, line and paragraph separators, bidirectional controls
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/g
