import { printable } from '../../decode/text.ts'
import type { WsdMessage } from '../../decode/protocols/wsd.ts'
import { type Context, type Party, receiverOf, senderOf } from '../context.ts'
import { observePersonal } from '../personal.ts'
import { merge } from './login.ts'
import { shown } from './shown.ts'
import { tell } from './lan.ts'

/** What a thing says of itself in its own Hello, or in answer to who looks for it. */
export function observeWsd(message: WsdMessage, context: Context): void {
  const { type, frame, types } = message
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  if (sender.host < 0) return
  observePersonal(message.content, 'message', 'wsd', sender, receiver, context, frame)
  const asks = type === 'probe' || type === 'resolve'
  const foreign = !asks && isForeign(message.addresses, sender.ip)
  const detail: Record<string, string> = { [type]: foreign ? 'for another' : 'sent' }
  const scopes = asks || foreign ? undefined : onvifScopes(message.scopes)
  if (types.length > 0 && !foreign) detail[asks ? 'looks for' : 'types'] = shown(types.join(' '))
  for (const [name, value] of scopes ?? []) detail[name] = shown(value)
  const role = asks ? 'client' : 'server'
  const peer = context.peer(receiver, sender)
  // a search goes to everyone, its answers to who asked
  const key = `wsd ${role} ${receiver.scope === 'multicast' ? 'all' : peer.ip}`
  context.add(sender, 'protocol', key, { protocol: 'wsd', role, peer, detail: { ...detail } }, frame, {
    update: (kept) => merge(kept.detail, detail),
  })
  if (asks || foreign || type === 'bye') return
  for (const one of types) tell(context, sender, 'wsd.type', one, frame)
  observeScopes(scopes!, sender, context, frame)
}

function observeScopes(scopes: ReadonlyMap<string, string>, sender: Party, context: Context, frame: number): void {
  const name = scopes.get('name')
  if (name !== undefined) {
    const called = shown(name, 64)
    context.add(sender, 'name', `wsd ${called}`, { via: 'wsd', name: called }, frame)
    context.signal(sender, 'onvif.name', called, frame)
  }
  tell(context, sender, 'onvif.hardware', scopes.get('hardware'), frame)
}

/** What ONVIF's scopes are about (Core Specification, section 7.3.2.2); 'type' tells less than the types do. */
const SCOPES: ReadonlySet<string> = new Set(['name', 'hardware', 'location'])
const PREFIX = /^onvif:\/\/www\.onvif\.org\/([A-Za-z]{1,16})\/(.+)$/i

function onvifScopes(scopes: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const scope of scopes) {
    const parts = PREFIX.exec(scope)
    const name = parts?.[1]!.toLowerCase()
    if (name === undefined || !SCOPES.has(name) || found.has(name)) continue
    found.set(name, unescaped(parts![2]!))
  }
  return found
}

function unescaped(value: string): string {
  try {
    return printable(decodeURIComponent(value))
  } catch {
    return value
  }
}

/** Its addresses are another's: a discovery proxy speaks for things (WS-Discovery 1.1, section 3.1.3). Names, and the other family, cannot be told. */
function isForeign(addresses: readonly string[], ip: string): boolean {
  let comparable = false
  for (const address of addresses) {
    const host = /^[a-z]{2,8}:\/\/(?:\[([0-9a-f:.]{2,45})(?:%[^\]]{1,16})?\]|(\d{1,3}(?:\.\d{1,3}){3}))(?:[:/]|$)/i.exec(address)
    const said = host?.[1]?.toLowerCase() ?? host?.[2]
    if (said === ip) return false
    if (said !== undefined && !said.includes(':') && !ip.includes(':')) comparable = true
  }
  return comparable
}
