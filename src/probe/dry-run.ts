import { Asker } from './asker.ts'
import { portWords } from './ports.ts'
import { type DeviceProbe, longest, type SiteProbe } from './probe.ts'
import { type ProbeRequest, wanted } from './run.ts'

/** What would be asked, of whom, how fast and for how long at most, in lines. Sends nothing. */
export function dryRun({ targets, sites = [], ports, full = false, only, more, perSecond, resolver }: ProbeRequest): string[] {
  // some ask nothing but with --full
  const asking = <T extends DeviceProbe | SiteProbe>(probes: readonly T[]) => probes.filter((one) => one.asks(full).length > 0)
  const all = wanted(only, more)
  const [ofDevices, ofSites] = [asking(all.ofDevices), asking(all.ofSites)]
  const rate = perSecond ?? Asker.PER_SECOND
  const lines: string[] = ['Nothing is sent. Without --dry-run this would be asked:']
  const list = (of: readonly string[]) =>
    of.length > 8 ? `${of.slice(0, 8).join(', ')} and ${of.length - 8} more` : of.join(', ')
  if (targets.length > 0) {
    lines.push('', `Devices: ${list(targets.map(({ ip, name }) => (name === undefined ? ip : `${name} (${ip})`)))}`)
    if (targets.some(({ name }) => name !== undefined)) lines.push('Their names were looked up, which was all that was sent.')
    lines.push(`TCP ports: ${ports.length} (${portWords(ports)})`)
    if (targets.some(({ sought }) => sought))
      lines.push('First, whether anybody is at each address of the range: a TCP connection to 8 ports.')
    lines.push(...questions(ofDevices, full, ports.length, rate.one))
    const left = all.ofDevices.filter((one) => !ofDevices.includes(one)).map(({ title, id }) => `${title} (${id})`)
    if (left.length > 0) lines.push('', `Only with --full: ${left.join(', ')}`)
  }
  if (sites.length > 0) {
    lines.push('', `The maker's side: ${list(sites)}${resolver === undefined ? '' : `, names by ${resolver}`}`)
    lines.push(...questions(ofSites, full, 0, rate.one))
  }
  const most = [targets.length > 0 ? ofDevices : [], sites.length > 0 ? ofSites : []].map((probes) =>
    probes.reduce((sum, one) => sum + longest(one, ports.length, rate.one), 0),
  )
  lines.push(
    '',
    `No faster than ${rate.one} new connections and datagrams a second to one host and ${rate.all} to all. All in all at most ${seconds(Math.max(...most))}: hosts are asked side by side.`,
  )
  return lines
}

function questions(probes: readonly (DeviceProbe | SiteProbe)[], full: boolean, ports: number, rate: number): string[] {
  return probes.flatMap((one) => [
    '',
    `${one.title} (--only ${one.id}), at most ${seconds(longest(one, ports, rate))} for each`,
    ...one.asks(full).map((what) => `  - ${what}`),
    ...(one.exactly?.() ?? []).map((line) => `    ${line}`),
  ])
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}
