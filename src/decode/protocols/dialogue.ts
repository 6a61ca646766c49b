import type { Conversation, StreamPrefix } from '../stream.ts'

/** Longest line that is looked at, in bytes; the rest of a longer one is skipped. */
const MAX_LINE = 1024
/** Lines kept of one direction. */
const MAX_LINES = 512

/** One line of a direction: bytes[start, end) without its line end. */
export interface Line {
  readonly fromClient: boolean
  readonly start: number
  readonly end: number
  /** Offset after the line end. */
  readonly next: number
  /** Frame of the line's first byte. */
  readonly frame: number
}

/** Lines of a direction from `start`, ended by LF or CRLF (no CR alone: RFC 5321 §2.3.8); the last needs no end. Stops after `max` lines. */
function linesOf(stream: StreamPrefix, fromClient: boolean, start = 0, max = MAX_LINES): Line[] {
  const { bytes, length } = stream
  const lines: Line[] = []
  let from = start
  while (from < length && lines.length < max) {
    let end = from
    while (end < length && bytes[end] !== 10) end++
    const next = end + 1
    if (end > from && bytes[end - 1] === 13) end--
    lines.push({ fromClient, start: from, end: Math.min(end, from + MAX_LINE), next, frame: stream.frameAt(from) })
    from = next
  }
  return lines
}

/**
 * Both sides' lines in the order in which they were said, by the frames that carried them. Within a frame's tie the client comes
 * first: a reply cannot come before its command.
 */
export function dialogueOf(conversation: Conversation, max = MAX_LINES): Line[] {
  const client = linesOf(conversation.client, true, 0, max)
  const server = linesOf(conversation.server, false, 0, max)
  const merged: Line[] = []
  let s = 0
  for (const line of client) {
    while (s < server.length && server[s]!.frame < line.frame) merged.push(server[s++]!)
    merged.push(line)
  }
  while (s < server.length) merged.push(server[s++]!)
  return merged
}

/** Do the bytes at `offset` spell `word` (upper-case ASCII), in either case? */
export function spells(stream: StreamPrefix, offset: number, word: string): boolean {
  if (offset + word.length > stream.length) return false
  for (let i = 0; i < word.length; i++) {
    const byte = stream.bytes[offset + i]!
    const upper = byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte
    if (upper !== word.charCodeAt(i)) return false
  }
  return true
}

/** Is `word` (upper-case ASCII) within the first `within` bytes? */
export function mentions(stream: StreamPrefix, word: string, within = 128): boolean {
  const last = Math.min(stream.length, within) - word.length
  for (let i = 0; i <= last; i++) if (spells(stream, i, word)) return true
  return false
}

/** Three digits followed by a space, a hyphen or the line's end: a reply of FTP or SMTP (RFC 959 §4.2, RFC 5321 §4.2). -1 if not. */
export function replyCode(stream: StreamPrefix, line: Line): number {
  const { bytes } = stream
  const at = line.start
  if (line.end - at < 3) return -1
  for (let i = 0; i < 3; i++) if (bytes[at + i]! < 0x30 || bytes[at + i]! > 0x39) return -1
  if (line.end - at > 3 && bytes[at + 3] !== 0x20 && bytes[at + 3] !== 0x2d) return -1
  return (bytes[at]! - 48) * 100 + (bytes[at + 1]! - 48) * 10 + bytes[at + 2]! - 48
}

/** A reply line that others follow ("250-…"). */
export function replyContinues(stream: StreamPrefix, line: Line): boolean {
  return line.end - line.start > 3 && stream.bytes[line.start + 3] === 0x2d
}

/** Control characters of ASCII, which no line of text has. */
export function hasControls(line: string): boolean {
  for (let i = 0; i < line.length; i++) if (line.charCodeAt(i) < 0x20 || line.charCodeAt(i) === 0x7f) return true
  return false
}

/** Base64 as UTF-8; undefined for what is none (RFC 4648 section 3.3), out of which no user and no password may be read. */
export function fromBase64(value: string): string | undefined {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? Buffer.from(value, 'base64').toString('utf8') : undefined
}

/** Scheme of an Authorization or WWW-Authenticate header: a token (RFC 9110 sections 5.6.2 and 11.1), undefined for anything else. */
export function schemeOf(value: string): string | undefined {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}(?=[ ,]|$)/.exec(value)?.[0]
}

/** A user name and password as read from the wire: never to be stored or shown unmasked (see `mask` of evidence/kinds.ts). */
export interface LoginAttempt {
  user?: string
  password?: string
  outcome: 'accepted' | 'refused' | 'unknown'
}
