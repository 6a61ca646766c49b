#!/usr/bin/env node
/**
 * `node bench/size.ts [--flows N] [--devices N]`: the peak memory of an audit of so many flows (10,000,000, made-up sources), and of one
 * of so many devices (10,000), each of which asks names, speaks TLS, HTTP and NTP. The captures come through a pipe, as fast as
 * lab/large.ts makes them, and never lie on a disk.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measure } from './measure.ts'

const { values } = parseArgs({
  options: { flows: { type: 'string', default: '10000000' }, devices: { type: 'string', default: '10000' } },
})
const [flows, devices] = [Number(values.flows), Number(values.devices)]
if (![flows, devices].every((n) => Number.isInteger(n) && n > 0)) {
  console.error('--flows and --devices take a number from 1')
  process.exit(2)
}

/** MB (10^6 bytes). */
const AIM = 256
const root = fileURLToPath(new URL('..', import.meta.url))
const assay = join(root, 'dist', 'cli', 'main.js')
mkdirSync(join(root, '.cache'), { recursive: true })
const pipe = join(root, '.cache', `size-${process.pid}.pcap`)

console.log('| audit of | wall s | CPU s | peak MB | aim |\n|--|--:|--:|--:|--|')
await one(`${number(flows)} flows`, { packets: Math.ceil(flows * 1.05), flows, devices: 10 })
await one(`${number(devices)} devices`, { packets: devices * 120, flows: devices * 30, devices })

async function one(what: string, size: Record<string, number>): Promise<void> {
  execFileSync('mkfifo', [pipe])
  try {
    const args = Object.entries(size).flatMap(([name, n]) => [`--${name}`, String(n)])
    const maker = spawn(process.execPath, [join(root, 'lab', 'large.ts'), '--out', pipe, ...args], { stdio: 'ignore' })
    const made = once(maker, 'exit')
    const m = await measure(process.execPath, [assay, 'audit', pipe])
    const [code] = (await made) as [number | null]
    const ended = m.code === 0 && code === 0 ? (m.peak <= AIM ? 'met' : '**missed**') : `failed (${m.code}, ${code})`
    console.log(
      `| ${what} | ${m.seconds.toFixed(1)} | ${m.cpu.toFixed(1)} | ${m.peak.toFixed(0)} | at most ${AIM} MB: ${ended} |`,
    )
  } finally {
    rmSync(pipe, { force: true })
  }
}

function number(n: number): string {
  return n.toLocaleString('en')
}
