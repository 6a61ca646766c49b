import type { Random } from '../lab/random.ts'
import { initialKeys } from '../src/decode/protocols/quic.ts'
import { type QuicKeys, seal } from '../src/testing/quic.ts'
import { joined, mutate } from './mutate.ts'

/*
 * The first datagrams of QUIC connections as clients may send them: hellos in pieces of any order over several packets, coalesced with
 * others, identifiers and tokens of every length, numbers in longer forms than they need. What is changed is changed before it is sealed,
 * so that it is read, or afterwards.
 */

const V1 = 1
const V2 = 0x6b3343cf
/** Drafts 23 to 34, and Facebook's. */
const OTHERS = [0xff00001d, 0xff000020, 0xff000017, 0xff00001b, 0xff000022, 0xfaceb002]

/** What befalls a connection. */
type Fate = 'whole' | 'hello changed' | 'frames changed' | 'header changed' | 'datagram changed'
const FATES: readonly Fate[] = ['whole', 'hello changed', 'frames changed', 'header changed', 'datagram changed']

export interface MadeQuic {
  readonly fate: Fate
  /** Name, protocols and suites of the hello, before anything was changed. */
  readonly hello: string
  readonly datagrams: readonly Uint8Array[]
}

const LEAST = 1200

export function madeQuic(chance: Random): MadeQuic {
  const fate = chance.pick(FATES)
  const version = chance.below(4) === 0 ? chance.pick(OTHERS) : chance.pick([V1, V2])
  // (tshark mixes up connections of shorter ids)
  const dcid = noise(chance.below(8) === 0 ? 4 + chance.below(17) : 8 + chance.below(13), chance)
  const scid = noise(chance.below(3) === 0 ? 0 : chance.below(21), chance)
  const token = noise(chance.below(3) === 0 ? chance.below(80) : 0, chance)
  const keys = initialKeys(version, dcid).client
  const { bytes: sound, says } = clientHello(chance)
  const hello = fate === 'hello changed' ? message(mutate(sound.subarray(4), sound, chance)) : sound
  const pieces = framesOf(hello, chance)
  const packets: Uint8Array[] = []
  const count = 1 + chance.below(3)
  for (let i = 0; i < count; i++) {
    const own = pieces.slice(Math.floor((i * pieces.length) / count), Math.floor(((i + 1) * pieces.length) / count))
    let payload = joined(...own.flatMap((piece) => [...filling(chance), piece]))
    if (fate === 'frames changed' && chance.below(2) === 0) payload = mutate(payload, hello, chance)
    packets.push(packet({ version, dcid, scid, token, number: i, payload, keys }, fate === 'header changed', chance))
  }
  return { fate, hello: says, datagrams: datagramsOf(packets, version, dcid, scid, fate, chance) }
}

/** The packets, some of them together, with others that only the ends can open; each datagram as large as it must be. */
function datagramsOf(
  packets: readonly Uint8Array[],
  version: number,
  dcid: Uint8Array,
  scid: Uint8Array,
  fate: Fate,
  chance: Random,
): Uint8Array[] {
  const datagrams: Uint8Array[] = []
  for (const one of packets) {
    if (datagrams.length > 0 && chance.below(2) === 0) datagrams.push(joined(datagrams.pop()!, one))
    else datagrams.push(one)
  }
  return datagrams.map((bytes) => {
    let out = bytes
    if (chance.below(4) === 0) out = joined(out, sealed(version, 1 + chance.below(2), dcid, scid, chance))
    if (out.length < LEAST) out = joined(out, new Uint8Array(LEAST - out.length))
    return fate === 'datagram changed' ? mutate(out, bytes, chance) : out
  })
}

/** A 0-RTT (1) or Handshake (2) packet: only its header can be read. */
function sealed(version: number, type: number, dcid: Uint8Array, scid: Uint8Array, chance: Random): Uint8Array {
  const body = noise(24 + chance.below(100), chance)
  return joined(begin(version, type, 4, dcid, scid), varint(body.length, 2), body)
}

function begin(version: number, type: number, size: number, dcid: Uint8Array, scid: Uint8Array): Uint8Array {
  // the types' order is version 1's, which version 2 shifts by one (RFC 9369 section 3.2)
  const order = (type + (version === V2 ? 1 : 0)) & 3
  const number = new Uint8Array(4)
  new DataView(number.buffer).setUint32(0, version)
  return joined(Uint8Array.of(0xc0 | (order << 4) | (size - 1)), number, lengthed(dcid), lengthed(scid))
}

interface Initial {
  version: number
  dcid: Uint8Array
  scid: Uint8Array
  token: Uint8Array
  number: number
  payload: Uint8Array
  keys: QuicKeys
}

