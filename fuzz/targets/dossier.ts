import { isDeepStrictEqual } from 'node:util'
import type { Random } from '../../lab/random.ts'
import { statements } from '../../src/checks/statements/statements.ts'
import { canonical } from '../../src/dossier/jcs.ts'
import { DossierError, parseDossier } from '../../src/dossier/read.ts'
import { template } from '../../src/dossier/template.ts'
import { aDevice, aNetwork } from '../../src/testing/device.ts'
import { hold, presentable } from '../invariants.ts'
import { mutate } from '../mutate.ts'
import type { Target } from '../target.ts'

/** What a maker wrote: it is refused with a reason, or all that is made of it holds. */
export const dossier: Target = {
  name: 'dossier',
  batch: 16,
  async seeds() {
    const on = template()
      .split('\n')
      .filter((line) => !/^# \S/.test(line))
      .map((line) => line.replace(/^#/, ''))
      .join('\n')
      .replaceAll('…', 'text')
    return [template(), on, JSON.stringify(parseDossier(Buffer.from(on)).value, null, 1)].map((text) => Buffer.from(text))
  },
  run(input) {
    const begun = performance.now()
    try {
      const { value, dossier: read } = parseDossier(input)
      presentable(read)
      hold(
        isDeepStrictEqual(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value))),
        'its canonical form says something else',
      )
      const { schema: _, product: __, ...said } = read
      const device = aDevice().declares(said).build()
      for (const check of statements)
        for (const finding of check.run(device, aNetwork())) {
          presentable(finding)
          hold(finding.reason.length < 4000, `${check.id}: a reason of ${finding.reason.length} characters`)
          hold(finding.outcome === 'inconclusive' || finding.evidence.length > 0, `${check.id} is ${finding.outcome} on nothing`)
        }
    } catch (error) {
      if (!(error instanceof DossierError)) throw error
      presentable(error.problems)
      hold(error.problems.length > 0 && error.problems.length <= 20, `${error.problems.length} problems`)
    }
    hold(performance.now() - begun < 20_000, 'it took longer than any dossier may')
  },
  mutate(input, other, chance) {
    return chance.below(3) === 0 ? mutate(input, other, chance) : lines(input, other, chance)
  },
}

/** Whole lines changed: most get past the parser. */
function lines(input: Uint8Array, other: Uint8Array, chance: Random): Uint8Array {
  const now = Buffer.from(input).toString('utf8').split('\n')
  const foreign = Buffer.from(other).toString('utf8').split('\n')
  for (let n = 1 + chance.below(4); n > 0; n--) {
    const at = chance.below(now.length)
    const how = chance.below(6)
    if (how === 0) now.splice(at, 1)
    else if (how === 1) now.splice(at, 0, chance.pick(foreign))
    else if (how === 2) now[at] = `${' '.repeat(chance.below(6))}${now[at]?.trim()}`
    else if (how === 3) now[at] = (now[at] ?? '').replace(/:.*$/, `: ${chance.pick(VALUES)}`)
    else if (how === 4) now[at] = (now[at] ?? '').replace(/\w+/, (word) => word.slice(1))
    else now.splice(at, chance.below(20))
  }
  return Buffer.from(now.slice(0, 2000).join('\n'))
}

const VALUES = [
  '',
  'false',
  'true',
  'null',
  '-1',
  '1e400',
  '[]',
  '{}',
  '[[]]',
  '"\\ud800"',
  '"\\u202e"',
  '2026-02-30',
  'P9999Y',
  '9999-12-31',
  '0000-01-01',
  '&a [*a]',
  '*a',
  '!!binary aGk=',
  'x'.repeat(3000),
  '{ __proto__: { a: 1 } }',
  'shared',
  'clear',
]
