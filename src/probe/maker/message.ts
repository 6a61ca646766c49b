import { labelText, nameBytes } from './name.ts'

/**
 * DNS messages as a resolver's client reads them (RFC 1035 section 4). The decoder of traffic (decode/protocols/dns-message.ts) keeps
 * what observers need; this reader keeps every record's data, with its names written out, as signatures are made over it.
 */
export interface Rr {
  readonly name: string
  readonly type: number
  readonly class: number
  readonly ttl: number
  /** In canonical form: names not compressed and in small letters (RFC 4034 section 6.2, RFC 6840 section 5.1). */
  readonly data: Buffer
}

export interface Message {
  readonly id: number
  readonly response: boolean
  readonly cut: boolean
  /** With EDNS all twelve bits. */
  readonly rcode: number
  readonly question: { readonly name: string; readonly type: number; readonly class: number } | undefined
  readonly answers: readonly Rr[]
  readonly authorities: readonly Rr[]
}

export const TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  TLSA: 52,
  CAA: 257,
} as const
export type TypeName = keyof typeof TYPES

/** RFC 9715 and the DNS flag day of 2020: what passes everywhere without fragments. */
const UDP_SIZE = 1232

/**
 * A question with recursion desired and DNSSEC's records wanted (RFC 3225).
 * @param unchecked CD: also what does not validate, for those who validate themselves (RFC 4035 section 3.2.2)
 */
export function question(id: number, name: string, type: number, unchecked: boolean): Buffer | undefined {
  const wire = nameBytes(name)
  if (wire === undefined) return undefined
  const head = Buffer.alloc(12)
  head.writeUInt16BE(id, 0)
  head.writeUInt16BE(0x0100 | (unchecked ? 0x0010 : 0), 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(1, 10)
  const tail = Buffer.alloc(4)
  tail.writeUInt16BE(type, 0)
  tail.writeUInt16BE(1, 2)
  // OPT: root, type 41, size, extended rcode and version 0, DO, no options (RFC 6891 section 6.1.2)
  const opt = Buffer.from([0, 0, 41, UDP_SIZE >> 8, UDP_SIZE & 255, 0, 0, 0x80, 0, 0, 0])
  return Buffer.concat([head, wire, tail, opt])
}

/** More than any resolver sends in an answer. */
const MAX_RECORDS = 1024

/** Undefined where the bytes are no whole message: half of one is not judged. */
export function readMessage(bytes: Buffer): Message | undefined {
  if (bytes.length < 12) return undefined
  const flags = bytes.readUInt16BE(2)
  const counts = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at))
  if (counts[0]! > 1 || counts[1]! + counts[2]! + counts[3]! > MAX_RECORDS) return undefined
  const cut = (flags & 0x0200) !== 0
  let at = 12
  let asked: Message['question']
  if (counts[0] === 1) {
    const name = readName(bytes, at)
    if (name === undefined || name.after + 4 > bytes.length) return undefined
    asked = { name: name.text, type: bytes.readUInt16BE(name.after), class: bytes.readUInt16BE(name.after + 2) }
    at = name.after + 4
  }
  let high = 0
  const sections: Rr[][] = []
  for (const count of counts.slice(1)) {
    const section: Rr[] = []
    sections.push(section)
    for (let n = 0; n < count; n++) {
      const name = readName(bytes, at)
      // a cut message may end anywhere: it is asked for again
      if (name === undefined || name.after + 10 > bytes.length) {
        if (cut) break
        return undefined
      }
      const type = bytes.readUInt16BE(name.after)
      const start = name.after + 10
      const end = start + bytes.readUInt16BE(name.after + 8)
      if (end > bytes.length) {
        if (cut) break
        return undefined
      }
      at = end
      if (type === TYPES.OPT) {
        high = bytes[name.after + 4]!
        continue
      }
      const data = canonicalData(bytes, type, start, end)
      if (data === undefined) return undefined
      section.push({
        name: name.text,
        type,
        class: bytes.readUInt16BE(name.after + 2),
        ttl: bytes.readUInt32BE(name.after + 4),
        data,
      })
    }
  }
  return {
    id: bytes.readUInt16BE(0),
    response: (flags & 0x8000) !== 0 && ((flags >> 11) & 15) === 0,
    cut,
    rcode: (flags & 15) | (high << 4),
    question: asked,
    answers: sections[0] ?? [],
    authorities: sections[1] ?? [],
  }
}

/** A pointer must lead to before what holds it (RFC 1035 section 4.1.4): so no chain of them loops. */
export function readName(bytes: Uint8Array, at: number, end = bytes.length): { text: string; after: number } | undefined {
  const labels: string[] = []
  let length = 1
  let after = -1
  let before = at
  for (let o = at; ;) {
    if (o >= end) return undefined
    const size = bytes[o]!
    if (size === 0) return { text: labels.join('.'), after: after < 0 ? o + 1 : after }
    if (size >= 0xc0) {
      if (o + 1 >= end) return undefined
      const target = ((size & 0x3f) << 8) | bytes[o + 1]!
      if (target >= before) return undefined
      if (after < 0) after = o + 2
      before = o = target
      continue
    }
    length += size + 1
    if (size >= 0x40 || o + 1 + size > end || length > 255) return undefined
    labels.push(labelText(bytes.subarray(o + 1, o + 1 + size)))
    o += 1 + size
  }
}

/** Types whose data hold names that may be compressed: how many bytes stand before them, and how many names there are. */
const NAMES_WITHIN: Readonly<Record<number, { before: number; names: number }>> = {
  [TYPES.NS]: { before: 0, names: 1 },
  [TYPES.CNAME]: { before: 0, names: 1 },
  [TYPES.PTR]: { before: 0, names: 1 },
  [TYPES.DNAME]: { before: 0, names: 1 },
  [TYPES.SOA]: { before: 0, names: 2 },
  [TYPES.MX]: { before: 2, names: 1 },
  [TYPES.SRV]: { before: 6, names: 1 },
  [TYPES.RRSIG]: { before: 18, names: 1 },
}

function canonicalData(bytes: Buffer, type: number, start: number, end: number): Buffer | undefined {
  const shape = NAMES_WITHIN[type]
  if (shape === undefined) return Buffer.from(bytes.subarray(start, end))
  let at = start + shape.before
  if (at > end) return undefined
  const parts = [bytes.subarray(start, at)]
  for (let n = 0; n < shape.names; n++) {
    const name = readName(bytes, at, end)
    const wire = name && nameBytes(name.text)
    if (name === undefined || wire === undefined || name.after > end) return undefined
    parts.push(wire)
    at = name.after
  }
  parts.push(bytes.subarray(at, end))
  return Buffer.concat(parts)
}