function packet(made: Initial, changed: boolean, chance: Random): Uint8Array {
  const { version, dcid, scid, token, number, keys } = made
  const size = 1 + chance.below(4)
  const least = chance.below(3) === 0 ? 4 : LEAST - 80
  const payload = joined(made.payload, new Uint8Array(Math.max(0, least - made.payload.length)))
  const length = size + payload.length + 16
  const numbered = new Uint8Array(size)
  numbered[size - 1] = number
  const tokenLength = varint(token.length, chance.pick([1, 2, 4, 8]))
  let header = joined(begin(version, 0, size, dcid, scid), tokenLength, token, varint(length, chance.pick([2, 2, 4, 8])))
  // not its first five bytes: another version has other keys
  if (changed) header = joined(header.subarray(0, 5), mutate(header.subarray(5), header, chance))
  return seal(joined(header, numbered), size, payload, keys)
}

/** A hello cut into CRYPTO frames, in any order or overlapping, one twice. */
function framesOf(hello: Uint8Array, chance: Random): Uint8Array[] {
  const cuts: [number, number][] = []
  const longest = chance.pick([hello.length, 400, 100, 30])
  for (let at = 0; at < hello.length;) {
    const end = Math.min(hello.length, at + 1 + chance.below(longest) + (longest === hello.length ? hello.length : 0))
    cuts.push([at, end])
    at = end
  }
  const shuffled = chance.below(2) === 0
  // (tshark loses what overlaps out of order)
  const frames = (shuffled ? mixed(cuts, chance) : cuts).map(([from, to]) =>
    crypto(!shuffled && chance.below(6) === 0 ? chance.below(from + 1) : from, to, hello),
  )
  if (chance.below(4) === 0) frames.splice(chance.below(frames.length + 1), 0, chance.pick(frames))
  return frames
}

function mixed<T>(list: readonly T[], chance: Random): T[] {
  const rest = [...list]
  return list.map(() => rest.splice(chance.below(rest.length), 1)[0]!)
}

function crypto(from: number, to: number, hello: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(6), varint(from), varint(to - from), hello.subarray(from, to))
}

/** PADDING, PING, ACK: what else an Initial may have (RFC 9000 section 17.2.2). */
function filling(chance: Random): Uint8Array[] {
  const kinds = [
    new Uint8Array(chance.below(5)),
    Uint8Array.of(1),
    Uint8Array.of(2, 5, 0x40, 0x10, 1, 0, 2, 3),
    Uint8Array.of(3, 5, 0, 0, 1, 1, 0, 0),
  ]
  return chance.below(3) === 0 ? [chance.pick(kinds)] : []
}

/** RFC 9000 section 16, in at least so many bytes. */
function varint(value: number, least = 1): Uint8Array {
  const size = [1, 2, 4, 8].find((n) => n >= least && value < 2 ** (8 * n - 2))!
  const out = new Uint8Array(size)
  for (let i = size - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) out[i] = rest % 256
  out[0]! |= Math.log2(size) << 6
  return out
}

const lengthed = (bytes: Uint8Array): Uint8Array => joined(Uint8Array.of(bytes.length), bytes)

function noise(length: number, chance: Random): Uint8Array {
  return Uint8Array.from({ length }, () => chance.below(256))
}

const u16 = (n: number): number[] => [n >> 8, n & 255]
const extension = (type: number, body: readonly number[]): number[] => [...u16(type), ...u16(body.length), ...body]

/** RFC 8446 section 4.1.2, with a name, protocols, a key share of any size and transport parameters (RFC 9001 section 8.2). */
function clientHello(chance: Random): { bytes: Uint8Array; says: string } {
  const host = chance.below(6) === 0 ? '' : `${chance.hex(1 + chance.below(20))}.example`
  const name = [...Buffer.from(host)]
  const other = [chance.hex(1 + chance.below(9))]
  const protocols = chance.pick([['h3'], ['h3', 'h3-29'], ['doq'], ['hq-interop', 'h3'], other, []])
  const alpn = protocols.flatMap((text) => [text.length, ...Buffer.from(text)])
  const share = noise(chance.pick([32, 32, 65, 1216]), chance)
  const parts = [
    ...(host === '' ? [] : [extension(0, [...u16(name.length + 3), 0, ...u16(name.length), ...name])]),
    ...(protocols.length === 0 ? [] : [extension(16, [...u16(alpn.length), ...alpn])]),
    extension(43, [2, 3, 4]),
    extension(10, [0, 4, 0, 29, 0, 23]),
    extension(13, [0, 4, 4, 3, 8, 4]),
    extension(51, [...u16(share.length + 4), 0, 29, ...u16(share.length), ...share]),
    extension(57, [4, 4, 0x80, 0, 0xff, 0xff]),
    ...(chance.below(2) === 0 ? [extension(0x0a0a, [])] : []),
  ]
  const all = mixed(parts, chance).flat()
  const suites = [0x1301, 0x1302, 0x1303, 0x1a1a].slice(0, 1 + chance.below(4))
  const body = [
    3,
    3,
    ...noise(32, chance),
    0,
    ...u16(2 * suites.length),
    ...suites.flatMap(u16),
    1,
    0,
    ...u16(all.length),
    ...all,
  ]
  const says = `${host} ${protocols.join()} ${suites.join()}`
  return { bytes: message(Uint8Array.from(body)), says }
}

/** A ClientHello of this body. */
function message(body: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(1, body.length >> 16, (body.length >> 8) & 255, body.length & 255), body)
}
