import type { EsphomeMessage } from '../../decode/protocols/esphome.ts'
import { type Context, receiverOf, senderOf } from '../context.ts'
import { observePersonal } from '../personal.ts'
import { observeControlled, observeController, observeGivenName, tell } from './lan.ts'
import { observeLogin } from './login.ts'
import { observeSoftware } from './software.ts'

export function observeEsphome(message: EsphomeMessage, context: Context): void {
  const { frame, type, fromClient, name, version, project } = message
  const sender = senderOf(message, context)
  // whether it may speak in clear, or by which key, the node decides
  const asks = fromClient && (type === 'hello' || type === 'noise')
  const protection = type === 'noise' ? (message.agreed === true ? 'encrypted' : 'unknown') : asks ? 'unknown' : 'clear'
  context.protect(protection)
  if (type === 'password' && message.password !== '') {
    const outcome = message.refused === undefined ? 'unknown' : message.refused ? 'refused' : 'accepted'
    observeLogin(context, frame, 'esphome', 'API password', { password: message.password, outcome })
  }
  if (fromClient) {
    const { client } = message
    observeController(context, frame, 'esphome', protection, sender, {
      program: client,
      command: type === 'command' ? 'sent' : undefined,
    })
    return
  }
  const password = message.usesPassword === true ? 'required' : undefined
  observeControlled(context, frame, 'esphome', protection, sender, { version, name, project, api: message.api, password })
  observeGivenName(context, sender, message.friendlyName ?? name, frame)
  tell(context, sender, 'esphome.board', message.model, frame)
  tell(context, sender, 'esphome.project', project, frame)
  observeSoftware(context, sender, frame, 'ESPHome', version, 'esphome')
  if (project !== undefined) observeSoftware(context, sender, frame, project, message.projectVersion, 'esphome')
  if (message.mac !== undefined)
    observePersonal(message.mac, 'message', 'esphome', sender, receiverOf(message, context), context, frame)
}
