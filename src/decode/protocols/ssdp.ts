import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import type { Datagram } from '../stream.ts'
import { latin1, text } from '../text.ts'

/** SSDP (UPnP Device Architecture 2.0, section 1): HTTP's form in datagrams. Known by its first line and headers, on any port. */
export interface SsdpMessage extends MessageBase {
  readonly protocol: 'ssdp'
  readonly type: 'notify' | 'search' | 'response'
  /** NT of a notification, ST of a search or response. */
  readonly target: string
  /** 'ssdp:alive', 'ssdp:byebye', 'ssdp:update'. */
  readonly nts?: string
  readonly server?: string
  readonly location?: string
  readonly usn?: string
  /** USER-AGENT of a search. */
  readonly agent?: string
  /** CPFN.UPNP.ORG: friendly name of a control point that searches. */
  readonly friendlyName?: string
  readonly status?: number
}

const PORT = 1900
const NOTIFY = 'NOTIFY * HTTP/1.'
const SEARCH = 'M-SEARCH * HTTP/1.'
const RESPONSE = 'HTTP/1.'
const MAX_LINES = 64

export const ssdp: DatagramDecoder<SsdpMessage> = {
  protocol: 'ssdp',
  ports: [PORT],
  repeats: true,
  recognise({ bytes, start, end, srcPort, dstPort }: Datagram): boolean {
    if (startsWith(bytes, start, end, SEARCH) || startsWith(bytes, start, end, NOTIFY))
      return srcPort === PORT || dstPort === PORT || names(bytes, start, end)
    return startsWith(bytes, start, end, RESPONSE) && names(bytes, start, end)
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<SsdpMessage>): void {
    const headers = new Map<string, string>()
    let line = lineEnd(bytes, start, end)
    const first = latin1(bytes, start, Math.min(line, start + 64))
    for (let i = 0, at = next(bytes, line, end); at < end && i < MAX_LINES; i++, at = next(bytes, line, end)) {
      line = lineEnd(bytes, at, end)
      if (line === at) break
      header(bytes, at, line, headers)
    }
    const type = first.startsWith('NOTIFY') ? 'notify' : first.startsWith('M-SEARCH') ? 'search' : 'response'
    const status = type === 'response' ? Number(/^HTTP\/1\.\d (\d{3})/.exec(first)?.[1] ?? '0') : 0
    emit({
      protocol: 'ssdp',
      frame,
      fromClient,
      type,
      target: headers.get(type === 'notify' ? 'nt' : 'st') ?? '',
      ...value(headers, 'nts', 'nts'),
      ...value(headers, 'server', 'server'),
      ...value(headers, 'location', 'location'),
      ...value(headers, 'usn', 'usn'),
      ...value(headers, 'user-agent', 'agent'),
      ...value(headers, 'cpfn.upnp.org', 'friendlyName'),
      ...(status === 0 ? {} : { status }),
    })
  },
}

/** Has it ST, NT or USN? An answer to a search must; other HTTP in a datagram, or Plex's bare M-SEARCH on ports of its own, is not ours. */
function names(bytes: Uint8Array, start: number, end: number): boolean {
  const stop = Math.min(end, start + 2048)
  for (let o = start; o + 4 < stop; o++) {
    if (bytes[o] !== 0x0a) continue
    const first = bytes[o + 1]! | 0x20
    const second = bytes[o + 2]! | 0x20
    // "ST:", "NT:" or "USN"
    if ((first === 0x73 || first === 0x6e) && second === 0x74 && bytes[o + 3] === 0x3a) return true
    if (first === 0x75 && second === 0x73 && (bytes[o + 3]! | 0x20) === 0x6e) return true
  }
  return false
}

function startsWith(bytes: Uint8Array, start: number, end: number, prefix: string): boolean {
  if (end - start < prefix.length) return false
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix.charCodeAt(i)) return false
  return true
}

/** Offset of the line's end: CR LF, or the bare LF that some devices send. */
function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  let o = at
  while (o < end && bytes[o] !== 0x0a) o++
  return o > at && bytes[o - 1] === 0x0d ? o - 1 : o
}

function next(bytes: Uint8Array, line: number, end: number): number {
  let o = line
  while (o < end && bytes[o] !== 0x0a) o++
  return o + 1
}

/** The first of each name is kept; names in any case (RFC 9110 section 5.1). */
function header(bytes: Uint8Array, at: number, end: number, into: Map<string, string>): void {
  let colon = at
  while (colon < end && colon - at < 40 && bytes[colon] !== 0x3a) colon++
  if (bytes[colon] !== 0x3a || colon >= end) return
  const name = latin1(bytes, at, colon).trim().toLowerCase()
  let from = colon + 1
  while (from < end && (bytes[from] === 0x20 || bytes[from] === 0x09)) from++
  if (!into.has(name)) into.set(name, text(bytes, from, end, 512).trimEnd())
}

function value<K extends string>(headers: Map<string, string>, name: string, as: K): { [k in K]?: string } {
  const found = headers.get(name)
  return found === undefined || found === '' ? {} : ({ [as]: found } as { [k in K]: string })
}
