import { readFileSync } from 'node:fs'
import type { CaptureResult, Progress } from '../capture/capture.ts'
import type { LiveInput } from '../capture/live.ts'
import { readCapture } from '../capture/read.ts'
import { decodePacket } from '../decode/decode.ts'
import { linkTypeName } from '../decode/link-types.ts'
import type { MessageBase } from '../decode/message.ts'
import { Packet } from '../decode/packet.ts'
import { decoders } from '../decode/protocols/index.ts'
import { MAX_HOSTS } from '../device/hosts.ts'
import type { ReadKnowledge } from '../device/read-knowledge.ts'
import { addEarliest, tallyOf } from '../evidence/anomalies.ts'
import { Collector } from '../evidence/collector.ts'
import { survey, type Survey } from '../evidence/devices.ts'
import { frameworkOf, frameworks } from '../frameworks/index.ts'
import type { GivenDossier } from '../evidence/beside.ts'
import type { Probed } from '../probe/run.ts'
import { groupFrames } from '../report/pointers.ts'
import { detectorsFor, type Given, inspects, sensorsFor } from '../threat/given.ts'
import { relate, SEVERITIES } from '../threat/index.ts'
import type { Audit, AuditDocument, AuditThreat } from '../report/model.ts'
import { addTargets } from './targets.ts'
import { type Judged, time } from './device.ts'
import { Office, threadsFor } from './office.ts'
import { ThreadFailed } from './ring.ts'

export interface AuditOptions {
  /** Texts that the tester planted and that must not be seen in clear on the wire. */
  canaries?: readonly string[]
  onProgress?: (progress: Progress) => void
  /** What the user knows of devices beside what Assay does. */
  knowledge?: readonly ReadKnowledge[]
  /** What was asked of devices and of makers, each with its index among these. */
  probes?: readonly Probed[]
  /** What makers declare: of which document, and about whom. */
  dossiers?: readonly GivenDossier[]
  documents?: readonly AuditDocument[]
  /** Ids of the frameworks to judge by, the first of which grades; by default the IoT Trust Framework alone. */
  frameworks?: readonly string[]
  /** What is to be looked for beside what Assay looks for: rules, and lists of what is known to be harmful. */
  given?: Given
  /** All captures have been read, and so many devices are to be judged. */
  onRead?: (devices: number) => void
  /** Every application message as it is decoded, for tools and tests; all is done in one thread then. */
  onMessage?: (message: MessageBase, capture: number) => void
  /** Flows held at once, a power of two; fewer for tests of what happens under pressure. */
  flowCapacity?: number
  /**
   * Threads that decode and judge beside the one that reads; 0 does all in one. By default as many as the machine has cores for,
   * and none for small captures. The audit is the same, unless a bound is met that bookkeepers share (docs/architecture.md).
   */
  threads?: number
}

/**
 * Audit captures of one network: `inputs` are paths, '-' for standard input, or interfaces to capture on, in order of time where
 * that matters.
 * A damaged capture is audited up to the damage, which the result names. Throws CaptureError for what is no capture at all.
 */
