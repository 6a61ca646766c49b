import { getDomain } from 'tldts'
import { Memo } from '../../decode/memo.ts'
import type { DnsMessage } from '../../decode/protocols/dns.ts'
import { type Context, senderOf, receiverOf } from '../context.ts'
import { observeResolution } from './resolve.ts'

/** Who asked whom for what, and was told what. */
export function observeDns(message: DnsMessage, context: Context): void {
  // zone transfers, updates and notifications are between servers
  if (message.opcode !== 0) return
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  const asker = message.response ? receiver : sender
  const resolver = message.response ? sender : receiver
  observeResolution(message, asker, resolver, context)
  const asked = message.questions[0]?.name
  if (message.response || asked === undefined || asker.host < 0) return
  const domain = domains.get(asked, domainOf)
  if (domain === null || domain.endsWith('.arpa')) return
  // many hosts of one domain are one signal, but for those of which something is known
  context.signal(asker, 'dns.name', context.knownPart(asked) ?? domain, message.frame)
}

// a network's things ask for few
const domains = new Memo<string | null>(1024)
const domainOf = (name: string) => getDomain(name, OPTIONS)
const OPTIONS = { extractHostname: false, allowPrivateDomains: false }
