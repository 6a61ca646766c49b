import type { SshMessage } from '../../decode/protocols/ssh.ts'
import { roleOf } from '../context.ts'
import type { Context } from '../context.ts'
import { observeProtocol } from './login.ts'

export function observeSsh(message: SshMessage, context: Context): void {
  const { frame, fromClient } = message
  if (message.type === 'banner') {
    const { version, software, comment, answered } = message
    // version 1 is broken beyond repair (CVE-2001-0572 and others); 1.99 means 2.0 with support for 1
    const broken = version.startsWith('1') && version !== '1.99'
    context.protect(!answered ? 'unknown' : broken ? 'broken' : 'encrypted')
    if (!fromClient) context.signal(context.server, 'banner', comment === '' ? software : `${software} ${comment}`, frame)
    observeProtocol(context, frame, roleOf(fromClient), 'ssh', { version, software, comment })
    return
  }
  // told by sizes: a sign at most, no fact
  if (message.type === 'attempts') return
  const { keyExchange, hostKey, ciphers, macs } = message
  observeProtocol(context, frame, roleOf(fromClient), 'ssh', {
    keyExchange: keyExchange.join(','),
    hostKey: hostKey.join(','),
    ciphers: ciphers.join(','),
    macs: macs.join(','),
  })
}
