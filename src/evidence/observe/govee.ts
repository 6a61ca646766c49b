import type { GoveeMessage } from '../../decode/protocols/govee.ts'
import { type Context, receiverOf, senderOf } from '../context.ts'
import { observePersonal } from '../personal.ts'
import { observeControlled, observeController, tell } from './lan.ts'
import { observeSoftware } from './software.ts'

export function observeGovee(message: GoveeMessage, context: Context): void {
  const { frame, command, answer, sku, firmware, content } = message
  const sender = senderOf(message, context)
  observePersonal(content, 'message', 'govee', sender, receiverOf(message, context), context, frame)
  if (!answer) return observeController(context, frame, 'govee', 'clear', sender, { [command]: 'asked' })
  observeControlled(context, frame, 'govee', 'clear', sender, { [command]: 'answered', sku, firmware })
  tell(context, sender, 'govee.sku', sku, frame)
  observeSoftware(context, sender, frame, 'firmware', firmware, 'govee')
}
