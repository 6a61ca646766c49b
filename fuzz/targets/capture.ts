import { rmSync, writeFileSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { CaptureError, readCapture } from '../../src/capture/read.ts'
import { CaptureReader } from '../../src/capture/reader.ts'
import { decodePacket } from '../../src/decode/decode.ts'
import { Packet } from '../../src/decode/packet.ts'
import { equal, hold } from '../invariants.ts'
import { scratchFile, windows } from '../sample.ts'
import type { Target } from '../target.ts'

interface Read {
  packets: number
  bytes: number
  format: string | undefined
  foreign: boolean
  damaged: unknown
  /** Of all that was given out, so that two readings can be compared. */
  sum: number
}

/** The reader and the headers of packets: whatever pieces the bytes come in, the same packets, each within what was captured. */
export const capture: Target = {
  name: 'capture',
  seeds: async (captures) => (await windows(captures, 24, 6)).flatMap((pcap) => [pcap, pcapng(pcap)]),
  run(input) {
    const whole = read(input, input.length + 1)
    const size = 3 + ((input.at(-1) ?? 0) % 97)
    equal(read(input, size), whole, `in pieces of ${size}`)
    const { damaged } = whole
    if (damaged !== undefined) hold((damaged as { offset: number }).offset <= input.length, 'damage beyond the end')
  },
}

function read(input: Uint8Array, size: number): Read {
  const packet = new Packet()
  let sum = 0
  const reader: CaptureReader = new CaptureReader(packet, () => {
    const p = packet
    hold(p.start >= 0 && p.start <= p.end && p.end <= p.buf.length, `packet at ${p.start}..${p.end} of ${p.buf.length}`)
    hold(Number.isSafeInteger(p.time) && p.time >= 0, `time ${p.time}`)
    decodePacket(p)
    headers(p)
    const seen = [
      p.frame,
      p.end - p.start,
      p.wireLength,
      p.time,
      p.linkType,
      p.protocol,
      p.srcPort,
      p.dstPort,
      p.anomaly,
      p.payload - p.start,
      p.payloadEnd - p.start,
    ]
    for (const v of seen) sum = (Math.imul(sum, 31) + v) | 0
    for (let i = p.start; i < p.end; i += 7) sum = (Math.imul(sum, 31) + p.buf[i]!) | 0
  })
  for (let at = 0; at < input.length && !reader.done; at += size) {
    const piece = input.slice(at, at + size)
    reader.feed(piece, new DataView(piece.buffer), piece.length)
  }
  reader.end()
  const { packets, bytes } = reader.tally
  return { packets, bytes, format: reader.format?.name, foreign: reader.foreign, damaged: reader.damaged, sum }
}

/** Every offset that a decoder of headers set lies within the packet. */
function headers(p: Packet): void {
  const inside = (name: string, at: number, length: number) => {
    if (at !== -1) hold(at >= p.start && at + length <= p.end, `${name} at ${at} of ${p.start}..${p.end}`)
  }
  const address = p.ipVersion === 6 ? 16 : 4
  inside('source hardware address', p.srcMac, 6)
  inside('destination hardware address', p.dstMac, 6)
  inside('network header', p.network, 0)
  inside('source address', p.srcIp, address)
  inside('destination address', p.dstIp, address)
  inside('transport header', p.transport, 0)
  hold(
    p.payload >= p.start && p.payload <= p.payloadEnd && p.payloadEnd <= p.end,
    `payload ${p.payload}..${p.payloadEnd} of ${p.start}..${p.end}`,
  )
  hold(p.payloadWire >= 0 && Number.isSafeInteger(p.payloadWire), `payload of ${p.payloadWire} bytes`)
}

/** The same packets as enhanced packet blocks of a little-endian section (draft-ietf-opsawg-pcapng). */
function pcapng(pcap: Uint8Array): Uint8Array {
  const from = new DataView(pcap.buffer, pcap.byteOffset, pcap.length)
  const out: number[] = []
  const word = (...values: number[]) => {
    for (const v of values) out.push(v & 255, (v >>> 8) & 255, (v >>> 16) & 255, v >>> 24)
  }
  word(0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28)
  word(1, 20, from.getUint32(20, true), 262_144, 20)
  for (let at = 24; at + 16 <= pcap.length;) {
    const length = from.getUint32(at + 8, true)
    const padded = (length + 3) & ~3
    const time = BigInt(from.getUint32(at, true)) * 1_000_000n + BigInt(from.getUint32(at + 4, true))
    word(6, 32 + padded, 0, Number(time >> 32n), Number(time & 0xffffffffn), length, from.getUint32(at + 12, true))
    for (let i = 0; i < padded; i++) out.push(i < length ? pcap[at + 16 + i]! : 0)
    word(32 + padded)
    at += 16 + length
  }
  return Uint8Array.from(out)
}

/** Files, compressed ones among them: what is no capture is refused by name, and nothing else is thrown. */
export const file: Target = {
  name: 'file',
  batch: 32,
  seeds: async (captures) =>
    (await windows(captures, 8, 5)).flatMap((pcap) =>
      [pcap, gzipSync(pcap), zstdCompressSync(pcap)].map((b) => new Uint8Array(b)),
    ),
  async run(input) {
    const path = scratchFile()
    try {
      writeFileSync(path, input)
      let packets = 0
      const result = await readCapture(path, 0, new Packet(), () => packets++)
      hold(result.packets === packets, `${result.packets} packets, ${packets} given out`)
      hold(/^[0-9a-f]{64}$/.test(result.sha256), `digest ${result.sha256}`)
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error
      hold(error.message.endsWith('.'), `no sentence: ${error.message}`)
    } finally {
      rmSync(path, { force: true })
    }
  },
}
