import { macNumber, MAX_HOSTS } from '../device/hosts.ts'
import { Addresses, type AddressKey, IPV6_BASE } from '../device/addresses.ts'
import { macOfNumber } from '../decode/address.ts'
import type { MessageBase } from '../decode/message.ts'
import type { Conversation, Datagram, FlowMemory, StreamPrefix } from '../decode/stream.ts'
import { type Decoders, protocolNames } from '../flow/dissector.ts'
import { PREFIX_BYTES } from '../flow/prefix.ts'
import { FLOW_CAPACITY } from '../flow/table.ts'
import type { AddOptions, Context, Observer, Party } from './context.ts'
import { type EndpointKey, EndpointTable, PROTECTIONS, TRANSPORT_UDP } from './endpoint-table.ts'
import * as event from './events.ts'
import type { Intake, Words } from './events.ts'
import { type FrameRef, MAX_EXEMPLARS } from './evidence.ts'
import { type Kind, type Kinds, type Peer, type Scope, SCOPES } from './kinds.ts'
import { type Budget, exemplar, Ledger, type ServiceTally } from './ledger.ts'
import { protectionOf } from './protection.ts'
import { Repeats } from './repeats.ts'

const MAX_NAME_IDS = 1 << 16
/** Flows of which a decoder keeps something. */
const MAX_MEMORIES = 512
/** What all ledgers may take together. */
const BUDGET = 1 << 18

export interface BookkeeperOptions {
  /** Texts that the tester planted. */
  canaries?: readonly string[]
  /** It keeps the books of the hosts for whom `shares`, at their handle modulo its length, says `part`; of all by default. */
  part?: number
  shares?: readonly number[]
  flowCapacity?: number
  /** Every message as it is decoded, and the capture it is from. */
  onMessage?: (message: MessageBase, capture: number) => void
}

/**
 * From what was found in flows to tallies: decodes, observes, and keeps a ledger for each of its hosts. Everything it keeps is
 * bounded; what finds no room is counted in `dropped`.
 */
export class Bookkeeper implements Intake {
  readonly addresses = new Addresses()
  readonly endpoints: EndpointTable
  readonly names: string[] = ['']
  readonly repeats: Repeats
  private readonly ledgers: (Ledger | undefined)[] = []
  private readonly nameIds = new Map<string, number>([['', 0]])
  private namesDropped = 0
  private readonly protocols: readonly string[]
  /** Index into PROTECTIONS, by protocol id. */
  private readonly protections: readonly number[]
  private readonly decoders: Decoders
  private readonly observers: Readonly<Record<string, Observer<never>>>
  private readonly onMessage: BookkeeperOptions['onMessage']
  private readonly context: FlowContext
  private readonly part: number
  private readonly shares: readonly number[]
  private readonly budget: Budget
  // what observers said of the flow in a row: the flow's number, the server's name, the protection
  private readonly flows: Int32Array
  private readonly serverNames: Int32Array
  private readonly flowProtections: Uint8Array
  private readonly memories = new Map<number, { flow: number; memory: FlowMemory }>()
  private readonly client = new Replayed()
  private readonly server = new Replayed()
  private readonly conversation = {
    client: this.client,
    server: this.server,
    clientPort: 0,
    serverPort: 0,
  } satisfies Conversation
  private readonly scratch = new Uint8Array(1 << 16)
  private readonly datagram: Datagram = {
    bytes: this.scratch,
    start: 0,
    end: 0,
    srcPort: 0,
    dstPort: 0,
    frame: 0,
    fromClient: true,
    truncated: false,
    memory: {},
  }
  private readonly key: EndpointKey = {
    host: 0,
    ip: 0,
    name: 0,
    port: 0,
    transport: 0,
    byPeer: false,
    protocol: 0,
    protection: 0,
    scope: 0,
  }
  private readonly emit = (message: MessageBase) => this.observe(message)

  /** @param macs hardware addresses of the hosts by handle, as the collector writes them */
  constructor(
    decoders: Decoders,
    observers: Readonly<Record<string, Observer<never>>>,
    macs: Float64Array,
    { canaries = [], part = 0, shares = ALL, flowCapacity = FLOW_CAPACITY, onMessage }: BookkeeperOptions = {},
  ) {
    this.decoders = decoders
    this.observers = observers
    this.onMessage = onMessage
    this.part = part
    this.shares = shares
    const share = shares.filter((s) => s === part).length / shares.length
    this.budget = { hours: BUDGET * share, observations: BUDGET * share, names: BUDGET * share }
    this.endpoints = new EndpointTable(share)
    this.repeats = new Repeats(share)
    this.protocols = protocolNames(decoders)
    this.protections = this.protocols.map((name) => PROTECTIONS.indexOf(protectionOf(name)))
    this.flows = new Int32Array(flowCapacity)
    this.serverNames = new Int32Array(flowCapacity)
    this.flowProtections = new Uint8Array(flowCapacity)
    this.context = new FlowContext(this, macs, canaries)
  }

