import { protocolName } from '../checks/words.ts'
import type { Kind, Kinds } from '../evidence/kinds.ts'
import type { Audit, AuditDevice } from './model.ts'
import { clean, count, duration, fileName, moment, number } from './words.ts'

type Probe = NonNullable<Audit['probes']>[number]
export type AskedEntry = Probe['transcript'][number]

/** What an audit is of, for its head: 'home.pcapng', '3 captures', 'what 192.168.1.7 answered'. */
export function auditOf(audit: Audit): string {
  const { captures, probes = [] } = audit
  const files = captures.length === 1 ? fileName(captures[0]!.path) : captures.length > 1 ? count(captures.length, 'capture') : ''
  const asked = probes.flatMap(({ targets, sites }) => [...targets.map(({ ip, name }) => name ?? ip), ...sites])
  const answers =
    asked.length === 0
      ? ''
      : asked.length === 1
        ? `what ${clean(asked[0]!)} answered`
        : `what ${count(asked.length, 'host')} answered`
  return [files, answers].filter(Boolean).join(' and ') || 'nothing'
}

/** '1 device and 1 site: 345 questions in 6 s, from 2026-11-30 21:13:27 UTC'. */
export function askedLine({ targets, sites, began, ended, transcript }: Probe): string {
  const whom = [targets.length > 0 ? count(targets.length, 'device') : '', sites.length > 0 ? count(sites.length, 'site') : '']
  return `${whom.filter(Boolean).join(' and ') || 'nobody'}: ${count(transcript.length, 'question')} in ${duration(began, ended) || 'no time'}, from ${moment(began)} UTC`
}

/** '12 answered, 328 refused'; who said nothing and who did not listen are told apart. */
export function endedLine({ transcript }: Probe): string {
  const sums = new Map<string, number>()
  for (const { ended } of transcript) sums.set(ended, (sums.get(ended) ?? 0) + 1)
  return [...sums]
    .sort((a, b) => b[1] - a[1])
    .map(([ended, n]) => `${number(n)} ${ENDED[ended as AskedEntry['ended']]}`)
    .join(', ')
}

/** Services told of a device in one line. */
const SERVICES = 12

/**
 * What answered of a device that was asked: 'Open: tcp/22 SSH (dropbear 2022.83), tcp/80 HTTP'; undefined where its ports were not asked,
 * or nobody answered.
 */
export function openLine({ observations, services }: AuditDevice): string | undefined {
  const facts = <K extends Kind>(kind: K) => observations.filter((o) => o.kind === kind).map(({ data }) => data as Kinds[K])
  const scans = facts('probe.ports').filter(({ transport }) => transport === 'tcp')
  if (scans.length === 0) return undefined
  const products = new Map(
    facts('probe.service').map((one) => [
      `${one.transport}/${one.port}`,
      [one.product, one.version].filter((part) => typeof part === 'string').join(' '),
    ]),
  )
  const open = services
    .toSorted((a, b) => (a.transport === b.transport ? a.port - b.port : a.transport < b.transport ? -1 : 1))
    .map(({ transport, port, protocol }) => {
      const at = `${transport}/${port}`
      const product = products.get(at)
      return clean(`${at} ${protocol === '' ? '(unknown)' : protocolName(protocol)}${product ? ` (${product})` : ''}`)
    })
  if (open.length > 0)
    return `Open: ${open.slice(0, SERVICES).join(', ')}${open.length > SERVICES ? ` and ${number(open.length - SERVICES)} more` : ''}`
  const asked = scans.filter(({ closed }) => closed > 0).reduce((sum, one) => sum + one.asked, 0)
  return asked === 0 ? undefined : `Open: no TCP port, of ${number(asked)} asked`
}

/** How a question ended, in words. */
export const ENDED: Readonly<Record<AskedEntry['ended'], string>> = {
  answered: 'answered',
  refused: 'refused',
  silent: 'silent',
  unreachable: 'unreachable',
  'cut-off': 'cut off',
  endless: 'without an end',
  stopped: 'stopped',
  error: 'in error',
}

export const STOPPED = 'It was ended before all was asked: what was not asked is not judged.'

/** Questions that findings rest on, by probe, in the order of asking; at most so many. */
export function tellingEntries(audit: Audit, most: number): Map<number, AskedEntry[]> {
  const wanted = new Map<number, Set<number>>()
  let left = most
  for (const device of audit.devices)
    for (const finding of device.findings)
      for (const e of finding.evidence) {
        if (!('entries' in e)) continue
        const of = wanted.get(e.probe) ?? new Set()
        wanted.set(e.probe, of)
        for (const n of e.entries) {
          if (left === 0) break
          if (of.has(n)) continue
          of.add(n)
          left--
        }
      }
  return new Map(
    [...wanted].map(([probe, of]) => [probe, (audit.probes?.[probe]?.transcript ?? []).filter(({ n }) => of.has(n))] as const),
  )
}
