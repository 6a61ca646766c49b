import { text } from '../text.ts'

/**
 * What UPnP's XML documents say, out of HTTP bodies: the device description (UPnP Device Architecture 2.0, section 2.3) and SOAP
 * actions (section 3.2). A bounded scan for the few elements that matter: no entities beyond XML's own five, no DTD, no
 * attributes, no tree; so nothing in a document can expand or recurse.
 */
export interface UpnpDescription {
  readonly friendlyName?: string
  readonly manufacturer?: string
  readonly modelName?: string
  readonly modelNumber?: string
  readonly serialNumber?: string
  readonly udn?: string
  readonly deviceType?: string
}

export interface UpnpAction {
  /** Service type: "urn:schemas-upnp-org:service:WANIPConnection:1". */
  readonly service: string
  readonly action: string
  /** The arguments of the actions known below; at most MAX_ARGUMENTS. */
  readonly arguments: Readonly<Record<string, string>>
}

/** Bytes of a body that are looked at. */
const MAX_SCANNED = 8192
export const MAX_ARGUMENTS = 16
/** Longest value kept of an element, in characters. */
export const MAX_ELEMENT = 256

/** The root device's description: of embedded devices that follow, nothing is taken. Undefined when the body is none. */
export function decodeDescription(body: Uint8Array): UpnpDescription | undefined {
  const end = Math.min(body.length, MAX_SCANNED)
  // <root xmlns="urn:schemas-upnp-org:device-1-0"> in UPnP; vendors put their own namespace there
  if (!looksLikeXml(body, end)) return undefined
  const device = findOpen(body, 0, end, DEVICE)
  if (device < 0 || findOpen(body, 0, device, ROOT) < 0) return undefined
  const found: Record<string, string> = {}
  let count = 0
  eachElement(body, device, end, (name, value) => {
    if (name === 'deviceList') return false
    if (DESCRIPTION.has(name) && !(name in found) && value !== '') {
      found[name] = value
      count++
    }
    return count < DESCRIPTION.size
  })
  if (found['deviceType'] === undefined && found['UDN'] === undefined) return undefined
  const { UDN: udn, ...rest } = found
  return { ...rest, ...(udn === undefined ? {} : { udn }) }
}

const DESCRIPTION = new Set(['friendlyName', 'manufacturer', 'modelName', 'modelNumber', 'serialNumber', 'UDN', 'deviceType'])

/** `soapAction`: the header's value, "service#action" in quotes. `body`: the envelope, for the arguments. */
export function decodeAction(soapAction: string | undefined, body: Uint8Array): UpnpAction | undefined {
  if (soapAction === undefined) return undefined
  const named = soapAction.replaceAll('"', '').trim()
  const hash = named.indexOf('#')
  if (hash <= 0 || hash === named.length - 1 || !named.startsWith('urn:')) return undefined
  const action = named.slice(hash + 1)
  const found: Record<string, string> = {}
  const end = Math.min(body.length, MAX_SCANNED)
  let count = 0
  if (looksLikeXml(body, end)) {
    eachElement(body, 0, end, (name, value) => {
      if (name === 'Envelope' || name === 'Body' || name === action || name in found) return true
      // __proto__ and its like are no arguments
      if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name) || name in Object.prototype) return true
      found[name] = value
      return ++count < MAX_ARGUMENTS
    })
  }
  return { service: named.slice(0, hash), action, arguments: found }
}

const LESS = 0x3c
const GREATER = 0x3e
const SLASH = 0x2f
const COLON = 0x3a
const DEVICE = 'device'
const ROOT = 'root'

/** A tag within the first bytes, behind white space and a byte order mark. */
function looksLikeXml(body: Uint8Array, end: number): boolean {
  let at = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0
  while (at < end && at < 64 && body[at]! <= 0x20) at++
  return at < end && body[at] === LESS
}

/** Offset behind the first start tag of that name, -1 for none. */
function findOpen(body: Uint8Array, start: number, end: number, name: string): number {
  let found = -1
  eachTag(body, start, end, (tag, _from, to) => {
    if (tag === name) found = to
    return found < 0
  })
  return found
}

/** Each element's local name and text up to the next tag, until `visit` says no. */
function eachElement(body: Uint8Array, start: number, end: number, visit: (name: string, value: string) => boolean): void {
  eachTag(body, start, end, (name, _from, to) => {
    let close = to
    while (close < end && body[close] !== LESS) close++
    return visit(name, unescape(text(body, to, close, MAX_ELEMENT)).trim())
  })
}

const LONGEST_NAME = 64

/** Each start tag: its local name, and the offsets of '<' and behind '>'. Comments, declarations and end tags are passed over. */
function eachTag(body: Uint8Array, start: number, end: number, visit: (name: string, from: number, to: number) => boolean): void {
  for (let at = start; at < end; at++) {
    if (body[at] !== LESS) continue
    const from = at
    at++
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
