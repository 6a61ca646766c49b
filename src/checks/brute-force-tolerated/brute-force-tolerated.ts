import type { Observation } from '../../evidence/evidence.ts'
import type { Check } from '../check.ts'
import { fail, inconclusive } from '../finding.ts'
import { list, plural, span } from '../words.ts'

/** Twice what devices that lock usually allow (3 to 10). */
const MANY = 20
/** Slower than this the device may have slowed the attacker down (microseconds a try). */
const SLOW = 10e6

export const bruteForceTolerated: Check = {
  id: 'brute-force-tolerated',
  title: 'Resistance to password guessing',
  facet: 'security',
  looksFor: `Runs of at least ${MANY} refused log-ins that the device answered alike, without locking or slowing down.`,
  why: 'Without a limit, a short password is a matter of minutes, and a list of known ones a matter of seconds.',
  remedy: 'Maker: lock or slow down after a few bad log-ins, for each account and each address.',
  passNeeds: 'Never passes from traffic: that someone stopped guessing does not show that they were stopped.',
  run(device) {
    const logins = device.of('login').filter(({ data }) => data.role === 'server')
    const runs = [...Map.groupBy(logins, ({ data }) => data.protocol)].map(([protocol, all]) => runOf(protocol, all))
    const tolerated = runs.filter(run => run.refused >= MANY && run.took / run.refused < SLOW)
    if (tolerated.length > 0) {
      return tolerated.map(run => {
        const who = list(run.seen.map(({ data }) => data.peer.name ?? data.peer.ip))
        const end = run.accepted ? ', and then let one in' : ''
        const reason = `Answered ${plural(run.refused, 'bad log-in')} by ${run.protocol} from ${who} within ${span(run.took)} without stopping${end}.`
        // critical when the guessing led to success
        return fail(run.accepted ? 'critical' : 'high', reason, run.seen, run.protocol)
      })
    }
    const refused = runs.reduce((sum, run) => sum + run.refused, 0)
    const reason = refused === 0 ? 'No refused log-in was seen.' : `Only ${plural(refused, 'refused log-in')} seen, too few or too slow to tell.`
    return [inconclusive(reason, `Try ${MANY} wrong passwords in a minute on your own device while capturing.`, logins)]
  },
}

function runOf(protocol: string, all: Observation<'login'>[]) {
  const bad = all.filter(({ data }) => data.outcome === 'refused')
  const good = all.filter(({ data }) => data.outcome === 'accepted')
  const guessers = new Set(bad.map(({ data }) => data.peer.ip))
  const begun = Math.min(...bad.map(one => one.first))
  return {
    protocol,
    seen: [...bad, ...good],
    refused: bad.reduce((sum, one) => sum + one.count, 0),
    took: bad.length === 0 ? 0 : Math.max(...bad.map(one => one.last)) - begun,
    // by one of those who guessed, after they began
    accepted: good.some(one => guessers.has(one.data.peer.ip) && one.last >= begun),
  }
}
