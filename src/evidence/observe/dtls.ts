import type { DtlsMessage } from '../../decode/protocols/dtls.ts'
import { type Context, receiverOf, senderOf } from '../context.ts'
import type { CertificateFacts, TlsFacts } from '../kinds.ts'
import { addTls, certificateFacts, helloFacts, nameServer, protectionBy, signalCertificate, signalHello } from './tls.ts'

/** use_srtp (RFC 5764), and what WebRTC says it speaks (RFC 8833). */
const USE_SRTP = 14
const WEBRTC = new Set(['webrtc', 'c-webrtc'])

/**
 * DTLS tells what TLS tells. A connection is told of several times as it goes on, and counted at the first. What was shown and what was
 * accepted are one fact only where both were seen in one connection.
 */
export function observeDtls(message: DtlsMessage, context: Context): void {
  const client = senderOf(message, context)
  const server = receiverOf(message, context)
  const { hello, alert, stage } = message
  context.protect(protectionBy(message.server, stage === 'completed'))
  if (message.fromClient) nameServer(hello, context)
  const chosen = helloFacts(hello, message.server)
  const certificate = shown(message, context.time)
  const facts: Omit<TlsFacts, 'peer'> = {
    transport: 'dtls',
    ...(certificate === undefined ? helloFacts(hello, undefined) : chosen),
    completed: false,
  }
  if (certificate !== undefined) facts.certificate = certificate
  if (alert !== undefined) facts.alert = alert
  addTls(context, client, server, facts, message.frame, {
    update: (kept) => fill(kept, chosen, stage === 'completed'),
    count: stage === 'choice' || stage === 'completed' ? 0 : 1,
  })
  if (stage === 'hello') signalHello(client, hello, hello.sni, message.frame, context)
  if (stage === 'certificate' && certificate !== undefined) signalCertificate(server, certificate, message.frame, context)
}

/**
 * The certificate with what is wrong with it. Ends of a call know each other's by a fingerprint that they told each other before (RFC
 * 8122, RFC 8827 section 6.5): that it is self-signed and names nobody is as it should be.
 */
function shown({ hello, chain }: DtlsMessage, time: number): CertificateFacts | undefined {
  if (chain?.certificate === undefined) return undefined
  const facts = certificateFacts(chain.certificate, chain.issuers, chain.length, time, hello.sni)
  const byFingerprint = hello.extensions.includes(USE_SRTP) || hello.alpn.some((name) => WEBRTC.has(name))
  return byFingerprint ? { ...facts, problems: facts.problems.filter((problem) => problem.startsWith('weak-')) } : facts
}

/** What came to be known of a connection later; of several that began alike, the first word stays. */
function fill(kept: TlsFacts, chosen: ReturnType<typeof helloFacts>, completed: boolean): void {
  if (chosen.versionChosen !== undefined && kept.versionChosen === undefined) {
    kept.versionChosen = chosen.versionChosen
    if (chosen.suite !== undefined) kept.suite = chosen.suite
    if (chosen.forwardSecrecy !== undefined) kept.forwardSecrecy = chosen.forwardSecrecy
    if (chosen.group !== undefined) kept.group = chosen.group
    if (chosen.postQuantum !== undefined) kept.postQuantum = chosen.postQuantum
    kept.weak = chosen.weak
  }
  if (completed) kept.completed = kept.finished = true
}
