import { place } from '../capture/frame-ref.ts'
import { IPV6_BASE } from '../device/addresses.ts'
import { Knowledge, ownKnowledge } from '../device/knowledge.ts'
import type { KnowledgeFile } from '../device/knowledge-format.ts'
import { copyBytes } from '../decode/copy.ts'
import type { MessageBase } from '../decode/message.ts'
import { blankDatagram, type Conversation, type FlowMemory } from '../decode/stream.ts'
import { type Decoders, protocolNames } from '../flow/dissector.ts'
import { FLOW_CAPACITY } from '../flow/table.ts'
import { Books } from './books.ts'
import type { Observer } from './context.ts'
import { type EndpointKey, EndpointTable, PROTECTIONS, TRANSPORT_UDP } from './endpoint-table.ts'
import * as event from './events.ts'
import { type Intake, type Words, wordsFor } from './events.ts'
import { MAX_EXEMPLARS } from './evidence.ts'
import { FlowContext } from './flow-context.ts'
import { FlowNotes } from './flow-notes.ts'
import type { Inspector } from './inspector.ts'
import { type Scope, SCOPES } from './kinds.ts'
import { type Frames, withFrame } from './frames.ts'
import type { Told } from './sensor.ts'
import type { ServiceTally } from './ledger.ts'
import { protectionOf } from './protection.ts'
import { type Echo, Repeats } from './repeats.ts'
import { Replayed } from './replayed.ts'

/** Flows of which a decoder keeps something. */
const MAX_MEMORIES = 512

export interface BookkeeperOptions {
  /** Texts that the tester planted. */
  canaries?: readonly string[]
  /** It keeps the books of the hosts that `shares` gives to `part` (`keeperOf`); of all by default. */
  part?: number
  shares?: readonly number[]
  flowCapacity?: number
  /** What the user knows of devices beside what Assay does. */
  knowledge?: readonly KnowledgeFile[]
  /** Every message as it is decoded, and the capture it is from. */
  onMessage?: (message: MessageBase, capture: number) => void
}

/**
 * From what was found in flows to tallies: decodes, observes, and keeps the books of its hosts. Everything it keeps is bounded;
 * what finds no room is counted (Books.anomalies).
 */
export class Bookkeeper implements Intake {
  readonly books: Books
  readonly endpoints: EndpointTable
  readonly knowledge: Knowledge
  private readonly protocols: readonly string[]
  /** Index into PROTECTIONS, by protocol id. */
  private readonly protections: readonly number[]
  private readonly decoders: Decoders
  private readonly observers: Readonly<Record<string, Observer<never>>>
  private readonly onMessage: BookkeeperOptions['onMessage']
  private readonly inspector: Inspector | undefined
  private readonly notes: FlowNotes
  private readonly repeats: Repeats
  private readonly context: FlowContext
  private readonly memories = new Map<number, { flow: number; memory: FlowMemory }>()
  private readonly client = new Replayed()
  private readonly server = new Replayed()
  private readonly conversation = {
    client: this.client,
    server: this.server,
    clientPort: 0,
    serverPort: 0,
  } satisfies Conversation
  private readonly datagram = blankDatagram(new Uint8Array(event.MAX_DATAGRAM))
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
  /** Of what is being decoded: whether what belongs to no host is counted here, and whether all that was sent is there. */
  private counts = false
  private whole = true
  private readonly emit = (message: MessageBase) => this.observe(message)

