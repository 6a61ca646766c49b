import type { AdbMessage } from '../../decode/protocols/adb.ts'
import type { Context } from '../context.ts'
import { observeLan } from './lan.ts'
import { observeLogin } from './login.ts'

export function observeAdb(message: AdbMessage, context: Context): void {
  const { frame } = message
  if (message.type === 'connect') {
    const { system, product, model, device } = message
    // in clear even where TLS follows: what was demanded then decides the protection
    context.protect('unknown')
    if (message.fromClient) return observeLan(context, frame, 'adb', 'unknown', {}, ['client'])
    observeLan(context, frame, 'adb', 'unknown', { system, product, model, device })
    const banner = [system, product, model, device].filter((one) => one !== undefined && one !== '').join(' ')
    if (banner !== '') context.signal(context.server, 'adb.banner', banner, frame)
    return
  }
  if (message.type === 'open') {
    context.protect('clear')
    // "shell:rm …": the service's name only
    return observeLan(context, frame, 'adb', 'clear', { [`service ${message.service.split(':', 1)[0]!.slice(0, 32)}`]: 'opened' })
  }
  const { demands, granted } = message
  context.protect(demands === 'tls' ? 'encrypted' : 'clear')
  observeLan(context, frame, 'adb', demands === 'tls' ? 'encrypted' : 'clear', {
    authentication: demands,
    granted: granted ? 'yes' : 'no',
  })
  if (demands === 'key') observeLogin(context, frame, 'adb', 'key', { outcome: granted ? 'accepted' : 'unknown' })
}
