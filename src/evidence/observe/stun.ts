import type { StunMessage } from '../../decode/protocols/stun.ts'
import { type Context, type Party, senderOf, receiverOf } from '../context.ts'
import type { Role } from '../kinds.ts'
import { shown } from './shown.ts'

const METHODS: Record<number, string> = {
  1: 'binding',
  3: 'allocate',
  4: 'refresh',
  6: 'send',
  7: 'data',
  8: 'create-permission',
  9: 'channel-bind',
}

/** Who asks whom for its own address or for a relay: the way out of a home network for cameras and calls. */
export function observeStun(message: StunMessage, context: Context): void {
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  const answer = message.class === 'success' || message.class === 'error'
  observe(message, answer ? 'server' : 'client', sender, receiver, context)
}

function observe(message: StunMessage, role: Role, party: Party, other: Party, context: Context): void {
  if (party.host < 0) return
  const peer = context.peer(other, party)
  const method = METHODS[message.method] ?? `method ${message.method}`
  const detail: Record<string, string> = { method, authenticated: message.hasIntegrity ? 'yes' : 'no' }
  if (message.software !== undefined) detail['software'] = shown(message.software)
  if (message.realm !== undefined) detail['realm'] = shown(message.realm)
  context.add(
    party,
    'protocol',
    `stun ${role} ${peer.ip}:${peer.port} ${method}`,
    { protocol: 'stun', role, peer, detail },
    message.frame,
  )
}
