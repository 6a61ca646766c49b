import type { MessageBase } from '../../decode/message.ts'
import type { Conversation, Datagram, StreamPrefix } from '../../decode/stream.ts'
import type { Party } from '../../evidence/context.ts'
import type { Inspector, InspectorContext } from '../../evidence/inspector.ts'
import { Automaton } from '../automaton.ts'
import { AddressTest, hasPort, within } from './ends.ts'
import { Counts, FlowBits } from './kept.ts'
import { Part, type Said, saidIn } from './parts.ts'
import type { BufferName, Content, Named, Rule } from './rule.ts'
import { factsOf } from './sign-of.ts'
import { BufferTests } from './tests.ts'

/** Of a content, so much goes into the automaton: the rest is compared where that is found. */
const MAX_WORD = 24
/** Messages of one conversation that are looked at. */
const MAX_SAID = 256
/** A bit that is set may let another rule match, and so on. */
const MAX_ROUNDS = 8
const NAMES: readonly BufferName[] = ['dns.query', 'tls.sni', 'http.host']

/** A rule, made ready. */
interface Ready {
  readonly rule: Rule
  readonly index: number
  readonly from: AddressTest | undefined
  readonly to: AddressTest | undefined
  readonly peer: AddressTest | undefined
  readonly payload: BufferTests | undefined
  /** Those of messages: all of them hold of one message. */
  readonly parts: readonly BufferTests[]
  readonly named: readonly Named[]
  /** It matches or not by what came before. */
  readonly waits: boolean
}

/** What one side said. */
interface Spoken {
  readonly payload: Part
  readonly fromServer: boolean
  readonly said: readonly Said[]
  readonly sender: Party
  readonly receiver: Party
  /** Rules that may match. */
  readonly maybe: Set<number>
  readonly matched: Set<number>
}

/**
 * Tries rules on what is said. One automaton for each buffer finds a content of each rule; only where that is there, the whole rule is tried.
 */
export class RuleInspector implements Inspector {
  private readonly ready: readonly Ready[]
  /** By buffer: what finds the rules that may match, and which rule each pattern is of. */
  private readonly finders = new Map<BufferName, { automaton: Automaton; rules: readonly number[] }>()
  /** Rules in which nothing has to be there. */
  private readonly always: readonly number[]
  private readonly wanted: ReadonlySet<BufferName>
  private readonly anyWaits: boolean
  private readonly bits = new FlowBits()
  private readonly counts = new Counts()
  private said: Said[] = []

  /** Rules but those of headers (isOfHeaders). */
  constructor(rules: readonly Rule[]) {
    this.ready = rules.map(ready)
    const words = new Map<BufferName, { bytes: Uint8Array; nocase: boolean; rule: number }[]>()
    const always: number[] = []
    for (const { rule, index } of this.ready) {
      const word = wordOf(rule)
      if (!word) {
        always.push(index)
        continue
      }
      const list = words.get(word.in) ?? []
      words.set(word.in, list)
      list.push({ bytes: word.bytes.subarray(0, MAX_WORD), nocase: word.nocase === true, rule: index })
    }
    for (const [buffer, list] of words)
      this.finders.set(buffer, { automaton: new Automaton(list), rules: list.map(({ rule }) => rule) })
    this.always = always
    this.anyWaits = this.ready.some(({ waits }) => waits)
    const wanted = new Set(rules.flatMap(({ tests }) => tests.flatMap((t) => (t.kind === 'name' ? NAMES : [t.in]))))
    wanted.delete('payload')
    this.wanted = wanted
  }

  message(message: MessageBase): void {
    if (this.wanted.size > 0 && this.said.length < MAX_SAID) this.said.push(...saidIn(message, this.wanted))
  }

  conversation({ client, server }: Conversation, protocol: string, context: InspectorContext): void {
    const said = this.said.splice(0)
    this.look(
      [this.spoken(partOf(client), false, said, context), this.spoken(partOf(server), true, said, context)],
      protocol,
      context,
    )
  }

