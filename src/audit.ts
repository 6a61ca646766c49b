import { readFileSync } from 'node:fs'
import type { CaptureResult, Progress } from './capture/capture.ts'
import { readCapture } from './capture/read.ts'
import { decodePacket } from './decode/decode.ts'
import { linkTypeName } from './decode/link-types.ts'
import type { MessageBase } from './decode/message.ts'
import { Packet } from './decode/packet.ts'
import { classify } from './decode/protocols/bytes.ts'
import { datagramDecoders, streamDecoders } from './decode/protocols/index.ts'
import { Collector } from './evidence/collector.ts'
import { survey } from './evidence/devices.ts'
import type { DeviceEvidence, NetworkEvidence } from './evidence/evidence.ts'
import { KINDS } from './evidence/kinds.ts'
import { observers } from './evidence/observe/index.ts'
import { frameworks, judge } from './frameworks/index.ts'
import { groupFrames } from './report/frames.ts'
import type { Audit, AuditDevice, AuditFinding } from './report/model.ts'

export interface AuditOptions {
  /** Texts that the tester planted and that must not be seen in clear on the wire. */
  canaries?: readonly string[]
  onProgress?: (progress: Progress) => void
  /** Every application message as it is decoded, for tools and tests. */
  onMessage?: (message: MessageBase, capture: number) => void
  /** Flows held at once, a power of two; fewer for tests of what happens under pressure. */
  flowCapacity?: number
}

/**
 * Audit captures of one network: `inputs` are paths, or '-' for standard input, in order of time where that matters.
 * A damaged capture is audited up to the damage, which the result names. Throws CaptureError for what is no capture at all.
 */
export async function audit(inputs: readonly string[], options: AuditOptions = {}): Promise<Audit> {
  const packet = new Packet()
  const { onMessage } = options
  const collector = new Collector(
    { stream: streamDecoders, datagram: datagramDecoders, classify },
    observers,
    options.canaries ?? [],
    onMessage && ((message) => onMessage(message, packet.capture)),
    options.flowCapacity,
  )
  const take = () => {
    decodePacket(packet)
    collector.packet(packet)
  }
  const captures: CaptureResult[] = []
  for (const [i, path] of inputs.entries()) {
    captures.push(await readCapture(path, i, packet, take, options.onProgress))
    collector.endCapture()
  }
  collector.report()
  return assemble(captures, collector)
}

function assemble(captures: readonly CaptureResult[], collector: Collector): Audit {
  const { devices, network } = survey(collector)
  const times = captures.flatMap((c) => (c.first === undefined || c.last === undefined ? [] : [c.first, c.last]))
  return {
    schema: 'assay-audit-1',
    tool: { name: 'assay', version },
    captures: captures.map((c) => ({
      path: c.path,
      sha256: c.sha256,
      format: c.format,
      packets: c.packets,
      bytes: c.bytes,
      ...(c.first === undefined ? {} : { first: time(c.first) }),
      ...(c.last === undefined ? {} : { last: time(c.last) }),
      linkTypes: c.linkTypes.map(linkTypeName),
      ...(c.damaged === undefined ? {} : { damaged: c.damaged }),
    })),
    network: {
      gateways: network.gateways.map((g) => ({ macs: [...g.macs], ips: [...g.ips] })),
      resolvers: [...network.resolvers],
      ...(times.length === 0 ? {} : { first: time(Math.min(...times)), last: time(Math.max(...times)) }),
      packets: collector.packets,
      bytes: collector.bytes,
      flows: collector.table.total,
      fragments: collector.fragments,
    },
    frameworks: frameworks.map((f) => ({
      id: f.id,
      title: f.title,
      version: f.version,
      controls: f.controls.length,
      blocks: blocks(f.controls),
    })),
    devices: Array.from(devices, (d) => device(d, network)).sort(worstFirst),
    anomalies: [...collector.anomalies.values()].map((a) => ({
      kind: a.kind,
      count: a.count,
      evidence: groupFrames(a.exemplars),
    })),
  }
}

function blocks(controls: readonly { id: string; block: string }[]): { title: string; controls: string[] }[] {
  const out = new Map<string, string[]>()
  for (const c of controls) out.set(c.block, [...(out.get(c.block) ?? []), c.id])
  return [...out].map(([title, ids]) => ({ title, controls: ids }))
}

function device(d: DeviceEvidence, network: NetworkEvidence): AuditDevice {
  const { findings, verdicts, grade } = judge(d, network)
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
    findings: findings.map(({ evidence, ...f }) => ({ ...f, evidence: groupFrames(evidence) }) satisfies AuditFinding),
    verdicts: verdicts.map((v) => ({ ...v, findings: [...v.findings] })),
    grade,
  }
}

const LETTERS = ['F', 'E', 'D', 'C', 'B', 'A']

/** By letter, then by score, then by how much was found bad, so that of the ungraded those with a warning stand first. */
function worstFirst(a: AuditDevice, b: AuditDevice): number {
  const rank = (d: AuditDevice) => (d.grade.letter === null ? LETTERS.length : LETTERS.indexOf(d.grade.letter))
  const bad = (d: AuditDevice) => d.findings.filter((f) => f.outcome === 'fail' || f.outcome === 'warn').length
  return rank(a) - rank(b) || (a.grade.score ?? 101) - (b.grade.score ?? 101) || bad(b) - bad(a) || (a.id < b.id ? -1 : 1)
}

/** Microseconds since 1970 as RFC 3339 in UTC. */
function time(us: number): string {
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

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
