import { WORDS } from '../backend-authenticated/backend-authenticated.ts'
import type { Finding } from '../check.ts'
import { contradiction, warn } from '../finding.ts'
import { shows } from '../shows.ts'
import { carriesData, confidentiality } from '../traffic.ts'
import { hostPort, list, PERSONAL, protocolName, who } from '../words.ts'
import type { Case } from './statement.ts'

/** Statements that an answer or a packet shows to be wrong. Nothing where none does. */

/** Says that all travels encrypted; it was read on the wire. */
export function inClear({ dossier: { encryption }, device, at }: Case): Finding[] {
  const { used, exceptions = [] } = encryption?.inTransit ?? {}
  if (used !== true) return []
  const place = [at('/encryption/inTransit/used')]
  const secrets = device.of('credential').map(({ data, exemplars }) => ({
    exemplars,
    what: `credentials (${protocolName(data.protocol)}) ${data.role === 'server' ? `from ${who(data.peer)}` : `to ${hostPort(data.peer)}`}`,
  }))
  const personal = device
    .of('personal')
    // at home, hardware addresses and names are seen anyway
    .filter(({ data }) => data.peer.scope === 'internet')
    .map(({ data, exemplars }) => ({ exemplars, what: `${PERSONAL[data.what]} to ${hostPort(data.peer)}` }))
  const talks = device.endpoints
    .filter((one) => one.scope === 'internet' && carriesData(one) && confidentiality(one, device) === 'clear')
    .map((one) => ({ exemplars: one.exemplars, what: `${protocolName(one.protocol)} with ${hostPort(one)}` }))
  const read = [...secrets, ...personal, ...talks]
  if (read.length === 0) return []
  const what = list(read.map((one) => one.what))
  if (exceptions.length > 0)
    return [
      warn(
        'medium',
        `The maker says that everything travels encrypted but ${list(exceptions)}; ${shows(read[0]!)} in clear: ${what}.`,
        [...read, at('/encryption/inTransit/exceptions')],
      ),
    ]
  return [
    contradiction('high', `The maker says that everything travels encrypted; ${shows(read[0]!)} in clear: ${what}.`, place, read),
  ]
}

/** Says that first passwords are no defaults; a published default let somebody in. */
export function defaultLetIn({ dossier: { credentials }, device, at }: Case): Finding[] {
  const { used, first } = credentials ?? {}
  const none = used === false
  if (!none && (first === undefined || first === 'shared')) return []
  const tried = device
    .of('probe.login')
    .filter(({ data }) => data.accepted !== undefined)
    .map((one) => ({
      exemplars: one.exemplars,
      what: `that ${protocolName(one.data.protocol)} on ${one.data.transport}/${one.data.port} lets ${one.data.accepted!.user} in with a published password (${one.data.accepted!.of})`,
    }))
  const seen = device
    .of('credential')
    .filter(({ data }) => data.role === 'server' && data.known !== undefined && data.accepted === 'yes')
    .map((one) => ({
      exemplars: one.exemplars,
      what: `that ${protocolName(one.data.protocol)} let ${one.data.user ?? 'somebody'} in with a published password (${one.data.known})`,
    }))
  const found = [...tried, ...seen]
  if (found.length === 0) return []
  const claim = none ? 'there are no passwords' : FIRST[first as keyof typeof FIRST]
  return [
    contradiction(
      'critical',
      `The maker says that ${claim}; ${shows(found[0]!)} ${list(found.map(({ what }) => what))}.`,
      [at(none ? '/credentials/used' : '/credentials/first')],
      found,
    ),
  ]
}

const FIRST = {
  unique: 'each device has a first password of its own',
  'one-time': 'the first password is for one use',
  'set-by-user': 'the user sets the first password',
  certificate: 'certificates stand in for passwords',
}

/** Says that log-ins lock or slow down; as many bad ones as that takes were answered alike. */
export function guessedOn({ dossier: { credentials }, device, at }: Case): Finding[] {
  const { used, after = 0 } = credentials?.lockout ?? {}
  if (used !== true) return []
  const free = device.of('probe.lockout').filter(({ data }) => data.outcome === 'unchanged' && data.attempts >= after)
  if (free.length === 0) return []
  const what = list(
    free.map(
      ({ data }) =>
        `${protocolName(data.protocol)} on ${data.transport}/${data.port} answered ${data.attempts} bad log-ins alike`,
    ),
  )
  return [
    contradiction(
      'high',
      `The maker says that log-ins lock or slow down${after > 0 ? ` after ${after} bad ones` : ''}; ${shows(free[0]!)} that ${what}.`,
      [at('/credentials/lockout/used')],
      free,
    ),
  ]
}

/** Says that its services are checked; it went on with a certificate that must be refused. */
export function impostorLetIn({ dossier: { authentication }, device, at }: Case): Finding[] {
  if (authentication?.services?.authenticated !== true) return []
  const fooled = device.of('probe.impostor').filter(({ data }) => data.outcome === 'accepted' && data.offer !== 'genuine')
  if (fooled.length === 0) return []
  const what = list(fooled.map(({ data }) => `${data.server}:${data.port} with ${WORDS[data.offer as keyof typeof WORDS]}`))
  return [
    contradiction(
      'critical',
      `The maker says that the device checks who its services are; ${shows(fooled[0]!)} that it went on with an impostor: ${what}.`,
      [at('/authentication/services/authenticated')],
      fooled,
    ),
  ]
}

/** Says that it works offline; what answered before and after did not when the Internet was taken away. */
export function cut({ dossier: { offline }, device, at }: Case): Finding[] {
  if (offline?.works !== true) return []
  const lost = device.of('probe.cut').filter(({ data }) => data.before && !data.during && data.after && data.dropped > 0)
  if (lost.length === 0) return []
  return [
    contradiction(
      'medium',
      `The maker says that it works without the Internet; ${shows(lost[0]!)} that ${list(lost.map(({ data }) => data.service))} no longer answered when it was taken away.`,
      [at('/offline/works')],
      lost,
    ),
  ]
}

/** Names a security.txt that the site does not have. */
export function noSecurityTxt({ dossier: { disclosure }, device, at }: Case): Finding[] {
  const url = disclosure?.securityTxt
  if (url === undefined) return []
  const host = URL.parse(url)?.hostname
  const missing = device.of('site.security-txt').filter(({ data }) => data.host === host && !data.found)
  if (missing.length === 0) return []
  return [
    contradiction(
      'medium',
      `The maker says that its security.txt is at ${url}; ${shows(missing[0]!)} that ${host} has none.`,
      [at('/disclosure/securityTxt')],
      missing,
    ),
  ]
}
