#!/usr/bin/env node
/**
 * `node lab/synth/make.ts VECTOR OUT.pcapng [--param value]…`: writes a synthetic capture and its truth beside it (OUT.truth.json). `--list` names
 * vectors and parameters. Bytes go to a file and nowhere else.
 */
import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { label, synthesise, vectorNamed, VECTORS } from './index.ts'
import { writePcapng } from './pcapng.ts'
import { COMMON } from './vector.ts'

const args = process.argv.slice(2)
if (args.includes('--list')) {
  const lines = (params: object) =>
    Object.entries(params).map(([name, p]) => `    --${name} ${p.value}  ${p.says}${p.oneOf ? ` (${p.oneOf.join(', ')})` : ''}`)
  for (const v of VECTORS) console.log([`${v.id}${v.benign ? ' (benign)' : ''}: ${v.title}`, ...lines(v.params)].join('\n'))
  console.log(['of all:', ...lines(COMMON)].join('\n'))
} else {
  const [id, out, ...rest] = args
  if (!id || !out || !/synth/.test(basename(out)) || !out.endsWith('.pcapng') || rest.length % 2) {
    console.error('usage: node lab/synth/make.ts VECTOR OUT.pcapng [--param value]…, with "synth" in the file name; --list')
    process.exit(2)
  }
  try {
    const asked = Object.fromEntries(rest.flatMap((word, i) => (i % 2 ? [] : [[word.replace(/^--/, ''), rest[i + 1]!]])))
    const { frames, truth } = synthesise(vectorNamed(id), asked, basename(out))
    writePcapng(out, label(truth), frames)
    writeFileSync(out.replace(/\.pcapng$/, '.truth.json'), `${JSON.stringify(truth, undefined, 2)}\n`)
    console.log(
      `${out}: ${frames.length} frames, ${truth.stages.map((s) => `${s.stage} from frame ${s.firstFrame}`).join(', ') || 'benign'}`,
    )
  } catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
}
