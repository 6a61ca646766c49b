import type { Kinds } from '../evidence/kinds.ts'
import { protocolName } from './words.ts'

/** Masked credentials in words: 'HTTP Basic user a…(5), password h…(7)', 'SNMP community p…(6)'. */
export function pairOf(data: Kinds['credential']): string {
  if (data.protocol === 'snmp') return `SNMP community ${data.secret ?? '?'}`
  // of others the scheme says nothing that the protocol does not
  const scheme = data.protocol === 'http' ? `${protocolName(data.protocol)} ${data.scheme}` : protocolName(data.protocol)
  const user = data.user === undefined ? '' : ` user ${data.user},`
  return `${scheme}${user} password ${data.secret ?? '?'}`
}

/** A community is a password for reading, seldom for more: one step less than others. */
export function isCommunity(data: Kinds['credential']): boolean {
  return data.protocol === 'snmp'
}

/**
 * The device logged in to another thing on the local network. That one decides how its log-in travels and which passwords it takes:
 * it answers for both, and a phone with its app has no choice.
 */
export function isNeighboursLogin(data: Kinds['credential']): boolean {
  return data.role === 'client' && data.peer.scope !== 'internet'
}
