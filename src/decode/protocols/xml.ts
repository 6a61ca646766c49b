import { text } from '../text.ts'

/*
 * XML as things write it: a bounded scan for the few elements that matter. No entities beyond XML's own five, no DTD, no attributes,
 * no tree; so nothing in a document can expand or recurse.
 */

/** Longest value kept of an element, in characters. */
export const MAX_ELEMENT = 256

const LESS = 0x3c
const GREATER = 0x3e
const SLASH = 0x2f
const COLON = 0x3a
const DASH = 0x2d

/** A tag within the first bytes, behind white space and a byte order mark. */
export function looksLikeXml(body: Uint8Array, end: number): boolean {
  let at = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0
  while (at < end && at < 64 && body[at]! <= 0x20) at++
  return at < end && body[at] === LESS
}

/** Offset behind the first start tag of that name, -1 for none. */
export function findOpen(body: Uint8Array, start: number, end: number, name: string): number {
  let found = -1
  eachTag(body, start, end, (tag, _from, to) => {
    if (tag === name) found = to
    return found < 0
  })
  return found
}

/** Each element's local name and text (at most `max` characters) up to the next tag, until `visit` says no. */
export function eachElement(
  body: Uint8Array,
  start: number,
  end: number,
  visit: (name: string, value: string) => boolean,
  max = MAX_ELEMENT,
): void {
  eachTag(body, start, end, (name, _from, to) => {
    let close = to
    while (close < end && body[close] !== LESS) close++
    return visit(name, unescape(text(body, to, close, max)).trim())
  })
}

const LONGEST_NAME = 64

/** Each start tag: its local name, and the offsets of '<' and behind '>'. Comments, declarations and end tags are passed over. */
function eachTag(body: Uint8Array, start: number, end: number, visit: (name: string, from: number, to: number) => boolean): void {
  for (let at = start; at < end; at++) {
    if (body[at] !== LESS) continue
    const from = at
    at++
    if (body[at] === 0x21 && body[at + 1] === DASH && body[at + 2] === DASH) {
      at = commentEnd(body, at + 3, end)
      continue
    }
    const declaration = body[at] === SLASH || body[at] === 0x21 || body[at] === 0x3f
    let nameStart = at
    while (at < end && isNameByte(body[at]!)) {
      if (body[at] === COLON) nameStart = at + 1
      at++
    }
    const nameEnd = at
    while (at < end && body[at] !== GREATER && body[at] !== LESS) at++
    if (at >= end) return
    if (body[at] === LESS) {
      at--
      continue
    }
    if (declaration || nameEnd === nameStart || nameEnd - nameStart > LONGEST_NAME) continue
    let name = ''
    for (let i = nameStart; i < nameEnd; i++) name += String.fromCharCode(body[i]!)
    if (!visit(name, from, at + 1)) return
  }
}

/** Offset of a comment's last byte: what is in it is no element (XML 1.0 section 2.5). */
function commentEnd(body: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && !(body[at] === GREATER && at >= start + 2 && body[at - 1] === DASH && body[at - 2] === DASH)) at++
  return at
}

function isNameByte(c: number): boolean {
  return (
    (c >= 0x30 && c <= 0x3a) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x5f || c === 0x2d || c === 0x2e
  )
}

/** XML's five predefined entities (XML 1.0 section 4.6); no other is ever expanded. */
function unescape(value: string): string {
  return value.includes('&') ? value.replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => ENTITIES[name]!) : value
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
