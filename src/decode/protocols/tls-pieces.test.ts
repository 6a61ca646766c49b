import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { audit } from '../../audit/audit.ts'
import type { TlsMessage } from './tls.ts'

/** ClientHellos as TCP may bring them, through the whole engine: captures are made here. */
const u16 = (n: number) => [n >> 8, n & 255]
const u32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
const extension = (type: number, body: readonly number[]) => [...u16(type), ...u16(body.length), ...body]
const name = [...Buffer.from('thing.example')]
const extensions = [
  ...extension(51, [...u16(1220), 0x11, 0xec, ...u16(1216), ...Array.from({ length: 1216 }, (_, i) => i & 255)]),
  ...extension(0, [...u16(name.length + 3), 0, ...u16(name.length), ...name]),
  ...extension(43, [2, 3, 4]),
]
const body = [3, 3, ...Array<number>(32).fill(1), 0, 0, 2, 0x13, 1, 1, 0, ...u16(extensions.length), ...extensions]
const HELLO = [1, 0, ...u16(body.length), ...body]
const record = (part: readonly number[]) => [22, 3, 1, ...u16(part.length), ...part]

const ISN = 0xfffffe00
/** [sequence number after the SYN, bytes, flags] of the client, one segment each. */
type Segment = readonly [offset: number, payload: readonly number[]]

function capture(segments: readonly Segment[], isn: number): string {
  const packets = [tcp(isn, [], 2), ...segments.map(([offset, payload]) => tcp((isn + 1 + offset) >>> 0, payload, 0x18))]
  const file = [...u32(0xa1b2c3d4), 0, 2, 0, 4, ...u32(0), ...u32(0), ...u32(65535), ...u32(101)]
  packets.forEach((p, i) => file.push(...u32(1_790_000_000), ...u32(i * 1000), ...u32(p.length), ...u32(p.length), ...p))
  const path = join(mkdtempSync(join(tmpdir(), 'assay-tls-')), 'hello.pcap')
  writeFileSync(path, Uint8Array.from(file))
  return path
}

function tcp(seq: number, payload: readonly number[], flags: number): number[] {
  const header = [...u16(40000), ...u16(443), ...u32(seq), ...u32(0), 0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0]
  return [0x45, 0, ...u16(40 + payload.length), 0, 0, 0, 0, 64, 6, 0, 0, 192, 168, 7, 2, 192, 168, 7, 1, ...header, ...payload]
}

async function hellos(segments: readonly Segment[], isn = 1000): Promise<string[]> {
  const found: string[] = []
  await audit([capture(segments, isn)], {
    onMessage: (m) => {
      const { hello, frame } = m as TlsMessage
      if (m.protocol === 'tls')
        found.push(`${frame} ${hello?.sni} ${hello?.complete} ${hello?.postQuantum} ${hello?.ja4?.slice(0, 10)}`)
    },
  })
  return found
}

const whole = record(HELLO)
const cut = (bytes: readonly number[], size: number): Segment[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => [i * size, bytes.slice(i * size, (i + 1) * size)] as const)
const SAID = '2 thing.example true true t13d010300'

describe('a ClientHello longer than a segment', () => {
  it('in two, and in many', async () => {
    expect(await hellos(cut(whole, 1200))).toEqual([SAID])
    expect(await hellos(cut(whole, 31))).toEqual([SAID])
  })

  it('out of order: its first byte came in another frame', async () => {
    expect(await hellos(cut(whole, 500).toReversed())).toEqual([SAID.replace('2', '4')])
  })

  it('sent again, in pieces that overlap', async () => {
    const parts = cut(whole, 500)
    expect(await hellos([...parts.slice(0, 2), ...parts, [200, whole.slice(200, 900)]])).toEqual([SAID])
  })

  it('where sequence numbers wrap', async () => {
    expect(await hellos(cut(whole, 400), ISN)).toEqual([SAID])
    expect(await hellos(cut(whole, 400).toReversed(), ISN)).toEqual([SAID.replace('2', '5')])
  })

  it('over several records, cut anywhere', async () => {
    for (const size of [1, 7, 600]) {
      const records: number[] = []
      for (let at = 0; at < HELLO.length; at += size === 1 && at > 8 ? 500 : size)
        records.push(...record(HELLO.slice(at, at + (size === 1 && at > 8 ? 500 : size))))
      expect(await hellos(cut(records, 700)), `records of ${size}`).toEqual([SAID])
    }
  })

  it('with a hole is told as far as it goes, and has no fingerprint', async () => {
    const [first, , ...rest] = cut(whole, 300)
    expect(await hellos([first!, ...rest])).toEqual(['2 undefined false false undefined'])
  })
})
