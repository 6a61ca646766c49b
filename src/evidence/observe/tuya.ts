import type { TuyaMessage } from '../../decode/protocols/tuya.ts'
import type { Context } from '../context.ts'
import type { Protection } from '../kinds.ts'
import { observePersonal } from '../personal.ts'
import { observeLan } from './lan.ts'
import { ends, merge } from './login.ts'

const PROTECTION = { none: 'clear', published: 'broken', device: 'encrypted', empty: 'unknown' } as const

export function observeTuya(message: TuyaMessage, context: Context): void {
  const { client, server } = context
  const { frame, fromClient, encryption, content, version, productKey } = message
  const sender = fromClient ? client : server
  const receiver = fromClient ? server : client
  context.protect(PROTECTION[encryption])
  if (message.type === 'broadcast') announced(message, context)
  else observeLan(context, frame, 'tuya', PROTECTION[encryption], { version, productKey })
  if (productKey !== undefined) context.signal(sender, 'tuya.product', productKey, frame)
  if (content !== undefined) observePersonal(content, 'message', 'tuya', sender, receiver, context, frame)
}

/** An announcement shows the thing that may be controlled, but not how its control is protected. */
function announced({ frame, fromClient, version, productKey, encryption }: TuyaMessage, context: Context): void {
  if (!fromClient) return
  const [thing, peer] = ends(context, 'client')
  const told: Record<string, string> = { announcement: PROTECTION[encryption] }
  if (version !== undefined) told['version'] = version
  if (productKey !== undefined) told['productKey'] = productKey
  const protection: Protection = 'unknown'
  context.add(
    thing,
    'lan',
    'tuya announcement',
    { protocol: 'tuya', role: 'server', peer, protection, detail: { ...told } },
    frame,
    { update: (kept) => merge(kept.detail, told) },
  )
}
