import type { Context, Party, SignOptions } from '../evidence/context.ts'
import type { SignFacts } from '../evidence/sign.ts'
import type { Kind, Kinds } from '../evidence/kinds.ts'

export interface Recorded {
  host: number
  kind: string
  key: string
  data: Kinds[Kind]
  count: number
}

export const local = (host: number, ip: string, port = 40000): Party => ({ host, ip, port, scope: 'local' })
export const stranger = (ip: string, port: number): Party => ({ host: -1, ip, port, scope: 'internet' })

/** A Context that writes down what an observer says: facts are merged by key as the ledger does, strangers' are dropped. */
export class Recorder implements Context {
  transport: 'tcp' | 'udp' = 'udp'
  client: Party
  server: Party
  capture = 0
  time = 1_700_000_000_000_000
  canaries: readonly string[] = []
  readonly facts: Recorded[] = []
  readonly signals: string[] = []
  readonly learnt: string[] = []
  private readonly owners: Readonly<Record<string, Party>>

  constructor(client: Party, server: Party, owners: Readonly<Record<string, Party>> = {}) {
    this.client = client
    this.server = server
    this.owners = owners
  }

  peer(party: Party): { ip: string; port: number; scope: Party['scope'] } {
    return { ip: party.ip, port: party.port, scope: party.scope }
  }

  owner(mac: string): Party {
    return this.owners[mac] ?? stranger('', 0)
  }

  add<K extends Kind>(
    party: Party,
    kind: K,
    key: string,
    data: Kinds[K],
    _frame: number,
    options?: { bytes?: number; count?: number; update?: (kept: Kinds[K]) => void },
  ): void {
    if (party.host < 0) return
    const kept = this.facts.find((fact) => fact.host === party.host && fact.kind === kind && fact.key === key)
    if (kept === undefined) this.facts.push({ host: party.host, kind, key, data, count: 1 })
    else {
      kept.count += options?.count ?? 1
      options?.update?.(kept.data as Kinds[K])
    }
  }

  /** Raised by count, as the ledger does. */
  sign(party: Party, key: string, facts: SignFacts, frame: number, options: SignOptions = {}): void {
    const { needs = 1, count = 1, update } = options
    if (party.host < 0) return
    const name = `${facts.detector} ${key}`
    let kept = this.facts.find((fact) => fact.host === party.host && fact.kind === 'sign' && fact.key === name)
    if (kept === undefined) this.facts.push((kept = { host: party.host, kind: 'sign', key: name, data: { ...facts }, count }))
    else {
      kept.count += count
      update?.(kept.data as SignFacts)
    }
    const data = kept.data as SignFacts
    if (kept.count >= needs) data.raised ??= { time: this.time, frame: { capture: this.capture, frame } }
  }

  signal(party: Party, kind: string, value: string): void {
    const line = `${party.host} ${kind} ${value}`
    if (party.host >= 0 && !this.signals.includes(line)) this.signals.push(line)
  }

  knownPart(): undefined {}

  learnName(party: Party, ip: string, name: string): void {
    if (party.host >= 0) this.learnt.push(`${party.host} ${ip} ${name}`)
  }

  protect(): void {}
  serverName(): void {}

  /** Data of a kind, with whose it is and how often. */
  of(kind: Kind): { host: number; count: number; data: unknown }[] {
    return this.facts.filter((fact) => fact.kind === kind).map(({ host, count, data }) => ({ host, count, data }))
  }
}