export async function audit(inputs: readonly (string | LiveInput)[], options: AuditOptions = {}): Promise<Audit> {
  const { canaries, onMessage, onProgress, flowCapacity, given, knowledge = [] } = options
  const threads = onMessage ? 0 : (options.threads ?? (await threadsFor(inputs)))
  const macs = new Float64Array(new SharedArrayBuffer(MAX_HOSTS * 8))
  const office = new Office(threads, macs, { canaries, flowCapacity, onMessage, knowledge: knowledge.map((k) => k.file), given })
  try {
    const collector = new Collector(decoders, office, macs, {
      flowCapacity,
      every: onMessage !== undefined,
      sensors: sensorsFor(given),
      inspected: inspects(given),
    })
    const packet = new Packet()
    const take = () => {
      decodePacket(packet)
      collector.packet(packet)
    }
    const captures: CaptureResult[] = []
    for (const [i, input] of inputs.entries()) {
      captures.push(await readCapture(input, i, packet, take, onProgress))
      collector.endCapture()
    }
    collector.report()
    const found = survey(collector)
    // who was asked and not seen is a host of its own, behind those
    const hosts = collector.hosts.all.length
    collector.hosts.release()
    options.onRead?.(found.things.length)
    const beside = {
      asked: addTargets(found, options.probes ?? [], hosts),
      dossiers: options.dossiers ?? [],
      alone: found.things.length === 1,
    }
    const by = options.frameworks ?? [frameworks[0]!.id]
    const { devices, threats, anomalies } = await office.judge({ ...found, beside, frameworks: by })
    for (const { kind, count, exemplars } of anomalies.values()) addEarliest(tallyOf(collector.anomalies, kind), exemplars, count)
    const deviceOf = new Map([...found.network.devices, ...gatewaysOf(found)])
    relate(threats, (ip) => deviceOf.get(ip))
    return assemble(captures, collector, found.network, devices, threats, by, options)
  } catch (error) {
    throw error instanceof ThreadFailed ? await office.failure(error) : error
  } finally {
    await office.close()
  }
}

/** Of those who are no devices, by address. */
function gatewaysOf({ others }: Survey): [ip: string, id: string][] {
  return others.flatMap(({ ips, id }) => ips.map((ip): [string, string] => [ip, id]))
}

function assemble(
  captures: readonly CaptureResult[],
  collector: Collector,
  network: ReturnType<typeof survey>['network'],
  devices: Judged[],
  threats: AuditThreat[],
  by: readonly string[],
  { knowledge = [], probes = [], documents = [], given }: AuditOptions,
): Audit {
  const times = captures.flatMap((c) => (c.first === undefined || c.last === undefined ? [] : [c.first, c.last]))
  return {
    schema: 'assay-audit-2',
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
      ...(c.dropped === undefined ? {} : { dropped: c.dropped }),
      ...(c.live === undefined ? {} : { live: c.live }),
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
    frameworks: by
      .map((id) => frameworkOf(id)!)
      .map((f) => ({
        id: f.id,
        title: f.title,
        version: f.version,
        word: f.word,
        controls: f.controls.length,
        blocks: blocks(f.controls),
      })),
    ...(knowledge.length === 0
      ? {}
      : { knowledge: knowledge.map(({ path, sha256, file: { source, licence } }) => ({ path, sha256, source, licence })) }),
    ...(probes.length === 0 ? {} : { probes: probes.map(asTold) }),
    ...(documents.length === 0 ? {} : { documents: [...documents] }),
    devices: devices.sort(worstFirst).map((d) => d.device),
    threats: threats.sort(gravestFirst),
    detectors: detectorsFor(given).map(({ id, title }) => ({ id, title })),
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

function asTold({ targets, sites, began, ended, stopped, transcript }: Probed): NonNullable<Audit['probes']>[number] {
  return {
    targets: [...targets],
    sites: [...sites],
    began: time(began),
    ended: time(ended),
    stopped,
    transcript: [...transcript],
  }
}

const LETTERS = ['F', 'E', 'D', 'C', 'B', 'A']

/** By letter, then by score, then by how much was found bad, so that of the ungraded those with a warning stand first. */
function worstFirst({ device: a, bad: badA }: Judged, { device: b, bad: badB }: Judged): number {
  const rank = (d: Judged['device']) => (d.grade.letter === null ? LETTERS.length : LETTERS.indexOf(d.grade.letter))
  return rank(a) - rank(b) || (a.grade.score ?? 101) - (b.grade.score ?? 101) || badB - badA || (a.id < b.id ? -1 : 1)
}

function gravestFirst(a: AuditThreat, b: AuditThreat): number {
  const rank = (t: AuditThreat) => -SEVERITIES.indexOf(t.severity)
  return rank(a) - rank(b) || (a.alerted < b.alerted ? -1 : a.alerted > b.alerted ? 1 : 0) || (a.id < b.id ? -1 : 1)
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