  take(events: Words, from: number, to: number): boolean {
    const { words } = events
    for (let at = from; at < to; at += words[at + event.SIZE]!) {
      switch (words[at + event.KIND]) {
        case event.FOLD:
          this.fold(events, at)
          break
        case event.DATAGRAM:
          this.takeDatagram(events, at)
          break
        case event.CONVERSATION:
          this.takeConversation(events, at)
          break
        case event.END:
          return true
        default:
      }
    }
    return false
  }

  /** No more events come: keep only what reports are made of. */
  release(): void {
    this.repeats.release()
    this.memories.clear()
  }

  /** Facts that found no room, by what they were. */
  get dropped(): Map<string, number> {
    const out = new Map<string, number>()
    for (const ledger of this.ledgers)
      if (ledger)
        for (const [kind, count] of ledger.dropped) out.set(`bounded: ${kind}`, (out.get(`bounded: ${kind}`) ?? 0) + count)
    if (this.namesDropped > 0) out.set('names-bounded', this.namesDropped)
    return out
  }

  keeps(handle: number): boolean {
    return handle >= 0 && this.shares[handle % this.shares.length] === this.part
  }

  ledger(handle: number): Ledger {
    return (this.ledgers[handle] ??= new Ledger(this.budget))
  }

  /** The host has been reported. */
  forget(handle: number): void {
    this.ledgers[handle] = undefined
  }

  protocolName(protocol: number): string {
    return this.protocols[protocol]!
  }

  nameId(name: string): number {
    let id = this.nameIds.get(name)
    if (id === undefined) {
      if (this.names.length >= MAX_NAME_IDS) {
        this.namesDropped++
        return 0
      }
      id = this.names.push(name) - 1
      this.nameIds.set(name, id)
    }
    return id
  }

  /** What observers say of a flow, from here on until the next flow takes its row. */
  private flow(events: Words, at: number): number {
    const row = events.words[at + event.ROW]!
    const flow = events.words[at + event.FLOW]!
    if (this.flows[row] !== flow) {
      this.flows[row] = flow
      this.serverNames[row] = 0
      this.flowProtections[row] = 0
    }
    return row
  }

  serverNameOf(row: number): number {
    return this.serverNames[row]!
  }

  setServerName(row: number, name: string): void {
    this.serverNames[row] = this.nameId(name)
  }

  setProtection(row: number, protection: number): void {
    this.flowProtections[row] = protection
  }

  private takeConversation(events: Words, at: number): void {
    const { words, bytes } = events
    const { client, server, conversation, context, repeats } = this
    const decoder = this.decoders.stream[words[at + event.DECODER]!]!
    const row = this.flow(events, at)
    context.enter(events, at, row)
    let o = at + event.CONVERSATION_WORDS
    o = client.begin(words, at + event.CLIENT, o)
    o = server.begin(words, at + event.SERVER, o)
    o = client.offsets(o)
    o = server.offsets(o)
    const content = o - client.count - server.count
    o = client.fill(bytes, o)
    o = server.fill(bytes, o)
    conversation.clientPort = context.client.port
    conversation.serverPort = context.server.port
    // who listens to messages wants each of them
    const repeated = this.onMessage === undefined && decoder.repeats?.(conversation) === true
    if (repeated) {
      const frames = at + event.CONVERSATION_WORDS
      repeats.frames.length = 0
      for (let i = frames; i < frames + client.count + server.count; i++) repeats.frames.push(words[i]!)
      this.sign(row, words[at + event.DECODER]!, words[at + event.CLIENT + event.STATE]!, words[at + event.SERVER + event.STATE]!)
      repeats.signature[14] = client.length
      repeats.signature[15] = server.length
      const echo = repeats.seen(words, content, o, context.time, context.capture)
      if (echo) {
        this.serverNames[row] = echo.serverName
        this.flowProtections[row] = echo.protection
        return
      }
    }
    decoder.decode(conversation, this.emit)
    if (repeated) repeats.end(this.serverNames[row]!, this.flowProtections[row]!)
  }

