import type { Observation } from '../../evidence/evidence.ts'
import type { Check } from '../check.ts'
import { fail, inconclusive } from '../finding.ts'
import { list, plural, protocolName, span } from '../words.ts'

/** Twice what devices that lock usually allow (3 to 10). */
const MANY = 20
/** Slower than this the device may have slowed the attacker down (microseconds a try). */
const SLOW = 10e6

export const bruteForceTolerated: Check = {
  id: 'brute-force-tolerated',
  title: 'Resistance to password guessing',
  facet: 'security',
  looksFor: `Runs of at least ${MANY} refused log-ins from one address that the device answered alike, without locking or slowing down.`,
  why: 'Without a limit, a short password is a matter of minutes, and a list of known ones a matter of seconds.',
  remedy:
    'Maker: lock or slow down after a few bad log-ins, for each account and each address. Owner: give it a long password that you use nowhere else, and find out which thing on your network was guessing.',
  passNeeds: 'Never passes from traffic: that someone stopped guessing does not show that they were stopped.',
  run(device) {
    const logins = device.of('login').filter(({ data }) => data.role === 'server')
    const bad = logins.filter(({ data }) => data.outcome === 'refused')
    const tolerated = bad.filter((run) => run.count >= MANY && (run.last - run.first) / run.count < SLOW)
    if (tolerated.length > 0) {
      return [...Map.groupBy(tolerated, ({ data }) => data.protocol)].map(([protocol, runs]) => {
        const entered = logins.filter((login) => login.data.outcome === 'accepted' && runs.some((run) => followed(login, run)))
        const who = list(
          runs.map(
            (run) =>
              `${plural(run.count, 'bad log-in')} from ${run.data.peer.name ?? run.data.peer.ip} within ${span(run.last - run.first)}`,
          ),
        )
        const end = entered.length > 0 ? ', and then let the guesser in' : ''
        // critical when the guessing led to success
        return fail(
          entered.length > 0 ? 'critical' : 'high',
          `Answered ${who} by ${protocolName(protocol)} without slowing down${end}.`,
          [...runs, ...entered],
          protocol,
        )
      })
    }
    const refused = bad.reduce((sum, run) => sum + run.count, 0)
    const reason =
      refused === 0
        ? 'No refused log-in was seen.'
        : `Only ${plural(refused, 'refused log-in')} seen, too few or too slow to tell.`
    return [inconclusive(reason, `Try ${MANY} wrong passwords in a minute on your own device while capturing.`, logins)]
  },
}

/** The same guesser, by the same protocol, got in after the guessing began. */
function followed(login: Observation<'login'>, run: Observation<'login'>): boolean {
  return login.data.protocol === run.data.protocol && login.data.peer.ip === run.data.peer.ip && login.last >= run.first
}
