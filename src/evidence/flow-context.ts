import { place } from '../capture/frame-ref.ts'
import { Memo } from '../decode/memo.ts'
import { macOfNumber } from '../decode/address.ts'
import type { Addresses, AddressKey } from '../device/addresses.ts'
import { macNumber, MAX_HOSTS } from '../device/hosts.ts'
import type { Knowledge } from '../device/knowledge.ts'
import type { Books } from './books.ts'
import type { AddOptions, Party, SignOptions } from './context.ts'
import type { InspectorContext } from './inspector.ts'
import { MAX_EXEMPLARS } from './evidence.ts'
import { withFrame } from './frames.ts'
import { raise } from './ledger.ts'
import type { SignFacts } from './sign.ts'
import { PROTECTIONS } from './endpoint-table.ts'
import * as event from './events.ts'
import type { Words } from './events.ts'
import type { FlowNotes } from './flow-notes.ts'
import { type Kind, type Kinds, type Peer, type Protection, type Scope, SCOPES } from './kinds.ts'
import type { Repeats } from './repeats.ts'

/** Address text is made when asked for: most messages need one of them, or neither. */
class FlowParty implements Party {
  /** Its handle where these books are its, else -1. */
  host = -1
  /** Of the flow: 0 lo, 1 hi. */
  side = 0
  port = 0
  mac: string | undefined
  key: AddressKey = 0
  scope: Scope = 'local'
  private addressText: string | undefined
  private readonly addresses: Addresses

  constructor(addresses: Addresses) {
    this.addresses = addresses
  }

  /** Become somebody else; without a key whose address is not known. */
  enter(host: number, mac: string | undefined, key: AddressKey | undefined, port: number, scope: Scope): void {
    this.host = host
    this.mac = mac
    this.key = key ?? 0
    this.port = port
    this.scope = scope
    this.addressText = key === undefined ? '' : undefined
  }

  get ip(): string {
    return (this.addressText ??= this.addresses.text(this.key))
  }
}

/** The one Context, moved from flow to flow: what observers say is written in the books, in the flow's notes, and to be repeated. */
export class FlowContext implements InspectorContext {
  readonly client: FlowParty
  readonly server: FlowParty
  readonly canaries: readonly string[]
  private readonly knowledge: Knowledge
  // a network's things ask for few
  private readonly parts = new Memo<string | undefined>(1024)
  private readonly partOf = (name: string) => this.knowledge.knownPart(name)
  transport: 'tcp' | 'udp' = 'tcp'
  row = 0
  flow = 0
  capture = 0
  time = 0
  /** Hosts known so far. */
  private known = 0
  private readonly books: Books
  private readonly notes: FlowNotes
  private readonly repeats: Repeats
  private readonly macs: Float64Array
  private readonly macTexts: (string | undefined)[] = []
  /** Handles by hardware address, of the hosts looked through so far. */
  private readonly handles = new Map<number, number>()
  private searched = 0

  /** @param macs hardware addresses of the hosts by handle, as the collector writes them */
  constructor(
    books: Books,
    notes: FlowNotes,
    repeats: Repeats,
    macs: Float64Array,
    canaries: readonly string[],
    knowledge: Knowledge,
  ) {
    this.books = books
    this.notes = notes
    this.repeats = repeats
    this.macs = macs
    this.client = new FlowParty(books.addresses)
    this.server = new FlowParty(books.addresses)
    this.canaries = canaries
    this.knowledge = knowledge
  }

  /** Move to the flow of the conversation or datagram at events.words[at]. */
  enter(events: Words, at: number): void {
    const { words } = events
    const meta = words[at + event.META]!
    this.capture = words[at + event.CAPTURE]!
    this.row = words[at + event.ROW]!
    this.flow = words[at + event.FLOW]!
    this.time = events.floats[(at >> 1) + event.TIME]!
    this.transport = meta & event.UDP ? 'udp' : 'tcp'
    this.known = words[at + event.HOSTS]!
    const initiator = meta & event.INITIATOR_HI ? 1 : 0
    this.enterParty(this.client, events, at, initiator)
    this.enterParty(this.server, events, at, 1 - initiator)
    // nothing is known of what it did: it was only sent to
    if (meta & event.UNASKED) this.client.host = -1
  }

