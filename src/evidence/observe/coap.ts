import type { CoapMessage } from '../../decode/protocols/coap.ts'
import { type Context, senderOf, receiverOf } from '../context.ts'
import type { Role } from '../kinds.ts'
import { observeManaged, observeRegistration } from './lwm2m.ts'
import { shown } from './shown.ts'

const METHODS: Record<string, string> = {
  '0.01': 'GET',
  '0.02': 'POST',
  '0.03': 'PUT',
  '0.04': 'DELETE',
  '0.05': 'FETCH',
  '0.06': 'PATCH',
  '0.07': 'iPATCH',
}
/** Segments of a path that set a fact apart: what follows is often a number or a name of its own. */
const KEY_SEGMENTS = 2

/** Requests say who controls whom and by which resources; answers show that a thing serves them. */
export function observeCoap(message: CoapMessage, context: Context): void {
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  if (message.code === '0.00') return
  if (message.registration !== undefined) observeRegistration(message.registration, message, context)
  if (message.managed === true) observeManaged(message, context)
  const method = METHODS[message.code]
  const role: Role = method === undefined ? 'server' : 'client'
  if (sender.host < 0) return
  const peer = context.peer(receiver, sender)
  const detail: Record<string, string> = method === undefined ? { code: message.code } : { method }
  if (message.host !== undefined) detail['host'] = shown(message.host)
  if (message.path !== undefined) detail['path'] = shown(message.path)
  if (message.queryKeys.length > 0) detail['query'] = shown(message.queryKeys.join(','))
  if (message.contentFormat !== undefined) detail['format'] = String(message.contentFormat)
  if (message.oscore) detail['oscore'] = 'yes'
  const place = message.path?.split('/', KEY_SEGMENTS + 1).join('/') ?? ''
  const key = `coap ${role} ${peer.ip} ${method ?? message.code} ${place} ${message.oscore}`
  context.add(sender, 'protocol', key, { protocol: 'coap', role, peer, detail }, message.frame)
  if (message.shelly !== undefined) context.signal(sender, 'shelly.model', message.shelly, message.frame)
  // object security protects what is said, though the header stays readable
  if (message.oscore) context.protect('encrypted')
}
