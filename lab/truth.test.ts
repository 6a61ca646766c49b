import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { count, filters, from } from './oracle.ts'
import type { Truth } from './truth.ts'

/** `ASSAY_LAB` names another run's folder. */
const folder = process.env['ASSAY_LAB'] ?? fileURLToPath(new URL('../samples', import.meta.url))
const truth = JSON.parse(readFileSync(join(folder, 'home.truth.json'), 'utf8')) as Truth
const tshark = spawnSync('tshark', ['--version']).status === 0

/** The truth is held by an oracle that is not ours. */
describe.skipIf(!tshark)('the ground truth of the sample holds by tshark (skipped without tshark)', () => {
  const dir = mkdtempSync(join(tmpdir(), 'assay-truth-'))
  const plain = join(dir, 'home.pcapng')
  let counted = new Map<string, number>()
  beforeAll(() => {
    writeFileSync(plain, gunzipSync(readFileSync(join(folder, truth.capture))))
    const { shown, absent } = filters(truth)
    counted = count(plain, [...shown, ...absent])
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
    const { stdout } = spawnSync('tshark', ['-r', plain, '-n', '-T', 'fields', '-e', 'eth.src'], {
      encoding: 'utf8',
      maxBuffer: 1 << 24,
    })
    const seen = new Set(stdout.split('\n').filter(Boolean))
    expect(seen).toEqual(new Set([truth.gateway.mac, ...truth.devices.map((d) => d.mac)]))
  })
})
