import type { DeviceEvidence, Endpoint, NetworkEvidence, Observation } from '../../evidence/evidence.ts'
import { scan } from '../../threat/scan/scan.ts'
import { signsOf } from '../../threat/threats.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, warn } from '../finding.ts'
import { watched } from '../traffic.ts'
import { hostPort, plural, protocolName, span, times } from '../words.ts'

/** A person who forgot a password gives up long before. */
const GUESSES = 20
/** Slower than this (microseconds a try) it may be a program with an old password. */
const SLOW = 10e6
/** Connections for log-ins at one place that no person opens by hand, and within how long each (microseconds). */
const SESSIONS: Readonly<Record<string, readonly [least: number, each: number]>> = { ssh: [30, 60e6], telnet: [20, SLOW] }

export const attacksOthers: Check = {
  id: 'attacks-others',
  title: 'Attacks on others',
  facet: 'security',
  looksFor: `What infected things do to others: at least ${GUESSES} refused log-ins at one place in a row, one port tried in vain at many addresses, or many ports of one, or SSH and Telnet connections as guessing opens them.`,
  why: 'A thing that attacks others is most likely infected, and endangers everything else on its network.',
  remedy:
    'Owner: take it off the network now; set it up anew with current software and new passwords before it comes back. If you ran a test yourself, all is well.',
  passNeeds: 'Never passes from traffic: that it was quiet while it was watched does not show that it is sound.',
  run(device, network) {
    const told = guessing(device)
    const findings = [
      ...told,
      ...scanning(device, network),
      ...hiddenGuessing(device).filter(({ about }) => !told.some((one) => one.about === about)),
    ]
    if (findings.length > 0) return findings
    return [
      inconclusive(
        `In ${span(watched(device))} it was not seen to guess passwords or to scan.`,
        'Capture 24 hours of normal use: infected things are quiet for long.',
      ),
    ]
  },
}

/** Critical: nothing does this but a program made for it. */
function guessing(device: DeviceEvidence): Finding[] {
  const logins = device.of('login').filter(({ data }) => data.role === 'client')
  const runs = logins.filter(
    (run) => run.data.outcome === 'refused' && run.count >= GUESSES && (run.last - run.first) / run.count < SLOW,
  )
  return runs.map((run) => {
    const entered = logins.filter(
      (login) => login.data.outcome === 'accepted' && isSamePlace(login, run) && login.last >= run.first,
    )
    const end = entered.length > 0 ? ', and got in' : ''
    const at = hostPort(run.data.peer)
    return fail(
      'critical',
      `Guessed passwords: ${plural(run.count, 'refused log-in')} by ${protocolName(run.data.protocol)} at ${at} within ${span(run.last - run.first)}${end}.`,
      [run, ...entered],
      `guessing ${at}`,
    )
  })
}

function isSamePlace(a: Observation<'login'>, b: Observation<'login'>): boolean {
  return a.data.protocol === b.data.protocol && a.data.peer.ip === b.data.peer.ip
}

/** As the detector of scans tells of it; what it finds low is what apps and hubs do. */
function scanning(device: DeviceEvidence, network: NetworkEvidence): Finding[] {
  return signsOf(scan, device, network).flatMap((sign) => {
    const { severity, says } = scan.tell(sign)
    const { what, port, peer } = sign.data
    const about = `scan ${peer?.ip ?? (port === undefined ? what : `${what.startsWith('udp') ? 'udp' : 'tcp'}/${port}`)}`
    if (severity === 'low' || severity === 'info') return []
    return [severity === 'medium' ? warn('medium', says, [sign], about) : fail(severity, says, [sign], about)]
  })
}

/** Medium, a warning: what was said inside is not known, and scripts open many sessions too. */
function hiddenGuessing(device: DeviceEvidence): Finding[] {
  return device.endpoints.filter(isRepeated).map((one) => {
    const at = hostPort({ ...one, ip: one.ips[0] })
    return warn(
      'medium',
      `Opened ${one.protocol === 'ssh' ? 'an SSH' : 'a Telnet'} connection to ${at} ${times(one.answered)} within ${span(one.last - one.first)}: so do programs that guess passwords.`,
      [one],
      `guessing ${at}`,
    )
  })
}

function isRepeated(one: Endpoint): boolean {
  const [least, each] = SESSIONS[one.protocol] ?? [Infinity, 0]
  return one.initiator === 'device' && one.answered >= least && (one.last - one.first) / one.answered < each
}
