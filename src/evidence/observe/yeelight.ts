import type { YeelightMessage } from '../../decode/protocols/yeelight.ts'
import { type Context, senderOf } from '../context.ts'
import { observeControlled, observeController, observeGivenName, tell } from './lan.ts'
import { observeSoftware } from './software.ts'

export function observeYeelight(message: YeelightMessage, context: Context): void {
  const { frame, type, method, model, firmware, name } = message
  const sender = senderOf(message, context)
  if (type === 'command') return observeController(context, frame, 'yeelight', 'clear', sender, { [method ?? '']: 'asked' })
  observeControlled(context, frame, 'yeelight', 'clear', sender, { model, firmware })
  tell(context, sender, 'yeelight.model', model, frame)
  observeGivenName(context, sender, name, frame)
  observeSoftware(context, sender, frame, 'firmware', firmware, 'yeelight')
}
