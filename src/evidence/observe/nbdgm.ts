import type { NbdgmMessage } from '../../decode/protocols/nbdgm.ts'
import { type Context, senderOf } from '../context.ts'
import { announceNetbios } from './nbns.ts'

/** Who sends in its own name says what it is called. */
export function observeNbdgm(message: NbdgmMessage, context: Context): void {
  const sender = senderOf(message, context)
  if (message.sourceIp === sender.ip) announceNetbios(message.source, sender, context, message.frame)
}
