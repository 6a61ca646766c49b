import type { DnsMessage } from '../../decode/protocols/dns.ts'
import { A, AAAA } from '../../decode/protocols/dns-message.ts'
import { printable } from '../../decode/text.ts'
import { type Context, receiverOf, senderOf } from '../../evidence/context.ts'
import type { FrameRef } from '../../evidence/evidence.ts'
import { MAX_INDICATORS } from '../../evidence/sign.ts'
import type { Detector, Sign, Telling } from '../detector.ts'
import { registered } from '../registered.ts'
import { looksDrawn } from './name-model.ts'

const DRAWN = {
  value: 10,
  unit: 'registered domains',
  why: 'one in 27 names that people chose looks drawn by lot, and a home asks for few that do not exist',
}
const SHARE = {
  value: 0.5,
  unit: 'of the names that do not exist',
  why: 'a resolver that denies the names of advertisers denies mostly names that people chose',
}
const BARE = {
  value: 60,
  unit: 'registered domains',
  why: 'who tries names made of words asks for the registered name itself; denied advertisers, trackers and mistypings are a few, and mostly hosts below it',
}
const WINDOW = { value: 600, unit: 'seconds', why: 'a family tries its names of the day one after the other' }

const MAX_ASKERS = 512
const MAX_NAMES = 256
const MAX_FRAMES = 8
const NXDOMAIN = 3

/** Names that a program made up, to find its command server among them. */
export const dga: Detector = {
  id: 'dga',
  title: 'Generated domain names',
  looksFor: `Within ${WINDOW.value / 60} minutes a device asks for ${DRAWN.value} names under as many registered domains that do not exist and look drawn by lot (letters that seldom follow each other, hex digits, letters and digits in turn), and they are half at least of all that it asks for and that do not exist; or for ${BARE.value} registered domains themselves that do not exist, however they look.`,
  mistakes:
    "Takes a resolver's own questions for those of whoever asked it: the device named may only have asked for another. A program that tests lists of old domains does the same. Found by how they look: names drawn from all letters (98 % at 10 letters), from hex digits, from letters and digits. Found by number only: names made of words or syllables (a tenth to a fifth look drawn). Not found: one name a day, as some kin of Mirai try; names under one registered domain; names below 7 letters; names that a resolver answers otherwise than by NXDOMAIN; what is asked in encryption.",
  baseRate:
    'None in 967 captures, most of a few minutes: that is no measure of a busy home. Of 751 held-out names that people chose 28 look drawn.',
  tunables: { drawn: DRAWN, share: SHARE, bare: BARE, window: WINDOW },
  observers: () => {
    const watch = new NameWatch()
    return { dns: (message: DnsMessage, context: Context) => watch.take(message, context) }
  },
  tell,
}

interface Name {
  time: number
  drawn: boolean
  bare: boolean
  frame: FrameRef
}

/** What one host asked for and was told does not exist. */
interface Asker {
  /** By registered domain, the oldest first. */
  names: Map<string, Name>
  drawn: number
  bare: number
  raised?: 'drawn' | 'many'
  /** Names told of. */
  told: number
}

class NameWatch {
  private readonly askers = new Map<number, Asker>()

  take(message: DnsMessage, context: Context): void {
    if (!message.response || message.opcode !== 0) return
    const asked = message.questions[0]
    const asker = receiverOf(message, context)
    if (asked === undefined || asker.host < 0) return
    if (message.rcode === NXDOMAIN) this.missing(asked.name, message, context)
    else if (message.rcode === 0 && this.askers.get(asker.host)?.raised === 'drawn') this.found(asked.name, message, context)
  }

  private missing(asked: string, message: DnsMessage, context: Context): void {
    const named = registered(asked)
    if (named === undefined) return
    const { host } = receiverOf(message, context)
    const bare = isBare(named.below)
    const { time } = context
    const state = this.stateOf(host)
    forget(state, time - WINDOW.value * 1e6)
    if (state.names.has(named.domain)) return
    if (state.names.size >= MAX_NAMES) drop(state, state.names.keys().next().value!)
    const drawn = looksDrawn(named.label)
    state.names.set(named.domain, { time, drawn, bare, frame: { capture: context.capture, frame: message.frame } })
    if (drawn) state.drawn++
    if (bare) state.bare++
    if (state.raised !== undefined) {
      if (state.raised === 'many' ? bare : drawn) this.more(state.raised, named.domain, message, context)
    } else if (state.drawn >= DRAWN.value && state.drawn >= SHARE.value * state.names.size)
      this.raise(state, 'drawn', message, context)
    else if (state.bare >= BARE.value) this.raise(state, 'many', message, context)
  }

