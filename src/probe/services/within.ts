import { connect, type TLSSocket } from 'node:tls'
import type { Conversation } from '../asker.ts'

/** TLS was agreed on, or refused in TLS's own words ('alert'), or it is none. */
export type Handshake = { kind: 'open'; socket: TLSSocket } | { kind: 'alert'; reason: string } | { kind: 'none'; reason: string }

/** Begins TLS in a conversation, by every version and suite that is there: it is to be seen, not judged. */
export function beginTls(conversation: Conversation, ms: number): Promise<Handshake> {
  const { promise, resolve } = Promise.withResolvers<Handshake>()
  const socket = connect({
    socket: conversation.stream,
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    ciphers: 'ALL:@SECLEVEL=0',
    ALPNProtocols: ['http/1.1'],
  })
  const timer = setTimeout(() => {
    resolve({ kind: 'none', reason: 'no TLS came in time' })
    socket.destroy()
  }, ms)
  socket.once('secureConnect', () => resolve({ kind: 'open', socket }))
  // OpenSSL names the alerts that came: 'sslv3 alert handshake failure', 'tlsv1 alert protocol version'
  socket.on('error', (error) => resolve({ kind: /\balert\b/i.test(error.message) ? 'alert' : 'none', reason: error.message }))
  socket.once('close', () => resolve({ kind: 'none', reason: 'it closed' }))
  return promise.finally(() => clearTimeout(timer))
}

/** What comes within TLS, until nothing comes for `silenceMs`, or `max` bytes did. */
export function readWithin(socket: TLSSocket, silenceMs: number, max = 16_384): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const pieces: Buffer[] = []
  let taken = 0
  let timer = setTimeout(resolve, silenceMs)
  const take = (piece: Buffer) => {
    pieces.push(piece)
    taken += piece.length
    clearTimeout(timer)
    if (taken >= max) resolve()
    else timer = setTimeout(resolve, Math.min(silenceMs, AFTER_MS))
  }
  socket.on('data', take)
  socket.once('end', resolve)
  socket.once('close', resolve)
  return promise.then(() => {
    clearTimeout(timer)
    socket.off('data', take)
    return Buffer.concat(pieces).subarray(0, max)
  })
}

/** Who has begun to speak says the rest soon. */
const AFTER_MS = 300
