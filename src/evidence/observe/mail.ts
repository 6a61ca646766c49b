import type { MailMessage } from '../../decode/protocols/mail.ts'
import type { Context } from '../context.ts'
import { observePersonal } from '../personal.ts'
import { observeLogin, observeProtocol } from './login.ts'

/** SMTP, IMAP and POP3. */
export function observeMail(message: MailMessage, context: Context): void {
  const { client, server } = context
  const { frame, protocol } = message
  switch (message.type) {
    case 'banner':
      // TLS may follow
      context.protect('unknown')
      context.signal(server, 'banner', message.banner, frame)
      observeProtocol(context, frame, 'server', protocol, { banner: message.banner })
      observeProtocol(context, frame, 'client', protocol, { banner: message.banner })
      return
    case 'hello':
      return observePersonal(message.name, 'hello', protocol, client, server, context, frame)
    case 'login':
      context.protect('clear')
      if (message.user !== undefined) observePersonal(message.user, 'user name', protocol, client, server, context, frame)
      return observeLogin(context, frame, protocol, message.scheme, message)
    case 'envelope':
      context.protect('clear')
      return observePersonal(message.address, `envelope ${message.role}`, protocol, client, server, context, frame)
    case 'start-tls':
      // comes last, and settles it
      context.protect('encrypted')
      observeProtocol(context, frame, 'server', protocol, { tls: 'STARTTLS' })
      observeProtocol(context, frame, 'client', protocol, { tls: 'STARTTLS' })
  }
}
