import type { ControlIdentity, ControlMessage, ControlRequest } from '../../decode/protocols/control.ts'
import { type Context, type Party, receiverOf, senderOf } from '../context.ts'
import { type Kinds, mask, type Role } from '../kinds.ts'
import { merge } from './login.ts'
import { shown } from './shown.ts'

type Outcome = Kinds['control']['outcome']

/** What was seen to be obeyed stays so, however often it was refused. */
const OUTCOMES: readonly Outcome[] = ['unknown', 'refused', 'done']

/** Protocols of machines and buildings: who asks whom for what, whether it is obeyed, and what a thing says it is. */
export function observeControl(message: ControlMessage<string>, context: Context): void {
  if (message.type === 'identity') observeIdentity(message, context)
  else observeRequest(message, context)
}

function observeRequest(message: ControlRequest<string>, context: Context): void {
  const asks = message.type === 'request'
  const asker = asks ? senderOf(message, context) : receiverOf(message, context)
  const asked = asks ? receiverOf(message, context) : senderOf(message, context)
  observePart(message, 'client', asker, asked, context)
  observePart(message, 'server', asked, asker, context)
}

function observePart(message: ControlRequest<string>, role: Role, party: Party, other: Party, context: Context): void {
  if (party.host < 0) return
  const { protocol, deed, operation, outcome, authentication } = message
  const peer = context.peer(other, party)
  const key = `${protocol} ${role} ${peer.name ?? peer.ip} ${operation}`
  context.add(party, 'control', key, { role, peer, protocol, deed, operation, outcome, authentication }, message.frame, {
    // an answer is the end of what was counted when it was asked
    count: message.type === 'answer' ? 0 : 1,
    update(kept) {
      // that it was refused to somebody unknown, and then done for who logged in, is not that it was done for anyone
      const tells = kept.outcome === 'done' ? outcome === 'done' && authentication === 'none' : authentication !== 'unknown'
      if (tells) kept.authentication = authentication
      kept.outcome = later(kept.outcome, outcome)
    },
  })
}

function later(a: Outcome, b: Outcome): Outcome {
  return OUTCOMES.indexOf(b) > OUTCOMES.indexOf(a) ? b : a
}

function observeIdentity(message: ControlIdentity<string>, context: Context): void {
  const sender = senderOf(message, context)
  if (sender.host < 0) return
  const { protocol, frame, vendor, model, firmware, serial, name } = message
  const peer = context.peer(receiverOf(message, context), sender)
  const detail: Record<string, string> = {}
  const tell = (key: string, value: string | undefined) => {
    if (value !== undefined && value !== '') detail[key] = shown(value)
  }
  tell('vendor', vendor)
  tell('model', model)
  tell('firmware', firmware)
  tell('serial', serial === undefined ? undefined : mask(serial))
  tell('name', name)
  for (const [key, value] of Object.entries(message.detail ?? {})) tell(key, value)
  const key = `${protocol} server ${peer.ip}`
  context.add(sender, 'protocol', key, { protocol, role: 'server', peer, detail }, frame, {
    update: (kept) => merge(kept.detail, detail),
  })
  if (vendor !== undefined) context.signal(sender, 'control.vendor', shown(vendor), frame)
  if (model !== undefined) context.signal(sender, 'control.model', shown(model), frame)
  if (name !== undefined) context.signal(sender, 'control.name', shown(name), frame)
  if (serial === undefined || serial === '') return
  const masked = mask(serial)
  const to = peer.name ?? peer.ip
  context.add(
    sender,
    'personal',
    `serial ${masked} ${protocol} identification ${to}`,
    { what: 'serial', masked, peer, protocol, where: 'identification' },
    frame,
  )
}
