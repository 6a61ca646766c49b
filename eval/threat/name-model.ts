/**
 * Makes the table of src/threat/dga/name-model.ts anew: how often letters follow each other in the registered names of third-party-web
 * (MIT) and of knowledge/. `node eval/threat/name-model.ts`
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { getDomainWithoutSuffix } from 'tldts'

const labels = new Set<string>()
const add = (name: string) => {
  const label = getDomainWithoutSuffix(name.replace('*.', ''))
  if (label !== null && label.length > 1) labels.add(label)
}
const entities = createRequire(import.meta.url)('third-party-web/dist/entities-nostats.json') as { domains: string[] }[]
for (const { domains } of entities) domains.forEach(add)
const knowledge = new URL('../../knowledge/', import.meta.url)
for (const file of readdirSync(knowledge).sort())
  for (const [, name] of readFileSync(new URL(file, knowledge), 'utf8').matchAll(/"((?:[a-z0-9-]+\.)+[a-z]{2,})"/g)) add(name!)

// row 0: a part's beginning; column 0: its end
const counts = Array.from({ length: 27 }, () => Array.from({ length: 27 }, () => 0))
for (const label of labels)
  for (const part of label.split(/[^a-z]+/).filter((p) => p !== '')) {
    let before = 0
    for (const letter of Array.from(part, (c) => c.charCodeAt(0) - 96)) {
      counts[before]![letter]!++
      before = letter
    }
    counts[before]![0]!++
  }
for (const row of counts) {
  const sum = row.reduce((a, b) => a + b, 0)
  // nothing is impossible: as if each had been seen once almost
  const bits = row.map((n) => Math.log2(((n + 0.9) / (sum + 0.9 * 27)) * 27))
  const text = bits.map((b) => String.fromCharCode(40 + Math.max(0, Math.min(50, Math.round((b + 6) * 5))))).join('')
  console.log(`  '${text}',`)
}
console.error(`${labels.size} names`)
