import type { LifxMessage } from '../../decode/protocols/lifx.ts'
import { lifxProduct } from '../../device/lifx.ts'
import { type Context, senderOf } from '../context.ts'
import { observeControlled, observeController, observeGivenName, tell } from './lan.ts'
import { observeSoftware } from './software.ts'

/** LIFX's vendor number. */
const LIFX = 1

export function observeLifx(message: LifxMessage, context: Context): void {
  const { frame, answer, sets, vendor, product, firmware, label } = message
  const sender = senderOf(message, context)
  if (!answer) return observeController(context, frame, 'lifx', 'clear', sender, { [sets ? 'sets' : 'asks']: 'yes' })
  const name = vendor === LIFX && product !== undefined ? (lifxProduct(product) ?? `LIFX product ${product}`) : undefined
  observeControlled(context, frame, 'lifx', 'clear', sender, { product: name, firmware })
  tell(context, sender, 'lifx.product', name, frame)
  observeGivenName(context, sender, label, frame)
  observeSoftware(context, sender, frame, 'firmware', firmware, 'lifx')
}
