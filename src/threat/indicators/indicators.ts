import { printable } from '../../decode/text.ts'
import type { DeviceEvidence, Observation } from '../../evidence/evidence.ts'
import type { Indicator, SignFacts } from '../../evidence/sign.ts'
import type { Detector, Sign, Severity, Telling } from '../detector.ts'
import type { Listed } from './list.ts'
import type { Lookup } from './lookup.ts'

/** What is on the lists of the user (assay audit --indicators). */
export const indicators: Detector = {
  id: 'indicators',
  title: 'Listed as harmful',
  looksFor:
    'Addresses, names, URLs, programs (JA4) and files that are on the lists that were given: asked for, called, or calling (docs/rules.md).',
  mistakes:
    'Those of the lists: an address is shared by many sites and goes to somebody else in time, and a JA4 fingerprint is shared by all programs of a kind. What is named only in encryption (ECH, DNS over HTTPS) escapes, and so does a file that was not fetched in clear.',
  baseRate: 'that of the lists',
  tunables: {},
  tell,
}

/** How it was met. */
export type Met = 'address' | 'dns' | 'tls' | 'http' | 'url' | 'ja4' | 'file'

/** What a sign of a listed thing carries. */
export function listedFacts(
  { type, value, file, line, label }: Listed,
  met: Met,
  role: SignFacts['role'],
  seen: string,
): SignFacts {
  return {
    detector: 'indicators',
    what: type,
    role,
    detail: {
      met,
      value,
      seen: printable(seen, 300),
      file: printable(file, 300),
      line,
      ...(label === undefined ? {} : { label }),
    },
    indicators: [{ type: TYPE_OF[type], value, role: 'listed' }],
  }
}

const TYPE_OF: Record<Listed['type'], Indicator['type']> = {
  ip: 'ip',
  network: 'ip',
  domain: 'domain',
  url: 'url',
  ja4: 'ja4',
  sha256: 'sha256',
  sha1: 'file',
  md5: 'file',
}

/** Files that other detectors know by their hash. */
export function judgeFiles(lookup: Lookup): NonNullable<Detector['judge']> {
  return (device: DeviceEvidence): Sign[] =>
    device.of('sign').flatMap((sign) =>
      (sign.data.indicators ?? []).flatMap(({ type, value }) => {
        if (type !== 'sha256' && type !== 'file') return []
        const hash = value.toLowerCase()
        const at = lookup.value('sha256', hash) ?? lookup.value('sha1', hash) ?? lookup.value('md5', hash)
        const raised = at === undefined ? undefined : raisedBy(sign)
        return at === undefined || raised === undefined ? [] : [fileSign(sign, lookup.listed[at]!, raised)]
      }),
    )
}

function raisedBy({ data, first, exemplars }: Observation<'sign'>): Sign['data']['raised'] | undefined {
  if (data.raised) return data.raised
  const frame = exemplars.find((one) => 'frame' in one)
  return frame === undefined ? undefined : { time: first, frame }
}

function fileSign(sign: Observation<'sign'>, listed: Listed, raised: Sign['data']['raised']): Sign {
  const { role, peer, port } = sign.data
  const facts = listedFacts(listed, 'file', role, listed.value)
  return {
    key: `indicators ${listed.type} ${listed.value}`,
    count: sign.count,
    first: sign.first,
    last: sign.last,
    exemplars: sign.exemplars,
    data: { ...facts, ...(peer === undefined ? {} : { peer }), ...(port === undefined ? {} : { port }), raised },
  }
}

function tell({ count, data }: Sign): Telling {
  const { detail, peer, role, port } = data
  const met = detail['met'] as Met
  const value = `${detail['value']}`
  const seen = `${detail['seen']}`
  const answered = Number(detail['answered'] ?? 0)
  const times = count === 1 ? 'once' : `${count} times`
  const other = peer === undefined ? seen : peer.name === undefined ? peer.ip : `${peer.name} (${peer.ip})`
  const within = seen === value || met === 'url' ? '' : `, which is within ${value}`
  const [severity, confidence, did] = ((): [Severity, number, string] => {
    switch (met) {
      case 'dns':
        return ['medium', 0.7, `Asked for the address of ${seen}${within}, ${times}.`]
      case 'tls':
      case 'http':
        return ['high', 0.8, `Called ${seen}${within}, ${times}.`]
      case 'url':
        return ['high', 0.9, `Asked ${other} for http://${seen}, ${times}.`]
      case 'ja4':
        return ['medium', 0.5, `Called ${other} with a program whose TLS looks like ${value} (JA4), ${times}.`]
      case 'file':
        return ['high', 0.95, `Exchanged a file with the hash ${value}.`]
      default:
        if (role === 'source')
          return answered > 0
            ? ['high', 0.8, `Called ${seen}${within}, ${times}, and was answered.`]
            : ['medium', 0.6, `Called ${seen}${within}, ${times}, without an answer.`]
        return answered > 0
          ? ['medium', 0.5, `Was called by ${seen}${within}${port ? ` on port ${port}` : ''}, ${times}, and answered.`]
          : ['info', 0.5, `Was called by ${seen}${within}${port ? ` on port ${port}` : ''}, ${times}, and did not answer.`]
    }
  })()
  const label = detail['label'] === undefined ? '' : ` as "${detail['label']}"`
  return {
    campaign: 'rule',
    stage: 'matched',
    severity,
    confidence,
    says: `${did} It is on the list ${detail['file']} (line ${detail['line']})${label}.`,
    techniques: [],
  }
}
