import type { BacnetMessage } from '../../decode/protocols/bacnet.ts'
import type { Context } from '../context.ts'
import { observeControl } from './control.ts'
import { observeCredential, ROLES } from './login.ts'

/** BACnet has no log-in; a password may come with a command to restart or be silent, readable by all. */
export function observeBacnet(message: BacnetMessage, context: Context): void {
  observeControl(message, context)
  // who began the flow is who asks, or the ends cannot be told
  if (message.type === 'identity' || message.password === undefined || !message.fromClient) return
  const { frame, password, operation } = message
  for (const role of ROLES)
    observeCredential(context, frame, role, 'bacnet', `password of ${operation}`, { password, outcome: 'unknown' })
}
