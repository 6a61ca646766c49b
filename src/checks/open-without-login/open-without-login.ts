import type { DeviceEvidence, Observation } from '../../evidence/evidence.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import { notAnswered, serviceName, troublesOf, WIDE_SCAN } from '../asked.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, notApplicable, pass, warn } from '../finding.ts'
import { list, plural, protocolName } from '../words.ts'

/** What says of itself to everybody near is there to be read by all. */
const DISCOVERY = new Set(['mdns', 'ssdp', 'upnp', 'wsd', 'llmnr', 'nbns'])

/** What has no log-in by its nature: that it answers is its task. */
const FOR_ALL = new Set([...DISCOVERY, 'dns', 'ntp'])

type Gives = NonNullable<Kinds['probe.login']['open']>['gives']

export const openWithoutLogin: Check = {
  id: 'open-without-login',
  title: 'Let in without a log-in',
  facet: 'security',
  looksFor:
    'Services that show or do something for anybody who asks: command lines, brokers, pages that set, streams; and those that only tell.',
  why: 'What lets anybody in needs no password to be stolen.',
  remedy: 'Maker: ask for a log-in before anything is shown or done. Owner: keep other things on the network away from it.',
  passNeeds: 'Something answered on every open port that is known to ask for a log-in, and none lets anybody in.',
  of: ['device'],
  run(device) {
    const open = device.of('probe.login').filter(({ data }) => data.open !== undefined)
    const interfaces = device.of('probe.interface').filter(({ data }) => data.gives !== 'read' || !DISCOVERY.has(data.protocol))
    const at = (data: { protocol: string; port: number }) => `${data.protocol} ${data.port}`
    const more = Map.groupBy(interfaces, ({ data }) => at(data))
    const findings: Finding[] = open.map((one) => {
      // what the same service gave when it was asked for more is told with it
      const others = more.get(at(one.data)) ?? []
      more.delete(at(one.data))
      const gives = worst([one.data.open!.gives, ...others.map(({ data }) => data.gives)])
      const what = others.length === 0 ? '' : ` ${capital(list(others.map(({ data }) => data.what)))}.`
      return grave(
        gives,
        `${serviceName(one.data)} gives anybody ${one.data.open!.what}, without a log-in.${what}`,
        [one, ...others],
        one.key,
      )
    })
    for (const [about, all] of more) {
      const [{ data }] = all as [Observation<'probe.interface'>]
      const what = list(all.map((one) => one.data.what))
      const reason = `By ${protocolName(data.protocol)} on port ${data.port}, for anybody: ${what}.`
      findings.push(grave(worst(all.map((one) => one.data.gives)), reason, all, about))
    }
    findings.push(...notAnswered(device, 'logins', findings).filter(({ about }) => isUnknown(device, about)))
    return findings.length > 0 ? findings : [closed(device)]
  },
}

/** What commands it takes it over; what only tells may be meant to. */
function grave(gives: Gives, reason: string, shown: readonly Observation[], about: string): Finding {
  if (gives === 'shell') return fail('critical', reason, shown, about)
  if (gives === 'read') return warn('low', reason, shown, about)
  return fail('high', reason, shown, about)
}

function worst(all: readonly Gives[]): Gives {
  return (['shell', 'control', 'stream'] as const).find((gives) => all.includes(gives)) ?? 'read'
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** That a pair could not be tried says nothing of whether it asks for one. */
function isUnknown(device: DeviceEvidence, about: string): boolean {
  return !device.of('probe.login').some(({ key }) => key === about)
}

function closed(device: DeviceEvidence): Finding {
  const logins = device.of('probe.login')
  const services = device.of('probe.service')
  const ports = device.of('probe.ports')
  const [lost] = notAnswered(device, 'scan')
  if (lost !== undefined) return lost
  if (services.length === 0 && logins.length === 0) {
    const none = ports.filter(({ data }) => data.transport === 'tcp' && data.asked >= WIDE_SCAN && data.closed === data.asked)
    if (none.length > 0) {
      const [{ data }] = none as [(typeof none)[0]]
      return notApplicable(`Nothing to be let in by: all ${plural(data.asked, 'port')} that were asked are closed.`, none)
    }
    return inconclusive('It was not asked, or did not answer.', 'Ask it: assay probe HOST', ports)
  }
  const asked = new Set(logins.map(({ data }) => `${data.transport}/${data.port}`))
  const others = services.filter(({ data }) => !asked.has(`${data.transport}/${data.port}`) && !FOR_ALL.has(data.protocol))
  if (others.length > 0 || logins.length === 0) {
    const where = list(
      others.map(({ data }) => (data.protocol === '' ? `${data.transport}/${data.port} (unknown)` : serviceName(data))),
      5,
    )
    return inconclusive(
      `${logins.length === 0 ? 'Nothing was asked for a log-in' : `Nobody is let in by ${list(logins.map(({ data }) => serviceName(data)))}`}; what ${where} gives to anybody is not known.`,
      troublesOf(device, 'services').length > 0
        ? 'Ask it again: assay probe HOST --full'
        : 'Read in its manual what these are for, and who may use them.',
      [...others, ...logins],
    )
  }
  return pass(
    `Asks for a log-in wherever it was asked: ${list(
      logins.map(({ data }) => serviceName(data)),
      5,
    )}.`,
    logins,
  )
}
