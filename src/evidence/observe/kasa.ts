import type { KasaMessage } from '../../decode/protocols/kasa.ts'
import type { Context } from '../context.ts'
import { observePersonal } from '../personal.ts'
import { observeLan } from './lan.ts'
import { observeCredential, ROLES } from './login.ts'

export function observeKasa(message: KasaMessage, context: Context): void {
  const { client, server } = context
  const { frame, fromClient, commands, system, secrets } = message
  const sender = fromClient ? client : server
  const receiver = fromClient ? server : client
  context.protect('broken')
  observeLan(context, frame, 'kasa', 'broken', {
    // one detail a command: what was asked of it is what anyone may ask
    ...Object.fromEntries(commands.map((command) => [command, fromClient ? 'asked' : 'answered'])),
    model: system?.model,
    hardware: system?.hardware,
    software: system?.software,
  })
  if (system?.model !== undefined) context.signal(sender, 'kasa.model', system.model, frame)
  if (system?.alias !== undefined) context.signal(sender, 'kasa.alias', system.alias, frame)
  for (const { what, user, password } of secrets) {
    for (const role of ROLES)
      observeCredential(context, frame, role, 'kasa', what === 'wifi' ? 'Wi-Fi key' : 'account', {
        user,
        password,
        outcome: 'unknown',
      })
  }
  observePersonal(message.content, 'message', 'kasa', sender, receiver, context, frame)
}
