import { randomInt } from 'node:crypto'
import { getServers } from 'node:dns'
import { isIP } from 'node:net'
import type { EntryRef } from '../../evidence/pointer.ts'
import { type Asker, NotAsked } from '../asker.ts'
import { placeOf } from '../consent.ts'
import type { Transcript } from '../transcript.ts'
import { type Message, question, readMessage, type Rr, type TypeName, TYPES } from './message.ts'
import { targetOf } from './records.ts'

/**
 * What came of a question. 'none' is an answer: the resolver says that there is no such name, or no such record. 'trouble' is none:
 * nobody answered, or the resolver could not find out.
 */
export type Answered = Found | None | Trouble

export interface Found {
  readonly kind: 'found'
  /** Where aliases led; the name itself where there is none. */
  readonly name: string
  /** Of the type that was asked for, at `name`. */
  readonly records: readonly Rr[]
  /** The last message, with its signatures. */
  readonly message: Message
  readonly shown: readonly EntryRef[]
}

export interface None {
  readonly kind: 'none'
  readonly name: string
  /** There is no such name at all (NXDOMAIN). */
  readonly nx: boolean
  readonly message: Message
  readonly shown: readonly EntryRef[]
}

export interface Trouble {
  readonly kind: 'trouble'
  readonly reason: string
  readonly shown: readonly EntryRef[]
}

const WAIT_MS = 4000
const MAX_ALIASES = 8
/** Resolvers of the system that are tried, one after another. */
const MAX_RESOLVERS = 3

/** What was answered is not asked again in the same run. */
const known = new WeakMap<Transcript, Map<string, None | Trouble>>()

/** Asks a recursive resolver, over UDP, and over TCP what is cut. */
export class Resolver {
  readonly servers: readonly { ip: string; port: number }[]
  private readonly asker: Asker
  private readonly waitMs: number
  private readonly cache: Map<string, None | Trouble>

  /** @param given 'ip', 'ip:port' or '[ip]:port'; the system's resolvers where undefined. Throws where it is none of these. */
  constructor(asker: Asker, given?: string, waitMs = WAIT_MS) {
    this.waitMs = waitMs
    this.asker = asker
    const servers = (given === undefined ? getServers() : [given]).slice(0, MAX_RESOLVERS)
    this.servers = servers.map((server) => {
      const place = placeOf(server)
      if (isIP(place.ip.replace(/%.*$/, '')) === 0 || !(place.port > 0 && place.port < 65_536))
        throw new Error(`not an address of a resolver: ${server}`)
      return place
    })
    const cache = known.get(asker.transcript) ?? new Map<string, None | Trouble>()
    known.set(asker.transcript, cache)
    this.cache = cache
  }

  /**
   * Follows aliases (RFC 1034 section 3.6.2), but not for CNAME and DS.
   * @param unchecked also what the resolver cannot validate
   */
  async ask(name: string, type: TypeName, { unchecked = false, aliases = true } = {}): Promise<Answered> {
    const shown: EntryRef[] = []
    const names = new Set([name])
    for (let at = name; ;) {
      const one = await this.once(at, type, unchecked)
      shown.push(...one.shown)
      if (one.kind === 'trouble') return { ...one, shown }
      const { message } = one
      let end = at
      for (;;) {
        const alias = aliases ? aliasOf(message, end) : undefined
        if (alias === undefined) break
        const to = targetOf(alias)
        if (to === undefined || names.has(to) || names.size > MAX_ALIASES)
          return { kind: 'trouble', reason: `${type} of ${name}: its aliases lead round, or on and on, at ${end}`, shown }
        names.add(to)
        end = to
      }
      const records = message.answers.filter((r) => r.name === end && r.type === TYPES[type] && r.class === 1)
      if (records.length > 0) return { kind: 'found', name: end, records, message, shown }
      const nx = message.rcode === NXDOMAIN
      if (end === at || nx) return { kind: 'none', name: end, nx, message, shown }
      at = end
    }
  }

  private async once(name: string, type: TypeName, unchecked: boolean): Promise<None | Trouble> {
    const key = `${this.servers.map(({ ip, port }) => `${ip} ${port}`).join()} ${name} ${type} ${unchecked}`
    const before = this.cache.get(key)
    if (before !== undefined) return before
    const answer = await this.fromAny(name, type, unchecked)
    this.cache.set(key, answer)
    return answer
  }

