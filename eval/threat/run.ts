#!/usr/bin/env node
/**
 * `npm run eval:threat [-- --json] [--only TEXT]`: what is told of captures whose truth is known. Real malicious ones, synthetic ones over a sweep
 * of parameters, benign ones; beside it what nDPI's flow risks say. Writes eval/threat/RESULTS.md (not with --only). Needs the corpus for the real ones
 * (ASSAY_CORPUS); synthetic captures are written to a temporary folder and removed.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { label, synthesise } from '../../lab/synth/index.ts'
import { writePcapng } from '../../lab/synth/pcapng.ts'
import { corpus } from '../../src/testing/corpus.ts'
import { tsharkAvailable, tsharkFields } from '../../src/testing/tshark.ts'
import { benign, type Case, malicious } from './cases.ts'
import { ndpiRisks } from './ndpi-risks.ts'
import { markdown, type Results, type Row } from './results.ts'
import { weaker } from './strength.ts'
import { score } from './score.ts'
import { BENIGN_FOLDERS, BENIGN_MALWARE_FOLDER, IN_SAMPLE, NOT_BENIGN, REAL } from './truth.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, only: { type: 'string' } } })
const started = Date.now()
const folder = mkdtempSync(join(tmpdir(), 'assay-eval-threat-'))
const results: Results = { rows: [], benign: [], seconds: 0, skipped: [] }

function progress(what: string, done: number, all: number): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\r\u001b[K${what} ${done} of ${all}, ${Math.round((Date.now() - started) / 1000)} s`)
  else if (done % 100 === 0) process.stderr.write(`${what} ${done} of ${all}, ${Math.round((Date.now() - started) / 1000)} s\n`)
}

const wanted = (name: string) => values.only === undefined || name.includes(values.only)
const asked = (c: Case) =>
  Object.entries(c.asked)
    .map(([k, v]) => `${k}=${v}`)
    .join(' ')

async function synthetic(c: Case, withNdpi: boolean): Promise<Row> {
  const path = join(folder, `synth-${c.vector.id}.pcapng`)
  const { frames, marked, truth } = synthesise(c.vector, c.asked, basename(path))
  writePcapng(path, label(truth), frames)
  const expected = truth.stages.map((s, i) => ({
    device: s.device,
    stages: [s.stage, ...s.also],
    role: s.role,
    ...(s.vector !== undefined && { vector: s.vector }),
    frames: marked[i]!,
  }))
  const told = await score(path, expected, (frame) => (frames[frame - 1]?.time ?? 0) / 1e6)
  const risks = withNdpi ? ndpiRisks(path) : undefined
  const found = told.found.map((f, i) => {
    const weak = weaker(c, truth.stages[i]!.stage)
    return weak === undefined ? f : { ...f, weak }
  })
  return {
    name: c.vector.id,
    asked: asked(c),
    real: false,
    ...told,
    found,
    ...(c.cell && { cell: c.cell }),
    ...(risks && { ndpi: risks }),
  }
}

async function real(name: string, path: string): Promise<Row> {
  const truths = REAL[name] ?? []
  const times = tsharkFields(path, ['frame.time_epoch'])
  const timeOf = (frame: number) => Number(times.get(frame)?.[0]?.[0] ?? 0)
  const expected = truths.map(({ filter, ...rest }) => ({
    ...rest,
    frames: [...tsharkFields(path, ['frame.len'], filter).keys()],
  }))
  const told = await score(path, expected, timeOf)
  const risks = ndpiRisks(path)
  return { name, asked: '', real: true, ...told, ...(risks && { ndpi: risks }) }
}

function* captures(path: string): Generator<string> {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) yield* captures(join(path, name))
  else if (/\.(pcap|pcapng|cap|trace|gz)$/.test(path)) yield path
}

/** Each with the group that it is counted in. */
function benignFiles(): [group: string, path: string][] {
  const files: [string, string][] = []
  for (const name of BENIGN_FOLDERS) {
    const path = corpus(name)
    if (path === undefined) results.skipped.push(name)
    else for (const file of captures(path)) if (!NOT_BENIGN.test(basename(file))) files.push([name, file])
  }
  const telnet = corpus(BENIGN_MALWARE_FOLDER)
  if (telnet !== undefined) files.push(['id2t', telnet])
  files.push(['samples', fileURLToPath(new URL('../../samples/home.pcapng.gz', import.meta.url))])
  return files
}

try {
  const truths = Object.keys(REAL).filter(wanted)
  for (const [i, name] of truths.entries()) {
    progress('real captures', i, truths.length)
    const path = corpus(name)
    if (path === undefined || !tsharkAvailable()) results.skipped.push(name)
    else results.rows.push(await real(name, path))
  }
  const cases = malicious().filter((c) => wanted(c.vector.id))
  for (const [i, c] of cases.entries()) {
    progress('synthetic captures', i, cases.length)
    results.rows.push(await synthetic(c, c.cell === undefined))
  }
  const quiet = benign().filter((c) => wanted(c.vector.id))
  for (const [i, c] of quiet.entries()) {
    progress('benign synthetic captures', i, quiet.length)
    const { name, alarms, days, ndpi } = await synthetic(c, true)
    results.benign.push({ group: 'synthetic', name: `${name} ${asked(c)}`.trim(), alarms, days, ...(ndpi && { ndpi }) })
  }
  const files = benignFiles().filter(([group]) => wanted(group))
  for (const [i, [group, path]] of files.entries()) {
    progress('benign captures', i, files.length)
    try {
      const { alarms, days } = await score(path, group === 'samples' ? IN_SAMPLE : [], () => 0)
      const ndpi = group === 'iot-sentinel' || group === 'moniotr' ? ndpiRisks(path) : undefined
      results.benign.push({ group, name: path.split('/').slice(-2).join('/'), alarms, days, ...(ndpi && { ndpi }) })
    } catch {
      // damaged on purpose
      results.skipped.push(path.split('/').slice(-2).join('/'))
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
results.seconds = Math.round((Date.now() - started) / 1000)
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
const text = markdown(results)
console.log(values.json ? JSON.stringify(results) : text)
if (values.only === undefined) writeFileSync(fileURLToPath(new URL('RESULTS.md', import.meta.url)), text)
