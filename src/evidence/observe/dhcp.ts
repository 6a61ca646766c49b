import type { DhcpMessage } from '../../decode/protocols/dhcp.ts'
import type { Context, Party } from '../context.ts'
import type { Kinds } from '../kinds.ts'
import { shown } from './shown.ts'

/** All of it is about the client, which `chaddr` names: a server's answer and a relay's message come from others. */
export function observeDhcp(message: DhcpMessage, context: Context): void {
  const client = message.mac === undefined ? undefined : context.owner(message.mac)
  if (message.request) {
    if (client !== undefined) observeClient(message, client, context)
  } else if (message.type === 'ACK' && client !== undefined) observeLease(message, client, context)
}

function observeClient(message: DhcpMessage, client: Party, context: Context): void {
  const { frame } = message
  const hostname = message.hostname === undefined ? undefined : shown(message.hostname)
  const fqdn = message.fqdn === undefined ? undefined : shown(message.fqdn)
  const data: Kinds['dhcp.client'] = { parameters: [...message.parameters], gaveResolvers: [], version: 4 }
  const named = hostname ?? fqdn
  if (named !== undefined) data.hostname = named
  if (message.vendorClass !== undefined) data.vendorClass = shown(message.vendorClass)
  if (message.clientId !== undefined) data.clientId = shown(message.clientId)
  context.add(client, 'dhcp.client', '4', data, frame, {
    update(kept) {
      kept.hostname ??= data.hostname
      kept.vendorClass ??= data.vendorClass
      kept.clientId ??= data.clientId
      if (kept.parameters.length === 0) kept.parameters = data.parameters
    },
  })
  for (const name of new Set([hostname, fqdn])) {
    if (name === undefined || name === '') continue
    context.add(client, 'name', `dhcp ${name}`, { via: 'dhcp', name }, frame)
    context.signal(client, 'dhcp.hostname', name, frame)
  }
  if (data.vendorClass !== undefined) context.signal(client, 'dhcp.vendor-class', data.vendorClass, frame)
  if (data.parameters.length > 0) context.signal(client, 'dhcp.parameters', data.parameters.join(','), frame)
}

function observeLease(message: DhcpMessage, client: Party, context: Context): void {
  const data: Kinds['dhcp.client'] = { parameters: [], gaveResolvers: [...message.resolvers], version: 4 }
  context.add(client, 'dhcp.client', '4', data, message.frame, { count: 0, update: (kept) => gave(kept, message.resolvers) })
}

const MAX_RESOLVERS = 16

export function gave(kept: Kinds['dhcp.client'], resolvers: readonly string[]): void {
  for (const resolver of resolvers)
    if (kept.gaveResolvers.length < MAX_RESOLVERS && !kept.gaveResolvers.includes(resolver))
      kept.gaveResolvers = kept.gaveResolvers.concat(resolver)
}
