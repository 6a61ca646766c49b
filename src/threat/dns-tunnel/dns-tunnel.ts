import type { DnsMessage } from '../../decode/protocols/dns.ts'
import { A, CNAME, MX, SRV, TXT } from '../../decode/protocols/dns-message.ts'
import { hashBytes } from '../../decode/memo.ts'
import { lower, printable } from '../../decode/text.ts'
import { type Context, type Party, receiverOf, senderOf } from '../../evidence/context.ts'
import type { FrameRef } from '../../evidence/evidence.ts'
import type { Detector, Sign, Telling } from '../detector.ts'
import { registered } from '../registered.ts'

const NAMES = { value: 30, unit: 'names', why: 'with the length below, some three kilobytes: more than any look-up tells' }
const LENGTH = {
  value: 90,
  unit: 'characters before the registered domain',
  why: 'who looks something up by its hash needs 64 (SHA-256) and a few more, an IPv6 address 63; what carries data fills names up (they end at 253)',
}
const TALK = {
  value: 100,
  unit: 'names',
  why: 'an idle tunnel asks about once a second; a mail server asks one domain for few texts',
}
const TALK_LENGTH = { value: 24, unit: 'characters', why: 'addresses asked for in lists of senders take 15' }
const WINDOW = { value: 600, unit: 'seconds', why: 'tunnels are in a hurry: a name carries 150 bytes at most' }

const MAX_HOSTS = 256
const MAX_DOMAINS = 64
const MAX_FRAMES = 8
/** Shorter names cannot carry much; other types of records can bring an answer. */
const SHORT = 30
/** Record types by which tunnels bring data back: NULL, KEY and iodine's private one beside them. */
const CARRIERS: readonly number[] = [TXT, CNAME, MX, SRV, 10, 25, 65399]

/** Data carried in domain names. */
export const dnsTunnel: Detector = {
  id: 'dns-tunnel',
  title: 'Data in domain names',
  looksFor: `Within ${WINDOW.value / 60} minutes ${NAMES.value} different names below one registered domain, of ${LENGTH.value} characters on average; or ${TALK.value} of ${TALK_LENGTH.value} characters that are mostly asked for texts, aliases and the like, and answered with as much; or one name that begins as a packed file does (gzip or zip in Base64 or hex).`,
  mistakes:
    'Software that carries its own data so on purpose (some mail filters and licence checks do). Takes the questions of a resolver for those of whoever asked it. Look-ups by hash (virus scanners), in lists of senders, of signatures and policies of mail, in reverse, of services near (DNS-SD) and for content networks stay below the length, or ask for addresses; where they ask for texts in numbers, a conversation is told, as medium. Not found: few or slow names, many domains with a little each, short names whose answers are addresses, data in kinds of records whose content is not read (only their names count), tunnels within DNS over HTTPS, TLS or QUIC, and whoever speaks something else than DNS on port 53.',
  baseRate: 'None in 966 other captures, most of a few minutes: no measure of an office with mail servers.',
  tunables: { names: NAMES, length: LENGTH, talk: TALK, talkLength: TALK_LENGTH, window: WINDOW },
  observers: () => {
    const watch = new TunnelWatch()
    return { dns: (message: DnsMessage, context: Context) => watch.take(message, context) }
  },
  tell,
}

type What = 'names' | 'talk' | 'file'

/** What a host asked below one registered domain within the window. */
interface Domain {
  began: number
  /** Hashes of names, as bits: two that share one count once. */
  seen: Int32Array
  names: number
  /** Characters of the different names. */
  up: number
  /** Of those: asked for types that bring data. */
  carriers: number
  /** Characters of answers. */
  down: number
  /** Answers that say whether something is on a list (RFC 5782: addresses of 127.0.0.0/8). */
  listed: number
  frames: FrameRef[]
  raised?: What
}

class TunnelWatch {
  private readonly hosts = new Map<number, Map<string, Domain>>()

  take(message: DnsMessage, context: Context): void {
    const question = message.questions[0]
    if (question === undefined || message.opcode !== 0) return
    const asker = message.response ? receiverOf(message, context) : senderOf(message, context)
    if (asker.host < 0) return
    const { name, type } = question
    if (!message.response && isFile(name)) this.file(name, asker, message, context)
    if (name.length < SHORT && !CARRIERS.includes(type)) return
    const named = registered(name)
    if (named === undefined || named.below === '') return
    const domain = this.domainOf(asker.host, named.domain, context.time)
    if (message.response) {
      // what is not asked for any more is not answered for
      if (domain.names > 0) answer(domain, message, named.domain)
    } else if (isNew(domain, named.below)) {
      domain.names++
      domain.up += named.below.length - (named.below.split('.').length - 1)
      if (CARRIERS.includes(type)) domain.carriers++
      if (domain.frames.length < MAX_FRAMES) domain.frames.push({ capture: context.capture, frame: message.frame })
    } else return
    this.judge(domain, named.domain, asker, message, context)
  }

  private domainOf(host: number, name: string, time: number): Domain {
    let domains = this.hosts.get(host)
    if (!domains) {
      if (this.hosts.size >= MAX_HOSTS) this.hosts.delete(this.hosts.keys().next().value!)
      this.hosts.set(host, (domains = new Map()))
    }
    let domain = domains.get(name)
    if (domain && (domain.raised !== undefined || Math.abs(time - domain.began) <= WINDOW.value * 1e6)) return domain
    domains.delete(name)
    if (domains.size >= MAX_DOMAINS) domains.delete(domains.keys().next().value!)
    domain = {
      began: time,
      seen: new Int32Array(BITS / 32),
      names: 0,
      up: 0,
      carriers: 0,
      down: 0,
      listed: 0,
      frames: [],
    }
    domains.set(name, domain)
    return domain
  }

