import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/*
 * Captures of Ethernet in which time matters: scans, calls home. Frames are made by hand, header by header; checksums are nobody's
 * concern here.
 */

/** A frame and when it passed, in seconds from the beginning. */
export interface Timed {
  at: number
  frame: readonly number[]
}

/** Who stands on the captured wire: hardware address 02:00:00:00:00:n. */
export interface Station {
  readonly n: number
  readonly ip: string
}

export const GATEWAY: Station = { n: 254, ip: '192.168.1.1' }

const u16 = (n: number) => [(n >> 8) & 255, n & 255]
const u32 = (n: number) => [...u16(n >>> 16), ...u16(n & 0xffff)]
const mac = ({ n }: Station) => [2, 0, 0, 0, n >> 8, n & 255]

/** Four bytes, or sixteen. */
function address(text: string): number[] {
  if (!text.includes(':')) return text.split('.').map(Number)
  const [head = '', tail] = text.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':').flatMap((g) => u16(Number.parseInt(g, 16))))
  const a = groups(head)
  const b = tail === undefined ? [] : groups(tail)
  return [...a, ...Array.from({ length: 16 - a.length - b.length }, () => 0), ...b]
}

export interface Way {
  /** Who puts the frame on the wire, and whose it is to take it. */
  from: Station
  to: Station
  /** Where these are not the ends. */
  src?: string
  dst?: string
  hops?: number
}

function packet(
  { from, to, src = from.ip, dst = to.ip, hops = 64 }: Way,
  protocol: number,
  payload: readonly number[],
): number[] {
  const [s, d] = [address(src), address(dst)]
  const link = [...mac(to), ...mac(from)]
  if (s.length === 16) return [...link, 0x86, 0xdd, 0x60, 0, 0, 0, ...u16(payload.length), protocol, hops, ...s, ...d, ...payload]
  return [...link, 8, 0, 0x45, 0, ...u16(20 + payload.length), 0, 0, 0, 0, hops, protocol, 0, 0, ...s, ...d, ...payload]
}

export const FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const

export function tcp(
  way: Way,
  sport: number,
  dport: number,
  flags: number,
  { seq = 1000, ack = 0, payload = [] }: { seq?: number; ack?: number; payload?: readonly number[] } = {},
): number[] {
  const header = [...u16(sport), ...u16(dport), ...u32(seq), ...u32(ack), 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]
  return packet(way, 6, [...header, ...payload])
}

export function udp(way: Way, sport: number, dport: number, payload: readonly number[] = [1, 2, 3, 4]): number[] {
  return packet(way, 17, [...u16(sport), ...u16(dport), ...u16(8 + payload.length), 0, 0, ...payload])
}

/** An echo request, or the answer to it. */
export function ping(way: Way, reply = false): number[] {
  const six = (way.src ?? way.from.ip).includes(':')
  return packet(way, six ? 58 : 1, [six ? (reply ? 129 : 128) : reply ? 0 : 8, 0, 0, 0, 0, 1, 0, 1])
}

/** RFC 826: who has this address? */
export function arpFor(from: Station, target: string): number[] {
  const body = [0, 1, 8, 0, 6, 4, 0, 1, ...mac(from), ...address(from.ip), 0, 0, 0, 0, 0, 0, ...address(target)]
  return [...Array.from({ length: 6 }, () => 255), ...mac(from), 8, 6, ...body]
}

/** The answer to a question for the address of a name (RFC 1035), as the resolver at `from` gives it. */
export function dnsAnswer(way: Way, dport: number, name: string, ip: string): number[] {
  const labels = [...name.split('.').flatMap((l) => [l.length, ...Buffer.from(l)]), 0]
  const record = [0xc0, 12, 0, 1, 0, 1, ...u32(60), 0, 4, ...address(ip)]
  return udp(way, 53, dport, [...u16(dport), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, ...labels, 0, 1, 0, 1, ...record])
}

/** Writes them in order of time and returns the file's path. */
export function timedCapture(frames: readonly Timed[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'assay-timed-')), 'timed.pcap')
  const sorted = [...frames].sort((a, b) => a.at - b.at)
  const parts = [
    Buffer.from(Uint8Array.from([0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1])),
  ]
  for (const { at, frame } of sorted) {
    const seconds = Math.floor(at)
    const header = [
      ...u32(1_790_000_000 + seconds),
      ...u32(Math.round((at - seconds) * 1e6)),
      ...u32(frame.length),
      ...u32(frame.length),
    ]
    parts.push(Buffer.from(Uint8Array.from([...header, ...frame])))
  }
  writeFileSync(path, Buffer.concat(parts))
  return path
}
