import type { Observation } from '../../evidence/evidence.ts'
import { mask } from '../../evidence/kinds.ts'
import { notAnswered, serviceName, takesPasswords, troublesOf } from '../asked.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, notApplicable, pass } from '../finding.ts'
import { list, plural } from '../words.ts'

const BY_HAND = 'Log in with the first password of its manual by hand, and see whether it still is the one.'

/** As many as are tried at a form that does not lock: a lock after these is no reason to know less. */
const ENOUGH = 3

export const defaultLogin: Check = {
  id: 'default-login',
  title: 'Default passwords tried',
  facet: 'security',
  looksFor:
    'Published default names and passwords, those of its maker first, tried a few at a time at every service that asks for one: HTTP, Telnet, SSH, FTP, RTSP, MQTT, SNMP.',
  why: 'Mirai took cameras with some sixty published pairs.',
  remedy: 'Maker: a password of its own for each device, or one that the owner must set first. Owner: change it now.',
  passNeeds:
    'Pairs were tried at each service with a log-in, and it refused all of them, or at least three before it locked. That is a finding for each service, and no proof that no other default exists.',
  of: ['device'],
  run(device) {
    const logins = device.of('probe.login')
    const asked = logins.filter(({ data }) => takesPasswords(data) && data.sameAs === undefined)
    const troubled = new Set(troublesOf(device, 'logins').map(({ data }) => data.about))
    const findings = asked.flatMap((one) => judged(one, troubled.has(one.key)))
    findings.push(...notAnswered(device, 'logins', findings))
    if (findings.length > 0) return findings
    if (logins.length === 0) return [inconclusive('No service of it was asked for a log-in.', 'Ask it: assay probe HOST')]
    const without = logins.filter(({ data }) => data.open !== undefined)
    if (without.length > 0) {
      const where = list(without.map(({ data }) => serviceName(data)))
      return [notApplicable(`There is no password to try: ${where} let anybody in without one.`, without)]
    }
    return [notApplicable(`Takes no passwords: ${list(logins.map(({ data }) => serviceName(data)))} asked for keys.`, logins)]
  },
}

function judged(one: Observation<'probe.login'>, troubled: boolean): Finding[] {
  const { data, key } = one
  const where = serviceName(data)
  if (data.accepted) {
    const { user, secret, of } = data.accepted
    const name = user === mask('') ? '' : `user ${user}, `
    const pair = data.protocol === 'snmp' ? `community ${secret}` : `${name}password ${secret}`
    // critical: full control for anyone who can reach it; a community is for reading
    const severity = data.protocol === 'snmp' ? 'high' : 'critical'
    return [fail(severity, `Let us in with a published default by ${where}: ${pair} (${of}).`, [one], key)]
  }
  // why it could not be told is said by the trouble
  if (troubled) return []
  if ((data.stopped === 'locked' || data.stopped === 'slow') && data.refused >= ENOUGH) {
    const then = data.stopped === 'locked' ? 'locked' : 'slowed down'
    return [pass(`Refused ${plural(data.refused, 'published default')} by ${where}, and then ${then}.`, [one], key)]
  }
  if (data.stopped !== undefined || data.tried === 0 || data.refused < data.tried) {
    const how =
      data.stopped === undefined
        ? 'not all had a clear answer'
        : { locked: 'then it locked', slow: 'then it slowed down', 'cut off': 'then it no longer answered' }[data.stopped]
    return [
      inconclusive(
        `Refused ${plural(data.refused, 'published default')} by ${where}; ${how}, and no more were tried.`,
        BY_HAND,
        [one],
        key,
      ),
    ]
  }
  return [pass(`Refused all ${plural(data.refused, 'published default')} that were tried by ${where}.`, [one], key)]
}