  private judge(domain: Domain, name: string, asker: Party, message: DnsMessage, context: Context): void {
    const { names, up, carriers, down, listed } = domain
    if (domain.raised !== undefined) {
      this.more(domain.raised, domain, name, asker, message, context)
      return
    }
    const mean = up / names
    const filled = names >= NAMES.value && mean >= LENGTH.value
    const talks =
      names >= TALK.value &&
      mean >= TALK_LENGTH.value &&
      listed === 0 &&
      carriers > names / 2 &&
      down >= TALK_LENGTH.value * names
    if (!filled && !talks) return
    domain.raised = filled ? 'names' : 'talk'
    this.tell(domain.raised, name, domain, asker, message, context)
  }

  /** A file's first name is enough. */
  private file(name: string, asker: Party, message: DnsMessage, context: Context): void {
    const one: Domain = {
      began: context.time,
      seen: NOTHING,
      names: 1,
      up: name.length,
      carriers: 0,
      down: 0,
      listed: 0,
      frames: [],
      raised: 'file',
    }
    const last = name.split('.').slice(-2).join('.')
    this.tell('file', registered(name)?.domain ?? lower(last), one, asker, message, context)
  }

  private tell(what: What, name: string, domain: Domain, asker: Party, message: DnsMessage, context: Context): void {
    const resolver = message.response ? senderOf(message, context) : receiverOf(message, context)
    const value = printable(name, 80)
    context.sign(
      asker,
      `${what} ${value}`,
      {
        detector: 'dns-tunnel',
        what,
        role: 'source',
        peer: context.peer(resolver, asker),
        port: resolver.port,
        detail: {
          domain: value,
          up: domain.up,
          down: domain.down,
          length: Math.round(domain.up / domain.names),
          seconds: Math.max(1, Math.round((context.time - domain.began) / 1e6)),
        },
        indicators: [{ type: 'domain', value, role: 'tunnel' }],
      },
      message.frame,
      { count: domain.names, first: domain.began, frames: domain.frames },
    )
    domain.frames = []
  }

  private more(what: What, domain: Domain, name: string, asker: Party, message: DnsMessage, context: Context): void {
    const { names, up, down, began } = domain
    const { time } = context
    context.sign(
      asker,
      `${what} ${printable(name, 80)}`,
      { detector: 'dns-tunnel', what, role: 'source', detail: {} },
      message.frame,
      {
        count: message.response ? 0 : 1,
        update(kept) {
          const seconds = Math.max(1, Math.round((time - began) / 1e6))
          Object.assign(kept.detail, { up, down, length: Math.round(up / names), seconds })
        },
      },
    )
  }
}

/** A power of two. */
const BITS = 4096
const NOTHING = new Int32Array(0)
const encoder = new TextEncoder()
const bytes = new Uint8Array(1024)

function isNew({ seen }: Domain, below: string): boolean {
  const { written } = encoder.encodeInto(below, bytes)
  const hash = hashBytes(written, bytes, 0, written)
  const bit = (hash ^ (hash >>> 15)) & (BITS - 1)
  const known = (seen[bit >>> 5]! >>> (bit & 31)) & 1
  seen[bit >>> 5]! |= 1 << (bit & 31)
  return known === 0
}

function answer(domain: Domain, { answers }: DnsMessage, name: string): void {
  for (let i = 0; i < answers.length && i < 16; i++) {
    const { type, target, texts } = answers[i]!
    if (type === A && target.startsWith('127.')) domain.listed++
    else if (texts.length > 0) for (const text of texts) domain.down += text.length
    // an alias elsewhere is a content network's
    else if (CARRIERS.includes(type) && lower(target).endsWith(name)) domain.down += target.length - name.length
  }
}

/**
 * The name begins as a file packed by gzip (RFC 1952: 1f 8b 08 and flags) or zip (PK 03 04) does, in Base64 or hex, and goes on for a while.
 * One name in 10^8 does so by chance.
 */
function isFile(name: string): boolean {
  const c = name.charCodeAt(0)
  if (name.length < 40 || (c !== 0x48 && c !== 0x55 && c !== 0x31 && c !== 0x35)) return false
  return /^(?:H4sI[A-H]|UEsDB|1f8b080[08]|504b0304)[\w+/*=-]{16}/.test(name)
}

function tell({ data: { what, detail }, count }: Sign): Telling {
  const up = Number(detail['up'])
  const down = Number(detail['down'])
  const domain = detail['domain']
  const common = { campaign: 'recruitment', severity: 'high', techniques: ['T1048.003', 'T1071.004', 'T1572'] } as const
  switch (what) {
    case 'file':
      return {
        ...common,
        stage: 'exfiltrating',
        confidence: 0.9,
        says: `Asked for a name below ${domain} that begins as a packed file does, ${up} characters long: the file goes out in the names that are asked for.`,
      }
    case 'names':
      return {
        ...common,
        stage: down > up ? 'commanded' : 'exfiltrating',
        confidence: 0.85,
        says: `Asked for at least ${count} different names below ${domain} within ${detail['seconds']} seconds, ${detail['length']} characters long on average: ${up} characters went out in them and ${down} came back. Look-ups need fewer than ${LENGTH.value}; names that full carry data.`,
      }
    default:
      return {
        ...common,
        // services that ask for reputation by text do so, too
        severity: 'medium',
        stage: down > up ? 'commanded' : 'exfiltrating',
        confidence: 0.6,
        says: `Asked for at least ${count} different names below ${domain} within ${detail['seconds']} seconds, and was answered with texts or aliases: ${up} characters went out and ${down} came back, as in a conversation.`,
      }
  }
}
