import type { DeviceEvidence, Observation } from '../../evidence/evidence.ts'
import { mute, notAnswered, WIDE_SCAN } from '../asked.ts'
import type { Check, Finding, Severity } from '../check.ts'
import { fail, inconclusive, notApplicable, pass, unanswered, warn } from '../finding.ts'
import { addressOf } from '../scan.ts'
import { list, plural } from '../words.ts'

type Service = Observation<'probe.tls'>

export const servicesTls: Check = {
  id: 'services-tls',
  title: 'TLS of its own services',
  facet: 'security',
  looksFor:
    'Versions, cipher suites, groups, keys and certificates of every TLS service of the device, and weaknesses of it that are known and need no attack to be seen.',
  why: 'What it serves under a broken TLS can be read on the way.',
  remedy:
    'Maker: TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only (RFC 9325), keys of 2048 bits (RSA) or 256 (EC) and more. Owner: install the latest update, and do not open the service to the Internet.',
  passNeeds: 'Every TLS service was asked in full, there is one, and nothing weak was found.',
  of: ['device'],
  run(device) {
    const services = device.of('probe.tls')
    const weak = judged(services)
    if (weak !== undefined) return [weak]
    const asked = device.of('probe.tls-ports')
    const troubles = device.of('probe.trouble').filter(({ data }) => data.probe === 'tls')
    if (troubles.length > 0) return [notToTheEnd(troubles)]
    if (asked.length === 0)
      return [inconclusive('Its services were not asked for TLS.', `Ask it: assay probe ${addressOf(device)}`)]
    // asked before, and no longer to the end: nothing follows
    const open = services.filter(({ data }) => !data.complete)
    const [first] = open
    if (first !== undefined)
      return [
        unanswered(
          `Not all of TLS on port ${first.data.port} was asked.`,
          `Ask it in full: assay probe ${addressOf(device)} --full`,
          open,
        ),
      ]
    const missing = withoutFacts(device, services)
    if (missing.length > 0)
      return [
        inconclusive(
          `TLS is spoken on port ${list(missing.map(String))}, and was not asked there.`,
          `Ask it: assay probe ${addressOf(device)} --ports ${missing[0]}`,
          asked,
        ),
      ]
    if (services.length === 0) return [none(device)]
    return [pass(sound(services), services)]
  },
}

const GRAVITY: readonly Severity[] = ['low', 'medium', 'high', 'critical']

/** The gravest first; undefined where nothing weak was found. */
function judged(services: readonly Service[]): Finding | undefined {
  const found = services.flatMap((service) => service.data.weaknesses.map((weakness) => ({ service, ...weakness })))
  if (found.length === 0) return undefined
  const sorted = found.toSorted((a, b) => GRAVITY.indexOf(b.severity) - GRAVITY.indexOf(a.severity))
  const { severity } = sorted[0]!
  // what is low beside what is grave would only be in its way
  const told = severity === 'low' ? sorted : sorted.filter((weakness) => weakness.severity !== 'low')
  const bySaying = [...Map.groupBy(told, ({ says }) => says)]
  const parts = bySaying
    .slice(0, 3)
    .map(([says, where]) => `Port ${list(where.map(({ service }) => String(service.data.port)))}: ${says}`)
  if (bySaying.length > 3) parts.push(`And ${plural(bySaying.length - 3, 'more weakness', 'more weaknesses')}.`)
  const sources = [...new Set(told.map(({ service }) => service))]
  return severity === 'low' ? warn(severity, parts.join(' '), sources) : fail(severity, parts.join(' '), sources)
}

function notToTheEnd(troubles: readonly Observation<'probe.trouble'>[]): Finding {
  const { about, reason, next } = troubles[0]!.data
  const more = troubles.length > 1 ? ` So it was with ${plural(troubles.length - 1, 'more service')}.` : ''
  return unanswered(`${about === '' ? 'TLS of its services' : about}: ${reason}${more}`, next, troubles)
}

/** Ports of which it is known that TLS is spoken there, and no more. */
function withoutFacts(device: DeviceEvidence, services: readonly Service[]): number[] {
  const known = new Set(services.map(({ data }) => data.port))
  const spoken = [
    ...device.of('probe.tls-ports').flatMap(({ data }) => data.speak),
    ...device.of('probe.service').flatMap(({ data }) => (data.transport === 'tcp' && data.protocol === 'tls' ? [data.port] : [])),
  ]
  return [...new Set(spoken)].filter((port) => !known.has(port))
}

function none(device: DeviceEvidence): Finding {
  const scans = device.of('probe.ports').filter(({ data }) => data.transport === 'tcp')
  const answered = scans.filter(({ data }) => data.open + data.closed > 0)
  if (answered.length === 0)
    return inconclusive(
      'It answered on no port at all, so what it serves is not known.',
      `See that it is switched on, and ask it: assay probe ${addressOf(device)}`,
      scans,
    )
  const [lost] = notAnswered(device, 'scan')
  if (lost !== undefined) return lost
  const unknown = mute(device)
  if (unknown.length > 0)
    return inconclusive(
      `No TLS was found, but ${list(unknown.map(({ data }) => `tcp/${data.port}`))} said nothing to any question.`,
      `Ask it again when it is not busy: assay probe ${addressOf(device)}`,
      unknown,
    )
  const asked = answered.reduce((sum, { data }) => sum + data.asked, 0)
  if (asked < WIDE_SCAN)
    return inconclusive(
      `None of ${plural(asked, 'TCP port')} that were asked speaks TLS; others may.`,
      `Ask more of its ports: assay probe ${addressOf(device)}`,
      answered,
    )
  const open = answered.reduce((sum, { data }) => sum + data.open, 0)
  return notApplicable(
    `None of its services speaks TLS: ${open === 0 ? 'no port of those asked is open' : plural(open, 'open port')}, asked ${list(answered.map(({ data }) => data.which))}.`,
    [...answered, ...device.of('probe.tls-ports')],
  )
}

function sound(services: readonly Service[]): string {
  const each = services.map(({ data }) => {
    const kinds = list(
      data.certificates.map(({ keyType, keyBits, chain }) => `${keyType} key of ${keyBits} bits, ${CHAIN[chain]}`),
    )
    return `port ${data.port} (${list(data.versions)}${kinds === '' ? '' : `; ${kinds}`})`
  })
  return `Asked in full, and nothing weak found: ${list(each)}.`
}

const CHAIN = {
  'self-signed': 'self-signed',
  public: 'certified publicly',
  private: 'certified by a root of its own',
  incomplete: 'certified by somebody that it did not show',
  'out-of-order': 'certified out of order',
} as const
