import type { SsdpMessage } from '../../decode/protocols/ssdp.ts'
import type { Context } from '../context.ts'
import type { Kinds } from '../kinds.ts'
import { shown } from './shown.ts'
import { observeServerSoftware } from './software.ts'

/** Whoever sends it says it of itself: what it offers, or what it looks for. */
export function observeSsdp(message: SsdpMessage, context: Context): void {
  const sender = message.fromClient ? context.client : context.server
  if (sender.host < 0) return
  const { type, frame } = message
  const target = shown(message.target)
  const data: Kinds['ssdp'] = { type, target }
  if (message.server !== undefined) data.server = shown(message.server)
  if (message.location !== undefined) data.location = shown(withoutQuery(message.location))
  if (message.usn !== undefined) data.usn = shown(message.usn)
  context.add(sender, 'ssdp', `${type} ${target} ${data.usn ?? ''}`, data, frame, {
    update(kept) {
      kept.server ??= data.server
      kept.location ??= data.location
    },
  })
  if (data.server !== undefined) {
    context.signal(sender, 'ssdp.server', data.server, frame)
    observeServerSoftware(context, sender, frame, data.server, 'ssdp')
  }
  // 'uuid:…::urn:…': the thing, then which part of it
  if (data.usn !== undefined) context.signal(sender, 'ssdp.usn', data.usn.split('::', 1)[0]!, frame)
  if (message.friendlyName !== undefined) {
    const name = shown(message.friendlyName)
    context.add(sender, 'name', `ssdp ${name}`, { via: 'ssdp', name }, frame)
  }
}

function withoutQuery(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : `${url.slice(0, query)}?…`
}
