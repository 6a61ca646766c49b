import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, '.cache')
const builder = join(root, '..', 'shared', 'bench', 'make-capture.py')

/** What one replica of the large capture holds, near enough: the synthetic one is of the same shape. */
const PACKETS = 145_000
const FLOWS = 52_500
const DEVICES = 10

export interface BenchCapture {
  path: string
  origin: string
}

/** The large capture of so many replicas, built once. */
export function largeCapture(replicas: number): BenchCapture {
  mkdirSync(cache, { recursive: true })
  const real = existsSync(builder)
  const path = join(cache, `${real ? 'large' : 'synthetic'}-${replicas}.pcap`)
  const origin = real
    ? `public captures of homes, malware among them, ${replicas} times over`
    : `made by lab/large.ts, in the shape of the public captures ${replicas} times over`
  if (existsSync(path)) return { path, origin }
  process.stderr.write(`Building ${path} (once)…\n`)
  const part = `${path}.part`
  const stdio = ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit']
  if (real) execFileSync('python3', [builder, part, String(replicas)], { stdio })
  else {
    const size = [
      '--packets',
      String(PACKETS * replicas),
      '--flows',
      String(FLOWS * replicas),
      '--devices',
      String(DEVICES * replicas),
    ]
    execFileSync(process.execPath, [join(root, 'lab', 'large.ts'), '--out', part, ...size], { stdio })
  }
  renameSync(part, path)
  return { path, origin }
}

/** The first whole packets of a little-endian pcap, up to so many bytes. */
export function smallCapture(from: string, bytes: number): string {
  const head = Buffer.alloc(bytes)
  const file = openSync(from, 'r')
  const there = readSync(file, head, 0, bytes, 0)
  closeSync(file)
  let end = 24
  while (end + 16 <= there && end + 16 + head.readUInt32LE(end + 8) <= there) end += 16 + head.readUInt32LE(end + 8)
  const path = join(cache, 'small.pcap')
  writeFileSync(path, head.subarray(0, end))
  return path
}

/** Packets in a little-endian pcap, by walking its headers. */
export function countPackets(path: string): number {
  const buffer = Buffer.alloc(1 << 20)
  const file = openSync(path, 'r')
  let packets = 0
  let at = 24
  for (;;) {
    const there = readSync(file, buffer, 0, buffer.length, at)
    let o = 0
    while (o + 16 <= there) {
      packets++
      o += 16 + buffer.readUInt32LE(o + 8)
    }
    if (o === 0) break
    at += o
  }
  closeSync(file)
  return packets
}
