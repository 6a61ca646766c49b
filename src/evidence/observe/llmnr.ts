import { A, AAAA } from '../../decode/protocols/dns-message.ts'
import type { LlmnrMessage } from '../../decode/protocols/llmnr.ts'
import { type Context, senderOf, receiverOf } from '../context.ts'
import { observeResolution } from './resolve.ts'
import { shown } from './shown.ts'

/** A question tells what its sender looks for; an answer tells the sender's own name (RFC 4795 section 2.5: for names it is authoritative for). */
export function observeLlmnr(message: LlmnrMessage, context: Context): void {
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  const asker = message.response ? receiver : sender
  const resolver = message.response ? sender : receiver
  observeResolution(message, asker, resolver, context)
  if (!message.response || message.rcode !== 0) return
  for (const { type, name: owner } of message.answers.slice(0, 8)) {
    if (type !== A && type !== AAAA) continue
    const name = shown(owner.toLowerCase())
    context.add(sender, 'name', `llmnr ${name}`, { via: 'llmnr', name }, message.frame)
  }
}
