#!/usr/bin/env node
/**
 * `npm run bench:live [-- --packets N] [--rates 50000,100000] [--replicas N]`: up to which rate does a live audit lose no packet,
 * beside dumpcap that only writes them to a file (docs/benchmarks.md)? Needs root: packets go over a cable between two namespaces.
 */
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { capturers } from '../src/capture/capturer.ts'
import { noWire, Wire } from '../src/testing/wire.ts'
import { largeCapture } from './captures.ts'

const { values } = parseArgs({
  options: {
    packets: { type: 'string', default: '500000' },
    rates: { type: 'string', default: '25000,50000,100000,200000' },
    replicas: { type: 'string', default: '10' },
  },
})
const packets = Number(values.packets)
const rates = values.rates.split(',').map(Number)
const replicas = Number(values.replicas)
if (![packets, replicas, ...rates].every((n) => Number.isInteger(n) && n > 0)) {
  console.error('--packets, --replicas and each of --rates take a number from 1')
  process.exit(2)
}
const impossible = noWire()
if (impossible !== '') {
  console.error(`No packets can be sent here${impossible}`)
  process.exit(2)
}

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, '.cache')
const kept = join(cache, 'live.pcapng')
const report = join(cache, 'live.json')
const { path: capture, origin } = largeCapture(replicas)
const dumpcap = capturers[0]!

interface Way {
  name: string
  command: string[]
  /** Of what it said, and wrote. */
  lost(said: string): number
}

const wire = new Wire('assay-bench')
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    wire.remove()
    process.exit(130)
  })
const assay = [process.execPath, join(root, 'dist', 'cli', 'main.js'), 'audit', '--quiet', '-i', wire.farName, '--json', report]
const ways: Way[] = [
  { name: 'dumpcap to a file', command: ['dumpcap', '-q', '-i', wire.farName, '-w', kept], lost: lostByDumpcap },
  {
    name: 'dumpcap to a file, 64 MiB in the kernel',
    command: ['dumpcap', '-q', '-i', wire.farName, '-B', '64', '-w', kept],
    lost: lostByDumpcap,
  },
  { name: 'live audit', command: assay, lost: lostByAssay },
  { name: 'live audit, and a file', command: [...assay, '--write', kept], lost: lostByAssay },
]

console.log(`${origin}: its first ${number(packets)} packets.`)
console.log(
  `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores; Linux ${release()}; sender and receiver share them.`,
)
const [load] = loadavg()
console.log(`Load before the start: ${load!.toFixed(2)}${load! > 0.7 ? ' (busy: these figures are not to be quoted)' : ''}.\n`)
console.log('| packets/s wanted | captured by | packets/s sent | lost | of them not counted |')
console.log('|--:|--|--:|--:|--:|')
try {
  for (const rate of [...rates, 0]) for (const way of ways) await one(rate, way)
} finally {
  wire.remove()
  rmSync(kept, { force: true })
  rmSync(report, { force: true })
}

async function one(rate: number, way: Way): Promise<void> {
  rmSync(kept, { force: true })
  const [command, args] = wire.atFar(way.command)
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (piece) => (said += String(piece)))
  const ended = new Promise((resolve) => child.once('close', resolve))
  await delay(2000)
  // in memory first: its disk is not what is measured
  const pace = rate === 0 ? ['--topspeed'] : ['--pps', String(rate)]
  const { sent, seconds } = wire.replay(capture, ['-K', '--limit', String(packets), ...pace])
  // dumpcap leaves behind what it has not fetched when it is asked to end; Assay waits for that
  if (way.lost === lostByDumpcap) await delay(1000)
  child.kill('SIGINT')
  const code = await ended
  if (code !== 0) throw new Error(`${way.name} ended with ${String(code)}: ${said}`)
  const lost = way.lost(said)
  const silent = sent - lost - came(way, said)
  const cells = [
    rate === 0 ? 'all it can' : number(rate),
    way.name,
    number(Math.round(sent / seconds)),
    number(lost),
    number(silent),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}

function lostByDumpcap(said: string): number {
  const drops = dumpcap.drops(said)
  if (drops === undefined) throw new Error(`dumpcap does not say what it lost: ${said}`)
  return drops.total
}

function lostByAssay(): number {
  return audited().dropped!.total
}

/** Packets that were captured. */
function came(way: Way, said: string): number {
  return way.lost === lostByAssay ? audited().packets : Number(/^Packets captured: (\d+)/m.exec(said)![1])
}

function audited(): { packets: number; dropped?: { total: number } } {
  return (JSON.parse(readFileSync(report, 'utf8')) as { captures: { packets: number; dropped?: { total: number } }[] })
    .captures[0]!
}

function number(n: number): string {
  return n.toLocaleString('en')
}
