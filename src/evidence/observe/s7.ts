import type { S7Message } from '../../decode/protocols/s7.ts'
import type { Context } from '../context.ts'
import { observeControl } from './control.ts'
import { observeProtocol, ROLES } from './login.ts'

/** Of S7CommPlus only that it is spoken is known; and that a version 3 checks who sent what, which is not encryption. */
export function observeS7(message: S7Message, context: Context): void {
  if (message.type !== 'plus') return observeControl(message, context)
  for (const role of ROLES) observeProtocol(context, message.frame, role, 's7', { version: `S7CommPlus ${message.version}` })
}
