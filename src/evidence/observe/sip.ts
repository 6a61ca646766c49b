import type { SipMessage } from '../../decode/protocols/sip.ts'
import { type Context, type Party, receiverOf, senderOf } from '../context.ts'
import { type Kinds, mask, type Role } from '../kinds.ts'
import { defined, merge } from './login.ts'
import { shown } from './shown.ts'

/** Telephony: who registers and calls where, with what software, and whether a log-in is asked for. Either end sends requests. */
export function observeSip(message: SipMessage, context: Context): void {
  const { frame } = message
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  const media = message.media.join(', ')
  if (message.type === 'response') {
    const { status, method, server, demands } = message
    if (server !== undefined) context.signal(sender, 'sip.agent', shown(server), frame)
    const asks = method !== undefined && (status === 401 || status === 407) ? demands.join(', ') || 'yes' : undefined
    tell(context, frame, 'server', sender, receiver, { software: server, authentication: asks, media })
    // a call or a registration that was taken; whether it was asked to show who it is, the other facts say
    const taken = method !== undefined && status >= 200 && status < 300 ? { [method]: 'taken' } : {}
    return tell(context, frame, 'client', receiver, sender, { ...taken, authentication: asks })
  }
  const { method, domain, user, agent, authorization, password } = message
  if (agent !== undefined) context.signal(sender, 'sip.agent', shown(agent), frame)
  tell(context, frame, 'client', sender, receiver, {
    software: agent,
    domain: shown(domain),
    user: user === undefined ? undefined : mask(user),
    [method]: 'asked',
    media,
  })
  if (authorization === undefined) return
  // of Digest nothing is readable that opens the door, but a log-in was tried
  for (const role of ['client', 'server'] as const) {
    const [party, other] = role === 'client' ? [sender, receiver] : [receiver, sender]
    if (party.host < 0) continue
    const peer = context.peer(other, party)
    const where = peer.name ?? peer.ip
    const login: Kinds['login'] = { role, peer, protocol: 'sip', outcome: 'unknown' }
    context.add(party, 'login', `${role} sip ${where} unknown`, login, frame)
    if (password === undefined) continue
    const secret = mask(password)
    const data: Kinds['credential'] = { role, peer, protocol: 'sip', scheme: authorization, secret, accepted: 'unknown' }
    if (user !== undefined) data.user = mask(user)
    context.add(party, 'credential', `${role} sip ${where} ${authorization} ${secret}`, data, frame)
  }
}

function tell(
  context: Context,
  frame: number,
  role: Role,
  party: Party,
  other: Party,
  detail: Record<string, string | undefined>,
): void {
  if (party.host < 0) return
  const peer = context.peer(other, party)
  const told = defined(detail)
  if (told['software'] !== undefined) told['software'] = shown(told['software'])
  context.add(party, 'protocol', `sip ${role} ${peer.name ?? peer.ip}`, { protocol: 'sip', role, peer, detail: told }, frame, {
    update: (kept) => merge(kept.detail, told),
  })
}
