import type { TelnetMessage } from '../../decode/protocols/telnet.ts'
import type { Context } from '../context.ts'
import { observeLogin, observeProtocol, withoutPassword } from './login.ts'

export function observeTelnet(message: TelnetMessage, context: Context): void {
  context.protect('clear')
  if (message.type === 'login') return observeLogin(context, message.frame, 'telnet', 'prompt', withoutPassword(message))
  // may hold anything: only who looks for misuse reads them
  if (message.type === 'command') return
  const { frame, banner, prompts } = message
  if (banner !== '') context.signal(context.server, 'banner', banner, frame)
  observeProtocol(context, frame, 'server', 'telnet', { banner, prompt: prompts[0] })
  observeProtocol(context, frame, 'client', 'telnet', { banner, prompt: prompts[0] })
}
