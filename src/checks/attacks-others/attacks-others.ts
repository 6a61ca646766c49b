import type { DeviceEvidence } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, warn } from '../finding.ts'
import { watched } from '../traffic.ts'
import { hostPort, list, plural, protocolName, span, times } from '../words.ts'

/** Addresses that did not answer on the same port: programs look for one service among a few known places. */
const HOSTS = 20
/** Ports of one address that did not answer. */
const PORTS = 50
export const attacksOthers: Check = {
  id: 'attacks-others',
  title: 'Attacks on others',
  facet: 'security',
  looksFor: `What infected things do to others: password guessing as threat detection tells it (different user names and passwords refused in a row, published defaults by Telnet, refusals of SSH by their size), one port tried at ${HOSTS} addresses or more without an answer, ${PORTS} ports of one address.`,
  why: 'A thing that attacks others is most likely infected, and endangers everything else on its network.',
  remedy:
    'Owner: take it off the network now; set it up anew with current software and new passwords before it comes back. If you ran a test yourself, all is well.',
  passNeeds: 'Never passes from traffic: that it was quiet while it was watched does not show that it is sound.',
  run(device) {
    const findings = [...guessing(device), ...scanning(device)]
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

/** High: tools for looking after a network do it as well. */
function scanning(device: DeviceEvidence): Finding[] {
  const silent = device.endpoints.filter(
    (one) =>
      one.transport === 'tcp' &&
      one.initiator === 'device' &&
      one.scope !== 'multicast' &&
      one.answered === 0 &&
      // what a forged address in its name calls back is not its doing
      one.packetsOut > 0 &&
      one.overflow !== true,
  )
  const wide = [...Map.groupBy(silent, (one) => one.port)]
    .filter(([, of]) => new Set(of.map((one) => one.ips[0])).size >= HOSTS)
    .map(([port, of]) =>
      fail(
        'high',
        `Scanned: tried TCP port ${port} at ${plural(of.length, 'address', 'addresses')} that did not answer, such as ${list(
          of.map((one) => one.ips[0]!),
          2,
        )}.`,
        of,
        `scan tcp/${port}`,
      ),
    )
  const deep = [...Map.groupBy(silent, (one) => one.ips[0] ?? '')]
    .filter(([, of]) => of.length >= PORTS)
    .map(([ip, of]) => fail('high', `Scanned: tried ${of.length} TCP ports of ${ip} that did not answer.`, of, `scan ${ip}`))
  return [...wide, ...deep]
}
