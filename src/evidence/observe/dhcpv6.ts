import type { Dhcpv6Message } from '../../decode/protocols/dhcpv6.ts'
import { type Context, type Party, senderOf, receiverOf } from '../context.ts'
import type { Kinds } from '../kinds.ts'
import { gave } from './dhcp.ts'
import { shown } from './shown.ts'

/** About the client: who sent it, or behind a relay whoever has the hardware address that the relay or the DUID names. */
export function observeDhcpv6(message: Dhcpv6Message, context: Context): void {
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  const relayed = message.relays > 0 || message.type.startsWith('RELAY')
  const direct = message.request ? sender : receiver
  const client = !relayed ? direct : message.clientMac === undefined ? undefined : context.owner(message.clientMac)
  if (client === undefined) return
  if (message.request) observeClient(message, client, context)
  else if (message.type === 'REPLY') {
    const data: Kinds['dhcp.client'] = { parameters: [], gaveResolvers: [...message.resolvers], version: 6 }
    context.add(client, 'dhcp.client', '6', data, message.frame, { count: 0, update: (kept) => gave(kept, message.resolvers) })
  }
}

function observeClient(message: Dhcpv6Message, client: Party, context: Context): void {
  const { frame } = message
  const data: Kinds['dhcp.client'] = { parameters: [...message.requested], gaveResolvers: [], version: 6 }
  const hostname = message.fqdn === undefined || message.fqdn === '' ? undefined : shown(message.fqdn)
  const vendorClass =
    message.vendorClass === undefined
      ? undefined
      : shown([...message.vendorClass.texts].join(' ') || `enterprise ${message.vendorClass.enterprise}`)
  if (hostname !== undefined) data.hostname = hostname
  if (vendorClass !== undefined) data.vendorClass = vendorClass
  if (message.clientDuid !== undefined) data.clientId = message.clientDuid
  context.add(client, 'dhcp.client', '6', data, frame, {
    update(kept) {
      kept.hostname ??= data.hostname
      kept.vendorClass ??= data.vendorClass
      kept.clientId ??= data.clientId
      if (kept.parameters.length === 0) kept.parameters = data.parameters
    },
  })
  if (hostname !== undefined) {
    context.add(client, 'name', `dhcp ${hostname}`, { via: 'dhcp', name: hostname }, frame)
    context.signal(client, 'dhcp.hostname', hostname, frame)
  }
  if (vendorClass !== undefined) context.signal(client, 'dhcp.vendor-class', vendorClass, frame)
}
