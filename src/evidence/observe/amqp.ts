import type { AmqpMessage } from '../../decode/protocols/amqp.ts'
import type { Context } from '../context.ts'
import { observeLogin, observeProtocol, ROLES } from './login.ts'
import { shown } from './shown.ts'

/** Message queues: which broker, which client, and whether its password can be read. */
export function observeAmqp(message: AmqpMessage, context: Context): void {
  const { frame, fromClient } = message
  if (message.type === 'open') {
    context.protect(message.tls ? 'encrypted' : message.clear ? 'clear' : 'unknown')
    for (const role of ROLES) observeProtocol(context, frame, role, 'amqp', { version: message.version })
    return
  }
  // whatever was answered to it, it was said in clear
  context.protect('clear')
  if (message.type === 'login') {
    const { mechanism, user, password, outcome } = message
    // whoever is anonymous shows nothing
    if (mechanism === 'ANONYMOUS') return observeProtocol(context, frame, 'server', 'amqp', { anonymous: outcome })
    return observeLogin(context, frame, 'amqp', mechanism, password === undefined ? { outcome } : { user, password, outcome })
  }
  const { product, version, platform, container, mechanisms } = message
  const software = [product, version].filter((one) => one !== undefined).join(' ')
  observeProtocol(context, frame, fromClient ? 'client' : 'server', 'amqp', {
    software: software === '' ? undefined : shown(software),
    platform: platform === undefined ? undefined : shown(platform),
    container: container === undefined ? undefined : shown(container),
    mechanisms: mechanisms === undefined ? undefined : shown(mechanisms),
  })
  if (software !== '') context.signal(fromClient ? context.client : context.server, 'banner', shown(software), frame)
}
