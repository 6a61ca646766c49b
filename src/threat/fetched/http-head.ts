import { latin1, printable } from '../../decode/text.ts'
import { publicHost } from '../public-url.ts'

/** As much of an HTTP request as tells who asks for what, and of whom (RFC 9112). */
export interface Asked {
  readonly method: string
  /** Without its query: that may hold what is somebody's. */
  readonly path: string
  /** As written, with its port; '' where there is none. */
  readonly host: string
  readonly agent: string
}

/** How the body of a response is told to end (RFC 9112, section 6.3). */
export interface Answered {
  readonly status: number
  /** Undefined: with the connection. */
  readonly length?: number
  readonly chunked: boolean
  /** What is sent is the whole file. */
  readonly whole: boolean
  readonly type: string
}

export function isRequestStart(b: Uint8Array, at: number, end: number): boolean {
  if (end - at < 16) return false
  const first = (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!
  // "GET /", "GET http…", "POST"
  return first === 0x47455420 || first === 0x504f5354
}

export function isResponseStart(b: Uint8Array, at: number, end: number): boolean {
  return (
    end - at >= 7 &&
    b[at] === 0x48 &&
    b[at + 1] === 0x54 &&
    b[at + 2] === 0x54 &&
    b[at + 3] === 0x50 &&
    b[at + 4] === 0x2f &&
    b[at + 5] === 0x31 &&
    b[at + 6] === 0x2e
  )
}

/** Of the request's first bytes; undefined for what is none. */
export function readAsked(b: Uint8Array, at: number, end: number): Asked | undefined {
  const head = latin1(b, at, end)
  const line = /^([A-Z]{3,7}) ([^ \r\n]{1,1024}) HTTP\/1\.\d\r?\n/.exec(head)
  if (!line) return undefined
  const target = line[2]!
  const absolute = /^http:\/\/([^/?#]{1,255})([^?#]*)/i.exec(target)
  const path = absolute ? absolute[2] || '/' : target.replace(/[?#].*$/, '')
  return {
    method: line[1]!,
    path: printable(path, 256),
    host: printable(publicHost(absolute?.[1] ?? field(head, 'host')), 256),
    agent: printable(field(head, 'user-agent'), 128),
  }
}

/** Of a response's whole head. */
export function readAnswered(head: string): Answered | undefined {
  const line = /^HTTP\/1\.\d (\d{3})/.exec(head)
  if (!line) return undefined
  const length = /^\d{1,12}$/.exec(field(head, 'content-length'))?.[0]
  const encoding = field(head, 'content-encoding').toLowerCase()
  const range = /^bytes (\d{1,12})-(\d{1,12})\/(\d{1,12})$/.exec(field(head, 'content-range'))
  const status = Number(line[1])
  const all = status !== 206 || (range !== null && range[1] === '0' && Number(range[2]) + 1 === Number(range[3]))
  const chunked = /(?:^|,)\s*chunked\s*$/i.test(field(head, 'transfer-encoding'))
  return {
    status,
    ...(length === undefined || chunked ? {} : { length: Number(length) }),
    chunked,
    whole: all && (encoding === '' || encoding === 'identity'),
    type: printable(field(head, 'content-type'), 64),
  }
}

/** Offset behind the empty line that ends a head, -1 where it is not there. */
export function headEnd(b: Uint8Array, at: number, end: number): number {
  for (let i = at; i < end; i++) {
    if (b[i] !== LF) continue
    if (b[i + 1] === LF && i + 1 < end) return i + 2
    if (b[i + 1] === 13 && b[i + 2] === LF && i + 2 < end) return i + 3
  }
  return -1
}

const LF = 10

/** Value of the first field of that name, '' where there is none. */
function field(head: string, name: string): string {
  const at = head.toLowerCase().indexOf(`\n${name}:`)
  if (at < 0) return ''
  const from = at + name.length + 2
  const to = head.indexOf('\n', from)
  return head.slice(from, to < 0 ? undefined : to).trim()
}
