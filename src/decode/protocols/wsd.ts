import type { DatagramDecoder, MessageBase } from '../message.ts'
import { printable, text } from '../text.ts'
import { eachElement, looksLikeXml } from './xml.ts'

/**
 * WS-Discovery (OASIS 1.1, and the draft of April 2005 that ONVIF cameras, printers and Windows speak): SOAP in datagrams, by
 * which things are found. What ONVIF's scopes say (Core Specification, section 7.3.2.2) is taken apart.
 */
export interface WsdMessage extends MessageBase {
  readonly protocol: 'wsd'
  readonly type: 'hello' | 'bye' | 'probe' | 'probe-matches' | 'resolve' | 'resolve-matches'
  /** 'urn:uuid:…' of the first thing that is spoken of. */
  readonly endpoint?: string
  /** Without their prefixes: 'NetworkVideoTransmitter', 'PrintDeviceType'. */
  readonly types: readonly string[]
  readonly scopes: readonly string[]
  /** Addresses (URLs) under which it is to be reached. */
  readonly addresses: readonly string[]
  /** The SOAP, as far as it is kept: for the search for personal data. */
  readonly content: string
}

const PORT = 3702
const ACTIONS: Readonly<Record<string, WsdMessage['type']>> = {
  Hello: 'hello',
  Bye: 'bye',
  Probe: 'probe',
  ProbeMatches: 'probe-matches',
  Resolve: 'resolve',
  ResolveMatches: 'resolve-matches',
}
/** Namespaces of 1.1 and of the draft, as they stand in an envelope's first lines and before each action's name. */
const NAMESPACES = ['http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01', 'http://schemas.xmlsoap.org/ws/2005/04/discovery']
const MARKS = ['/ws-dd/ns/discovery/', '/2005/04/discovery'].map((mark) => Uint8Array.from(mark, (c) => c.charCodeAt(0)))
const MAX_SCANNED = 8192
const MAX_CONTENT = 4096
const MAX_LIST = 4096
const MAX_ITEM = 256
const MAX_ITEMS = 32

export const wsd: DatagramDecoder<WsdMessage> = {
  protocol: 'wsd',
  ports: [PORT],

  recognise({ bytes, start, end }) {
    if (end - start < 64 || (bytes[start] !== LESS && bytes[start] !== BYTE_ORDER_MARK)) return false
    // what is searched ends there: behind it lies the rest of the capture
    const head = bytes.subarray(start, Math.min(end, start + 2048))
    return MARKS.some((mark) => mentions(head, mark))
  },

  decode({ bytes, start, end, frame, fromClient }, emit) {
    const body = bytes.subarray(start, Math.min(end, start + MAX_SCANNED))
    if (!looksLikeXml(body, body.length)) return
    let type: WsdMessage['type'] | undefined
    let endpoint: string | undefined
    const lists: Record<'Types' | 'Scopes' | 'XAddrs', string[]> = { Types: [], Scopes: [], XAddrs: [] }
    let inReference = false
    eachElement(
      body,
      0,
      body.length,
      (name, value) => {
        if (name === 'Action') type ??= actionOf(value)
        else if (name === 'EndpointReference') inReference = true
        else if (name === 'Address' && inReference) endpoint ??= printable(value, MAX_ITEM)
        else if (name === 'Types' || name === 'Scopes' || name === 'XAddrs') {
          // of several matches in one answer the first is taken: an answer that speaks of many is no device's own
          if (lists[name].length === 0) lists[name] = itemsOf(value)
        }
        return true
      },
      MAX_LIST,
    )
    if (type === undefined) return
    emit({
      protocol: 'wsd',
      type,
      frame,
      fromClient,
      ...(endpoint === undefined || endpoint === '' ? {} : { endpoint }),
      types: lists.Types.map((qualified) => qualified.slice(qualified.indexOf(':') + 1)),
      scopes: lists.Scopes,
      addresses: lists.XAddrs,
      content: text(bytes, start, end, MAX_CONTENT),
    })
  },
}

const LESS = 0x3c
const BYTE_ORDER_MARK = 0xef

function mentions(bytes: Uint8Array, mark: Uint8Array): boolean {
  for (let at = bytes.indexOf(mark[0]!); at >= 0; at = bytes.indexOf(mark[0]!, at + 1)) {
    let i = 1
    while (i < mark.length && bytes[at + i] === mark[i]) i++
    if (i === mark.length) return true
  }
  return false
}

function actionOf(value: string): WsdMessage['type'] | undefined {
  const slash = value.lastIndexOf('/')
  const name = value.slice(slash + 1)
  return NAMESPACES.includes(value.slice(0, slash)) && Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
}

/** XML Schema lists: by white space, which `text` has made replacement characters where it was a line end. */
function itemsOf(value: string): string[] {
  return value
    .split(/[\s\uFFFD]+/, MAX_ITEMS + 1)
    .filter((item) => item !== '')
    .slice(0, MAX_ITEMS)
    .map((item) => item.slice(0, MAX_ITEM))
}
