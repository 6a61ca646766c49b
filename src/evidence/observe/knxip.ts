import type { KnxMessage } from '../../decode/protocols/knxip.ts'
import { type Context, receiverOf, senderOf } from '../context.ts'
import { observeControl } from './control.ts'

/** The others make a session, or tell the time (KNX Standard 3/8/9 section 2.2). */
const SECURE_WRAPPER = 0x0950

/** KNX IP Secure: what was wrapped cannot be read. */
export function observeKnxip(message: KnxMessage, context: Context): void {
  if (message.type !== 'secure') {
    if (message.type === 'request' && message.deed !== 'find') context.protect('clear')
    return observeControl(message, context)
  }
  context.protect(message.service === SECURE_WRAPPER ? 'encrypted' : 'unknown')
  const sender = senderOf(message, context)
  if (sender.host < 0) return
  const peer = context.peer(receiverOf(message, context), sender)
  const role = message.fromClient ? 'client' : 'server'
  context.add(
    sender,
    'protocol',
    `knxip secure ${role} ${peer.ip}`,
    { protocol: 'knxip', role, peer, detail: { security: 'KNX IP Secure' } },
    message.frame,
  )
}
