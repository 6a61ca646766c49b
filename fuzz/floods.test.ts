import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { scratchFile } from './sample.ts'

/** V8's heap may not grow beyond this: the process would end, and the test with it. */
const HEAP_MB = 192
/** All memory of the process at its peak, of which Node itself takes some 100 MB. */
const PEAK_MB = 400
/** The same where the flood is of devices: each that is told of has 40 verdicts and their reasons, some 30 kB. */
const HEAP_OF_DEVICES_MB = 256
const PEAK_OF_DEVICES_MB = 450

interface Told {
  peakMb: number
  anomalies: Record<string, number>
  devices: { id: string; packets: number; observations: number; endpoints: number; ips: number; overflow: boolean }[]
  packets: number
  flows: number
}

async function audited(capture: Uint8Array, heapMb = HEAP_MB): Promise<Told> {
  const path = scratchFile()
  try {
    writeFileSync(path, capture)
    const child = fileURLToPath(new URL('audit-child.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [`--max-old-space-size=${heapMb}`, child, path], {
      maxBuffer: 64 << 20,
    })
    return JSON.parse(stdout) as Told
  } finally {
    rmSync(path, { force: true })
  }
}

/** A capture of `count` Ethernet frames of one size; `fill` writes the i-th, whose bytes hold what the one before left. */
function capture(count: number, size: number, fill: (i: number, frame: Uint8Array, view: DataView) => void): Uint8Array {
  const file = new Uint8Array(24 + count * (16 + size))
  const view = new DataView(file.buffer)
  file.set([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0])
  const frame = new Uint8Array(size)
  const words = new DataView(frame.buffer)
  for (let i = 0; i < count; i++) {
    const at = 24 + i * (16 + size)
    view.setUint32(at, 1_790_000_000 + Math.floor(i / 10_000), true)
    view.setUint32(at + 4, (i % 10_000) * 100, true)
    view.setUint32(at + 8, size, true)
    view.setUint32(at + 12, size, true)
    fill(i, frame, words)
    file.set(frame, at + 16)
  }
  return file
}

const GATEWAY = [2, 0, 0, 0, 0, 1]
const DEVICE = [2, 0, 0, 0, 0, 7]

function ethernet(frame: Uint8Array, to: readonly number[], from: readonly number[], type: number): void {
  frame.set(to, 0)
  frame.set(from, 6)
  frame.set([type >> 8, type & 255], 12)
}

/** IPv4 without options at 14; checksums are nobody's concern here. */
function ipv4(frame: Uint8Array, view: DataView, protocol: number, from: number, to: number): void {
  frame[14] = 0x45
  view.setUint16(16, frame.length - 14)
  frame[22] = 64
  frame[23] = protocol
  view.setUint32(26, from >>> 0)
  view.setUint32(30, to >>> 0)
}

const LOCAL = 0xc0a80107
const OUTSIDE = 0xc6336407

describe('floods: the audit ends, within its memory, and says what it bounded', { timeout: 240_000 }, () => {
  it('500,000 flows, each from another made-up source', async () => {
    const told = await audited(
      capture(500_000, 54, (i, frame, view) => {
        ethernet(frame, GATEWAY, DEVICE, 0x0800)
        ipv4(frame, view, 6, Math.imul(i + 1, 2_654_435_761), OUTSIDE)
        view.setUint16(34, 1024 + (i % 60_000))
        view.setUint16(36, 80)
        view.setUint32(38, i)
        frame[46] = 0x50
        frame[47] = 2
      }),
    )
    expect(told.packets).toBe(500_000)
    expect(told.flows).toBe(500_000)
    expect(told.devices.length).toBeLessThan(100)
    expect(told.peakMb).toBeLessThan(PEAK_MB)
  })

  it('20,000 hardware addresses', async () => {
    const told = await audited(
      capture(20_000, 42, (i, frame, view) => {
        const n = i
        ethernet(frame, GATEWAY, [2, 1, 0, 0, n >> 8, n & 255], 0x0800)
        ipv4(frame, view, 17, 0x0a000000 + n, OUTSIDE)
        view.setUint16(34, 40_000)
        view.setUint16(36, 9000)
        view.setUint16(38, 8)
      }),
      HEAP_OF_DEVICES_MB,
    )
    expect(told.packets).toBe(20_000)
    // ten thousand things are a large building's: each of them is audited
    expect(told.devices.length).toBeGreaterThan(10_000)
    expect(told.devices.length).toBeLessThan(20_000)
    expect(told.anomalies['hosts-bounded']).toBeGreaterThan(0)
    expect(told.peakMb).toBeLessThan(PEAK_OF_DEVICES_MB)
  })

  it('100,000 names asked for by one device', async () => {
    const told = await audited(
      capture(100_000, 14 + 20 + 8 + 12 + 21 + 4, (i, frame, view) => {
        ethernet(frame, GATEWAY, DEVICE, 0x0800)
        ipv4(frame, view, 17, LOCAL, 0xc0a80101)
        view.setUint16(34, 40_000)
        view.setUint16(36, 53)
        view.setUint16(38, frame.length - 34)
        frame.set([i >> 8, i & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], 42)
        frame.set(Buffer.from(`\u000bn${String(i).padStart(10, '0')}\u0007example\0`, 'latin1'), 54)
        frame.set([0, 1, 0, 1], 75)
      }),
    )
    expect(told.packets).toBe(100_000)
    expect(told.devices.map((d) => d.id)).toContain('mac-020000000007')
    expect(told.devices.find((d) => d.id === 'mac-020000000007')!.observations).toBeLessThan(20_000)
    expect(Object.keys(told.anomalies).filter((kind) => kind.includes('bounded'))).not.toEqual([])
    expect(told.peakMb).toBeLessThan(PEAK_MB)
  })

  it('100,000 IPv6 sources', async () => {
    const told = await audited(
      capture(100_000, 14 + 40 + 8, (i, frame, view) => {
        ethernet(frame, GATEWAY, DEVICE, 0x86dd)
        frame[14] = 0x60
        view.setUint16(18, 8)
        frame[20] = 17
        frame[21] = 64
        frame.set([0x20, 0x01, 0x0d, 0xb8], 22)
        view.setUint32(34, Math.imul(i + 1, 2_654_435_761))
        frame.set([0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 38)
        view.setUint16(54, 40_000)
        view.setUint16(56, 9000)
        view.setUint16(58, 8)
      }),
    )
    expect(told.packets).toBe(100_000)
    expect(told.devices.length).toBeLessThan(100)
    expect(told.anomalies['addresses-bounded']).toBeGreaterThan(0)
    expect(told.peakMb).toBeLessThan(PEAK_MB)
  })
})
