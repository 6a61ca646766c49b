import { type TlsAlert, type TlsMessage } from '../../decode/protocols/tls.ts'
import type { ClientHello, ServerHello } from '../../decode/protocols/tls-hello.ts'
import { forwardSecret, isGrease, isSignal, suiteName, suiteWeakness, versionName } from '../../decode/protocols/tls-names.ts'
import { type Certificate, certificateProblems, matchesName } from '../../decode/protocols/x509.ts'
import { type Context, type Party, senderOf, receiverOf } from '../context.ts'
import type { CertificateFacts, TlsFacts } from '../kinds.ts'

const MAX_WEAK_OFFERED = 8
const MAX_NAMES = 32

/** Facts about both ends of a TLS connection: what was chosen, what was shown, and whether it was taken. */
export function observeTls(message: TlsMessage, context: Context): void {
  context.protect(encrypts(message.server) ? 'encrypted' : 'clear')
  if (message.midstream) return
  const client = senderOf(message, context)
  const server = receiverOf(message, context)
  const hello = message.retryHello ?? message.hello
  if (hello?.sni !== undefined && message.fromClient) context.serverName(hello.sni)
  const certificate = message.certificate && certificateFacts(message.certificate, message.chainLength, context.time, hello?.sni)
  const facts: Omit<TlsFacts, 'peer'> = {
    transport: 'tcp',
    ...helloFacts(message.hello, message.server),
    completed: message.completed,
    finished: message.clientFinished,
    resumed: message.resumed,
  }
  if (message.server?.alpn !== undefined) facts.alpn = [message.server.alpn]
  if (message.primeBits !== undefined && message.primeBits < 2048) {
    facts.weak.push(`Diffie-Hellman with only ${message.primeBits} bits (RFC 9325 asks for 2048)`)
  }
  if (certificate !== undefined) facts.certificate = certificate
  const alert = ending(message)
  if (alert !== undefined) facts.alert = { by: alert.by, name: alert.name }
  addTls(context, client, server, facts, evidenceFrame(message, facts))
  if (message.hello?.ja4 !== undefined) context.signal(client, 'tls.ja4', message.hello.ja4, message.frame)
  if (hello?.sni !== undefined) context.signal(client, 'tls.sni', hello.sni, message.frame)
  if (certificate !== undefined) {
    context.signal(
      server,
      'tls.server-cert',
      `${certificate.subject} / ${certificate.issuer}`,
      message.frames.certificate ?? message.frame,
    )
  }
}

/**
 * Adds the observation to both ends. What makes two connections one fact: other end, version, suite, client, certificate,
 * outcome.
 */
export function addTls(
  context: Context,
  client: Party,
  server: Party,
  facts: Omit<TlsFacts, 'peer'>,
  frame: number,
  update?: (kept: TlsFacts) => void,
): void {
  const what = [
    facts.transport,
    facts.versionChosen ?? '',
    facts.suite ?? '',
    facts.certificate?.sha256.slice(0, 16) ?? '',
    facts.completed ? 'completed' : `not completed ${facts.alert?.by ?? ''} ${facts.alert?.name ?? ''}`,
    facts.certificate?.problems.join() ?? '',
  ].join('|')
  const options = update === undefined ? {} : { update }
  const answerer = context.peer(server, client)
  const name = facts.sni ?? answerer.name
  if (name !== undefined) answerer.name = name
  context.add(
    client,
    'tls.client',
    `${name ?? answerer.ip}|${answerer.port}|${what}|${facts.ja4 ?? ''}`,
    { peer: answerer, ...facts },
    frame,
    options,
  )
  const asker = context.peer(client, server)
  context.add(
    server,
    'tls.server',
    `${server.port}|${asker.ip}|${what}`,
    { peer: asker, servedPort: server.port, ...facts },
    frame,
    options,
  )
}

/** What the hellos say, for TLS over TCP and in QUIC alike. */
export function helloFacts(
  hello: ClientHello | undefined,
  server: ServerHello | undefined,
): Pick<TlsFacts, 'alpn' | 'weak' | 'weakOffered'> & Partial<Omit<TlsFacts, 'peer'>> {
  const facts: Pick<TlsFacts, 'alpn' | 'weak' | 'weakOffered'> & Partial<Omit<TlsFacts, 'peer'>> = {
    alpn: hello?.alpn ?? [],
    weak: [],
    weakOffered: [],
  }
  if (hello !== undefined) {
    if (hello.sni !== undefined) facts.sni = hello.sni
    if (hello.ja4 !== undefined) facts.ja4 = hello.ja4
    facts.versionOffered = versionName(hello.highestVersion)
    facts.weakOffered = hello.suites
      .filter((suite) => !isGrease(suite) && !isSignal(suite) && suiteWeakness(suite) !== undefined)
      .slice(0, MAX_WEAK_OFFERED)
      .map(suiteName)
  }
  if (server !== undefined) {
    facts.versionChosen = versionName(server.version)
    facts.suite = suiteName(server.suite)
    const secret = forwardSecret(server.suite)
    if (secret !== undefined) facts.forwardSecrecy = secret
    // RFC 7568 and RFC 8996 forbid what came before TLS 1.2
    if (server.version < 0x0303)
      facts.weak.push(
        `${facts.versionChosen} is forbidden since ${server.version <= 0x0300 ? '2015 (RFC 7568)' : '2021 (RFC 8996)'}`,
      )
    const weakness = suiteWeakness(server.suite)
    if (weakness !== undefined) facts.weak.push(`${facts.suite}: ${weakness}`)
  }
  return facts
}

function certificateFacts(
  certificate: Certificate,
  chainLength: number,
  time: number,
  sni: string | undefined,
): CertificateFacts {
  // where a list is cut, what was asked for stays in it
  const names =
    certificate.names.length > MAX_NAMES && sni !== undefined
      ? certificate.names.toSorted((a, b) => Number(matchesName(b, sni)) - Number(matchesName(a, sni)))
      : certificate.names
  return { ...certificate, names: names.slice(0, MAX_NAMES), chainLength, problems: certificateProblems(certificate, time, sni) }
}

/** NULL ciphers protect nothing from being read. */
function encrypts(server: ServerHello | undefined): boolean {
  return server === undefined || !suiteName(server.suite).includes('_WITH_NULL_')
}

/** The alert that ended a handshake which did not complete: a fatal one, or the encrypted one that can be nothing else. */
function ending(message: TlsMessage): TlsAlert | undefined {
  if (message.completed) return undefined
  return message.alerts.find((alert) => alert.fatal) ?? message.alerts.find((alert) => alert.name === 'encrypted')
}

/** The packet to look at first: the certificate if something is wrong with it, the server's choice, or the hello. */
function evidenceFrame(message: TlsMessage, facts: Omit<TlsFacts, 'peer'>): number {
  if (facts.certificate !== undefined && facts.certificate.problems.length > 0) return message.frames.certificate ?? message.frame
  return facts.weak.length > 0 ? (message.frames.server ?? message.frame) : message.frame
}
