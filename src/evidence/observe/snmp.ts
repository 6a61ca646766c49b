import type { SnmpMessage } from '../../decode/protocols/snmp.ts'
import { type Context, type Party, senderOf, receiverOf } from '../context.ts'
import { type Kinds, mask, type Protection, type Role } from '../kinds.ts'
import { shown } from './shown.ts'

/** The communities that every agent once shipped with (RFC 1157's and RFC 3584's examples use them too). */
const DEFAULTS: readonly string[] = ['public', 'private']
/** sysDescr.0 and sysName.0 (RFC 3418). */
const SYS_DESCR = '1.3.6.1.2.1.1.1.0'
const SYS_NAME = '1.3.6.1.2.1.1.5.0'
const ANSWERS: readonly string[] = ['get-response', 'report']

/** Who manages whom, and with what password: a community is one, readable by all. */
export function observeSnmp(message: SnmpMessage, context: Context): void {
  context.protect(protectionOf(message))
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  const answer = message.pdu !== undefined && ANSWERS.includes(message.pdu)
  const role: Role = answer ? 'server' : 'client'
  observeParty(message, role, sender, receiver, context)
  if (message.community === undefined) return
  observeCommunity(message, role, sender, receiver, answer, 1, context)
  // an answer shows that the community was right, to the one who used it as well
  if (answer) observeCommunity(message, 'client', receiver, sender, true, 0, context)
}

/** Who looks for an agent's identifier gives no user and no bindings, and is answered by a report (RFC 3414 section 4). */
function protectionOf({ version, security, user, pdu, variables }: SnmpMessage): Protection {
  if (version !== '3') return 'clear'
  if (security === 'authPriv') return 'encrypted'
  const looks = pdu === 'report' || ((user ?? '') === '' && variables.length === 0)
  return looks ? 'unknown' : 'clear'
}

function observeParty(message: SnmpMessage, role: Role, party: Party, other: Party, context: Context): void {
  if (party.host < 0) return
  const peer = context.peer(other, party)
  const detail: Record<string, string> = { version: message.version }
  if (message.pdu !== undefined) detail['pdu'] = message.pdu
  if (message.security !== undefined) detail['security'] = message.security
  if (message.user !== undefined && message.user !== '') detail['user'] = mask(message.user)
  for (const { oid, value } of role === 'server' ? message.variables : []) {
    if (oid === SYS_DESCR && value !== '') detail['description'] = shown(value)
    else if (oid === SYS_NAME && value !== '') detail['name'] = shown(value)
  }
  const key = `snmp ${role} ${peer.ip} ${message.version} ${message.pdu ?? ''} ${message.security ?? ''}`
  context.add(party, 'protocol', key, { protocol: 'snmp', role, peer, detail }, message.frame, {
    update(kept) {
      for (const field of ['description', 'name'] as const) if (detail[field] !== undefined) kept.detail[field] ??= detail[field]
    },
  })
}

function observeCommunity(
  message: SnmpMessage,
  role: Role,
  party: Party,
  other: Party,
  accepted: boolean,
  count: number,
  context: Context,
): void {
  if (party.host < 0) return
  const peer = context.peer(other, party)
  const community = message.community!
  const secret = mask(community)
  const data: Kinds['credential'] = {
    role,
    peer,
    protocol: 'snmp',
    scheme: `SNMPv${message.version} community`,
    secret,
    accepted: accepted ? 'yes' : 'unknown',
  }
  if (DEFAULTS.includes(community)) data.known = 'default SNMP communities'
  context.add(party, 'credential', `${role} snmp ${peer.ip} ${secret} ${data.known ?? ''}`, data, message.frame, {
    count,
    update(kept) {
      if (accepted) kept.accepted = 'yes'
    },
  })
}
