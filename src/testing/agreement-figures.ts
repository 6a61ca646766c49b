import type { Explained } from './disagreements.ts'
import { isDisagreement, pairOf } from './disagreements.ts'
import { type ComparedFlow, counts, type Outcome } from './protocol-agreement.ts'

export interface Figures {
  /** Flows that count. */
  readonly flows: number
  readonly agree: number
  /** Agreement over all flows that count. */
  readonly raw: number
  /** The same over those in which nDPI names a protocol that we know: its word is the truth, and its silence says nothing. */
  readonly ofNdpis: number
  /** The same over all but those in which nDPI is wrong or does not know, by the list. */
  readonly withoutNdpisErrors: number
  /** Flows that do not count, by why. */
  readonly apart: ReadonlyMap<Outcome, number>
}

export function figuresOf(compared: readonly ComparedFlow[], explained: readonly Explained[]): Figures {
  const ndpisErrors = new Set(
    explained.filter(({ right }) => right === 'ours').flatMap(({ disagreements }) => disagreements.map(pairOf)),
  )
  const counted = compared.filter(({ outcome }) => counts(outcome))
  const agree = counted.filter(({ outcome }) => outcome === 'agree').length
  const errors = counted.filter((flow) => isDisagreement(flow) && ndpisErrors.has(pairOf(flow))).length
  const apart = new Map<Outcome, number>()
  for (const { outcome } of compared) if (!counts(outcome)) apart.set(outcome, (apart.get(outcome) ?? 0) + 1)
  const flows = counted.length
  const theirs = counted.filter(({ named }) => named.ndpi.size > 0).length
  return { flows, agree, raw: agree / flows, ofNdpis: agree / theirs, withoutNdpisErrors: agree / (flows - errors), apart }
}

/** All of them, in a line. */
export function inWords({ flows, agree, raw, ofNdpis, withoutNdpisErrors, apart }: Figures): string {
  const percent = (n: number) => `${(100 * n).toFixed(2)} %`
  const not = [...apart].map(([outcome, n]) => `${n} ${outcome}`).join(', ')
  return `${agree} of ${flows} flows agree, ${percent(raw)}; of those that nDPI names ${percent(ofNdpis)}; without its errors ${percent(withoutNdpisErrors)}; not counted: ${not || 'none'}`
}

const HEAD = ['protocol', 'flows', 'agree', 'only ours', 'only nDPI', 'differ', 'precision', 'recall']

/**
 * A line a protocol. With nDPI's word for the truth, precision is how much of what we name it names too, and recall how much of what
 * it names we name: a flow of two names is in two lines.
 */
export function table(compared: readonly ComparedFlow[]): string {
  const counted = compared.filter(({ outcome }) => counts(outcome))
  const protocols = new Set(counted.flatMap(({ named }) => [...named.ours, ...named.ndpi]))
  const rows = [...protocols].sort().map((protocol) => {
    const of = counted.filter(({ named }) => named.ours.has(protocol) || (named.ndpi.has(protocol) && !settled(named)))
    const count = (outcome: Outcome) => of.filter((flow) => flow.outcome === outcome).length
    const agree = count('agree')
    const weName = of.filter(({ named }) => named.ours.has(protocol)).length
    const theyName = of.filter(({ named }) => named.ndpi.has(protocol)).length
    return [
      protocol,
      `${of.length}`,
      `${agree}`,
      `${count('only ours')}`,
      `${count('only ndpi')}`,
      `${count('differ')}`,
      share(of.filter(({ named }) => named.ours.has(protocol) && named.ndpi.has(protocol)).length, weName),
      share(of.filter(({ named }) => named.ours.has(protocol) && named.ndpi.has(protocol)).length, theyName),
    ]
  })
  const widths = HEAD.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  return [HEAD, ...rows]
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '))
    .join('\n')
}

/** One name of nDPI's may mean several of ours (NetBIOS): when we name one of them, the others are not missed. */
function settled({ ours, ndpi }: ComparedFlow['named']): boolean {
  return [...ours].some((protocol) => ndpi.has(protocol))
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : (part / whole).toFixed(3)
}
