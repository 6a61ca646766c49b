import type { NtpMessage } from '../../decode/protocols/ntp.ts'
import { type Context, type Party, roleOf, senderOf, receiverOf } from '../context.ts'
import type { Kinds, Role } from '../kinds.ts'

const CLIENT = 3
const SERVER = 4
const BROADCAST = 5

/** Whose clock follows whose, and whether anything proves that the time is the server's. */
export function observeNtp(message: NtpMessage, context: Context): void {
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  switch (message.mode) {
    case CLIENT:
      observe(message, 'client', sender, receiver, 1, context)
      return
    case SERVER:
      // the answer decides: a request with a MAC that is answered without one left the clock unprotected
      observe(message, 'client', receiver, sender, 0, context)
      observe(message, 'server', sender, receiver, 1, context)
      return
    case BROADCAST:
      observe(message, 'server', sender, receiver, 1, context)
      return
    case 6:
    case 7: {
      const peer = context.peer(receiver, sender)
      const mode = message.mode === 6 ? 'control' : 'private'
      const role = roleOf(message.fromClient)
      context.add(
        sender,
        'protocol',
        `ntp ${mode} ${role} ${peer.ip}`,
        { protocol: 'ntp', role, peer, detail: { mode, version: String(message.version) } },
        message.frame,
      )
      return
    }
    default:
      // symmetric peers follow each other
      observe(message, 'client', sender, receiver, 1, context)
  }
}

function observe(message: NtpMessage, role: Role, party: Party, other: Party, count: number, context: Context): void {
  if (party.host < 0) return
  const peer = context.peer(other, party)
  const authenticated = message.authentication !== 'none'
  context.add(
    party,
    'ntp',
    `${role} ${peer.name ?? peer.ip}`,
    { peer, version: message.version, authenticated, role },
    message.frame,
    authenticated ? { count } : { count, update: unproven },
  )
}

function unproven(kept: Kinds['ntp']): void {
  kept.authenticated = false
}
