import {
  type Admitted,
  isTrouble,
  type Supplied,
  type Trouble,
  type Uncompared,
  type Vulnerabilities,
  type Vulnerability,
} from '../../dossier/supplied-model.ts'
import { type Declared, said, suppliedAt } from '../../evidence/declared.ts'
import type { Check, Finding } from '../check.ts'
import { contradiction, fail, inconclusive, pass, unanswered } from '../finding.ts'
import { asSentence, list, plural } from '../words.ts'

/** Older databases do not know what everybody else does. */
const MAX_AGE_DAYS = 90
const DAY_MS = 86_400_000

export const knownVulnerabilities: Check = {
  id: 'known-vulnerabilities',
  title: 'Known vulnerabilities',
  facet: 'security',
  looksFor:
    "Components of the maker's bill of materials, held by their package URLs and versions against an offline OSV database (--osv), with the maker's answers (VEX) applied. That the product is not affected counts with a reason only; and whether the maker says that none is open.",
  why: 'Known holes are tried first: scripts for them are there to be had.',
  remedy:
    'Maker: update the components, or publish a VEX document (OpenVEX, CycloneDX or CSAF) that says for each vulnerability whether the product is affected, and if not why, and name it in the dossier. Owner: install the latest update.',
  passNeeds: `A bill of materials of which every component was compared with a database no older than ${MAX_AGE_DAYS} days, and no known vulnerability, or for each an answer of the maker.`,
  of: ['dossier'],
  run({ declared, last }) {
    if (declared?.supplied === undefined) return [inconclusive('There is no bill of materials to look them up for.', GIVE_BOTH)]
    const { admitted, vulnerabilities } = declared.supplied
    const told = new Set(
      vulnerabilities === undefined || isTrouble(vulnerabilities) ? [] : vulnerabilities.open.map(({ id }) => id),
    )
    const own = admitted.filter(({ id }) => !told.has(id))
    const looked = byDatabase(declared, declared.supplied, last)
    if (own.length === 0) return looked
    return [admits(declared, own), ...looked.filter(({ outcome }) => outcome !== 'pass')]
  },
}

const GIVE_BOTH =
  'Give a dossier that leads to a bill of materials, and a database: assay audit CAPTURE --dossier maker.yaml --osv FOLDER'

function admits(declared: Declared, admitted: readonly Admitted[]): Finding {
  const names = list(
    admitted.map(({ id }) => id),
    4,
  )
  const kinds = plural(admitted.length, 'known vulnerability', 'known vulnerabilities')
  const reason = `The maker's own VEX says that the product is affected by ${kinds}: ${names}.`
  const shown = admitted.slice(0, 8).map(({ document, at }) => suppliedAt(declared, document, at))
  // how bad they are is not told
  return opposed(declared, 'medium', reason, shown, 'admitted')
}

/** A failure; and a contradiction, where the maker says that none is open. */
function opposed(
  declared: Declared,
  severity: 'low' | 'medium' | 'high' | 'critical',
  reason: string,
  shown: ReturnType<typeof suppliedAt>[],
  about: string,
): Finding {
  if (declared.dossier.vulnerabilities?.open !== false) return fail(severity, reason, shown, about)
  const says = [said(declared, '/vulnerabilities/open')]
  return contradiction(severity, `The maker says that none is open. ${reason}`, says, shown, about)
}

function byDatabase(declared: Declared, { sbom, vulnerabilities: found, vex }: Supplied, last: number): Finding[] {
  if (sbom === undefined) return [inconclusive('There is no bill of materials to look them up for.', GIVE_BOTH)]
  if (isTrouble(sbom)) return [unanswered(asSentence(sbom.trouble), sbom.next, [said(declared, '/sbom')])]
  const whole = suppliedAt(declared, sbom.document, '')
  if (found === undefined) {
    const next = 'Give a folder of OSV records (https://osv.dev publishes them, one archive an ecosystem): --osv FOLDER'
    return [
      inconclusive(
        `${plural(sbom.components, 'component was', 'components were')} not held against any database.`,
        next,
        [whole],
        'not compared',
      ),
    ]
  }
  if (isTrouble(found)) return [unanswered(asSentence(found.trouble), found.next, [whole], 'not compared')]
  const findings = found.open.length > 0 ? [affected(declared, found, sbom.document, vex)] : []
  const open = remaining(found, last, whole, vex)
  if (open !== undefined) findings.push(open)
  return findings.length > 0 ? findings : [clean(declared, found, sbom.components, whole)]
}

const ORDER = ['critical', 'high', 'medium', 'low', 'unknown'] as const

