import type { Finding } from '../checks/check.ts'
import type { DeviceEvidence, NetworkEvidence } from '../evidence/evidence.ts'
import { KINDS } from '../evidence/kinds.ts'
import { examine, judge } from '../frameworks/index.ts'
import type { Intern } from './intern.ts'
import { groupFrames } from '../report/frames.ts'
import type { AuditDevice, AuditFinding } from '../report/model.ts'

/** A device as the audit holds it, but for the verdicts, which follow from what the checks found. Plain data. */
export interface Examined extends Omit<AuditDevice, 'findings' | 'verdicts' | 'grade'> {
  found: Finding[][]
}

export function examined(d: DeviceEvidence, network: NetworkEvidence): Examined {
  return {
    id: d.id,
    macs: [...d.macs],
    ips: [...d.ips],
    identity: {
      ...pick(d.identity, ['vendor', 'model', 'category', 'name']),
      confidence: d.identity.confidence,
      signals: d.identity.signals.map((s) => ({
        kind: s.kind,
        value: s.value,
        weight: s.weight,
        says: s.says,
        evidence: groupFrames(s.frames),
      })),
    },
    first: time(d.first),
    last: time(d.last),
    packets: d.packets,
    bytesOut: d.bytesOut,
    bytesIn: d.bytesIn,
    endpoints: d.endpoints.map(({ exemplars, packetsOut, packetsIn, first, last, ips, ...e }) => ({
      ...e,
      ...(ips[0] === undefined ? {} : { ip: ips[0] }),
      ips,
      packets: packetsOut + packetsIn,
      first: time(first),
      last: time(last),
      evidence: groupFrames(exemplars),
    })),
    services: d.services.map(({ exemplars, ...s }) => ({ ...s, evidence: groupFrames(exemplars) })),
    observations: KINDS.flatMap((kind) => d.of(kind)).map((o) => ({
      kind: o.kind,
      key: o.key,
      data: o.data,
      count: o.count,
      first: time(o.first),
      last: time(o.last),
      evidence: groupFrames(o.exemplars),
    })),
    found: examine(d, network),
  }
}

/** The verdicts added; `intern` holds texts that other devices share. */
export function judged({ found, ...device }: Examined, intern: Intern): AuditDevice {
  intern.within(device)
  intern.within(found)
  const { findings, verdicts, grade } = judge(device.id, found)
  return {
    ...device,
    findings: findings.map(({ evidence, ...f }) => ({ ...f, evidence: groupFrames(evidence) }) satisfies AuditFinding),
    verdicts: verdicts.map((v) => ({ ...v, reason: intern.one(v.reason), findings: [...v.findings] })),
    grade,
  }
}

/** Microseconds since 1970 as RFC 3339 in UTC. */
export function time(us: number): string {
  if (!Number.isFinite(us)) us = 0
  const ms = Math.floor(us / 1000)
  const iso = new Date(Math.min(Math.max(ms, 0), 8.64e15)).toISOString()
  return `${iso.slice(0, -1)}${String(Math.floor(us - ms * 1000)).padStart(3, '0')}Z`
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Partial<Pick<T, K>> {
  const out: Partial<Pick<T, K>> = {}
  for (const k of keys) if (from[k] !== undefined) out[k] = from[k]
  return out
}
