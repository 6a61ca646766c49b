import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { audit } from '../src/audit.ts'
import { writeFileSync } from 'node:fs'
import { kept } from './corpus.ts'
import { pcap } from './pcap.ts'
import { scratchFile } from './sample.ts'
import { sound } from './targets/engine.ts'
import { targets } from './targets/index.ts'
import { watched } from './watch.ts'

const sample = fileURLToPath(new URL('../samples/home.pcapng.gz', import.meta.url))

/** Seconds are for a busy machine: a target that is slow there has fewer cases, and never fewer than its kept inputs. */
const SECONDS = Number(process.env['ASSAY_FUZZ_SECONDS'] ?? 1)
const CASES = Number(process.env['ASSAY_FUZZ_CASES'] ?? 4000)
/** Heap beyond what was held after the first cases. Decoders hold nothing; what V8 keeps for itself comes to a few. */
const GROWTH = 24 * 1024 * 1024

describe('hostile bytes', { timeout: 240_000 }, () => {
  it.concurrent.each(targets.map((t) => t.name))('%s: kept inputs and changes of them', async (name) => {
    const outcome = await watched(name, name === 'engine' ? [sample] : [], {
      seed: 'test',
      cases: CASES,
      seconds: SECONDS,
      guided: false,
    })
    expect(outcome.finds.map((f) => `${f.what}\n${Buffer.from(f.input).toString('base64')}`)).toEqual([])
    expect(outcome.cases).toBeGreaterThanOrEqual(kept(name).length)
    expect(outcome.cases).toBeGreaterThan(0)
    expect(outcome.grown).toBeLessThan(GROWTH)
  })

  it('has inputs for every target', () => {
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
