import type { Context } from '../context.ts'
import type { Kinds, Protection } from '../kinds.ts'
import { defined, ends, merge, ROLES } from './login.ts'

/** Weakest last: what was seen once stays true. */
const ORDER: readonly Protection[] = ['unknown', 'encrypted', 'clear', 'broken']

/** A proprietary LAN protocol spoken by both ends: the client controls, the server is the thing that is controlled. */
export function observeLan(
  context: Context,
  frame: number,
  protocol: Kinds['lan']['protocol'],
  protection: Protection,
  detail: Record<string, string | undefined>,
  roles = ROLES,
): void {
  const told = defined(detail)
  for (const role of roles) {
    const [party, peer, where] = ends(context, role)
    context.add(party, 'lan', `${protocol} ${role} ${where}`, { protocol, role, peer, protection, detail: { ...told } }, frame, {
      update(kept) {
        if (ORDER.indexOf(protection) > ORDER.indexOf(kept.protection)) kept.protection = protection
        merge(kept.detail, told)
      },
    })
  }
}
