import type { Kinds } from '../evidence/kinds.ts'

/** Masked credentials in words: 'http Basic user a…(5), password h…(7)', 'snmp community p…(6)'. */
export function pairOf(data: Kinds['credential']): string {
  if (data.protocol === 'snmp') return `snmp community ${data.secret ?? '?'}`
  // of others the scheme says nothing that the protocol does not
  const scheme = data.protocol === 'http' || data.protocol === 'kasa' ? `${data.protocol} ${data.scheme}` : data.protocol
  const user = data.user === undefined ? '' : ` user ${data.user},`
  return `${scheme}${user} password ${data.secret ?? '?'}`
}

/** A community is a password for reading, seldom for more: one step less than others. */
export function isCommunity(data: Kinds['credential']): boolean {
  return data.protocol === 'snmp'
}