  /** Who is talking, what is known of them and their flow that may show in an observation, and in what form it comes. */
  private sign(row: number, decoder: number, a: number, b: number): void {
    const { signature } = this.repeats
    const { client, server, transport } = this.context
    signature[0] = client.host
    signature[1] = server.host
    signature[2] = client.key | 0
    signature[3] = server.key | 0
    signature[4] = (client.key >= IPV6_BASE ? 1 : 0) | (server.key >= IPV6_BASE ? 2 : 0) | (transport === 'udp' ? 4 : 0)
    signature[5] = SCOPES.indexOf(client.scope) * 4 + SCOPES.indexOf(server.scope)
    signature[6] = server.port
    signature[7] = this.serverNames[row]!
    signature[8] = this.flowProtections[row]!
    signature[9] = client.host < 0 ? 0 : (this.ledger(client.host).names.get(server.key) ?? 0)
    signature[10] = server.host < 0 ? 0 : (this.ledger(server.host).names.get(client.key) ?? 0)
    signature[11] = a
    signature[12] = b
    signature[13] = decoder
  }

  private takeDatagram(events: Words, at: number): void {
    const { words } = events
    const decoder = this.decoders.datagram[words[at + event.DECODER]!]!
    const length = words[at + event.LENGTH]!
    const how = words[at + event.HOW]!
    const way = words[at + event.WAY]!
    const row = this.flow(events, at)
    const { context, datagram: d } = this
    context.enter(events, at, row)
    // who listens to messages wants each of them
    const repeated = decoder.repeats === true && this.onMessage === undefined
    if (repeated) {
      const { repeats } = this
      const from = at + event.DATAGRAM_WORDS
      repeats.frames.length = 0
      repeats.frames.push(words[at + event.FRAME]!)
      this.sign(row, words[at + event.DECODER]!, length, how)
      repeats.signature[14] = way
      repeats.signature[15] = 0
      const echo = repeats.seen(words, from, from + ((length + 3) >> 2), context.time, context.capture)
      if (echo) {
        this.serverNames[row] = echo.serverName
        this.flowProtections[row] = echo.protection
        return
      }
    }
    copy(this.scratch, events.bytes, (at + event.DATAGRAM_WORDS) * 4, length)
    d.end = length
    d.srcPort = way >>> 16
    d.dstPort = way & 0xffff
    d.frame = words[at + event.FRAME]!
    d.fromClient = (how & event.FROM_CLIENT) !== 0
    d.truncated = (how & event.TRUNCATED) !== 0
    d.memory = decoder.remembers === true ? this.memory(row, words[at + event.FLOW]!) : NOTHING
    decoder.decode(d, this.emit)
    if (repeated) this.repeats.end(this.serverNames[row]!, this.flowProtections[row]!)
  }

  /** What a decoder keeps of a flow; the oldest flow's makes room. */
  private memory(row: number, flow: number): FlowMemory {
    const kept = this.memories.get(row)
    if (kept?.flow === flow) return kept.memory
    if (kept) this.memories.delete(row)
    if (this.memories.size >= MAX_MEMORIES) this.memories.delete(this.memories.keys().next().value!)
    const memory: FlowMemory = {}
    this.memories.set(row, { flow, memory })
    return memory
  }

  private observe(message: MessageBase): void {
    this.onMessage?.(message, this.context.capture)
    const observer = this.observers[message.protocol] as Observer<MessageBase> | undefined
    observer?.(message, this.context)
  }