  /** @param macs hardware addresses of the hosts by handle, as the collector writes them; @param inspector who looks at bytes */
  constructor(
    decoders: Decoders,
    observers: Readonly<Record<string, Observer<never>>>,
    macs: Float64Array,
    { canaries = [], part = 0, shares = ALL, flowCapacity = FLOW_CAPACITY, knowledge = [], onMessage }: BookkeeperOptions = {},
    inspector?: Inspector,
  ) {
    this.decoders = decoders
    this.observers = observers
    this.onMessage = onMessage
    this.inspector = inspector
    this.books = new Books(part, shares)
    this.endpoints = new EndpointTable(this.books.share)
    this.repeats = new Repeats(this.books.share)
    this.protocols = protocolNames(decoders)
    this.protections = this.protocols.map((name) => PROTECTIONS.indexOf(protectionOf(name)))
    this.notes = new FlowNotes(flowCapacity)
    this.knowledge = new Knowledge([...ownKnowledge(), ...knowledge])
    this.context = new FlowContext(this.books, this.notes, this.repeats, macs, canaries, this.knowledge)
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
        case event.SIGN:
          this.takeSign(events, at)
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

  protocolName(protocol: number): string {
    return this.protocols[protocol]!
  }

  private takeSign({ words, bytes }: Words, at: number): void {
    const from = (at + event.DATAGRAM_WORDS) * 4
    // a copy: nobody decodes text that lies in shared memory
    const text = decoder.decode(bytes.slice(from, from + words[at + event.LENGTH]!))
    const { key, count, first, last, frames, ...facts } = JSON.parse(text) as Told & { key: string }
    const shown = frames.reduce<Frames>((all, { capture, frame }) => withFrame(all, place(capture, frame), MAX_EXEMPLARS), 0)
    this.books.ledger(words[at + event.HOST]!).putSign(key, facts, count, first, last, shown)
  }

  /** A conversation or datagram is spoken of from here on. */
  private enter(events: Words, at: number): void {
    const { words } = events
    const told = (words[at + event.LO_HOST]! >= 0 ? 1 : 0) | (words[at + event.LO_HOST + 1]! >= 0 ? 2 : 0)
    this.notes.enter(words[at + event.ROW]!, words[at + event.FLOW]!, told)
    this.context.enter(events, at)
    this.counts = (words[at + event.META]! & event.COUNTS) !== 0
    this.whole = true
  }

  private takeConversation(events: Words, at: number): void {
    const { words, bytes } = events
    const { client, server, conversation, context, repeats } = this
    const decoder = this.decoders.stream[words[at + event.DECODER]!]
    this.enter(events, at)
    const frames = at + event.CONVERSATION_WORDS
    let o = client.begin(words, at + event.CLIENT, frames)
    o = server.begin(words, at + event.SERVER, o)
    const content = o
    o = client.offsets(o)
    o = server.offsets(o)
    o = client.fill(bytes, o)
    o = server.fill(bytes, o)
    conversation.clientPort = context.client.port
    conversation.serverPort = context.server.port
    // who listens to messages wants each of them
    const repeated = this.onMessage === undefined && decoder?.repeats?.(conversation) === true
    if (repeated) {
      repeats.frameCount = content - frames
      for (let i = frames; i < content; i++) repeats.frames[i - frames] = words[i]!
      this.sign(words[at + event.DECODER]!, words[at + event.CLIENT + event.STATE]!, words[at + event.SERVER + event.STATE]!)
      repeats.signature[14] = client.length
      repeats.signature[15] = server.length
      if (this.again(repeats.seen(words, content, o, context.time, context.capture))) return
    }
    decoder?.decode(conversation, this.emit)
    this.inspector?.conversation(conversation, decoder?.protocol ?? '', context)
    if (repeated) repeats.end(this.notes.of(0), this.notes.of(1))
  }

  /** Who is talking, what is known of them and their flow that may show in an observation, and in what form it comes. */
  private sign(decoder: number, a: number, b: number): void {
    const { signature } = this.repeats
    const { client, server, transport } = this.context
    signature[0] = client.host
    signature[1] = server.host
    signature[2] = client.key | 0
    signature[3] = server.key | 0
    signature[4] =
      (client.key >= IPV6_BASE ? 1 : 0) |
      (server.key >= IPV6_BASE ? 2 : 0) |
      (transport === 'udp' ? 4 : 0) |
      (client.side << 3) |
      (this.notes.told << 4)
    signature[5] = SCOPES.indexOf(client.scope) * 4 + SCOPES.indexOf(server.scope)
    signature[6] = server.port
    signature[7] = this.notes.of(client.side)
    signature[8] = this.notes.of(server.side)
    signature[9] = client.host < 0 ? 0 : (this.books.ledger(client.host).names.get(server.key) ?? 0)
    signature[10] = server.host < 0 ? 0 : (this.books.ledger(server.host).names.get(client.key) ?? 0)
    signature[11] = a
    signature[12] = b
    signature[13] = decoder
  }

  /** Was it one that came before? Then its flow is left as that one was. */
  private again(echo: Echo | undefined): boolean {
    if (!echo) return false
    this.notes.put(0, echo.left[0])
    this.notes.put(1, echo.left[1])
    return true
  }

  private takeDatagram(events: Words, at: number): void {
    const { words, bytes } = events
    const decoder = this.decoders.datagram[words[at + event.DECODER]!]
    const length = words[at + event.LENGTH]!
    const how = words[at + event.HOW]!
    const way = words[at + event.WAY]!
    const from = at + event.DATAGRAM_WORDS
    const { context, repeats, datagram: d } = this
    this.enter(events, at)
    // who listens to messages wants each of them
    const repeated = this.onMessage === undefined && decoder?.repeats === true
    if (repeated) {
      repeats.frameCount = 1
      repeats.frames[0] = words[at + event.FRAME]!
      this.sign(words[at + event.DECODER]!, length, how)
      repeats.signature[14] = way
      repeats.signature[15] = 0
      if (this.again(repeats.seen(words, from, from + wordsFor(length), context.time, context.capture))) return
    }
    copyBytes(d.bytes, 0, bytes, from * 4, from * 4 + length)
    d.end = length
    d.srcPort = way >>> 16
    d.dstPort = way & 0xffff
    d.frame = words[at + event.FRAME]! >>> 0
    d.fromClient = (how & event.FROM_CLIENT) !== 0
    d.truncated = (how & event.TRUNCATED) !== 0
    this.whole = !d.truncated
    d.memory = decoder?.remembers === true ? this.memory(words[at + event.ROW]!, words[at + event.FLOW]!) : NOTHING
    decoder?.decode(d, this.emit)
    this.inspector?.datagram(d, decoder?.protocol ?? '', context)
    if (repeated) repeats.end(this.notes.of(0), this.notes.of(1))
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
    if (message.damaged === true && this.whole) {
      if (this.counts) this.books.malformed(message.protocol, this.context.capture, message.frame)
      this.repeats.refuse()
    }
    this.onMessage?.(message, this.context.capture)
    const observer = this.observers[message.protocol] as Observer<MessageBase> | undefined
    observer?.(message, this.context)
    this.inspector?.message(message)
  }

  /** Of the flow that the notes are at: as observers said, else by its protocol's name. Nobody encrypts alone. */
  private protection(side: number, protocol: number, answered: boolean): number {
    const said = this.notes.protection(side)
    if (said >= 0) return said
    const named = this.protections[protocol]!
    return named === ENCRYPTED && !answered ? UNKNOWN : named
  }

  /** Add a flow's counters to the ledger of one of its ends. */
  private fold(events: Words, at: number): void {
    const { words, floats, bytes } = events
    const half = at >> 1
    const host = words[at + event.HOST]!
    const meta = words[at + event.FOLD_META]!
    const ledger = this.books.ledger(host)
    const side = meta & event.OF_HI ? 1 : 0
    this.notes.enter(words[at + event.ROW]!, words[at + event.FLOW]!, 0)
    const byPeer = (meta & event.BY_PEER) !== 0
    const ip = at + event.PEER_IP
    const peer = meta & event.IPV6 ? this.books.addresses.key(bytes, ip * 4, 16) : words[ip]!
    const scope = (meta >>> event.PEER_SCOPE_SHIFT) & 3
    const transport = (meta >>> event.TRANSPORT_SHIFT) & 3
    const protocol = words[at + event.PROTOCOL]!
    const answered = (meta & event.ANSWERED) !== 0
    const protection = this.protection(side, protocol, answered)
    const port = words[at + event.PORT]!
    const key = this.key
    key.host = host
    key.ip = peer
    key.name = byPeer ? 0 : this.notes.serverName(side) || ledger.names.get(peer) || 0
    key.port = port
    key.transport = transport
    key.byPeer = byPeer
    key.protocol = protocol
    key.protection = protection
    key.scope = scope
    const endpoint = this.endpoints.row(key)
    const capture = words[at + event.CAPTURE]!
    const frame = words[at + event.FOLD_FRAME]! >>> 0
    const out = words[at + event.PACKETS_OUT]!
    const back = words[at + event.PACKETS_IN]!
    const bytesOut = floats[half + event.BYTES_OUT]!
    const bytesIn = floats[half + event.BYTES_IN]!
    this.endpoints.add(endpoint, out, back, floats, half + event.BYTES_OUT, capture, frame)

    if (!(meta & event.WITHIN)) {
      const hour = ledger.hour(words[at + event.HOUR]!)
      hour.bytesOut += bytesOut
      hour.bytesIn += bytesIn
      hour.packets += out + back
      if (scope === INTERNET) hour.internetBytes += bytesOut + bytesIn
      hour.frames = withFrame(hour.frames, place(capture, frame), 2)
    }

    if (!(meta & event.FINAL)) return
    this.endpoints.count(endpoint, answered)
    if (answered && byPeer && transport <= TRANSPORT_UDP) {
      const service = ledger.service(port, transport)
      if (service)
        serve(service, SCOPES[scope]!, this.protocols[protocol]!, protection, capture, words[at + event.FOLD_ANSWER]! >>> 0)
    }
  }
}

const decoder = new TextDecoder()
const UNKNOWN = PROTECTIONS.indexOf('unknown')
const ENCRYPTED = PROTECTIONS.indexOf('encrypted')
const INTERNET = SCOPES.indexOf('internet')
const NOTHING: FlowMemory = {}
const ALL: readonly number[] = [0]

function serve(service: ServiceTally, from: Scope, protocol: string, protection: number, capture: number, frame: number): void {
  service.answered++
  service.reachedFrom.add(from)
  // what is known gives way to what says more
  const said = protectionOf(service.protocol) !== 'unknown' && (service.protection !== 'unknown' || protection === UNKNOWN)
  if (protocol !== '' && !said) {
    service.protocol = protocol
    service.protection = PROTECTIONS[protection]!
  }
  service.frames = withFrame(service.frames, place(capture, frame), MAX_EXEMPLARS)
}
