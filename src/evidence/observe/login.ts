import type { LoginAttempt } from '../../decode/protocols/dialogue.ts'
import type { Context, Party } from '../context.ts'
import { knownDefault } from '../credentials.ts'
import type { Kinds, Role } from '../kinds.ts'
import { mask } from '../kinds.ts'

type Accepted = Kinds['credential']['accepted']

/**
 * A log-in attempt as facts about both ends: that it was tried and with what fate, and, where they were readable, the credentials.
 * The one place where a secret read from the wire turns into what may be kept: user and secret are masked here. `readable`: a name
 * alone is no credential, unless the caller knows better.
 */
export function observeLogin(
  context: Context,
  frame: number,
  protocol: string,
  scheme: string,
  attempt: LoginAttempt,
  readable = attempt.password !== undefined,
): void {
  const { outcome } = attempt
  for (const role of ROLES) {
    const [party, peer, where] = ends(context, role)
    context.add(party, 'login', `${role} ${protocol} ${where} ${outcome}`, { role, peer, protocol, outcome }, frame)
    if (readable) observeCredential(context, frame, role, protocol, scheme, attempt)
  }
}

/** Let in by name, without being asked for a password: the password is empty. */
export function withoutPassword(attempt: LoginAttempt): LoginAttempt {
  const { user, password, outcome } = attempt
  return outcome === 'accepted' && user !== undefined && password === undefined ? { user, password: '', outcome } : attempt
}

/** Credentials that were readable, for one end. */
export function observeCredential(
  context: Context,
  frame: number,
  role: Role,
  protocol: string,
  scheme: string,
  attempt: LoginAttempt,
): void {
  const [party, peer, where] = ends(context, role)
  if (party.host < 0) return
  const known = knownDefault(attempt.user, attempt.password)
  const user = attempt.user === undefined ? undefined : mask(attempt.user)
  const secret = attempt.password === undefined ? undefined : mask(attempt.password)
  const accepted: Accepted = attempt.outcome === 'accepted' ? 'yes' : attempt.outcome === 'refused' ? 'no' : 'unknown'
  // masks of different secrets may be equal: whether the pair is a known one, and whether it was let in, keeps them apart
  const key = `${role} ${protocol} ${where} ${scheme} ${user ?? ''} ${secret ?? ''} ${known ?? ''} ${accepted}`
  context.add(party, 'credential', key, { role, peer, protocol, scheme, user, secret, known, accepted }, frame)
}

/** Software, version and the like that an end of the conversation told of itself or of the exchange; later details are added to earlier ones. */
export function observeProtocol(
  context: Context,
  frame: number,
  role: Role,
  protocol: string,
  detail: Record<string, string | undefined>,
): void {
  const [party, peer, where] = ends(context, role)
  const told = defined(detail)
  context.add(party, 'protocol', `${protocol} ${role} ${where}`, { protocol, role, peer, detail: told }, frame, {
    update: (kept) => merge(kept.detail, told),
  })
}

/** Who plays the role, the other end as known to him, and where that is: a client's port says nothing. */
export function ends(context: Context, role: Role): [Party, Kinds['protocol']['peer'], string] {
  const { client, server } = context
  if (role === 'server') return [server, context.peer(client, server), client.ip]
  const peer = context.peer(server, client)
  return [client, peer, `${peer.name ?? peer.ip}:${peer.port}`]
}

export function defined(detail: Record<string, string | undefined>): Record<string, string> {
  const told: Record<string, string> = {}
  for (const [name, value] of Object.entries(detail)) if (value !== undefined && value !== '') told[name] = value
  return told
}

/** New names are added while there is room, known ones stay. */
export function merge(kept: Record<string, string>, told: Record<string, string>): void {
  let room = MAX_DETAILS - Object.keys(kept).length
  for (const [name, value] of Object.entries(told))
    if (room > 0 && !Object.hasOwn(kept, name)) {
      kept[name] = value
      room--
    }
}
const MAX_DETAILS = 32

export const ROLES: readonly Role[] = ['client', 'server']
