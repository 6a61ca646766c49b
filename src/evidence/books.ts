import { Addresses } from '../device/addresses.ts'
import { addEarliest, type Anomalies, tallyOf } from './anomalies.ts'
import { type Budget, Ledger } from './ledger.ts'
import { Shared } from './shared.ts'

const MAX_NAME_IDS = 1 << 16
/** What all ledgers may take together. */
const BUDGET = 1 << 18

/** Who keeps the books of a host, of the bookkeepers among whom hosts are shared out: by its handle modulo the length of `shares`. */
export function keeperOf(handle: number, shares: readonly number[]): number {
  return shares[handle % shares.length]!
}

/** The ledgers of some hosts, each made when there is something to write in it, and the names and addresses that they share. Bounded. */
export class Books {
  readonly addresses: Addresses
  /** By id; 0 is no name. */
  readonly names: string[] = ['']
  /** Of all hosts, the part whose books these are: 1 for all. */
  readonly share: number
  private readonly nameIds = new Map<string, number>([['', 0]])
  private namesDropped = 0
  private readonly broken: Anomalies = new Map()
  private readonly ledgers: (Ledger | undefined)[] = []
  private readonly part: number
  private readonly shares: readonly number[]
  private readonly budget: Budget
  private readonly shared = new Shared()

  /** Of the hosts that `shares` gives to `part` (`keeperOf`). */
  constructor(part: number, shares: readonly number[]) {
    this.part = part
    this.shares = shares
    this.share = shares.filter((s) => s === part).length / shares.length
    this.addresses = new Addresses(this.share)
    const most = BUDGET * this.share
    this.budget = { hours: most, observations: most, names: most }
  }

  keeps(handle: number): boolean {
    return handle >= 0 && keeperOf(handle, this.shares) === this.part
  }

  ledger(handle: number): Ledger {
    return (this.ledgers[handle] ??= new Ledger(this.budget, this.shared))
  }

  /** The host has been reported. */
  forget(handle: number): void {
    this.ledgers[handle] = undefined
  }

  nameId(name: string): number {
    let id = this.nameIds.get(name)
    if (id === undefined) {
      if (this.names.length >= MAX_NAME_IDS * this.share) {
        this.namesDropped++
        return 0
      }
      id = this.names.push(name) - 1
      this.nameIds.set(name, id)
    }
    return id
  }

  /** The host of the ledger learnt that the address `ip` is called `name`. */
  learnName(ledger: Ledger, ip: string, name: string): void {
    const key = this.addresses.spokenOf(ip)
    const id = key === undefined ? 0 : this.nameId(name)
    if (key === undefined) this.namesDropped++
    else if (id > 0) ledger.learnName(key, id)
  }

  /** A message broke the rules of its protocol. */
  malformed(protocol: string, capture: number, frame: number): void {
    addEarliest(tallyOf(this.broken, `${protocol}-malformed`), [{ capture, frame }], 1)
  }

  /** Messages that broke their protocol's rules, and how often something found no room, by what it was. */
  get anomalies(): Anomalies {
    const out: Anomalies = new Map(this.broken)
    const noRoom = (kind: string, count: number) => void (tallyOf(out, kind).count += count)
    for (const ledger of this.ledgers) if (ledger) for (const [kind, count] of ledger.dropped) noRoom(`bounded: ${kind}`, count)
    if (this.namesDropped > 0) noRoom('names-bounded', this.namesDropped)
    if (this.addresses.overflowed > 0) noRoom('addresses-bounded', this.addresses.overflowed)
    return out
  }
}
