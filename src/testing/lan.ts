import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { audit } from '../audit/audit.ts'
import type { AuditThreat } from '../report/model.ts'

/*
 * Frames of a local network made by hand, for tests of what happens between neighbours.
 */

export type Bytes = readonly number[]
/** Seconds after the capture's beginning, and the frame. */
export type Timed = readonly [seconds: number, frame: Bytes]

export interface Station {
  readonly mac: Bytes
  readonly ip: Bytes
}

export const u16 = (n: number): number[] => [(n >>> 8) & 255, n & 255]
export const u32 = (n: number): number[] => [...u16(n >>> 16), ...u16(n & 0xffff)]
const text = (s: string): number[] => Array.from(s, (c) => c.charCodeAt(0))

export const station = (n: number): Station => ({ mac: [2, 0, 0, 0, 0, n], ip: [192, 168, 1, n] })
export const EVERYBODY: Bytes = [255, 255, 255, 255, 255, 255]
const NOBODY: Bytes = [0, 0, 0, 0, 0, 0]

export const ethernet = (from: Bytes, to: Bytes, type: number, payload: Bytes): number[] => [
  ...to,
  ...from,
  ...u16(type),
  ...payload,
]

interface ArpOptions {
  /** Whom the sender says that it is. */
  ip?: Bytes
  mac?: Bytes
  to?: Station
}

/** `from` asks who has `ip`. */
export const arpRequest = (from: Station, ip: Bytes, given: ArpOptions = {}): number[] =>
  ethernet(from.mac, given.to?.mac ?? EVERYBODY, 0x0806, [
    ...arpHead(1),
    ...(given.mac ?? from.mac),
    ...(given.ip ?? from.ip),
    ...NOBODY,
    ...ip,
  ])

/** `from` says that `ip` is his. */
export const arpReply = (from: Station, to: Station, { ip = from.ip, mac = from.mac }: ArpOptions = {}): number[] =>
  ethernet(from.mac, to.mac, 0x0806, [...arpHead(2), ...mac, ...ip, ...to.mac, ...to.ip])

const arpHead = (operation: number) => [...u16(1), 8, 0, 6, 4, ...u16(operation)]

/** A UDP datagram over IPv4, hop limit 64, to the hardware address `via`. */
export function udp(from: Station, fromPort: number, to: Station, toPort: number, payload: Bytes): number[] {
  const length = 28 + payload.length
  const header = [0x45, 0, ...u16(length), ...u32(0), 64, 17, 0, 0, ...from.ip, ...to.ip]
  return ethernet(from.mac, to.mac, 0x0800, [
    ...header,
    ...u16(fromPort),
    ...u16(toPort),
    ...u16(8 + payload.length),
    0,
    0,
    ...payload,
  ])
}

/** `from`'s link-local address, of the last byte of its hardware address. */
export const linkLocal = ({ mac }: Station): number[] => [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, mac[5]!]

/** An IPv6 packet with hop limit 255. */
export const ipv6 = (from: Station, toMac: Bytes, to: Bytes, next: number, payload: Bytes): number[] =>
  ethernet(from.mac, toMac, 0x86dd, [0x60, 0, 0, 0, ...u16(payload.length), next, 255, ...linkLocal(from), ...to, ...payload])

export interface Lease {
  type: number
  client: Station
  yourIp?: Bytes
  xid?: number
  server?: Bytes
  routers?: Bytes | undefined
  resolvers?: Bytes | undefined
}

/** DHCP's fixed fields and options (RFC 2131 section 2). */
export function dhcpMessage({ type, client, yourIp = [0, 0, 0, 0], xid = 1, server, routers, resolvers }: Lease): number[] {
  const option = (code: number, value: Bytes | undefined) => (value === undefined ? [] : [code, value.length, ...value])
  const reply = type === 2 || type === 5
  return [
    reply ? 2 : 1,
    1,
    6,
    0,
    ...u32(xid),
    ...u32(0),
    ...u32(0),
    ...yourIp,
    ...u32(0),
    ...u32(0),
    ...client.mac,
    ...Array.from({ length: 10 + 192 }, () => 0),
    ...u32(0x63825363),
    ...option(53, [type]),
    ...option(1, reply ? [255, 255, 255, 0] : undefined),
    ...option(54, server),
    ...option(3, routers),
    ...option(6, resolvers),
    255,
  ]
}

const name = (of: string) => [...of.split('.').flatMap((label) => [label.length, ...text(label)]), 0]

/** A DNS question, or the answer to it: `rcode`, and records as type and data. */
export function dnsMessage(
  id: number,
  of: string,
  answer?: { rcode?: number; records?: (readonly [type: number, data: Bytes])[] },
  type = 1,
): number[] {
  const records = answer?.records ?? []
  const flags = answer === undefined ? 0x0100 : 0x8180 | (answer.rcode ?? 0)
  return [
    ...u16(id),
    ...u16(flags),
    ...u16(1),
    ...u16(records.length),
    ...u32(0),
    ...name(of),
    ...u16(type),
    ...u16(1),
    ...records.flatMap(([of, data]) => [0xc0, 12, ...u16(of), ...u16(1), ...u32(60), ...u16(data.length), ...data]),
  ]
}

/** A capture of Ethernet. */
export function captureOf(frames: readonly Timed[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'assay-lan-')), 'lan.pcap')
  const head = Buffer.alloc(24)
  head.writeUInt32BE(0xa1b2c3d4)
  head.writeUInt32BE(0x00020004, 4)
  head.writeUInt32BE(65535, 16)
  head.writeUInt32BE(1, 20)
  const parts = frames.flatMap(([seconds, frame]) => {
    const record = Buffer.alloc(16)
    record.writeUInt32BE(1_790_000_000 + Math.floor(seconds))
    record.writeUInt32BE(Math.round((seconds % 1) * 1e6), 4)
    record.writeUInt32BE(frame.length, 8)
    record.writeUInt32BE(frame.length, 12)
    return [record, Buffer.from(frame)]
  })
  writeFileSync(path, Buffer.concat([head, ...parts]))
  return path
}

/** What an audit of these frames, put in order of time, tells by this detector: a line a step. */
export async function stepsIn(
  frames: readonly Timed[],
  detector: string,
): Promise<(AuditThreat['steps'][number] & { device: string })[]> {
  const { threats = [] } = await audit([captureOf(frames.toSorted((a, b) => a[0] - b[0]))], { threads: 0 })
  return threats.flatMap((threat) =>
    threat.steps.filter((step) => step.detector === detector).map((step) => ({ ...step, device: threat.device })),
  )
}
