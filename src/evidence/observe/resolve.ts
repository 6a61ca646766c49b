import { A, AAAA, CNAME, HTTPS, rcodeName, SVCB, typeName } from '../../decode/protocols/dns-message.ts'
import type { DnsFields } from '../../decode/protocols/dns-message.ts'
import { lower } from '../../decode/text.ts'
import type { Context, Party } from '../context.ts'
import type { Kinds } from '../kinds.ts'
import { shown } from './shown.ts'

/** Addresses and aliases kept of the answers to one question. */
const MAX_ANSWERS = 32
/** Questions of one message that count: one is usual, mDNS asks a few together. */
const MAX_QUESTIONS = 16
const MAX_ALIASES = 16

/** Questions are facts about who asks. Answers are merged into them, and tell the asker what an address is called. */
export function observeResolution(
  message: DnsFields & { readonly frame: number },
  asker: Party,
  resolver: Party,
  context: Context,
): void {
  if (asker.host < 0) return
  const peer = context.peer(resolver, asker)
  for (let i = 0; i < message.questions.length && i < MAX_QUESTIONS; i++) {
    const question = message.questions[i]!
    const asked = lower(question.name)
    const name = shown(asked)
    const type = typeName(question.type)
    const key = `${name} ${type} ${peer.ip}:${peer.port} ${context.transport}`
    const data: Kinds['dns.query'] = { name, type, resolver: peer, transport: context.transport, answers: [] }
    if (!message.response) {
      context.add(asker, 'dns.query', key, data, message.frame)
      continue
    }
    const names = aliases(asked, message)
    const answers = answersTo(names, message)
    learn(names, name, message, asker, context)
    data.answers = answers
    data.rcode = rcodeName(message.rcode)
    context.add(asker, 'dns.query', key, data, message.frame, {
      count: 0,
      update(kept) {
        for (const answer of answers)
          if (kept.answers.length < MAX_ANSWERS && !kept.answers.includes(answer)) kept.answers = kept.answers.concat(answer)
        kept.rcode = data.rcode!
      },
    })
  }
}

/** Records whose owner is the name asked for, directly or by aliases (RFC 1034 section 3.6.2). */
function answersTo(names: readonly string[], message: DnsFields): string[] {
  const answers: string[] = []
  for (let i = 0; i < message.answers.length && answers.length < MAX_ANSWERS; i++) {
    const record = message.answers[i]!
    const answer = shown(record.target)
    if (answer !== '' && names.includes(lower(record.name)) && !answers.includes(answer)) answers.push(answer)
  }
  return answers
}

/** The name that was asked for is what the asker knows the addresses by, however many aliases lie between. */
function learn(names: readonly string[], asked: string, message: DnsFields, asker: Party, context: Context): void {
  let learnt = 0
  for (let i = 0; i < message.answers.length && learnt < MAX_ANSWERS; i++) {
    const record = message.answers[i]!
    if (!names.includes(lower(record.name))) continue
    if ((record.type === A || record.type === AAAA) && record.target !== '') {
      context.learnName(asker, record.target, asked)
      learnt++
    } else if ((record.type === HTTPS || record.type === SVCB) && record.service !== undefined) {
      for (const hint of [...record.service.ipv4hint, ...record.service.ipv6hint].slice(0, MAX_ANSWERS))
        context.learnName(asker, hint, asked)
      learnt++
    }
  }
}

/** Resolvers give aliases in order, so one pass finds a chain; a second is for those that do not. Few: a list will do. */
function aliases(asked: string, message: DnsFields): string[] {
  const names = [asked]
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < message.answers.length && names.length <= MAX_ALIASES; i++) {
      const { type, name, target } = message.answers[i]!
      if (type !== CNAME || target === '' || !names.includes(lower(name))) continue
      const alias = lower(target)
      if (!names.includes(alias)) names.push(alias)
    }
  }
  return names
}
