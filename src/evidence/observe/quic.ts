import type { QuicMessage } from '../../decode/protocols/quic.ts'
import { groupName, isPostQuantum, suiteName, versionName } from '../../decode/protocols/tls-names.ts'
import { type Context, senderOf, receiverOf } from '../context.ts'
import type { TlsFacts } from '../kinds.ts'
import { observeEncryptedDns } from './encrypted-dns.ts'
import { addTls, helloFacts, nameServer, signalHello } from './tls.ts'

/**
 * QUIC's handshake is TLS 1.3's (RFC 9001): the same facts. A connection that completes is told twice, at its hello and then; both tell
 * of one fact, counted once.
 */
export function observeQuic(message: QuicMessage, context: Context): void {
  const client = senderOf(message, context)
  const server = receiverOf(message, context)
  const { hello } = message
  if (message.fromClient) nameServer(hello, context)
  const facts: Omit<TlsFacts, 'peer'> = { transport: 'quic', ...helloFacts(hello, undefined), completed: false }
  const update = (kept: TlsFacts) => {
    if (!message.completed || message.server === undefined) return
    kept.completed = true
    kept.finished = true
    kept.resumed = message.server.preSharedKey
    kept.versionChosen = versionName(message.server.version)
    kept.suite = suiteName(message.server.suite)
    kept.forwardSecrecy = true
    const { group } = message.server
    if (group === undefined) return
    kept.group = groupName(group)
    if (isPostQuantum(group)) kept.postQuantum = 'chosen'
  }
  observeEncryptedDns(client, server, facts, message.completed, message.frame, context)
  addTls(context, client, server, facts, message.frame, { update, count: message.completed ? 0 : 1 })
  if (message.completed) return
  signalHello(client, hello, hello.sni, message.frame, context)
}
