import type { DeviceEvidence, Observation } from '../evidence/evidence.ts'
import type { Kinds } from '../evidence/kinds.ts'
import type { Finding } from './check.ts'
import { inconclusive, notApplicable, unanswered } from './finding.ts'
import { protocolName } from './words.ts'

/** How findings speak of services that were asked. */

/** A scan of fewer ports shows little of what is open, and nothing of what is not there. */
export const WIDE_SCAN = 256

/** Fewer than `--full` asks. */
export const FULL_SCAN = 1024

/** 'Telnet on tcp/23' */
export function serviceName({ protocol, transport, port }: { protocol: string; transport: string; port: number }): string {
  return `${protocolName(protocol)} on ${transport}/${port}`
}

/** Questions of a probe that were not answered: of its finding for each, but where another says more of the same service. */
export function notAnswered(device: DeviceEvidence, probe: string, said: readonly Finding[] = []): Finding[] {
  return troublesOf(device, probe)
    .filter(({ data }) => !said.some(({ about, outcome }) => about === data.about && (outcome === 'fail' || outcome === 'warn')))
    .map((one) => {
      const { about, reason, next, unseen } = one.data
      const say = unseen ? inconclusive : unanswered
      return say(about === '' ? reason : `${keyName(about)}: ${reason}`, next, [one], about)
    })
}

export function troublesOf(device: DeviceEvidence, probe: string): Observation<'probe.trouble'>[] {
  return device.of('probe.trouble').filter(({ data }) => data.probe === probe)
}

/** TCP ports that took connections and said nothing to any question: what they are for is not known, and nothing follows from it. */
export function mute(device: DeviceEvidence): Observation<'probe.service'>[] {
  return device
    .of('probe.service')
    .filter(({ data }) => data.transport === 'tcp' && data.protocol === '' && data.banner === undefined)
}

/** Of a fact's key: 'telnet tcp/23' is 'Telnet on tcp/23'; what is none stands as it is. */
function keyName(key: string): string {
  const [protocol = '', place = ''] = key.split(' ')
  return /^(?:tcp|udp)\/\d+$/.test(place) ? `${protocolName(protocol)} on ${place}` : key
}

/** A page that only leads to another, which is judged by itself. */
function leadsOn({ data }: Observation<'probe.page'>, all: readonly Observation<'probe.page'>[]): boolean {
  const { redirect, status } = data
  return redirect !== undefined && status >= 300 && status < 400 && all.some((one) => one.data.url === redirect)
}

/** A finding for each of its pages that leads to no other, else why there is none. */
export function ofEachPage(device: DeviceEvidence, judged: (page: Observation<'probe.page'>) => Finding): Finding[] {
  const pages = device.of('probe.page')
  const findings = pages.flatMap((page) => (leadsOn(page, pages) ? [] : [judged(page)]))
  findings.push(...notAnswered(device, 'pages', findings))
  return findings.length > 0 ? findings : noPages(device)
}

/** What is said of pages where none is known. */
function noPages(device: DeviceEvidence): Finding[] {
  // a port that was not told may be one
  const lost = notAnswered(device, 'scan')
  if (lost.length > 0) return lost
  const services = device.of('probe.service')
  const unknown = services.filter(({ data }) => data.protocol === '' || (data.protocol === 'tls' && data.within === undefined))
  if (services.length > 0 && unknown.length === 0)
    return [notApplicable('No web page of it was found: none of the services that were asked is a web server.', services)]
  return [inconclusive('No page of it was asked for.', 'Ask it: assay probe HOST', services)]
}

/** What was asked for a log-in and has one: pairs can be tried there. */
export function takesPasswords({ scheme, open }: Kinds['probe.login']): boolean {
  return open === undefined && scheme !== 'keys' && scheme !== 'none'
}
