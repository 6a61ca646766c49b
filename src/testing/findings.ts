import fc from 'fast-check'
import { checks } from '../checks/index.ts'
import type { Assurance, Outcome, Severity } from '../checks/check.ts'
import type { Control, Framework } from '../frameworks/framework.ts'
import type { IdentifiedFinding } from '../frameworks/identify.ts'

/** Arbitrary findings and frameworks, for properties of verdicts and grades. */

const OUTCOMES: readonly Outcome[] = ['pass', 'fail', 'warn', 'inconclusive', 'not-applicable', 'error']
const BAD_SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical']
const ASSURANCES: readonly Assurance[] = ['observed', 'probed', 'documented', 'declared']

export const checkIds = checks.map((check) => check.id)

export function aFinding(given: Partial<IdentifiedFinding> & { check: string; outcome: Outcome }): IdentifiedFinding {
  const bad = given.outcome === 'fail' || given.outcome === 'warn'
  return {
    id: `device/${given.check}`,
    title: given.check,
    facet: 'security',
    remedy: '',
    severity: bad ? 'medium' : 'info',
    reason: `${given.check} ${given.outcome}`,
    assurance: 'observed',
    about: '',
    ...(given.outcome === 'inconclusive' ? { next: `settle ${given.check}` } : {}),
    ...given,
  }
}

function finding(outcomes: readonly Outcome[], ids: readonly string[]): fc.Arbitrary<IdentifiedFinding> {
  return fc
    .record({
      check: fc.constantFrom(...ids),
      outcome: fc.constantFrom(...outcomes),
      severity: fc.constantFrom(...BAD_SEVERITIES),
      assurance: fc.constantFrom(...ASSURANCES),
      about: fc.nat({ max: 1_000_000 }).map(String),
    })
    .map(({ severity, ...rest }) =>
      aFinding({
        ...rest,
        id: `device/${rest.check}/${rest.about}`,
        ...(rest.outcome === 'fail' || rest.outcome === 'warn' ? { severity } : {}),
      }),
    )
}

/** Findings of distinct ids, any number of each check. */
export function someFindings(ids: readonly string[] = checkIds): fc.Arbitrary<IdentifiedFinding[]> {
  return fc.uniqueArray(finding(OUTCOMES, ids), { selector: (one) => one.id, maxLength: 40 })
}

/** One more bad finding. Its id is like no other's. */
export function badFinding(ids: readonly string[] = checkIds): fc.Arbitrary<IdentifiedFinding> {
  return finding(['fail', 'warn'], ids).map((one) => ({ ...one, id: `${one.id}-new`, about: `${one.about}-new` }))
}

/** What a catalog says of itself. */
export const aCatalog: Omit<Framework, 'id' | 'controls'> = {
  title: 'Test',
  version: '1',
  publisher: '',
  published: '2026',
  source: 'https://example.com/',
  word: 'principle',
  about: '',
}

/** Names of checks in an arbitrary framework: few, so that controls share them and many pass. */
export const FEW = ['a', 'b', 'c', 'd', 'e', 'f']

/** Frameworks in which controls can pass, as those will that documents and probes can settle. */
export const aFramework: fc.Arbitrary<Framework> = fc
  .array(
    fc.record({
      checks: fc.uniqueArray(
        fc.record({ id: fc.constantFrom(...FEW), role: fc.constantFrom('settles' as const, 'can-fail' as const) }),
        {
          selector: (check) => check.id,
          maxLength: 4,
        },
      ),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((controls) => ({
    id: 'any',
    ...aCatalog,
    title: 'Any',
    informational: [],
    controls: controls.map((control, i) => aControl({ id: String(i + 1), ...control })),
  }))

export function aControl(given: Partial<Control> = {}): Control {
  const settles = given.checks?.some((check) => check.role === 'settles') === true
  return {
    id: '1',
    topic: 'topic',
    block: 'block',
    sure: 'H',
    level: 'unknown',
    seenBy: ['traffic'],
    responsible: 'maker',
    checks: [],
    ...(settles ? {} : { unseen: 'the rest' }),
    next: 'do this',
    ...given,
  }
}
