import type { Kinds } from '../evidence/kinds.ts'
import type { EntryRef } from '../evidence/pointer.ts'
import { Asker } from '../probe/asker.ts'
import { tls } from '../probe/tls/tls.ts'

/** Asks a port of 127.0.0.1 for its TLS, as `assay probe` does. */
export async function askTls(
  port: number,
  { protocol = 'tls', name }: { protocol?: string; name?: string } = {},
): Promise<{
  facts?: Kinds['probe.tls']
  ports?: Kinds['probe.tls-ports']
  troubles: string[]
  asker: Asker
  shown: readonly EntryRef[]
}> {
  const asker = new Asker({ refusal: () => undefined, perSecond: { one: 2000, all: 2000 } })
  const noted: { kind: string; data: unknown; shown: readonly EntryRef[] }[] = []
  const troubles: string[] = []
  await tls.run({
    asker,
    full: false,
    target: { ip: '127.0.0.1', ...(name === undefined ? {} : { name }) },
    ports: [port],
    open: [{ transport: 'tcp', port, protocol, tls: protocol === 'tls' }],
    note: (kind, _key, data, shown) => noted.push({ kind, data, shown }),
    trouble: (_about, reason) => troubles.push(reason),
    unseen: () => undefined,
  })
  const of = (kind: string) => noted.find((one) => one.kind === kind)?.data
  const [facts, ports] = [of('probe.tls'), of('probe.tls-ports')] as [
    Kinds['probe.tls'] | undefined,
    Kinds['probe.tls-ports'] | undefined,
  ]
  return {
    ...(facts ? { facts } : {}),
    ...(ports ? { ports } : {}),
    troubles,
    asker,
    shown: noted.find((one) => one.kind === 'probe.tls')?.shown ?? [],
  }
}