  datagram(d: Datagram, protocol: string, context: InspectorContext): void {
    const said = this.said.splice(0)
    const { frame } = d
    const payload = new Part(d.bytes.subarray(d.start, d.end), () => frame)
    this.look([this.spoken(payload, !d.fromClient, said, context)], protocol, context)
  }

  private spoken(payload: Part, fromServer: boolean, all: readonly Said[], context: InspectorContext): Spoken {
    const said = all.filter(({ fromClient }) => fromClient === !fromServer)
    const maybe = new Set(this.always)
    this.find('payload', payload, maybe)
    for (const { parts } of said) for (const [buffer, part] of parts) this.find(buffer, part, maybe)
    const { client, server } = context
    return {
      payload,
      fromServer,
      said,
      sender: fromServer ? server : client,
      receiver: fromServer ? client : server,
      maybe,
      matched: new Set(),
    }
  }

  private find(buffer: BufferName, { bytes }: Part, maybe: Set<number>): void {
    const finder = this.finders.get(buffer)
    finder?.automaton.search(bytes, 0, bytes.length, Automaton.START, (pattern) => maybe.add(finder.rules[pattern]!))
  }

  private look(sides: readonly Spoken[], protocol: string, context: InspectorContext): void {
    this.round(sides, false, protocol, context)
    if (!this.anyWaits) return
    for (let i = 0; i < MAX_ROUNDS; i++) {
      const before = this.bits.version
      this.round(sides, true, protocol, context)
      if (this.bits.version === before) return
    }
  }

  private round(sides: readonly Spoken[], waits: boolean, protocol: string, context: InspectorContext): void {
    for (const side of sides)
      // in the order in which they were written, whatever was found first
      for (const index of [...side.maybe].sort((a, b) => a - b)) {
        const one = this.ready[index]!
        if (one.waits === waits && !side.matched.has(index)) this.try(one, side, protocol, context)
      }
  }

  private try(one: Ready, side: Spoken, protocol: string, context: InspectorContext): void {
    const { rule } = one
    if (rule.transport !== 'any' && rule.transport !== context.transport) return
    if (rule.protocols !== undefined && !rule.protocols.includes(protocol)) return
    if (rule.way !== undefined && (rule.way === 'to-client') !== side.fromServer) return
    const { sender, receiver } = side
    // who polls does so from another port each time, and is taken for the same
    if (rule.fromPorts !== undefined || rule.toPorts !== undefined) context.refuse()
    if (!this.between(one, sender, receiver) && !(rule.both && this.between(one, receiver, sender))) return
    if (rule.called !== undefined && !hasPort(rule.called, context.server.port)) return
    if (rule.size !== undefined && !within(rule.size, side.payload.bytes.length)) return
    // of a side that said nothing nothing is known
    if (side.payload.bytes.length === 0) return
    const frame = frameWhere(one, side)
    if (frame === undefined) return
    if (rule.bits.length > 0) context.refuse()
    if (!this.bits.hold(rule.bits, context.row, context.flow)) return
    side.matched.add(one.index)
    this.bits.change(rule.bits, context.row, context.flow)
    if (rule.silent) return
    this.tell(one, side, 'source', frame, context)
    if (receiver.host !== sender.host) this.tell(one, side, 'target', frame, context)
  }

  private between({ rule, from, to }: Ready, sender: Party, receiver: Party): boolean {
    return (
      (rule.fromPorts === undefined || hasPort(rule.fromPorts, sender.port)) &&
      (rule.toPorts === undefined || hasPort(rule.toPorts, receiver.port)) &&
      (from === undefined || from.has(sender)) &&
      (to === undefined || to.has(receiver))
    )
  }

