#!/usr/bin/env node
/**
 * `node fuzz/run.ts [--target dns,tls] [--seconds 60] [--cases N] [--seed 1] [--captures] [--keep] [--blind] [--cuts N]`: hostile inputs for
 * hours if need be (docs/fuzzing.md). Finds are written to .cache/fuzz/TARGET/; exit code 1 when there are any.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { corpus } from '../src/testing/corpus.ts'
import { keep, kept, nameOf } from './corpus.ts'
import { targets } from './targets/index.ts'
import { watched } from './watch.ts'

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    cases: { type: 'string', default: '1000000000' },
    seed: { type: 'string', default: '1' },
    captures: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    blind: { type: 'boolean', default: false },
    cuts: { type: 'string', default: '20000' },
    replay: { type: 'string' },
  },
})
const names = values.target?.split(',') ?? targets.map((t) => t.name)
const unknown = names.find((name) => !targets.some((t) => t.name === name))
if (unknown !== undefined) {
  console.error(`There is no target ${unknown}. Targets: ${targets.map((t) => t.name).join(' ')}`)
  process.exit(2)
}
const root = fileURLToPath(new URL('..', import.meta.url))
const found = join(root, '.cache', 'fuzz')

// what is written for an instant lies in memory where the system has such a place, and goes with the run
const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'assay-fuzz-'))
process.env['TMPDIR'] = scratch
process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

if (values.replay !== undefined) {
  await targets.find((t) => t.name === names[0])!.run(new Uint8Array(readFileSync(values.replay)))
  console.log('It holds.')
  process.exit()
}

/** Also public captures where they lie beside the project; what is derived from those is never kept. */
const publicCaptures = values.captures && !values.keep ? captureFiles() : []
const captures = [join(root, 'samples', 'home.pcapng.gz'), ...publicCaptures]
let all = 0
let finds = 0
for (const name of names) {
  const began = performance.now()
  try {
    const [outcome] = await watched([name], captures, {
      seed: values.seed,
      cases: Number(values.cases),
      seconds: Number(values.seconds),
      guided: !values.blind,
      cuts: Number(values.cuts),
    })
    if (outcome === undefined) continue
    all += outcome.cases
    const took = (performance.now() - began) / 1000
    console.log(
      `${name.padEnd(15)} ${String(outcome.cases).padStart(8)} inputs ${took.toFixed(0).padStart(4)} s  ${outcome.fresh.length} reached new source ` +
        `(${(outcome.covered / 1024).toFixed(1)} KiB ran)  slowest ${outcome.slowest.ms.toFixed(1)} ms  heap ${(outcome.grown / 1048576).toFixed(1)} MiB  ${outcome.finds.length} finds`,
    )
    for (const find of outcome.finds) save(name, find.input, find.what)
    if (values.keep) enlarge(name, outcome.fresh)
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    save(
      name,
      new Uint8Array(Buffer.from(what.slice(what.lastIndexOf(': ') + 2), 'base64')),
      what.slice(0, what.lastIndexOf(': ')),
    )
  }
}
console.log(`${all} inputs, ${finds} finds`)
process.exit(finds > 0 ? 1 : 0)

function save(target: string, input: Uint8Array, what: string): void {
  finds++
  const dir = join(found, target)
  mkdirSync(dir, { recursive: true })
  const path = join(dir, nameOf(input))
  writeFileSync(path, input)
  console.log(
    `\n${what.split('\n').slice(0, 5).join('\n').slice(0, 1000)}\n  node fuzz/run.ts --target ${target} --replay ${path}\n`,
  )
}

/** Small inputs into the kept corpus, within its bound. */
function enlarge(target: string, fresh: readonly Uint8Array[]): void {
  const LARGEST = target === 'engine' ? 6000 : 1500
  const ROOM = target === 'engine' ? 60_000 : 8000
  let size = kept(target).reduce((sum, k) => sum + k.bytes.length, 0)
  for (const input of fresh) {
    if (input.length > LARGEST || size + input.length > ROOM) continue
    keep(target, input)
    size += input.length
  }
}

/** The smaller ones: each target cuts its seeds out of all of them. */
function captureFiles(): string[] {
  const LARGEST = 300_000
  const folder = corpus('.')
  if (folder === undefined) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && /\.(pcap|pcapng|cap)(\.gz)?$/.test(e.name))
    .map((e) => join(e.parentPath, e.name))
    .filter((path) => statSync(path).size <= LARGEST)
    .sort()
}
