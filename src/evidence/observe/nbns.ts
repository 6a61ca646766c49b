import { NBSTAT } from '../../decode/protocols/dns-message.ts'
import type { NbnsMessage } from '../../decode/protocols/nbns.ts'
import type { Context, Party } from '../context.ts'
import { shown } from './shown.ts'

/** Service suffixes that say the machine's own name: workstation and file server (RFC 1001 leaves the sixteenth byte to its users). */
const OWN_NAME: readonly number[] = [0x00, 0x20]
const MAX_NAMES = 16

/** What a machine registers, defends or lists is its own name; what it asks for is not. Group names (workgroups) are nobody's. */
export function observeNbns(message: NbnsMessage, context: Context): void {
  const sender = message.fromClient ? context.client : context.server
  const records = message.response ? message.answers : message.additionals
  if (!message.response && message.operation !== 'registration' && message.operation !== 'refresh') return
  if (message.response && (message.operation !== 'query' || message.rcode !== 0)) return
  for (const record of records.slice(0, MAX_NAMES)) {
    if (record.netbios === undefined) continue
    if (record.type === NBSTAT) {
      for (const { name, suffix, group } of record.netbios.names.slice(0, MAX_NAMES))
        if (!group && OWN_NAME.includes(suffix)) announce(name, sender, context, message.frame)
      continue
    }
    // a name server answers for others: only an answer with the sender's own address is about the sender
    const own = record.netbios.addresses.includes(sender.ip)
    if (own && !record.netbios.group) announceNetbios(record.name, sender, context, message.frame)
  }
}

/** 'FRED<20>': it is the machine's own, when its suffix says so. */
export function announceNetbios(name: string, sender: Party, context: Context, frame: number): void {
  const suffix = Number.parseInt(name.slice(-3, -1), 16)
  if (OWN_NAME.includes(suffix)) announce(name.slice(0, -4), sender, context, frame)
}

function announce(text: string, sender: Party, context: Context, frame: number): void {
  const name = shown(text)
  if (name === '') return
  context.add(sender, 'name', `nbns ${name}`, { via: 'nbns', name }, frame)
  context.signal(sender, 'nbns.name', name, frame)
}