function affected(
  declared: Declared,
  { open, openCounts, newest }: Vulnerabilities,
  document: number,
  unread: readonly Trouble[],
): Finding {
  const counts = ORDER.flatMap((severity) => {
    const count = openCounts[severity] ?? 0
    return count === 0 ? [] : [`${count.toLocaleString('en')} ${severity === 'unknown' ? 'of unknown severity' : severity}`]
  })
  // what nobody has rated is as bad as the middle
  const worst = ORDER.find((severity) => openCounts[severity] !== undefined)
  const all = ORDER.reduce((sum, severity) => sum + (openCounts[severity] ?? 0), 0)
  const examples = open.slice(0, 4).map((v) => `${v.id} in ${nameOf(v)}${stateOf(v)}`)
  const more = all > examples.length ? ` and ${(all - examples.length).toLocaleString('en')} more` : ''
  const hint = unread.length === 0 ? '' : ` ${plural(unread.length, 'VEX document')} could not be read.`
  const kinds = plural(all, 'known vulnerability', 'known vulnerabilities')
  const severity = worst === undefined || worst === 'unknown' ? 'medium' : worst
  const reason = `Its components have ${kinds} that ${all === 1 ? 'is' : 'are'} not answered (${counts.join(', ')}): ${examples.join('; ')}${more}${asOf(newest)}.${hint}`
  const shown = [
    suppliedAt(declared, document, ...open.slice(0, 6).map((v) => v.component.at)),
    ...open.slice(0, 4).flatMap(({ answer }) => (answer === undefined ? [] : [suppliedAt(declared, answer.document, answer.at)])),
  ]
  return opposed(declared, severity, reason, shown, 'affected')
}

/** What keeps it from a pass, though nothing was found. */
function remaining(
  { compared, uncompared, open, newest, records }: Vulnerabilities,
  last: number,
  whole: ReturnType<typeof suppliedAt>,
  unread: readonly Trouble[],
): Finding | undefined {
  if (uncompared.length > 0) {
    const reason = `${plural(compared, 'component')} ${compared === 1 ? 'was' : 'were'} compared with ${plural(records, 'record')}. Not compared: ${list(uncompared.map(reasonOf), 3)}.`
    const next =
      'Maker: give every component a package URL with its version. Then give a database of all their ecosystems: --osv FOLDER'
    return inconclusive(reason, next, [whole], 'not compared')
  }
  if (unread.length > 0) {
    const reason = `What the maker says of vulnerabilities was not read whole: ${unread[0]!.trouble}.`
    return inconclusive(reason, unread[0]!.next, [whole], 'not compared')
  }
  // what an old database knows is bad enough
  if (open.length > 0) return undefined
  const days = newest === undefined ? Infinity : (last / 1000 - newest) / DAY_MS
  if (days <= MAX_AGE_DAYS) return undefined
  const age = newest === undefined ? 'tells no time' : `was last changed on ${day(newest)}, ${Math.floor(days)} days before`
  return inconclusive(
    `No unanswered vulnerability is known, but the database ${age}.`,
    'Fetch the latest records from https://osv.dev, and audit again.',
    [whole],
    'not compared',
  )
}

function clean(declared: Declared, found: Vulnerabilities, components: number, whole: ReturnType<typeof suppliedAt>): Finding {
  const { answered, answeredCount, newest, records } = found
  const all = `all ${plural(components, 'component')}`
  const with_ = `${plural(records, 'record')}${asOf(newest)}`
  if (answered.length === 0) return pass(`No vulnerability is known of ${all}, compared with ${with_}.`, [whole])
  const examples = answered.map((v) => `${v.id} in ${nameOf(v)}: ${v.answer!.status.replaceAll('_', ' ')}${why(v)}`)
  return pass(
    `The maker answers each of ${plural(answeredCount, 'known vulnerability', 'known vulnerabilities')} of ${all} (${list(examples, 2)}), compared with ${with_}.`,
    [whole, ...answered.slice(0, 8).map(({ answer }) => suppliedAt(declared, answer!.document, answer!.at))],
  )
}

function why({ answer }: Vulnerability): string {
  return answer?.justification === undefined ? '' : `, ${answer.justification.replaceAll('_', ' ')}`
}

function stateOf({ answer }: Vulnerability): string {
  if (answer === undefined) return ''
  if (answer.status === 'not_affected') return ' (said not to be affected, without saying why)'
  return answer.status === 'affected' ? ' (affected, its maker says)' : ' (under investigation)'
}

function nameOf({ component: { name, version } }: Vulnerability): string {
  return version === undefined ? name : `${name} ${version}`
}

function reasonOf({ reason, count, examples }: Uncompared): string {
  return `${count.toLocaleString('en')} because ${reason} (${list(examples, 1)})`
}

function asOf(newest: number | undefined): string {
  return newest === undefined ? '' : `, as the database knew on ${day(newest)}`
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
