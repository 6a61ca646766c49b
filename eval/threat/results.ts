import type { Alarm, Found } from './score.ts'
import { STRENGTH } from './strength.ts'

interface Risks {
  all: string[]
  grave: string[]
}

/** A malicious capture and what was told of it; `alarms` are of devices that do nothing and have nothing done to them. */
export interface Row {
  name: string
  asked: string
  real: boolean
  found: Found[]
  alarms: Alarm[]
  days: number
  cell?: { table: string; row: string; column: string }
  ndpi?: Risks
}

export interface Results {
  rows: Row[]
  benign: { group: string; name: string; alarms: Alarm[]; days: number; ndpi?: Risks }[]
  seconds: number
  /** Captures that were not there or could not be read. */
  skipped: string[]
}

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '--').join('|')}|`, ...rows.map(line)].join('\n')
}

const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor((list.length - 1) / 2)]
const worst = (list: readonly number[]) => (list.length ? Math.max(...list) : undefined)
const shown = (n: number | undefined, digits = 0) => (n === undefined ? '' : n.toFixed(digits))
const share = (found: number, all: number) => (all === 0 ? '' : `${found} of ${all} (${Math.round((100 * found) / all)} %)`)

function recall(rows: readonly Row[], by: (f: Found, row: Row) => string | undefined): string {
  const groups = new Map<string, Found[]>()
  for (const row of rows)
    for (const f of row.found) {
      const key = by(f, row)
      if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), f])
    }
  return table(
    ['', 'found at full strength', 'in the whole sweep', 'packets to the alert, median', 'worst', 'seconds, median', 'worst'],
    [...groups].map(([key, list]) => {
      const hits = list.filter((f) => f.found)
      const packets = hits.flatMap((f) => f.packets ?? [])
      const seconds = hits.flatMap((f) => f.seconds ?? [])
      return [
        key,
        share(hits.filter((f) => f.weak === undefined).length, list.filter((f) => f.weak === undefined).length),
        share(hits.length, list.length),
        shown(median(packets)),
        shown(worst(packets)),
        shown(median(seconds), 2),
        shown(worst(seconds), 1),
      ]
    }),
  )
}

/** Found with right stage and role, by row and column; what was expected of several stages is one letter each. */
function sweeps(rows: readonly Row[]): string {
  const tables = Map.groupBy(
    rows.filter((r) => r.cell !== undefined),
    (r) => r.cell!.table,
  )
  return [...tables]
    .map(([key, list]) => {
      const [title, row, column] = key.split('|') as [string, string, string]
      const columns = [...new Set(list.map((r) => r.cell!.column))]
      const names = [...new Set(list.map((r) => r.cell!.row))]
      const cell = (r: string, c: string) => {
        const hit = list.find((x) => x.cell!.row === r && x.cell!.column === c)
        if (hit === undefined) return ''
        if (hit.found.length === 1) return hit.found[0]!.found ? 'yes' : 'no'
        return hit.found.map((f) => `${f.stage} ${f.found ? 'yes' : 'no'}`).join(', ')
      }
      const body = names.map((r) => [shorter(r), ...columns.map((c) => cell(r, c))])
      return `**${title}** (rows: ${row}; columns: ${column})\n\n${table([row, ...columns.map(shorter)], body)}`
    })
    .join('\n\n')
}

const shorter = (text: string) => (/^0\.\d{4,}$/.test(text) ? Number(text).toFixed(4) : text)

/** Captures of homes; the days of protocol samples are mostly gaps between their packets. */
const HOMES = new Set(['synthetic', 'iot-sentinel', 'moniotr', 'samples'])

function falseAlarms(results: Results): string {
  const groups = Map.groupBy(results.benign, (b) => b.group)
  const row = (name: string, list: Results['benign']) => {
    const days = list.reduce((sum, b) => sum + b.days, 0)
    const alarms = list.flatMap((b) => b.alarms)
    const counts = SEVERITIES.map((s) => alarms.filter((a) => a.severity === s).length)
    return [
      name,
      list.length,
      days.toFixed(2),
      ...counts,
      days > 0 ? (alarms.filter((a) => a.severity !== 'info').length / days).toFixed(3) : '',
    ]
  }
  const head = ['captures', 'files', 'device-days', ...SEVERITIES, 'of any, a device-day']
  return table(head, [
    ...[...groups].map(([name, list]) => row(name, list)),
    row(
      'homes',
      results.benign.filter((b) => HOMES.has(b.group)),
    ),
    row('all', results.benign),
  ])
}

function listed(results: Results): string {
  const lines = results.benign.flatMap((b) =>
    b.alarms.map(
      (a) => `- ${b.group}: ${b.name}: ${a.severity} ${a.stage} ${a.detector}/${a.what} (${a.role}) ${a.device}: ${a.says}`,
    ),
  )
  return lines.length ? lines.join('\n') : 'None.'
}

function missed(rows: readonly Row[]): string {
  const lines = rows.flatMap((r) =>
    r.found
      .filter((f) => !f.found)
      .map(
        (f) =>
          `- ${r.name} ${r.asked}: ${f.stage}${f.vector ? ` (${f.vector})` : ''}, ${f.role}${f.called ? `; the stage was told as ${f.called}` : ''}`,
      ),
  )
  return lines.length ? [...new Set(lines)].join('\n') : 'None.'
}

function bystanders(rows: readonly Row[]): string {
  const lines = rows.flatMap((r) =>
    r.alarms.map((a) => `- ${r.name} ${r.asked}: ${a.severity} ${a.stage} ${a.detector}/${a.what} (${a.role}) ${a.device}`),
  )
  return lines.length ? [...new Set(lines)].join('\n') : 'None.'
}

function beside(results: Results): string {
  const told = results.rows.filter((r) => r.ndpi !== undefined)
  const name = (r: Row) => `${r.name}${r.asked ? ` ${r.asked}` : ''}`
  const quiet = results.benign.filter((b) => b.ndpi !== undefined)
  const loud = quiet.filter((b) => b.ndpi!.grave.length > 0)
  return `${table(
    ['capture', 'Assay', "nDPI's flow risks that may mean an attack"],
    told.map((r) => [name(r), share(r.found.filter((f) => f.found).length, r.found.length), r.ndpi!.grave.join(', ') || 'none']),
  )}\n\nOn benign captures (iot-sentinel, moniotr, synthetic) nDPI has such risks in ${loud.length} of ${quiet.length} files, Assay alarms in ${quiet.filter((b) => b.alarms.length > 0).length}. Risks that say nothing of an attack (a protocol on another port, TLS without HTTPS, old certificates and the like) are left out on both sides.`
}

/** Only what could be read in the source itself. */
const PUBLISHED = `- IoT-23 (Stratosphere), semi-supervised learning per packet and per flow: command channels found in 100 % of cases per packet and 94 % per flow, with 1.53 % false positives (abstract of arXiv 2407.15688).
- Sparse autoencoders over TCP flows of a small smart home: 86.9 to 91.2 % of attacks found, 0.1 to 0.5 % false positives, by how many packets are looked at (Shahid et al., abstract of arXiv 1912.11831).
- N-BaIoT (Meidan et al., IEEE Pervasive Computing 2018; nine things infected with Mirai and BASHLITE, snapshots of traffic), Kitsune (Mirsky et al., NDSS 2018; a camera network and a Mirai capture) and Slips (Stratosphere; its own captures): figures are in the bodies of these papers, which could not be read here; their abstracts give none. They are left out rather than quoted from others.

