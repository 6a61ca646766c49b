import type { MiioMessage } from '../../decode/protocols/miio.ts'
import { roleOf } from '../context.ts'
import type { Context } from '../context.ts'
import { observeLan } from './lan.ts'
import { observeCredential, ROLES } from './login.ts'

/** Who is there, and who answers, shows nothing yet. */
const PROTECTION = { hello: 'unknown', answer: 'unknown', message: 'encrypted' } as const

export function observeMiio(message: MiioMessage, context: Context): void {
  const { frame, fromClient } = message
  context.protect(PROTECTION[message.type])
  if (message.type === 'hello') return observeLan(context, frame, 'miio', 'unknown', { hello: 'asked' }, [roleOf(fromClient)])
  const { deviceId, token } = message
  if (message.type === 'message') return observeLan(context, frame, 'miio', 'encrypted', {})
  const thing = fromClient ? context.client : context.server
  context.signal(thing, 'miio.id', deviceId, frame)
  if (token === undefined) return observeLan(context, frame, 'miio', 'unknown', { deviceId, token: 'hidden' })
  // the key of all that follows, given to whoever asks
  context.protect('broken')
  observeLan(context, frame, 'miio', 'broken', { deviceId, token: 'revealed' })
  for (const role of ROLES) observeCredential(context, frame, role, 'miio', 'token', { password: token, outcome: 'unknown' })
}
