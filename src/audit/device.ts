import type { Statement } from '../checks/check.ts'
import type { DeviceEvidence, NetworkEvidence } from '../evidence/evidence.ts'
import { KINDS } from '../evidence/kinds.ts'
import { examine, judge } from '../frameworks/index.ts'
import type { Intern } from './intern.ts'
import { groupFrames } from '../report/frames.ts'
import type { AuditDevice, AuditEvidence } from '../report/model.ts'

/** A device as the audit holds it, but for the verdicts, which follow from what the checks found. Plain data. */
export interface Examined extends Omit<AuditDevice, 'findings' | 'verdicts' | 'grade'> {
  found: Found[][]
}

interface Found extends Statement {
  evidence: AuditEvidence[]
}

export function examined(d: DeviceEvidence, network: NetworkEvidence): Examined {
  return {
    id: d.id,
    macs: [...d.macs],
    ips: [...d.ips],
    identity: {
      ...pick(d.identity, ['vendor', 'model', 'category', 'name', 'certainty']),
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
    found: examine(d, network).map((list) => list.map(({ evidence, ...f }) => ({ ...f, evidence: groupFrames(evidence) }))),
  }
}

/** The verdicts added; `intern` holds texts that other devices share. */
export function judged({ found, ...device }: Examined, intern: Intern): AuditDevice {
  intern.within(device)
  intern.within(found)
  const { findings, verdicts, grade } = judge(device.id, found)
  for (const v of verdicts) v.reason = intern.one(v.reason)
  return { ...device, findings, verdicts, grade }
}

/** Microseconds since 1970 as RFC 3339 in UTC. */
export function time(us: number): string {
  const whole = Number.isFinite(us) ? Math.min(Math.max(Math.floor(us), 0), LAST_US) : 0
  const day = Math.floor(whole / DAY_US)
  if (day !== knownDay) {
    knownDay = day
    knownDate = new Date(day * 86_400_000).toISOString().slice(0, 11)
  }
  const left = whole - day * DAY_US
  const second = Math.floor(left / 1e6)
  const clock = `${TWO[Math.floor(second / 3600)]}:${TWO[Math.floor(second / 60) % 60]}:${TWO[second % 60]}`
  return `${knownDate}${clock}.${String(left - second * 1e6).padStart(6, '0')}Z`
}

const DAY_US = 86_400e6
/** The year 2255: later ones are not exact in a double. */
const LAST_US = Number.MAX_SAFE_INTEGER
/** What comes one after the other is mostly of one day. */
let knownDay = -1
let knownDate = ''
const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'))

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Partial<Pick<T, K>> {
  const out: Partial<Pick<T, K>> = {}
  for (const k of keys) if (from[k] !== undefined) out[k] = from[k]
  return out
}
