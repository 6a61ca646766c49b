import type { IkeMessage } from '../../decode/protocols/ike.ts'
import type { OpenvpnMessage } from '../../decode/protocols/openvpn.ts'
import type { WireguardMessage } from '../../decode/protocols/wireguard.ts'
import { type Context, receiverOf, roleOf, senderOf } from '../context.ts'

/** A private tunnel is set up with somebody: of what it carries nothing is seen. */
function observeVpn(
  message: WireguardMessage | OpenvpnMessage | IkeMessage,
  detail: Record<string, string>,
  context: Context,
): void {
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  const { protocol, fromClient, frame } = message
  const said = Object.values(detail).join()
  for (const [party, other, role] of [
    [sender, receiver, roleOf(fromClient)],
    [receiver, sender, roleOf(!fromClient)],
  ] as const) {
    const peer = context.peer(other, party)
    // a caller's port changes with every session
    const port = role === 'client' ? peer.port : party.port
    context.add(party, 'protocol', `${protocol}|${role}|${peer.ip}|${port}|${said}`, { protocol, role, peer, detail }, frame)
  }
}

export function observeWireguard(message: WireguardMessage, context: Context): void {
  observeVpn(message, {}, context)
}

export function observeOpenvpn(message: OpenvpnMessage, context: Context): void {
  context.protect(message.reset === 'server' ? 'encrypted' : 'unknown')
  observeVpn(message, {}, context)
}

export function observeIke(message: IkeMessage, context: Context): void {
  context.protect(message.encrypted ? 'encrypted' : 'unknown')
  observeVpn(message, { version: `IKEv${message.version}` }, context)
}
