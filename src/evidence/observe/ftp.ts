import type { FtpMessage } from '../../decode/protocols/ftp.ts'
import type { Context } from '../context.ts'
import { observePersonal } from '../personal.ts'
import { observeLogin, observeProtocol, withoutPassword } from './login.ts'

export function observeFtp(message: FtpMessage, context: Context): void {
  const { client, server } = context
  const { frame } = message
  switch (message.type) {
    case 'banner':
      // TLS may follow
      context.protect('unknown')
      context.signal(server, 'banner', message.banner, frame)
      observeProtocol(context, frame, 'server', 'ftp', { banner: message.banner })
      return
    case 'login':
      context.protect('clear')
      if (message.user !== undefined) observePersonal(message.user, 'user name', 'ftp', client, server, context, frame)
      return observeLogin(context, frame, 'ftp', 'USER', withoutPassword(message))
    case 'start-tls':
      // comes last, and settles it
      context.protect('encrypted')
      observeProtocol(context, frame, 'server', 'ftp', { tls: 'AUTH TLS' })
      observeProtocol(context, frame, 'client', 'ftp', { tls: 'AUTH TLS' })
      return
    case 'command':
      observeProtocol(context, frame, 'client', 'ftp', {
        [`command ${message.command}`]: message.reply === undefined ? 'sent' : String(message.reply),
      })
      if (message.command !== 'USER') observePersonal(message.argument, 'command', 'ftp', client, server, context, frame)
  }
}
