import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ComparedFlow, counts } from './protocol-agreement.ts'

/** Flows of one capture of which we say one thing and nDPI another. */
export interface Disagreement {
  readonly capture: string
  /** As ComparedFlow has them. */
  readonly ours: string
  readonly ndpi: string
  /** How many, and one of them. */
  readonly flows: number
  readonly flow: string
}

/** Those that have one reason. */
export interface Explained {
  /** In plain words, with the standard's section. */
  reason: string
  /** Whose word is true: 'ours', 'ndpi', 'both' (each names a part), 'neither'; '' where nobody has looked yet. */
  right: 'ours' | 'ndpi' | 'both' | 'neither' | ''
  disagreements: Disagreement[]
}

const FILE = fileURLToPath(new URL('../oracle/ndpi-disagreements.json', import.meta.url))

export function readExplained(): Explained[] {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Explained[]
}

export function writeExplained(explained: readonly Explained[]): void {
  writeFileSync(FILE, `${JSON.stringify(explained, undefined, 2)}\n`)
}

export const isDisagreement = ({ outcome }: ComparedFlow): boolean => counts(outcome) && outcome !== 'agree'

/** What two disagreements must share to be one. */
export const pairOf = ({ capture, ours, ndpi }: Pick<Disagreement, 'capture' | 'ours' | 'ndpi'>): string =>
  `${capture}: ours ${ours || 'nothing'}, nDPI ${ndpi || 'nothing'}`

/** The disagreements of a comparison, by capture and pair of names. */
export function disagreementsOf(compared: readonly ComparedFlow[]): (Disagreement & { readonly all: readonly string[] })[] {
  const groups = Map.groupBy(compared.filter(isDisagreement), pairOf)
  return [...groups.values()].map((flows) => {
    const { capture, ours, ndpi, flow } = flows[0]!
    return { capture, ours, ndpi, flows: flows.length, flow, all: flows.map((one) => one.flow) }
  })
}

/** Where the list and what was found part; `captures` are those that were compared: of others the list may say what it likes. */
export function checkList(
  explained: readonly Explained[],
  compared: readonly ComparedFlow[],
  captures: readonly string[],
): string[] {
  const wrong: string[] = []
  const listed = new Map<string, Disagreement>()
  for (const { reason, right, disagreements } of explained) {
    const where = disagreements[0] === undefined ? 'a reason for nothing' : pairOf(disagreements[0])
    if (disagreements.length === 0 || reason.trim() === '' || right === '')
      wrong.push(`${where}: no reason, or not said who is right`)
    for (const one of disagreements) {
      if (listed.has(pairOf(one))) wrong.push(`${pairOf(one)}: listed twice`)
      listed.set(pairOf(one), one)
    }
  }
  for (const found of disagreementsOf(compared)) {
    const row = listed.get(pairOf(found))
    listed.delete(pairOf(found))
    if (row === undefined) wrong.push(`${pairOf(found)}: ${found.flows} flows, not listed (${found.flow})`)
    else if (row.flows !== found.flows) wrong.push(`${pairOf(found)}: ${found.flows} flows, listed are ${row.flows}`)
    else if (!found.all.includes(row.flow)) wrong.push(`${pairOf(found)}: ${row.flow} is none of them`)
  }
  for (const [pair, { capture }] of listed) if (captures.includes(capture)) wrong.push(`${pair}: listed, and no longer so`)
  return wrong
}

/** The list as it would have to be, reasons kept where they are known. */
export function renewed(
  explained: readonly Explained[],
  compared: readonly ComparedFlow[],
  captures: readonly string[],
): Explained[] {
  const found = new Map(
    disagreementsOf(compared).map(({ capture, ours, ndpi, flows, flow }) => {
      const one = { capture, ours, ndpi, flows, flow }
      return [pairOf(one), one]
    }),
  )
  const out = explained.map((group) => ({
    ...group,
    disagreements: group.disagreements.flatMap((one) => {
      if (!captures.includes(one.capture)) return [one]
      const now = found.get(pairOf(one))
      found.delete(pairOf(one))
      return now === undefined ? [] : [now]
    }),
  }))
  return [
    ...out.filter((group) => group.disagreements.length > 0),
    ...[...found.values()].map((one) => ({ reason: '', right: '' as const, disagreements: [one] })),
  ]
}
