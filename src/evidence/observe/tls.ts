import { type TlsAlert, type TlsMessage } from '../../decode/protocols/tls.ts'
import type { ClientHello, ServerHello } from '../../decode/protocols/tls-hello.ts'
import {
  forwardSecret,
  groupName,
  isForbidden,
  isGrease,
  isPostQuantum,
  isSignal,
  suiteName,
  suiteWeakness,
  versionName,
} from '../../decode/protocols/tls-names.ts'
import { type Certificate, certificateProblems, matchesName } from '../../decode/protocols/x509.ts'
import { type AddOptions, type Context, type Party, senderOf, receiverOf } from '../context.ts'
import type { CertificateFacts, IssuerFacts, Protection, TlsFacts } from '../kinds.ts'
import { called } from './called.ts'
import { observeEncryptedDns } from './encrypted-dns.ts'

const MAX_WEAK_OFFERED = 8
const MAX_NAMES = 32

/** Facts about both ends of a TLS connection: what was chosen, what was shown, and whether it was taken. */
export function observeTls(message: TlsMessage, context: Context): void {
  context.protect(protectionBy(message.server, message.midstream || message.carries))
  if (message.midstream) return
  const client = senderOf(message, context)
  const server = receiverOf(message, context)
  const hello = message.retryHello ?? message.hello
  if (message.fromClient) nameServer(hello, context)
  const certificate =
    message.certificate && certificateFacts(message.certificate, message.issuers, message.chainLength, context.time, hello?.sni)
  const facts: Omit<TlsFacts, 'peer'> = {
    transport: 'tcp',
    ...helloFacts(message.hello, message.server),
    completed: message.completed,
    finished: message.clientFinished,
    resumed: message.resumed,
  }
  if (message.server?.alpn !== undefined) facts.alpn = [message.server.alpn]
  if (message.curve !== undefined) facts.group ??= groupName(message.curve)
  if (message.primeBits !== undefined && message.primeBits < 2048) {
    facts.weak = [...facts.weak, `Diffie-Hellman with only ${message.primeBits} bits (RFC 9325 asks for 2048)`]
  }
  if (certificate !== undefined) facts.certificate = certificate
  const alert = ending(message)
  if (alert !== undefined) facts.alert = { by: alert.by, name: alert.name }
  addTls(context, client, server, facts, evidenceFrame(message, facts))
  // what the client offered, not what came of it
  observeEncryptedDns(
    client,
    server,
    { ...facts, alpn: message.hello?.alpn ?? facts.alpn },
    message.completed,
    message.frame,
    context,
  )
  signalHello(client, message.hello, hello?.sni, message.frame, context)
  if (certificate !== undefined) signalCertificate(server, certificate, message.frames.certificate ?? message.frame, context)
}

/**
 * The name that a client asked for is its server's. Where an encrypted ClientHello may be within, it may be the public name of whoever
 * hosts many (RFC 9849 section 6.1), or, as with most clients that only pretend (section 6.2), the true one: the name by which
 * the client looked the address up goes before it.
 */
export function nameServer(hello: ClientHello | undefined, context: Context): void {
  if (hello?.sni === undefined) return
  if (hello.ech && context.peer(context.server, context.client).name !== undefined) return
  context.serverName(hello.sni)
}

/** What a hello says of who sent it. */
export function signalHello(
  client: Party,
  hello: ClientHello | undefined,
  sni: string | undefined,
  frame: number,
  context: Context,
): void {
  if (hello?.ja4 !== undefined) context.signal(client, 'tls.ja4', hello.ja4, frame)
  if (sni !== undefined) context.signal(client, 'tls.sni', sni, frame)
}

export function signalCertificate(server: Party, certificate: CertificateFacts, frame: number, context: Context): void {
  context.signal(server, 'tls.server-cert', `${certificate.subject} / ${certificate.issuer}`, frame)
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
  options: Pick<AddOptions<'tls.client'>, 'update' | 'count'> = {},
): void {
  const what = [
    facts.transport,
    facts.versionChosen ?? '',
    facts.suite ?? '',
    facts.certificate?.sha256.slice(0, 16) ?? '',
    facts.completed ? 'completed' : `not completed ${facts.alert?.by ?? ''} ${facts.alert?.name ?? ''}`,
    facts.certificate?.problems.join() ?? '',
  ].join('|')
  const answerer = called(context.peer(server, client), facts)
  const { name } = answerer
  const asked = facts.ech && facts.sni !== undefined ? `${facts.sni} (outer name, ECH)` : (name ?? answerer.ip)
  context.add(
    client,
    'tls.client',
    `${asked}|${answerer.port}|${what}|${facts.ja4 ?? ''}`,
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

/** What the hellos say, for TLS over TCP, in QUIC and over datagrams alike. */
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
    if (hello.ech) facts.ech = true
    if (hello.postQuantum) facts.postQuantum = 'offered'
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
    if (server.group !== undefined) {
      facts.group = groupName(server.group)
      if (isPostQuantum(server.group)) facts.postQuantum = 'chosen'
    }
    const weak: string[] = []
    if (isForbidden(server.version))
      weak.push(
        `${facts.versionChosen} is forbidden since ${server.version === 0x0300 || server.version === 0x0002 ? '2015 (RFC 7568)' : '2021 (RFC 8996)'}`,
      )
    const weakness = suiteWeakness(server.suite)
    if (weakness !== undefined) weak.push(`${facts.suite}: ${weakness}`)
    facts.weak = weak
  }
  return facts
}

export function certificateFacts(
  certificate: Certificate,
  issuers: readonly Certificate[],
  chainLength: number,
  time: number,
  sni: string | undefined,
): CertificateFacts {
  // where a list is cut, what was asked for stays in it
  const names =
    certificate.names.length > MAX_NAMES && sni !== undefined
      ? certificate.names.toSorted((a, b) => Number(matchesName(b, sni)) - Number(matchesName(a, sni)))
      : certificate.names
  const facts: CertificateFacts = {
    ...certificate,
    names: names.slice(0, MAX_NAMES),
    chainLength,
    problems: certificateProblems(certificate, time, sni),
  }
  if (issuers.length > 0) facts.issuers = issuerFacts(certificate, issuers, time)
  return facts
}

/**
 * The certificates behind the server's own. What is amiss with them is told and not held against who accepted them: a client may build
 * another chain from what it knows (RFC 8446 section 4.4.2 lets servers send more than one needs, in any order).
 */
function issuerFacts(own: Certificate, issuers: readonly Certificate[], time: number): IssuerFacts[] {
  return issuers.map((issuer, i) => {
    const below = i === 0 ? own : issuers[i - 1]!
    const problems: IssuerFacts['problems'] = certificateProblems(issuer, time, undefined).filter(
      (problem) => problem !== 'self-signed' && problem !== 'wrong-name',
    )
    if (below.issuer !== issuer.subject) problems.push('out-of-order')
    const { subject, notBefore, notAfter, selfSigned, keyType, keyBits, signatureAlgorithm } = issuer
    return { subject, notBefore, notAfter, selfSigned, keyType, keyBits, signatureAlgorithm, problems }
  })
}

/**
 * How what follows a handshake is protected: NULL ciphers protect nothing from being read. Where the server's choice was not seen, whether
 * anything was sent under it (`carries`) must tell.
 */
export function protectionBy(server: ServerHello | undefined, carries: boolean): Protection {
  if (server === undefined) return carries ? 'encrypted' : 'unknown'
  return suiteName(server.suite).includes('_WITH_NULL_') ? 'clear' : 'encrypted'
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
