import type { BroadlinkMessage } from '../../decode/protocols/broadlink.ts'
import { type Context, senderOf } from '../context.ts'
import { observeControlled, observeController, observeGivenName } from './lan.ts'
import { observeCredential, ROLES } from './login.ts'

/** Said by the thing; the rest by who controls it. */
const TOLD: ReadonlySet<BroadlinkMessage['type']> = new Set(['found', 'key-given', 'answer'])

/** Before it is known whether the thing hands out its key. */
const SHOWS_NOTHING: ReadonlySet<BroadlinkMessage['type']> = new Set(['search', 'found', 'key-asked'])

export function observeBroadlink(message: BroadlinkMessage, context: Context): void {
  const { frame, type, deviceType, name, locked, ssid, key } = message
  const sender = senderOf(message, context)
  // a thing that refuses to hand out its key is not controlled by whoever asks: what it says then shows neither
  const protection = SHOWS_NOTHING.has(type) || locked === true ? 'unknown' : 'broken'
  context.protect(protection)
  if (!TOLD.has(type)) observeController(context, frame, 'broadlink', protection, sender, { [type]: 'sent' })
  else {
    const described = deviceType === undefined ? undefined : `0x${deviceType.toString(16)}`
    observeControlled(context, frame, 'broadlink', protection, sender, {
      type: described,
      key: type === 'key-given' && locked !== true ? 'revealed' : undefined,
      locked: locked === true ? 'yes' : undefined,
    })
    if (described !== undefined) context.signal(sender, 'broadlink.type', described, frame)
    observeGivenName(context, sender, name, frame)
  }
  if (key === undefined || key === '') return
  for (const role of ROLES)
    observeCredential(context, frame, role, 'broadlink', 'Wi-Fi key', { user: ssid, password: key, outcome: 'unknown' })
}
