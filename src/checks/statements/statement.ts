import type { Dossier } from '../../dossier/dossier.ts'
import { atPointer } from '../../dossier/pointer.ts'
import { type Declared, said } from '../../evidence/declared.ts'
import type { DeviceEvidence, NetworkEvidence } from '../../evidence/evidence.ts'
import type { PlaceRef } from '../../evidence/pointer.ts'
import type { Check, Facet, Finding, Severity } from '../check.ts'
import { fail, inconclusive, notApplicable, pass, warn } from '../finding.ts'
import { list } from '../words.ts'

/** A field of the dossier without which a statement is not whole. */
export interface Need {
  /** JSON pointer, or several of which one is enough. */
  readonly at: string | readonly string[]
  /** What it says, after 'The maker says' and 'The dossier does not say'. */
  readonly words: string
  /** Of a yes or no: what it must say; by default true. */
  readonly expect?: boolean
  /** When it says the opposite, or `value`. */
  readonly no?: {
    readonly value?: string
    readonly severity: Exclude<Severity, 'info'>
    readonly says: string
    /** It is no failure where the rule only asks that it be said. */
    readonly only?: 'warn'
  }
  /** What an empty list says; by default it says nothing. */
  readonly empty?: string
}

/** What only a maker can say: a check by data. */
export interface StatementRow {
  readonly id: string
  readonly title: string
  readonly facet: Facet
  readonly looksFor: string
  readonly why: string
  readonly remedy: string
  readonly needs: readonly Need[]
  /** What a pass needs beside all of it. */
  readonly passNeeds?: string
  /** The question does not arise: the place that says so, and its words. Undefined where it does. */
  beside?(dossier: Dossier, device: DeviceEvidence): readonly [at: string, says: string] | undefined
  /** What decides before anything else: an answer, a date, what was seen. */
  judge?(of: Case): Finding[]
}

/** A statement before its judge. */
export interface Case {
  readonly dossier: Dossier
  readonly device: DeviceEvidence
  /** The day of the evidence, 2026-12-31; undefined where it is not known. Never the clock's: what is judged again gives the same. */
  readonly today: string | undefined
  readonly at: (...places: readonly string[]) => { exemplars: PlaceRef[] }
}

export const NO_DOSSIER = 'No dossier of its maker was given.'
export const GIVE_DOSSIER = 'Ask the maker for its dossier and name it: assay audit CAPTURE --dossier maker.yaml'

export function statementCheck(row: StatementRow): Check {
  const { id, title, facet, looksFor, why, remedy } = row
  const words = list(
    row.needs.map((need) => need.words),
    9,
  )
  return {
    id,
    title,
    facet,
    looksFor,
    why,
    remedy,
    passNeeds: row.passNeeds ?? `A dossier that says ${words}.`,
    of: ['dossier'],
    run(device, network) {
      return device.declared === undefined
        ? [inconclusive(NO_DOSSIER, GIVE_DOSSIER)]
        : judged(row, device, network, device.declared)
    },
  }
}

function judged(row: StatementRow, device: DeviceEvidence, network: NetworkEvidence, declared: Declared): Finding[] {
  const { dossier } = declared
  const at = (...places: readonly string[]) => said(declared, ...places)
  const found = row.judge?.({ dossier, device, today: dayOf(device, network), at }) ?? []
  if (found.length > 0) return found
  const answers = row.needs.map((need) => ({ need, ...answerOf(dossier, need) }))
  for (const { need, place, value } of answers) {
    if (need.no === undefined || place === undefined) continue
    const opposite = need.no.value === undefined ? value === !(need.expect ?? true) : value === need.no.value
    if (!opposite) continue
    const bad = need.no.only === 'warn' ? warn : fail
    return [bad(need.no.severity, `The maker says ${need.no.says}.`, [at(place)])]
  }
  const beside = row.beside?.(dossier, device)
  if (beside !== undefined) return [notApplicable(`The maker says ${beside[1]}.`, [at(beside[0])])]
  const told = answers.filter(({ place }) => place !== undefined)
  const missing = answers.filter(({ place }) => place === undefined)
  const places = told.map(({ place }) => at(place!))
  if (missing.length > 0) {
    const what = list(
      missing.map(({ need }) => need.words),
      9,
    )
    const where = missing.map(({ need }) => (typeof need.at === 'string' ? need.at : need.at.join(' or ')))
    return [
      inconclusive(`The dossier does not say ${what}.`, `Ask the maker to say it in its dossier: ${list(where, 9)}`, places),
    ]
  }
  return [
    pass(
      `The maker says ${list(
        told.map(({ need, value }) => spoken(need, value)),
        9,
      )}.`,
      places,
    ),
  ]
}

function answerOf(dossier: Dossier, { at, empty }: Need): { place?: string; value?: unknown } {
  for (const place of typeof at === 'string' ? [at] : at) {
    const value = atPointer(dossier, place)
    if (value === undefined || (Array.isArray(value) && value.length === 0 && empty === undefined)) continue
    return { place, value }
  }
  return {}
}

function spoken(need: Need, value: unknown): string {
  if (typeof value === 'boolean') return need.no === undefined ? `${need.words} (${value ? 'yes' : 'no'})` : need.words
  if (Array.isArray(value) && value.length === 0) return need.empty!
  return `${need.words} (${shown(value)})`
}

/** A value in a few words. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return list(value.map(shown), 4)
  if (typeof value === 'object' && value !== null) {
    const { name, what, scheme, date } = value as Record<string, unknown>
    return shown(name ?? what ?? scheme ?? date ?? 'see there')
  }
  const text = String(value)
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}

function dayOf(device: DeviceEvidence, network: NetworkEvidence): string | undefined {
  const last = Math.max(Number.isFinite(network.last) ? network.last : 0, Number.isFinite(device.last) ? device.last : 0)
  // beyond any calendar: a capture with made-up times
  return last <= 0 || last > 8.64e18 ? undefined : new Date(last / 1000).toISOString().slice(0, 10)
}
