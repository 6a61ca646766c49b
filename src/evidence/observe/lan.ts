import type { Context, Party } from '../context.ts'
import type { Kinds, LanProtocol, Protection, Role } from '../kinds.ts'
import { defined, ends, merge, ROLES } from './login.ts'
import { shown } from './shown.ts'

/** Weakest last: what was seen once stays true. */
const ORDER: readonly Protection[] = ['unknown', 'encrypted', 'clear', 'broken']

/** A proprietary LAN protocol spoken by both ends: the client controls, the server is the thing that is controlled. */
export function observeLan(
  context: Context,
  frame: number,
  protocol: LanProtocol,
  protection: Protection,
  detail: Record<string, string | undefined>,
  roles = ROLES,
): void {
  const told = defined(detail)
  for (const role of roles) add(context, frame, { protocol, role, protection }, told, ...ends(context, role))
}

/**
 * The same where the message itself shows which end is the thing that is controlled: in datagrams who spoke first does not, for
 * things announce themselves, and both ends often use one port.
 */
export function observeControlled(
  context: Context,
  frame: number,
  protocol: LanProtocol,
  protection: Protection,
  thing: Party,
  detail: Record<string, string | undefined>,
): void {
  const controller = otherThan(thing, context)
  const where = controller.scope === 'multicast' ? 'all' : controller.ip
  add(context, frame, { protocol, role: 'server', protection }, defined(detail), thing, context.peer(controller, thing), where)
  context.signal(thing, 'lan.protocol', protocol, frame)
  observeController(context, frame, protocol, protection, controller, {})
}

/** Of who controls alone: what is asked of another does not show that the other understands it. */
export function observeController(
  context: Context,
  frame: number,
  protocol: LanProtocol,
  protection: Protection,
  controller: Party,
  detail: Record<string, string | undefined>,
): void {
  const peer = context.peer(otherThan(controller, context), controller)
  const where = `${peer.name ?? peer.ip}:${peer.port}`
  add(context, frame, { protocol, role: 'client', protection }, defined(detail), controller, peer, where)
}

/** What its owner called it, as it says in its own protocol. */
export function observeGivenName(context: Context, party: Party, name: string | undefined, frame: number): void {
  if (name === undefined || name.trim() === '') return
  const called = shown(name.trim(), 64)
  context.add(party, 'name', `lan ${called}`, { via: 'lan', name: called }, frame)
  context.signal(party, 'lan.name', called, frame)
}

/** A signal, where there is something to say. */
export function tell(context: Context, party: Party, kind: string, value: string | undefined, frame: number): void {
  if (value !== undefined && value !== '') context.signal(party, kind, shown(value, 128), frame)
}

function otherThan(party: Party, { client, server }: Context): Party {
  return party === client ? server : client
}

function add(
  context: Context,
  frame: number,
  { protocol, role, protection }: { protocol: LanProtocol; role: Role; protection: Protection },
  told: Record<string, string>,
  party: Party,
  peer: Kinds['lan']['peer'],
  where: string,
): void {
  context.add(party, 'lan', `${protocol} ${role} ${where}`, { protocol, role, peer, protection, detail: { ...told } }, frame, {
    update(kept) {
      if (ORDER.indexOf(protection) > ORDER.indexOf(kept.protection)) kept.protection = protection
      merge(kept.detail, told)
    },
  })
}