  private async fromAny(name: string, type: TypeName, unchecked: boolean): Promise<None | Trouble> {
    let last: Trouble = { kind: 'trouble', reason: 'this system names no resolver', shown: [] }
    for (const server of this.servers) {
      const answer = await this.from(server, name, type, unchecked)
      if (answer.kind !== 'trouble') return answer
      last = { ...answer, shown: [...last.shown, ...answer.shown] }
    }
    return last
  }

  private async from(
    { ip, port }: { ip: string; port: number },
    name: string,
    type: TypeName,
    unchecked: boolean,
  ): Promise<None | Trouble> {
    const id = randomInt(0x10000)
    const bytes = question(id, name, TYPES[type], unchecked)
    if (bytes === undefined)
      return { kind: 'trouble', reason: `${name.slice(0, 80)} is no name that can be asked for`, shown: [] }
    const what = `${type} of ${name === '' ? 'the root' : name}`
    const mine = (answer: Buffer) => isAnswer(answer, id, name, TYPES[type])
    let shown: EntryRef[] = []
    const trouble = (reason: string): Trouble => ({
      kind: 'trouble',
      reason: `${what}: the resolver ${ip} ${reason}`,
      shown,
    })
    try {
      const { answers, ref, entry } = await this.asker.datagram(ip, port, bytes, `asks for ${what}`, {
        waitMs: this.waitMs,
        tries: 2,
        wanted: mine,
      })
      shown = [ref]
      const answer = answers.find(mine)
      if (answer === undefined) {
        if (entry.ended === 'refused') return trouble('takes no questions')
        if (entry.ended === 'unreachable') return trouble(`cannot be reached from here (${entry.reason})`)
        return trouble(answers.length > 0 ? 'answered with what is no answer to that' : 'did not answer')
      }
      let message = readMessage(answer)
      if (message?.cut === true) {
        const whole = await this.overTcp(ip, port, bytes, what)
        shown = [ref, whole.ref]
        if (whole.bytes === undefined || !mine(whole.bytes))
          return trouble(`cut its answer, and gave none over TCP (${whole.reason})`)
        message = readMessage(whole.bytes)
      }
      if (message === undefined) return trouble('sent an answer that cannot be read')
      if (message.rcode !== 0 && message.rcode !== NXDOMAIN)
        return trouble(`says ${RCODES[message.rcode] ?? `error ${message.rcode}`}`)
      return { kind: 'none', name, nx: message.rcode === NXDOMAIN, message, shown }
    } catch (error) {
      if (error instanceof NotAsked) return { kind: 'trouble', reason: error.message, shown }
      throw error
    }
  }

  /** RFC 7766: two bytes of length before each message. */
  private async overTcp(ip: string, port: number, bytes: Buffer, what: string) {
    const talk = await this.asker.connect(ip, port, `asks for ${what}, whole`, { ms: WAIT_MS })
    try {
      const size = Buffer.alloc(2)
      size.writeUInt16BE(bytes.length)
      talk.write(Buffer.concat([size, bytes]))
      const heard = await talk.read({
        max: 65_537,
        enough: (got) => got.length >= 2 && got.length >= 2 + got.readUInt16BE(0),
      })
      const whole = heard.bytes.length >= 2 && heard.bytes.length >= 2 + heard.bytes.readUInt16BE(0)
      return whole
        ? { ref: talk.ref, bytes: heard.bytes.subarray(2, 2 + heard.bytes.readUInt16BE(0)), reason: 'not its answer' }
        : { ref: talk.ref, reason: talk.entry.reason ?? talk.entry.ended }
    } finally {
      talk.close()
    }
  }
}

function aliasOf({ answers }: Message, name: string): Rr | undefined {
  return answers.find((record) => record.name === name && record.type === TYPES.CNAME)
}

const NXDOMAIN = 3
/** RFC 1035 section 4.1.1, RFC 6895. */
const RCODES: Readonly<Record<number, string>> = { 1: 'FORMERR', 2: 'SERVFAIL', 4: 'NOTIMP', 5: 'REFUSED', 9: 'NOTAUTH' }

/** Of this question, and so of us: port and address are the socket's to check (RFC 5452 section 9.1). */
function isAnswer(bytes: Buffer, id: number, name: string, type: number): boolean {
  const message = bytes.length >= 12 && bytes.readUInt16BE(0) === id ? readMessage(bytes) : undefined
  if (message?.response !== true) return false
  const { question: asked } = message
  // an answer of error may come without the question
  if (asked === undefined) return message.rcode !== 0
  return asked.name === name && asked.type === type && asked.class === 1
}