These are rates per packet or flow of the data named; those above are per stage of an attack and per device-day, and are not the same measure.`

export function markdown(results: Results): string {
  const real = results.rows.filter((r) => r.real)
  const synthetic = results.rows.filter((r) => !r.real)
  const byStage = (f: Found) => `${f.stage} (${f.role})`
  const byVector = (f: Found) => (f.vector === undefined ? undefined : `${f.vector} (${f.role})`)
  return `# What is told of captures whose truth is known

Made by \`npm run eval:threat\` in ${results.seconds} s. Found means: the right device, the stage (or one that is as right, lab/synth's truth says which) and the role,
and for attacks the vector's name. Real captures are few, and their truth is in TRUTH.md; synthetic ones are made by lab/synth from published
analyses, not from the detectors. Misses at the slow and short end of a sweep are meant to be seen.

## Real captures

${table(
  ['capture', 'stage', 'found', 'by', 'packets', 'seconds'],
  real.flatMap((r) =>
    r.found.map((f) => [
      r.name,
      `${f.stage}${f.vector ? ` ${f.vector}` : ''} (${f.role})`,
      f.found ? 'yes' : 'no',
      f.detector ?? f.called ?? '',
      shown(f.packets),
      shown(f.seconds, 2),
    ]),
  ),
)}

## Recall by stage, synthetic

At full strength means:

${STRENGTH.map((line) => `- ${line}`).join('\n')}

${recall(synthetic, byStage)}

## Recall by vector, synthetic

${recall(synthetic, byVector)}

## Recall by generator, synthetic

${recall(synthetic, (_, r) => r.name)}

## False alarms on benign captures

A step of a threat is one, but for those of severity info, which nobody has to look at. Wanted: none of high or critical, at most 0.1 of any a device-day. 'homes' are the synthetic ones, iot-sentinel,
moniotr and the lab's sample; the device-days of protocol samples are mostly gaps between packets and flatter the last row.

${falseAlarms(results)}

${listed(results)}

## Where detection ends

${sweeps(synthetic)}

## Beside nDPI

${beside(results)}

## Published figures

${PUBLISHED}

## All that was missed

${missed(results.rows)}

## Told of bystanders in malicious captures

${bystanders(results.rows)}
${results.skipped.length ? `\nNot there or not readable: ${results.skipped.join(', ')}.\n` : ''}`
}