  private stateOf(host: number): Asker {
    let state = this.askers.get(host)
    if (!state) {
      if (this.askers.size >= MAX_ASKERS) this.askers.delete(this.askers.keys().next().value!)
      this.askers.set(host, (state = { names: new Map(), drawn: 0, bare: 0, told: 0 }))
    }
    return state
  }

  private raise(state: Asker, what: 'drawn' | 'many', message: DnsMessage, context: Context): void {
    state.raised = what
    const of = [...state.names].filter(([, name]) => (what === 'drawn' ? name.drawn : name.bare))
    const names = of.map(([domain]) => printable(domain, 80))
    const resolver = senderOf(message, context)
    const asker = receiverOf(message, context)
    context.sign(
      asker,
      what,
      {
        detector: 'dga',
        what,
        role: 'source',
        peer: context.peer(resolver, asker),
        port: resolver.port,
        detail: {
          names: names.slice(0, 3).join(', '),
          within: Math.max(1, Math.round((context.time - of[0]![1].time) / 1e6)),
          missing: state.names.size,
          suffixes: new Set(names.map((name) => name.slice(name.indexOf('.') + 1))).size,
          found: '',
        },
        indicators: names.slice(0, MAX_INDICATORS / 2).map((value) => ({ type: 'domain', value, role: 'generated name' })),
      },
      message.frame,
      { count: of.length, needs: 1, first: of[0]![1].time, frames: of.slice(0, MAX_FRAMES).map(([, { frame }]) => frame) },
    )
  }

  private more(what: 'drawn' | 'many', domain: string, message: DnsMessage, context: Context): void {
    const asker = receiverOf(message, context)
    context.sign(asker, what, { detector: 'dga', what, role: 'source', detail: {} }, message.frame, {
      update(kept) {
        const list = kept.indicators ?? []
        if (list.length < MAX_INDICATORS / 2)
          kept.indicators = [...list, { type: 'domain', value: printable(domain, 80), role: 'generated name' }]
      },
    })
  }

  /** Among names drawn by lot, one that exists is where the command server is. */
  private found(asked: string, message: DnsMessage, context: Context): void {
    const named = registered(asked)
    if (named === undefined || !isBare(named.below) || !looksDrawn(named.label)) return
    const address = message.answers.find(({ type, target }) => (type === A || type === AAAA) && target !== '')?.target
    if (address === undefined) return
    const asker = receiverOf(message, context)
    const value = printable(named.domain, 80)
    context.sign(asker, 'drawn', { detector: 'dga', what: 'drawn', role: 'source', detail: {} }, message.frame, {
      count: 0,
      update(kept) {
        const list = kept.indicators ?? []
        if (list.length + 2 > MAX_INDICATORS || list.some((one) => one.value === value)) return
        kept.indicators = [
          ...list,
          { type: 'domain', value, role: 'command server' },
          { type: 'ip', value: address, role: 'command server' },
        ]
        kept.detail['found'] ||= `${value} (${address})`
      },
    })
  }
}

/** The registered name itself was asked for. */
function isBare(below: string): boolean {
  return below === '' || below === 'www'
}

function forget(state: Asker, before: number): void {
  for (const [domain, { time }] of state.names) {
    if (time >= before) return
    drop(state, domain)
  }
}

function drop(state: Asker, domain: string): void {
  const { drawn, bare } = state.names.get(domain)!
  if (drawn) state.drawn--
  if (bare) state.bare--
  state.names.delete(domain)
}

function tell({ data: { what, detail }, count }: Sign): Telling {
  const seconds = `${detail['within']} seconds`
  const common = { campaign: 'recruitment', stage: 'commanded', techniques: ['T1568.002', 'T1071.004'] } as const
  if (what === 'many')
    return {
      ...common,
      severity: 'medium',
      confidence: 0.6,
      says: `Asked for ${count} domains that do not exist (${detail['names']}, …), the first ${BARE.value} within ${seconds}: programs do that which make up names to find their command server.`,
    }
  const found = detail['found'] === '' ? '' : ` One that exists was among them: ${detail['found']}.`
  return {
    ...common,
    severity: 'high',
    confidence: detail['found'] === '' ? 0.85 : 0.9,
    says: `Asked for ${count} domains that look drawn by lot and do not exist (${detail['names']}, …), the first ${DRAWN.value} within ${seconds}: programs do that which make up names to find their command server.${found}`,
  }
}
