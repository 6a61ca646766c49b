import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { label, synthesise, vectorNamed } from '../../lab/synth/index.ts'
import { writePcapng } from '../../lab/synth/pcapng.ts'
import type { Value } from '../../lab/synth/vector.ts'
import { namesVector, score } from './score.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-threat-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function told(id: string, asked: Record<string, Value> = {}) {
  const path = join(folder, `synth-${id}.pcapng`)
  const { frames, marked, truth } = synthesise(vectorNamed(id), asked, `synth-${id}.pcapng`)
  writePcapng(path, label(truth), frames)
  const expected = truth.stages.map((s, i) => ({
    device: s.device,
    stages: [s.stage, ...s.also],
    role: s.role,
    ...(s.vector !== undefined && { vector: s.vector }),
    frames: marked[i]!,
  }))
  return score(path, expected, (frame) => frames[frame - 1]!.time / 1e6)
}

/** What is found today must be found tomorrow: raise it, with the packets allowed to the first alert, as detectors come. */
describe('synthetic captures of which the stage is told', () => {
  it.each([
    ['probed', {}, 10],
    ['guess-telnet', {}, 150],
    ['c2-mirai', {}, 20],
    ['c2-mirai', { port: 48_101 }, 20],
    ['c2-gafgyt', {}, 20],
    ['c2-dht', {}, 10],
    ['scan', {}, 20],
    ['scan', { stack: 'socket', sequence: 'random', port: 60_023 }, 100],
    ['scan-ports', {}, 400],
  ] as [string, Record<string, Value>, number][])('%s %o, within so many packets', async (id, asked, packets) => {
    const { found, alarms } = await told(id, asked)
    expect(found.map((f) => [f.stage, f.found])).toEqual(found.map((f) => [f.stage, true]))
    for (const f of found) expect(f.packets).toBeLessThanOrEqual(packets)
    expect(alarms).toEqual([])
  })

  it.each(['benign-app-sweep', 'benign-torrent', 'benign-mqtt', 'benign-telnet-admin', 'benign-ssh-human', 'benign-browser'])(
    'nothing of medium severity or above is told of %s',
    async (id) => {
      const { alarms } = await told(id)
      expect(alarms.filter((a) => !['low', 'info'].includes(a.severity))).toEqual([])
    },
  )
})

it('a vector is known by its name among other words, and not by a part of one', () => {
  expect(namesVector({ what: 'SSDP reflection', detail: {} }, 'ssdp')).toBe(true)
  expect(namesVector({ what: 'dns-water-torture', detail: {} }, 'dns-water-torture')).toBe(true)
  expect(namesVector({ what: 'syncing', detail: {} }, 'syn')).toBe(false)
  expect(namesVector({ what: 'mirai order', detail: { order: 'HTTP flood for 10 s' } }, 'http')).toBe(true)
  expect(namesVector({ what: 'tcp-flags', detail: {} }, 'xmas')).toBe(true)
})