  private tell(
    { rule, index, peer }: Ready,
    side: Spoken,
    role: 'source' | 'target',
    frame: number,
    context: InspectorContext,
  ): void {
    const party = role === 'source' ? side.sender : side.receiver
    const other = role === 'source' ? side.receiver : side.sender
    if (party.host < 0) return
    if (rule.device !== undefined && rule.device !== role) return
    const called = (role === 'source') === side.fromServer
    if (rule.role !== undefined && (rule.role === 'server') !== called) return
    if (peer !== undefined && !peer.has(other)) return
    let count = 1
    let first: number | undefined
    if (rule.threshold !== undefined) {
      context.refuse()
      const { by } = rule.threshold
      const who = `${by === 'target' || by === 'rule' ? '' : side.sender.ip} ${by === 'source' || by === 'rule' ? '' : side.receiver.ip}`
      const now = this.counts.add(`${index} ${party.host} ${role} ${who}`, rule.threshold, context.time)
      if (!now) return
      count = now.count
      first = now.since
    }
    const facts = factsOf(rule, role, called ? 'server' : 'client', context.server.port)
    facts.peer = context.peer(other, party)
    context.sign(party, `${rule.id} ${role}`, facts, frame, { count, ...(first === undefined ? {} : { first }) })
  }
}

function ready(rule: Rule, index: number): Ready {
  const tests = rule.tests.filter((t) => t.kind !== 'name')
  const buffers = [...new Set(tests.map((t) => t.in))]
  const of = (buffer: BufferName) =>
    new BufferTests(
      buffer,
      tests.filter((t) => t.in === buffer),
    )
  return {
    rule,
    index,
    from: rule.from && new AddressTest(rule.from),
    to: rule.to && new AddressTest(rule.to),
    peer: rule.peer && new AddressTest(rule.peer),
    payload: buffers.includes('payload') ? of('payload') : undefined,
    parts: buffers.filter((buffer) => buffer !== 'payload').map(of),
    named: rule.tests.filter((t) => t.kind === 'name'),
    waits: rule.bits.some(({ do: what }) => what === 'isset' || what === 'isnotset'),
  }
}

/** The content by which a rule is found: the one that its writer chose, or a long one, and rather of a message than of all that was said. */
function wordOf({ tests }: Rule): Content | undefined {
  const all = tests.filter((t) => t.kind === 'content' && t.not !== true) as Content[]
  const weight = ({ bytes, in: buffer }: Content) => Math.min(bytes.length, MAX_WORD) + (buffer === 'payload' ? 0 : 8)
  return all.find(({ fast }) => fast) ?? all.sort((a, b) => weight(b) - weight(a))[0]
}

/** The frame that shows the match; undefined where there is none. */
function frameWhere({ payload, parts, named }: Ready, side: Spoken): number | undefined {
  let frame: number | undefined
  if (parts.length > 0 || named.length > 0) {
    const message = side.said.find(
      (one) => parts.every((tests) => holds(tests, one)) && named.every((test) => isNamed(test, one)),
    )
    if (!message) return undefined
    const tests = parts[0]
    const part = tests ? message.parts.get(tests.of)! : NAMES.map((name) => message.parts.get(name)).find((p) => p !== undefined)!
    frame = part.frameOf(tests?.at ?? 0)
  }
  if (payload) {
    if (!payload.hold(side.payload)) return undefined
    frame ??= side.payload.frameOf(payload.at)
  }
  return frame ?? side.payload.frameOf(0)
}

function holds(tests: BufferTests, { parts }: Said): boolean {
  const part = parts.get(tests.of)
  return part !== undefined && tests.hold(part)
}

function isNamed({ domains }: Named, { parts }: Said): boolean {
  return NAMES.some((name) => {
    const part = parts.get(name)
    if (part === undefined) return false
    const asked = part.bytes.toString('latin1').toLowerCase()
    return domains.some((domain) => asked === domain || asked.endsWith(`.${domain}`))
  })
}

function partOf(side: StreamPrefix): Part {
  return new Part(side.bytes.subarray(0, side.length), (offset) => side.frameAt(Math.min(offset, Math.max(0, side.length - 1))))
}