  /** Add a flow's counters to the ledger of one of its ends. */
  private fold(events: Words, at: number): void {
    const { words, floats, bytes } = events
    const half = at >> 1
    const host = words[at + event.HOST]!
    const meta = words[at + event.FOLD_META]!
    const ledger = this.ledger(host)
    const row = this.flow(events, at)
    const byPeer = (meta & event.BY_PEER) !== 0
    const peer =
      meta & event.IPV6
        ? this.addresses.key(bytes, (at + event.PEER_IP) * 4, 16)
        : this.addresses.key(bytes, (at + event.PEER_IP) * 4, 4)
    const scope = (meta >>> event.PEER_SCOPE_SHIFT) & 3
    const transport = (meta >>> event.TRANSPORT_SHIFT) & 3
    const protocol = words[at + event.PROTOCOL]!
    const protection = this.flowProtections[row]! || this.protections[protocol]!
    const port = words[at + event.PORT]!
    const key = this.key
    key.host = host
    key.ip = peer
    key.name = byPeer ? 0 : this.serverNames[row]! || ledger.names.get(peer) || 0
    key.port = port
    key.transport = transport
    key.byPeer = byPeer
    key.protocol = protocol
    key.protection = protection
    key.scope = scope
    const endpoint = this.endpoints.row(key)
    const capture = words[at + event.CAPTURE]!
    const frame = words[at + event.FOLD_FRAME]!
    const out = words[at + event.PACKETS_OUT]!
    const back = words[at + event.PACKETS_IN]!
    const bytesOut = floats[half + event.BYTES_OUT]!
    const bytesIn = floats[half + event.BYTES_IN]!
    this.endpoints.add(
      endpoint,
      out,
      back,
      bytesOut,
      bytesIn,
      floats[half + event.FIRST]!,
      floats[half + event.LAST]!,
      capture,
      frame,
    )

    const hour = ledger.hour(words[at + event.HOUR]!)
    hour.bytesOut += bytesOut
    hour.bytesIn += bytesIn
    hour.packets += out + back
    if (scope === INTERNET) hour.internetBytes += bytesOut + bytesIn
    if (hour.exemplars.length < 2) exemplar(hour.exemplars, { capture, frame }, 2)

    if (!(meta & event.FINAL)) return
    const answered = (meta & event.ANSWERED) !== 0
    this.endpoints.count(endpoint, answered)
    if (answered && byPeer && transport <= TRANSPORT_UDP) {
      const service = ledger.service(port, transport)
      if (service) serve(service, SCOPES[scope]!, this.protocols[protocol]!, protection, capture, words[at + event.FOLD_ANSWER]!)
    }
  }
}

const INTERNET = SCOPES.indexOf('internet')
const NOTHING: FlowMemory = {}
const ALL: readonly number[] = [0]

function serve(service: ServiceTally, from: Scope, protocol: string, protection: number, capture: number, frame: number): void {
  service.answered++
  service.reachedFrom.add(from)
  if (protocol !== '' && (service.protocol === '' || protectionOf(service.protocol) === 'unknown')) {
    service.protocol = protocol
    service.protection = PROTECTIONS[protection]!
  }
  exemplar(service.exemplars, { capture, frame }, MAX_EXEMPLARS)
}

/** One direction of a conversation, as it comes with an event. */
class Replayed implements StreamPrefix {
  // copied from the event: what is shared between threads is no argument for text decoders
  readonly bytes = new Uint8Array(PREFIX_BYTES)
  length = 0
  truncated = false
  midstream = false
  /** Of segments. */
  count = 0
  private words: Int32Array = NO_WORDS
  private framesAt = 0
  private offsetsAt = 0

  /** Reads what is said at `where`; the segments' frames are at `at`. Returns where they end. */
  begin(words: Int32Array, where: number, at: number): number {
    this.length = words[where + event.HELD]!
    const state = words[where + event.STATE]!
    this.truncated = (state & 1) !== 0
    this.midstream = (state & 2) !== 0
    this.words = words
    this.framesAt = at
    this.count = state >> 2
    return at + this.count
  }

  /** The segments' offsets are at `at`. Returns where they end. */
  offsets(at: number): number {
    this.offsetsAt = at
    return at + this.count
  }

  /** Copies the bytes at word `at`. Returns the word after them. */
  fill(bytes: Uint8Array, at: number): number {
    copy(this.bytes, bytes, at * 4, this.length)
    return at + ((this.length + 3) >> 2)
  }

  frameAt(offset: number): number {
    let i = this.count - 1
    while (i > 0 && this.words[this.offsetsAt + i]! > offset) i--
    return i < 0 ? 0 : this.words[this.framesAt + i]!
  }
}

const NO_WORDS = new Int32Array(0)

/** Short copies are cheaper by hand than through subarray(). */
function copy(to: Uint8Array, from: Uint8Array, at: number, length: number): void {
  if (length <= 96) for (let i = 0; i < length; i++) to[i] = from[at + i]!
  else to.set(from.subarray(at, at + length))
}

/** Address text is made when asked for: most messages need one of them, or neither. */
class FlowParty implements Party {
  /** Whose it is; `host` is the same where this bookkeeper keeps its books. */
  handle = -1
  host = -1
  port = 0
  mac: string | undefined
  key: AddressKey = 0
  scope: Scope = 'local'
  private addressText: string | undefined
  private readonly addresses: Addresses

