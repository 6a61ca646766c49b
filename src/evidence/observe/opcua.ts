import type { OpcuaMessage } from '../../decode/protocols/opcua.ts'
import type { Context } from '../context.ts'
import { observeControl } from './control.ts'
import { observeLogin, observeProtocol } from './login.ts'
import { shown } from './shown.ts'

/** OPC UA protects itself, or not: the channel that was opened says which. */
export function observeOpcua(message: OpcuaMessage, context: Context): void {
  const { frame, fromClient } = message
  if (message.type === 'channel') {
    const { url, policy, protection } = message
    context.protect(protection)
    const detail = { url: url === undefined ? undefined : shown(url), policy, protection }
    observeProtocol(context, frame, fromClient ? 'client' : 'server', 'opcua', detail)
    return observeProtocol(context, frame, fromClient ? 'server' : 'client', 'opcua', { policy, protection })
  }
  if (message.type !== 'login') return observeControl(message, context)
  const { token, user, password, outcome } = message
  observeProtocol(context, frame, 'server', 'opcua', { [`${token} session`]: outcome })
  // whoever is anonymous did not log in, and a server that called its client is not whom we would take for the one who lets in
  if (token === 'anonymous' || !fromClient) return
  observeLogin(context, frame, 'opcua', token, password === undefined ? { outcome } : { user, password, outcome })
}
