import { describe, expect, it } from 'vitest'
import { audit } from '../src/audit/audit.ts'
import { writeFileSync } from 'node:fs'
import { kept } from './corpus.ts'
import { pcap } from './pcap.ts'
import { scratchFile } from './sample.ts'
import { sound } from './targets/engine.ts'
import { datagramTargets } from './targets/datagrams.ts'
import { targets } from './targets/index.ts'
import { streamTargets } from './targets/streams.ts'
import { watched } from './watch.ts'

/** Seconds are for a busy machine: a target that is slow there has fewer cases, and never fewer than its kept inputs. */
const SECONDS = Number(process.env['ASSAY_FUZZ_SECONDS'] ?? 2)
const CASES = Number(process.env['ASSAY_FUZZ_CASES'] ?? 4000)
/** Heap beyond what was held after the first cases. Decoders hold nothing; what V8 keeps for itself comes to a few. */
const GROWTH = 24 * 1024 * 1024

const groups = [
  { name: 'captures, as files and in pieces', targets: ['capture', 'file'], cases: CASES / 2 },
  { name: 'TCP decoders', targets: streamTargets.map((t) => t.name), cases: CASES },
  { name: 'UDP decoders', targets: datagramTargets.map((t) => t.name), cases: CASES },
  { name: 'files of makers', targets: ['supply'], cases: CASES },
  { name: 'dossiers', targets: ['dossier'], cases: CASES / 10 },
  { name: 'rules and lists', targets: ['rules'], cases: CASES },
  { name: 'the whole audit', targets: ['engine'], cases: CASES / 10 },
]

describe('hostile bytes', { timeout: 240_000 }, () => {
  // threads of several targets each: to start one costs more than most targets
  it.each(groups)('$name', async ({ targets: names, cases }) => {
    const outcomes = await watched(names, [], { seed: 'test', cases, seconds: SECONDS, guided: false, cuts: cases / 4 })
    expect(outcomes.map((o) => o.target)).toEqual(names)
    for (const outcome of outcomes) {
      expect(outcome.finds.map((f) => `${outcome.target}: ${f.what}\n${Buffer.from(f.input).toString('base64')}`)).toEqual([])
      expect([outcome.target, outcome.cases >= kept(outcome.target).length, outcome.grown < GROWTH]).toEqual([
        outcome.target,
        true,
        true,
      ])
    }
    process.stdout.write(`${outcomes.reduce((sum, o) => sum + o.cases, 0)} inputs\n`)
  })

  it('has inputs for every target, each in a group', () => {
    expect(groups.flatMap((g) => g.targets).sort()).toEqual(targets.map((t) => t.name).sort())
    for (const { name } of targets) expect([name, kept(name).length > 0]).toEqual([name, true])
  })
})

describe('silence', () => {
  const passes = async (capture: Uint8Array) => {
    const path = scratchFile()
    writeFileSync(path, capture)
    const result = await audit([path])
    sound(result)
    return {
      devices: result.devices.length,
      passes: result.devices.flatMap((d) => d.verdicts.filter((v) => v.outcome === 'pass')),
    }
  }

  it('of a capture without packets nothing is said', async () => {
    expect(await passes(pcap(1, []))).toEqual({ devices: 0, passes: [] })
  })

  it('a thing that only says that it is there passes nothing', async () => {
    const arp = Uint8Array.from(
      Buffer.from('ffffffffffff02000000000108060001080006040001020000000001c0a80107000000000000c0a80101', 'hex'),
    )
    expect(await passes(pcap(1, [{ bytes: arp, time: 1.7e15, wireLength: arp.length }]))).toEqual({ devices: 1, passes: [] })
  })
})
