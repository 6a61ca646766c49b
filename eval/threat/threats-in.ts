/**
 * What is told of the captures named: a line a step of a threat. `node eval/threat/threats-in.ts FILE|FOLDER...`
 * Quiet files print nothing; the last line counts files and device-days.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { audit } from '../../src/audit/audit.ts'

function* files(path: string): Generator<string> {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) yield* files(join(path, name))
  else yield path
}

let read = 0
let days = 0
for (const path of process.argv.slice(2).flatMap((p) => [...files(p)])) {
  if (!/\.(pcap|pcapng|cap)$/.test(path)) continue
  try {
    const { threats = [], devices } = await audit([path], { threads: 0 })
    read++
    for (const d of devices) days += (Date.parse(d.last) - Date.parse(d.first)) / 86_400_000
    for (const t of threats)
      for (const s of t.steps)
        console.log(
          [
            path.split('/').slice(-2).join('/'),
            t.device,
            t.ip ?? '',
            t.campaign,
            s.severity,
            s.confidence,
            s.stage,
            `${s.detector}/${s.what}`,
            s.role,
            s.count,
            s.says,
          ].join(' | '),
        )
  } catch (error) {
    console.log(`${path}: ${(error as Error).message}`)
  }
}
console.log(`${read} captures, ${days.toFixed(2)} device-days`)