  private enterParty(party: FlowParty, events: Words, at: number, side: number): void {
    const { words } = events
    const meta = words[at + event.META]!
    const ports = words[at + event.PORTS]!
    const handle = words[at + event.LO_HOST + side]!
    const ip = at + (side === 0 ? event.LO_IP : event.HI_IP)
    party.side = side
    party.enter(
      this.books.keeps(handle) ? handle : -1,
      this.mac(handle),
      meta & event.IPV6 ? this.books.addresses.key(events.bytes, ip * 4, 16) : words[ip]!,
      side === 0 ? ports >>> 16 : ports & 0xffff,
      SCOPES[(meta >>> (side === 0 ? event.LO_SCOPE_SHIFT : event.HI_SCOPE_SHIFT)) & 3]!,
    )
  }

  private mac(handle: number): string | undefined {
    if (handle < 0 || this.macs[handle]! < 0) return undefined
    return (this.macTexts[handle] ??= macOfNumber(this.macs[handle]!))
  }

  peer(party: Party, of: Party): Peer {
    const { books } = this
    const p = party as FlowParty
    const id =
      (party === this.server ? this.notes.serverName(this.client.side) : 0) ||
      (of.host >= 0 ? books.ledger(of.host).names.get(p.key) : 0) ||
      0
    const { ip, port, scope } = p
    // a name that came later would take room of its own
    return id > 0 ? { ip, name: books.names[id]!, port, scope } : { ip, port, scope }
  }

  owner(mac: string): Party {
    const party = new FlowParty(this.books.addresses)
    const number = macNumber(mac)
    const handle = this.handles.get(number) ?? this.search(number)
    party.enter(this.books.keeps(handle) ? handle : -1, mac, undefined, 0, 'local')
    return party
  }

  private search(mac: number): number {
    for (; this.searched < Math.min(this.known, MAX_HOSTS); this.searched++)
      this.handles.set(this.macs[this.searched]!, this.searched)
    return this.handles.get(mac) ?? -1
  }

  add<K extends Kind>(party: Party, kind: K, key: string, data: Kinds[K], frame: number, options: AddOptions<K> = {}): void {
    if (party.host < 0) return
    const { bytes = 0, count = 1, update } = options
    const kept = this.books.ledger(party.host).add(kind, key, data, place(this.capture, frame), this.time, bytes, update, count)
    this.repeats.note(kept, count, bytes, frame)
  }

  sign(party: Party, key: string, facts: SignFacts, frame: number, options: SignOptions = {}): void {
    if (party.host < 0) return
    const { needs = 1, count = 1, update, first, frames = [] } = options
    const ledger = this.books.ledger(party.host)
    const at = place(this.capture, frame)
    const kept = ledger.add('sign', `${facts.detector} ${key}`, { ...facts, needs } as SignFacts, at, this.time, 0, update, count)
    if (kept) {
      if (first !== undefined && first < kept.first) kept.first = first
      for (const one of frames) kept.frames = withFrame(kept.frames, place(one.capture, one.frame), MAX_EXEMPLARS)
      raise(kept, this.time, at)
    }
    this.repeats.note(kept, count, 0, frame)
  }

  refuse(): void {
    this.repeats.refuse()
  }

  signal(party: Party, kind: string, value: string, frame: number): void {
    if (party.host < 0) return
    this.repeats.noteSignal(this.books.ledger(party.host).signal(kind, value, place(this.capture, frame)), frame)
  }

  knownPart(name: string): string | undefined {
    return this.parts.get(name, this.partOf)
  }

  learnName(party: Party, ip: string, name: string): void {
    if (party.host >= 0) this.books.learnName(this.books.ledger(party.host), ip, name)
  }

  protect(protection: Protection): void {
    this.notes.protect(PROTECTIONS.indexOf(protection))
  }

  serverName(name: string): void {
    this.notes.setServerName(this.books.nameId(name))
  }
}
