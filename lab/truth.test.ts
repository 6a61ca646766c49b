import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeviceTruth, Truth } from './truth.ts'

/** `ASSAY_LAB` names another run's folder. */
const folder = process.env['ASSAY_LAB'] ?? fileURLToPath(new URL('../samples', import.meta.url))
const truth = JSON.parse(readFileSync(join(folder, 'home.truth.json'), 'utf8')) as Truth
const tshark = spawnSync('tshark', ['--version']).status === 0

/** Frames that match each filter, by one pass of tshark over the capture: a statistics tap for each (so filters hold no commas). */
function count(capture: string, wanted: string[]): Map<string, number> {
  // The first and the last are there to show which way round tshark prints its tables.
  const filters = ['frame.number <= 2', ...wanted, 'frame.number == 1']
  const taps = filters.flatMap((filter) => ['-z', `io,stat,0,${filter}`])
  const { status, stdout, stderr } = spawnSync('tshark', ['-q', '-n', '-r', capture, ...taps], { encoding: 'utf8', maxBuffer: 1 << 26 })
  if (status !== 0) throw new Error(`tshark: ${stderr}`)
  // "|  0.0 <> 37.7 |    405 | 103127 |" in each table; later taps print first.
  const frames = [...stdout.matchAll(/<>[^|]*\|\s*(\d+)\s*\|/g)].map((m) => Number(m[1])).reverse()
  if (frames.length !== filters.length || frames[0] !== 2 || frames.at(-1) !== 1) throw new Error(`tshark gave ${frames.length} tables for ${filters.length} filters`)
  return new Map(filters.map((filter, i) => [filter, frames[i]!]))
}

/** The truth is held by an oracle that is not ours. */
describe.skipIf(!tshark)('the ground truth of the sample holds by tshark (skipped without tshark)', () => {
  const dir = mkdtempSync(join(tmpdir(), 'assay-truth-'))
  const plain = join(dir, 'home.pcapng')
  let counted = new Map<string, number>()
  const from = (device: DeviceTruth, ip: string): string =>
    `eth.src == ${device.mac} && ${ip.includes(':') ? `(ipv6.src == ${ip} || icmpv6.nd.ns.target_address == ${ip})` : `ip.src == ${ip}`}`

  beforeAll(() => {
    writeFileSync(plain, gunzipSync(readFileSync(join(folder, truth.capture))))
    const filters = truth.devices.flatMap((d) => [
      ...d.ips.map((ip) => from(d, ip)),
      ...[...d.endpoints, ...d.services, ...d.mustFind].map((row) => row.shown),
      ...d.mustNotFind.flatMap((row) => row.absent ?? []),
    ])
    counted = count(plain, [...new Set(filters)])
  }, 60_000)
  afterAll(() => rmSync(dir, { recursive: true }))

  const matches = (filter: string): number => counted.get(filter) ?? Number.NaN

  for (const device of truth.devices) {
    describe(device.name, () => {
      it('sends from each of its addresses', () => {
        for (const ip of device.ips) expect(matches(from(device, ip)), ip).toBeGreaterThan(0)
      })
      for (const row of [...device.endpoints, ...device.services]) {
        it(`${row.transport}/${row.port} ${row.protocol}`, () => expect(matches(row.shown), row.shown).toBeGreaterThan(0))
      }
      for (const must of device.mustFind) {
        it(`${must.check}: ${must.because}`, () => expect(matches(must.shown), must.shown).toBeGreaterThan(0))
      }
      for (const { absent, check, because } of device.mustNotFind) {
        if (absent) it(`no ${check}: ${because}`, () => expect(matches(absent), absent).toBe(0))
      }
    })
  }

  it('names every hardware address of the capture', () => {
    const { stdout } = spawnSync('tshark', ['-r', plain, '-n', '-T', 'fields', '-e', 'eth.src'], { encoding: 'utf8', maxBuffer: 1 << 24 })
    const seen = new Set(stdout.split('\n').filter(Boolean))
    expect([...seen].sort()).toEqual([truth.gateway.mac, ...truth.devices.map((d) => d.mac)].sort())
  })
})
