import type { DeviceEvidence, NetworkEvidence } from '../../evidence/evidence.ts'
import { scan } from '../../threat/scan/scan.ts'
import { signsOf } from '../../threat/threats.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, warn } from '../finding.ts'
import { watched } from '../traffic.ts'
import { hostPort, plural, protocolName, span, times } from '../words.ts'

export const attacksOthers: Check = {
  id: 'attacks-others',
  title: 'Attacks on others',
  facet: 'security',
  looksFor:
    'What infected things do to others: password guessing as threat detection tells it (different user names and passwords refused in a row, published defaults by Telnet, refusals of SSH by their size), one port tried in vain at many addresses, many ports of one (docs/threats.md).',
  why: 'A thing that attacks others is most likely infected, and endangers everything else on its network.',
  remedy:
    'Owner: take it off the network now; set it up anew with current software and new passwords before it comes back. If you ran a test yourself, all is well.',
  passNeeds: 'Never passes from traffic: that it was quiet while it was watched does not show that it is sound.',
  run(device, network) {
    const findings = [...guessing(device), ...scanning(device, network)]
    if (findings.length > 0) return findings
    return [
      inconclusive(
        `In ${span(watched(device))} it was not seen to guess passwords or to scan.`,
        'Capture 24 hours of normal use: infected things are quiet for long.',
      ),
    ]
  },
}

/** Critical: nothing does this but a program made for it. Medium, a warning, where what was said is not readable. */
function guessing(device: DeviceEvidence): Finding[] {
  const told = device.of('sign').filter(({ data }) => data.detector === 'guessing' && data.role === 'source' && data.raised)
  return told.map((run) => {
    const { what, peer, port, detail } = run.data
    const at = peer === undefined ? 'others' : hostPort({ ...peer, port: port ?? peer.port })
    const within = `within ${span(run.last - run.first)}`
    const by = protocolName(what)
    if (Number(detail['hidden']) > 0)
      return warn(
        'medium',
        `Tried to log in by ${by} at ${at} ${times(run.count)} ${within}, in vain as far as the size of the answers tells: so do programs that guess passwords.`,
        [run],
        `guessing ${at}`,
      )
    const entered = device.of('login').filter(({ data, last }) => {
      const there = data.role === 'client' && data.protocol === what && data.peer.ip === peer?.ip
      return there && data.outcome === 'accepted' && last >= run.first
    })
    return fail(
      'critical',
      `Guessed passwords: ${plural(run.count, 'log-in')} tried by ${by} at ${at} ${within}${entered.length > 0 ? ', and got in' : ''}.`,
      [run, ...entered],
      `guessing ${at}`,
    )
  })
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
