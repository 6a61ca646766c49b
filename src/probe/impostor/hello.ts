import type { Socket } from 'node:net'
import { readClientHello } from '../../decode/protocols/tls-hello.ts'

/** How long a client may think before it speaks: who says nothing waits for the server to begin, and is no TLS client. */
const FIRST_MS = 1500
/** The longest record (RFC 8446 section 5.1). */
const MAX_HELLO = 16_389
const HANDSHAKE = 22
const CLIENT_HELLO = 1

/** What a client says first: a whole record of TLS, or whatever came; nothing where it waits for the server to speak. Leaves the socket paused. */
export async function firstBytes(socket: Socket): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, FIRST_MS)
  const take = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    // some write a record's head before its body
    if (bytes.length < 6 && bytes[0] === HANDSHAKE) return
    if (!looksLikeTls(bytes) || bytes.length >= 5 + bytes.readUInt16BE(3) || bytes.length > MAX_HELLO) resolve()
  }
  socket.on('data', take)
  socket.once('close', resolve)
  socket.once('end', resolve)
  socket.resume()
  await promise
  clearTimeout(timer)
  socket.pause()
  socket.off('data', take)
  return bytes
}

/** A TLS record of the handshake that begins with a ClientHello (RFC 8446 sections 4 and 5.1). */
export function looksLikeTls(bytes: Buffer): boolean {
  return bytes.length >= 6 && bytes[0] === HANDSHAKE && bytes[1] === 3 && bytes[5] === CLIENT_HELLO
}

/** The name that a ClientHello asks for, where a certificate can bear it. */
export function sniOf(bytes: Buffer): string | undefined {
  const end = Math.min(bytes.length, 5 + bytes.readUInt16BE(3))
  const sni = readClientHello(bytes, 9, end, true, 'tcp')?.sni?.toLowerCase().replace(/\.$/, '')
  return sni !== undefined && sni.length <= 253 && /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(sni) ? sni : undefined
}
