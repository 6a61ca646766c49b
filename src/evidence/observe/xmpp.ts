import type { XmppMessage } from '../../decode/protocols/xmpp.ts'
import type { Context } from '../context.ts'
import { observeLogin, observeProtocol, ROLES } from './login.ts'
import { shown } from './shown.ts'

/** Messaging: with which service, by which mechanisms, and whether it turned to TLS before anything was said. */
export function observeXmpp(message: XmppMessage, context: Context): void {
  const { frame } = message
  if (message.type === 'login') {
    context.protect('clear')
    const { mechanism, user, password, outcome } = message
    return observeLogin(context, frame, 'xmpp', mechanism, password === undefined ? { outcome } : { user, password, outcome })
  }
  const { to, namespace, mechanisms, tls, answered } = message
  context.protect(tls ? 'encrypted' : answered ? 'clear' : 'unknown')
  const service = to === undefined ? undefined : shown(to)
  for (const role of ROLES)
    observeProtocol(context, frame, role, 'xmpp', {
      service,
      namespace: namespace === undefined ? undefined : shown(namespace),
      mechanisms: shown(mechanisms.join(' ')),
      starttls: tls ? 'yes' : 'no',
    })
}
