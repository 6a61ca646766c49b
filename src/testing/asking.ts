import { Asker } from '../probe/asker.ts'
import { type DeviceProbe, longest, type OpenPort, type Target } from '../probe/probe.ts'
import type { Kind, Kinds } from '../evidence/kinds.ts'
import type { EntryRef } from '../evidence/pointer.ts'
import type { Entry } from '../probe/transcript.ts'

export interface Asked {
  facts: { kind: Kind; key: string; data: Kinds[Kind]; shown: readonly EntryRef[] }[]
  troubles: { about: string; reason: string; next: string; unseen?: true }[]
  transcript: readonly Entry[]
  /** Data of the facts of one kind. */
  of<K extends Kind>(kind: K): Kinds[K][]
  ms: number
}

/** One probe, asked of services on loopback. */
export async function askDevice(
  probe: DeviceProbe,
  open: Partial<OpenPort>[],
  { full = false, target = { ip: '127.0.0.1' }, signal }: { full?: boolean; target?: Target; signal?: AbortSignal } = {},
): Promise<Asked> {
  const asker = new Asker({
    refusal: (ip) => (ip === '127.0.0.1' ? undefined : 'it is not of this test'),
    signal: signal ?? AbortSignal.timeout(longest(probe, open.length)),
  })
  const facts: Asked['facts'] = []
  const troubles: Asked['troubles'] = []
  const began = performance.now()
  await probe.run({
    asker,
    full,
    target,
    ports: open.map(({ port }) => port ?? 0),
    open: open.map((one) => ({ transport: 'tcp', port: 0, protocol: '', tls: false, ...one })),
    note: (kind, key, data, shown) => facts.push({ kind, key, data, shown }),
    trouble: (about, reason, next) => troubles.push({ about, reason, next }),
    unseen: (about, reason, next) => troubles.push({ about, reason, next, unseen: true }),
  })
  return {
    facts,
    troubles,
    transcript: asker.transcript.entries,
    of: <K extends Kind>(kind: K) => facts.filter((fact) => fact.kind === kind).map(({ data }) => data as Kinds[K]),
    ms: performance.now() - began,
  }
}
