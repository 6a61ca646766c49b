import type { WizMessage } from '../../decode/protocols/wiz.ts'
import { type Context, receiverOf, senderOf } from '../context.ts'
import { observePersonal } from '../personal.ts'
import { observeControlled, observeController, tell } from './lan.ts'
import { observeSoftware } from './software.ts'

export function observeWiz(message: WizMessage, context: Context): void {
  const { frame, method, answer, module, firmware, content } = message
  const sender = senderOf(message, context)
  observePersonal(content, 'message', 'wiz', sender, receiverOf(message, context), context, frame)
  if (!answer) return observeController(context, frame, 'wiz', 'clear', sender, { [method]: 'asked' })
  observeControlled(context, frame, 'wiz', 'clear', sender, { [method]: 'answered', module, firmware })
  tell(context, sender, 'wiz.module', module, frame)
  observeSoftware(context, sender, frame, 'firmware', firmware, 'wiz')
}