  constructor(addresses: Addresses) {
    this.addresses = addresses
  }

  /** Become somebody else. */
  enter(handle: number, host: number, mac: string | undefined, key: AddressKey, port: number, scope: Scope): void {
    this.handle = handle
    this.host = host
    this.mac = mac
    this.key = key
    this.port = port
    this.scope = scope
    this.addressText = undefined
  }

  get ip(): string {
    return (this.addressText ??= this.key < 0 ? '' : this.addresses.text(this.key))
  }
}

/** The one Context, moved from flow to flow. */
class FlowContext implements Context {
  readonly client: FlowParty
  readonly server: FlowParty
  readonly canaries: readonly string[]
  transport: 'tcp' | 'udp' = 'tcp'
  capture = 0
  time = 0
  initiatorHi = false
  private row = -1
  private known = 0
  private readonly books: Bookkeeper
  private readonly macs: Float64Array
  private readonly macTexts: (string | undefined)[] = []

  constructor(books: Bookkeeper, macs: Float64Array, canaries: readonly string[]) {
    this.books = books
    this.macs = macs
    this.client = new FlowParty(books.addresses)
    this.server = new FlowParty(books.addresses)
    this.canaries = canaries
  }

  enter(events: Words, at: number, row: number): void {
    const { words } = events
    const meta = words[at + event.META]!
    this.row = row
    this.capture = words[at + event.CAPTURE]!
    this.time = events.floats[(at >> 1) + event.TIME]!
    this.transport = meta & event.UDP ? 'udp' : 'tcp'
    this.initiatorHi = (meta & event.INITIATOR_HI) !== 0
    this.known = words[at + event.HOSTS]!
    const initiator = this.initiatorHi ? 1 : 0
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
    const ip = (at + (side === 0 ? event.LO_IP : event.HI_IP)) * 4
    party.enter(
      handle,
      this.books.keeps(handle) ? handle : -1,
      this.mac(handle),
      this.books.addresses.key(events.bytes, ip, meta & event.IPV6 ? 16 : 4),
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
      (party === this.server ? books.serverNameOf(this.row) : 0) ||
      (of.host >= 0 ? books.ledger(of.host).names.get(p.key) : 0) ||
      0
    const peer: Peer = { ip: p.ip, port: p.port, scope: p.scope }
    if (id > 0) peer.name = books.names[id]!
    return peer
  }

  owner(mac: string): Party {
    const party = new FlowParty(this.books.addresses)
    const number = macNumber(mac)
    const handle = this.handles.get(number) ?? this.search(number)
    party.enter(handle, this.books.keeps(handle) ? handle : -1, mac, -1, 0, 'local')
    return party
  }

  /** Handles by hardware address, of the hosts looked through so far. */
  private readonly handles = new Map<number, number>()
  private searched = 0

  private search(mac: number): number {
    for (; this.searched < Math.min(this.known, MAX_HOSTS); this.searched++)
      this.handles.set(this.macs[this.searched]!, this.searched)
    return this.handles.get(mac) ?? -1
  }

  private latest: FrameRef = { capture: 0, frame: 0 }

  /** A message tells several facts of one frame: they share what points at it. */
  private at(frame: number): FrameRef {
    if (this.latest.frame !== frame || this.latest.capture !== this.capture) this.latest = { capture: this.capture, frame }
    return this.latest
  }

  add<K extends Kind>(party: Party, kind: K, key: string, data: Kinds[K], frame: number, options: AddOptions<K> = {}): void {
    if (party.host < 0) return
    const { bytes = 0, count = 1, update } = options
    const { books, time } = this
    const kept = books.ledger(party.host).add(kind, key, data, this.at(frame), time, bytes, update, count)
    books.repeats.note(kept, count, bytes, frame)
  }

  signal(party: Party, kind: string, value: string, frame: number): void {
    if (party.host < 0) return
    const { books } = this
    books.repeats.noteSignal(books.ledger(party.host).signal(kind, value, this.at(frame)), frame)
  }

  learnName(party: Party, ip: string, name: string): void {
    if (party.host < 0) return
    const key = this.books.addresses.parse(ip)
    const id = this.books.nameId(name)
    if (key !== undefined && id > 0) this.books.ledger(party.host).learnName(key, id)
  }

  protect(protection: 'encrypted' | 'broken' | 'clear'): void {
    this.books.setProtection(this.row, PROTECTIONS.indexOf(protection))
  }

  serverName(name: string): void {
    this.books.setServerName(this.row, name)
  }
}
