import type { QuicMessage } from '../../decode/protocols/quic.ts'
import { suiteName, versionName } from '../../decode/protocols/tls-names.ts'
import { type Context, senderOf, receiverOf } from '../context.ts'
import type { TlsFacts } from '../kinds.ts'
import { addTls, helloFacts } from './tls.ts'

/**
 * QUIC's handshake is TLS 1.3's (RFC 9001): the same facts. A connection that completes is told twice, at its hello and then;
 * both tell of one fact, so `count` counts tellings, not connections.
 */
export function observeQuic(message: QuicMessage, context: Context): void {
  const client = senderOf(message, context)
  const server = receiverOf(message, context)
  const { hello } = message
  context.protect('encrypted')
  if (hello.sni !== undefined && message.fromClient) context.serverName(hello.sni)
  const facts: Omit<TlsFacts, 'peer'> = { transport: 'quic', ...helloFacts(hello, undefined), completed: false }
  addTls(context, client, server, facts, message.frame, (kept) => {
    if (!message.completed || message.server === undefined) return
    kept.completed = true
    kept.finished = true
    kept.resumed = message.server.preSharedKey
    kept.versionChosen = versionName(message.server.version)
    kept.suite = suiteName(message.server.suite)
    kept.forwardSecrecy = true
  })
  if (message.completed) return
  if (hello.ja4 !== undefined) context.signal(client, 'tls.ja4', hello.ja4, message.frame)
  if (hello.sni !== undefined) context.signal(client, 'tls.sni', hello.sni, message.frame)
}
