import type { Observation } from '../../evidence/evidence.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import { mute, notAnswered, serviceName, takesPasswords } from '../asked.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, notApplicable, pass, warn } from '../finding.ts'
import { list, plural, span } from '../words.ts'

/** A wait before every refusal from the first on: a guesser is slowed down, but by many connections at once. */
const STEADY_MS = 1500

export const lockout: Check = {
  id: 'lockout',
  title: 'Bad log-ins slow down',
  facet: 'security',
  looksFor:
    'What ten bad log-ins in a row of a made-up user do: a lock, a growing delay, or nothing. A lock of accounts that exist only is not seen: nobody is to be locked out.',
  why: 'Without a limit every short password is found in a night.',
  remedy: 'Maker: slow down after five bad log-ins, for each address as for each account, and lock for a while after ten.',
  passNeeds: 'Bad log-ins were tried at a service, and it slowed down, locked or hung up. That is a finding for each service.',
  of: ['device'],
  run(device) {
    const tried = device.of('probe.lockout')
    const logins = device.of('probe.login')
    // the few defaults that were tried may have been enough; what came after met that lock. One slow refusal may be chance
    const met = logins.filter(({ data }) => data.stopped === 'locked')
    const findings = tried
      .filter((one) => one.data.outcome === 'unchanged' || !met.some(({ key }) => key === one.key))
      .map(judged)
    for (const one of met) {
      const again = tried.filter(({ key }) => key === one.key)
      if (again.some(({ data }) => data.outcome === 'unchanged')) continue
      const after = plural(one.data.tried, 'bad log-in')
      findings.push(pass(`Locked after ${after} by ${serviceName(one.data)}.`, [one, ...again], one.key))
    }
    findings.push(...notAnswered(device, 'lockout', findings))
    if (findings.length > 0) return findings
    const guessed = logins.filter(({ data }) => takesPasswords(data) && data.protocol !== 'snmp')
    if (guessed.length > 0) {
      const where = list(guessed.map(({ data }) => serviceName(data)))
      return [
        inconclusive(`Has a log-in (${where}); what bad ones do was not tried.`, 'Ask it: assay probe HOST --full', guessed),
      ]
    }
    const unknown = mute(device)
    if (logins.length > 0 && unknown.length > 0)
      return [
        inconclusive(
          `No password to guess was found, but ${list(unknown.map(({ data }) => `tcp/${data.port}`))} said nothing to any question.`,
          'Ask it again when it is not busy: assay probe HOST --full',
          unknown,
        ),
      ]
    if (logins.length > 0) {
      const where = list(logins.map(({ data }) => serviceName(data)))
      return [notApplicable(`There is no password to guess: ${where} ${logins.length === 1 ? 'takes' : 'take'} none.`, logins)]
    }
    return [inconclusive('It was not asked.', 'Ask it: assay probe HOST --full')]
  },
}

function judged(one: Observation<'probe.lockout'>): Finding {
  const { data, key } = one
  const where = serviceName(data)
  const after = plural(data.attempts, 'bad log-in')
  if (data.outcome !== 'unchanged') {
    const did: Record<Exclude<Kinds['probe.lockout']['outcome'], 'unchanged'>, string> = {
      locked: `Locked after ${after} by ${where}.`,
      'cut-off': `Stopped answering after ${after} by ${where}.`,
      slowed: `Slowed down within ${after} by ${where}: from ${waited(data.firstMs)} to ${waited(data.lastMs)} each.`,
    }
    return pass(did[data.outcome], [one], key)
  }
  const reason = `Refused ${after} of a made-up user in a row by ${where}, each after ${waited(data.lastMs)}: neither slower nor locked`
  if (Math.min(data.firstMs, data.lastMs) >= STEADY_MS)
    return warn('low', `${reason}. The same wait each time slows one guesser down, not one with many connections.`, [one], key)
  // a command line is more than a page
  return fail(data.protocol === 'telnet' || data.protocol === 'ssh' ? 'high' : 'medium', `${reason}.`, [one], key)
}

const waited = (ms: number) => (ms < 1000 ? `${ms} ms` : span(ms * 1000))
