import { A, AAAA, CNAME, DNAME, HTTPS, rcodeName, SVCB, typeName } from '../../decode/protocols/dns-message.ts'
import type { DnsFields, DnsQuestion } from '../../decode/protocols/dns-message.ts'
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
    const name = shown(question.name.toLowerCase())
    const type = typeName(question.type)
    const key = `${name} ${type} ${peer.ip}:${peer.port} ${context.transport}`
    const data: Kinds['dns.query'] = { name, type, resolver: peer, transport: context.transport, answers: [] }
    if (!message.response) {
      context.add(asker, 'dns.query', key, data, message.frame)
      continue
    }
    const names = aliases(question, message)
    const answers = answersTo(names, message)
    learn(names, name, message, asker, context)
    data.answers = answers
    data.rcode = rcodeName(message.rcode)
    context.add(asker, 'dns.query', key, data, message.frame, {
      count: 0,
      update(kept) {
        for (const answer of answers)
          if (kept.answers.length < MAX_ANSWERS && !kept.answers.includes(answer)) kept.answers.push(answer)
        kept.rcode = data.rcode!
      },
    })
  }
}

/** Records whose owner is the name asked for, directly or by aliases (RFC 1034 section 3.6.2). */
function answersTo(names: ReadonlySet<string>, message: DnsFields): string[] {
  const answers: string[] = []
  for (const record of message.answers) {
    const answer = shown(record.target)
    if (answer !== '' && answers.length < MAX_ANSWERS && names.has(record.name.toLowerCase()) && !answers.includes(answer))
      answers.push(answer)
  }
  return answers
}

/** The name that was asked for is what the asker knows the addresses by, however many aliases lie between. */
function learn(names: ReadonlySet<string>, asked: string, message: DnsFields, asker: Party, context: Context): void {
  let learnt = 0
  for (const record of message.answers) {
    if (learnt >= MAX_ANSWERS) return
    if (!names.has(record.name.toLowerCase())) continue
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

/** Resolvers give aliases in order, so one pass finds a chain; a second is for those that do not. */
function aliases(question: DnsQuestion, message: DnsFields): Set<string> {
  const names = new Set([question.name.toLowerCase()])
  for (let pass = 0; pass < 2; pass++) {
    for (const record of message.answers) {
      if ((record.type !== CNAME && record.type !== DNAME) || record.target === '' || names.size > MAX_ALIASES) continue
      if (record.type === CNAME && names.has(record.name.toLowerCase())) names.add(record.target.toLowerCase())
    }
  }
  return names
}
