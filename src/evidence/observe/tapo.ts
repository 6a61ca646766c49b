import type { TapoMessage } from '../../decode/protocols/tapo.ts'
import { type Context, receiverOf, senderOf } from '../context.ts'
import { observePersonal } from '../personal.ts'
import { observeControlled, observeController, tell } from './lan.ts'
import { observeSoftware } from './software.ts'

export function observeTapo(message: TapoMessage, context: Context): void {
  const { frame, type, model, deviceType, firmware, hardware, scheme, content } = message
  const sender = senderOf(message, context)
  if (type === 'probe') return observeController(context, frame, 'tapo', 'unknown', sender, { search: 'asked' })
  // it says how it is to be controlled; that it is so remains to be seen
  observeControlled(context, frame, 'tapo', 'unknown', sender, {
    model,
    hardware,
    firmware,
    control: scheme,
    'set up': message.unset === true ? 'no' : undefined,
  })
  tell(context, sender, 'tapo.model', model, frame)
  tell(context, sender, 'tapo.type', deviceType, frame)
  observeSoftware(context, sender, frame, 'firmware', firmware, 'tapo')
  if (content !== undefined) observePersonal(content, 'message', 'tapo', sender, receiverOf(message, context), context, frame)
}
