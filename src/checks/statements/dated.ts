import type { Finding } from '../check.ts'
import { fail, inconclusive, pass, warn } from '../finding.ts'
import { list } from '../words.ts'
import { later, yearsBefore } from './days.ts'
import type { Case } from './statement.ts'

/** Statements that hold until a day. All are judged on the day of the evidence. */

const UNDATED = 'When the evidence is from is not known, so that no date can be held against it.'
const DATE_IT = 'Audit a capture whose packets have their times.'

export function supportPeriod({ dossier: { support, policies }, device, today, at }: Case): Finding[] {
  if (support?.provided === false) return []
  const { start, end, duration } = support ?? {}
  const until = end ?? (start !== undefined && duration !== undefined ? later(start, duration) : undefined)
  const places = end !== undefined ? [at('/support/end')] : until !== undefined ? [at('/support/start', '/support/duration')] : []
  if (until === undefined)
    return duration === undefined
      ? []
      : [
          inconclusive(
            `The maker promises security updates for ${duration}, and does not say from which day on.`,
            'Ask the maker for the day: /support/start or /support/end',
            [at('/support/duration')],
          ),
        ]
  if (today === undefined) return [inconclusive(UNDATED, DATE_IT, places)]
  if (until < today)
    return [
      fail('high', `The maker says that security updates ended on ${until}: on ${today} it was still in use.`, [
        ...places,
        ...device.endpoints.slice(0, 2),
      ]),
    ]
  const published =
    support?.url !== undefined ? '/support/url' : policies?.support?.url !== undefined ? '/policies/support/url' : undefined
  if (published === undefined)
    return [
      inconclusive(
        `The maker promises security updates until ${until}, and does not say where this is published.`,
        'Ask the maker for the page: /support/url',
        places,
      ),
    ]
  return [pass(`The maker promises security updates until ${until}.`, [...places, at(published)])]
}

export function penetrationTests({ dossier: { penetrationTests }, today, at }: Case): Finding[] {
  if (penetrationTests?.done === false) return []
  const tests = dated(penetrationTests?.tests, '/penetrationTests/tests', at)
  if (tests.length === 0) return []
  const all = tests.map(({ place }) => place)
  if (today === undefined) return [inconclusive(UNDATED, DATE_IT, all)]
  const { past, recent } = around(tests, today)
  if (past.length === 0) return [tooEarly('penetration tests', tests, today)]
  const last = past[0]!.date
  if (recent.length === 0)
    return [fail('medium', `The last penetration test was on ${last}, more than a year before ${today}.`, [past[0]!.place])]
  if (recent.length === 1)
    return [
      fail(
        'medium',
        `One penetration test in the twelve months before ${today}, on ${last}: two are asked for.`,
        recent.map(({ place }) => place),
      ),
    ]
  return [
    pass(
      `The maker says when penetration tests were done: ${list(recent.map(({ date }) => date))}.`,
      recent.map(({ place }) => place),
    ),
  ]
}

export function providerAssessment({ dossier: { providerAssessment }, today, at }: Case): Finding[] {
  if (providerAssessment?.done === false) return []
  const done = dated(providerAssessment?.assessments, '/providerAssessment/assessments', at)
  if (done.length === 0) return []
  if (today === undefined)
    return [
      inconclusive(
        UNDATED,
        DATE_IT,
        done.map(({ place }) => place),
      ),
    ]
  const { past, recent } = around(done, today)
  if (past.length === 0) return [tooEarly('assessments', done, today)]
  const { date, place } = past[0]!
  // no rule says how often: what is old is worth a warning
  return recent.length === 0
    ? [warn('low', `The last assessment of its providers was on ${date}, more than a year before ${today}.`, [place])]
    : [pass(`The maker says that its providers were assessed, last on ${date}.`, [place])]
}

export function incidentPlan({ dossier: { incidentPlan }, today, at }: Case): Finding[] {
  const reviewed = incidentPlan?.reviewed
  if (incidentPlan?.exists !== true || reviewed === undefined) return []
  const places = [at('/incidentPlan/exists', '/incidentPlan/reviewed')]
  if (today === undefined) return [inconclusive(UNDATED, DATE_IT, places)]
  if (reviewed > today) return [tooEarly('a review', [{ date: reviewed, place: at('/incidentPlan/reviewed') }], today)]
  return reviewed < yearsBefore(today, 1)
    ? [fail('medium', `The plan for breaches was last reviewed on ${reviewed}, more than a year before ${today}.`, places)]
    : [pass(`The maker says that there is a plan for breaches, reviewed on ${reviewed}.`, places)]
}

export function noticeHistory({ dossier: { noticeHistory }, today, at }: Case): Finding[] {
  const { published, url, since, complete } = noticeHistory ?? {}
  if (published !== true || url === undefined || since === undefined) return []
  const places = [at('/noticeHistory/published', '/noticeHistory/url', '/noticeHistory/since')]
  if (complete === true)
    return [
      pass(`The maker says that all its privacy notices can be read at ${url}.`, [...places, at('/noticeHistory/complete')]),
    ]
  if (today === undefined) return [inconclusive(UNDATED, DATE_IT, places)]
  if (since <= yearsBefore(today, 2))
    return [pass(`The maker says that its privacy notices since ${since} can be read at ${url}.`, places)]
  return [
    inconclusive(
      `The history of privacy notices begins on ${since}, less than two years before ${today}.`,
      'Ask the maker whether there was a notice before: /noticeHistory/complete',
      places,
    ),
  ]
}

export function certified({ dossier: { certifications }, today, at }: Case): Finding[] {
  const held = (certifications ?? []).map((one, i) => ({ ...one, place: at(`/certifications/${i}`) }))
  const over = held.filter(({ expires }) => expires !== undefined && today !== undefined && expires < today)
  if (over.length === 0) return []
  return [
    warn(
      'low',
      `Ran out before ${today}: ${list(over.map(({ scheme, expires }) => `${scheme} (${expires})`))}.`,
      over.map(({ place }) => place),
    ),
  ]
}

/** What is read there can be changed on its way. */
export function policiesInClear({ dossier: { policies }, at }: Case): Finding[] {
  const open = (['privacy', 'security', 'support'] as const).filter((name) => policies?.[name]?.url?.startsWith('http:'))
  if (open.length === 0) return []
  return [
    fail(
      'low',
      `Published over HTTP without encryption: ${list(open.map((name) => `${name} (${policies![name]!.url})`))}.`,
      open.map((name) => at(`/policies/${name}/url`)),
    ),
  ]
}

interface On {
  readonly date: string
  readonly place: ReturnType<Case['at']>
}

function dated(list: readonly { date: string }[] | undefined, where: string, at: Case['at']): On[] {
  return (list ?? []).map(({ date }, i) => ({ date, place: at(`${where}/${i}/date`) }))
}

/** Newest first: those done by the day, and of them those within the year before. Days of the future show nothing yet. */
function around(list: readonly On[], today: string): { past: On[]; recent: On[] } {
  const past = list.filter(({ date }) => date <= today).toSorted((a, b) => (a.date < b.date ? 1 : -1))
  return { past, recent: past.filter(({ date }) => date >= yearsBefore(today, 1)) }
}

function tooEarly(what: string, list: readonly On[], today: string): Finding {
  return inconclusive(
    `The dossier dates ${what} after the evidence, which is from ${today}: ${list
      .map(({ date }) => date)
      .slice(0, 3)
      .join(', ')}.`,
    'Audit a capture that is newer than the dossier.',
    list.map(({ place }) => place),
  )
}
