import { constants } from 'node:crypto'
import { connect, type SecureVersion, type TLSSocket } from 'node:tls'
import type { Conversation } from '../asker.ts'
import { isHostName } from './offer.ts'

/** A handshake by OpenSSL, for what needs its keys. Undefined where it came to none. */
async function secured(
  conversation: Conversation,
  name: string | undefined,
  minVersion: SecureVersion,
  maxVersion: SecureVersion,
): Promise<TLSSocket | undefined> {
  const { promise, resolve } = Promise.withResolvers<TLSSocket | undefined>()
  try {
    const socket = connect({
      socket: conversation.stream,
      ...(name !== undefined && isHostName(name) ? { servername: name } : {}),
      // old things are to be seen as they are: what they speak is judged, not refused
      rejectUnauthorized: false,
      minVersion,
      maxVersion,
      ciphers: 'ALL:@SECLEVEL=0',
      secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT | constants.SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION,
      // no roots: then the chain has what was sent, and nothing else
      ca: [],
    })
    socket.once('secureConnect', () => resolve(socket))
    socket.once('close', () => resolve(undefined))
    socket.on('error', () => resolve(undefined))
  } catch {
    resolve(undefined)
  }
  return promise
}

/** The certificates of a server that speaks only TLS 1.3, where they are hidden from who has no keys: DER, its own first. */
export async function chainBy13(conversation: Conversation, name: string | undefined): Promise<Uint8Array[]> {
  const socket = await secured(conversation, name, 'TLSv1.3', 'TLSv1.3')
  const chain: Uint8Array[] = []
  let certificate = socket?.getPeerX509Certificate()
  for (; certificate !== undefined && chain.length < 8; certificate = certificate.issuerCertificate) chain.push(certificate.raw)
  return chain
}

/**
 * Does it begin a second handshake when a client asks for one (RFC 5246 section 7.4.1.1)? One try. Undefined where not even the first came
 * about: what it speaks, OpenSSL does not.
 */
export async function renegotiates(conversation: Conversation, name: string | undefined): Promise<boolean | undefined> {
  const socket = await secured(conversation, name, 'TLSv1', 'TLSv1.2')
  if (socket === undefined) return undefined
  const { promise, resolve } = Promise.withResolvers<boolean>()
  // who says nothing to it ignores it
  const timer = setTimeout(() => resolve(false), 1000)
  socket.once('close', () => resolve(false))
  socket.on('error', () => resolve(false))
  socket.resume()
  socket.renegotiate({ rejectUnauthorized: false }, (error) => resolve(error === null))
  const did = await promise
  clearTimeout(timer)
  return did
}
