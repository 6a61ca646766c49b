import { request as overHttp } from 'node:http'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { connect as overTls } from 'node:tls'
import type { EntryRef } from '../evidence/pointer.ts'
import { literal } from './address.ts'
import type { Asker } from './asker.ts'
import type { Entry } from './transcript.ts'

export interface WebQuestion {
  ip: string
  port: number
  /** For Host and SNI; the address where it is undefined. */
  host?: string
  tls?: boolean
  method?: string
  path?: string
  headers?: Record<string, string>
  body?: string
  why: string
  /** Instead of the request, where it holds a secret. */
  shown?: string
  /** The longest that it may take. */
  ms?: number
  /** The most that is taken of the body, in bytes. */
  max?: number
}

export interface WebAnswer {
  entry: Entry
  ref: EntryRef
  /** Undefined where no answer came that is HTTP: `trouble` says what happened. */
  status?: number
  trouble?: string
  /** As sent: names in lower case, in order, repeated as they were. */
  headers: [string, string][]
  body: Buffer
  /** More came than was taken. */
  cut: boolean
  tls?: { version: string; trouble?: string; certificate: DetailedPeerCertificate }
}

/** The most that is taken of a body. */
export const MAX_BODY = 256 * 1024

/** One HTTP request, its answer bounded in size and time. Certificates are taken as they are; what is wrong with them is told. */
export async function askWeb(asker: Asker, q: WebQuestion): Promise<WebAnswer> {
  const { ms = 10_000, host, ip, port } = q
  const conversation = await asker.connect(ip, port, q.why, { ms })
  const { entry, ref } = conversation
  const answer: WebAnswer = { entry, ref, headers: [], body: Buffer.alloc(0), cut: false }
  if (!conversation.open) return { ...answer, trouble: entry.reason ?? entry.ended }
  try {
    let socket = conversation.stream
    if (q.tls) {
      const secured = await handshake(socket, host)
      if (typeof secured === 'string') return { ...answer, trouble: secured }
      const reason = secured.authorizationError as unknown
      answer.tls = {
        version: secured.getProtocol() ?? '',
        certificate: secured.getPeerCertificate(true),
        ...(secured.authorized ? {} : { trouble: reason instanceof Error ? reason.message : String(reason) }),
      }
      conversation.overhear(secured)
      socket = secured
    }
    conversation.show(q.shown)
    return await exchange(answer, q, socket, `${host ?? literal(ip)}${port === (q.tls ? 443 : 80) ? '' : `:${port}`}`)
  } finally {
    conversation.close()
  }
}

/** TLS over a conversation, whatever the certificate; what went wrong, in words. */
export function handshake(
  socket: import('node:stream').Duplex,
  host: string | undefined,
  alpn = ['http/1.1'],
): Promise<TLSSocket | string> {
  return new Promise((resolve) => {
    // old things are to be seen as they are: what they speak is judged, not refused
    const secured = overTls({
      socket,
      ...(host === undefined ? {} : { servername: host }),
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      ciphers: 'ALL:@SECLEVEL=0',
      ...(alpn.length === 0 ? {} : { ALPNProtocols: alpn }),
    })
    secured.once('secureConnect', () => resolve(secured))
    // OpenSSL's own words, without its numbers and files
    secured.once('error', (error: Error & { reason?: string }) => resolve(`no TLS: ${error.reason ?? error.message}`))
    secured.once('close', () => resolve('no TLS: it closed'))
    secured.on('error', () => undefined)
  })
}

function exchange(
  answer: WebAnswer,
  q: WebQuestion,
  socket: import('node:stream').Duplex,
  authority: string,
): Promise<WebAnswer> {
  const { max = MAX_BODY } = q
  return new Promise((resolve) => {
    const end = (trouble?: string) => resolve(trouble === undefined ? answer : { ...answer, trouble })
    const path = q.path ?? '/'
    // a path out of an answer may hold what no request can (RFC 9112, section 3.2)
    if (!/^[\u0021-\u007e]+$/.test(path)) return end('the path that it named is none')
    const request = overHttp({
      method: q.method ?? 'GET',
      path,
      headers: { host: authority, 'user-agent': 'Assay', accept: '*/*', connection: 'close', ...q.headers },
      createConnection: () => socket,
      setHost: false,
    })
    request.on('response', (response) => {
      if (response.statusCode !== undefined) answer.status = response.statusCode
      for (let i = 0; i + 1 < response.rawHeaders.length; i += 2)
        answer.headers.push([response.rawHeaders[i]!.toLowerCase(), response.rawHeaders[i + 1]!])
      const pieces: Buffer[] = []
      let taken = 0
      const done = () => {
        answer.body = Buffer.concat(pieces).subarray(0, max)
        end()
      }
      response.on('data', (piece: Buffer) => {
        pieces.push(piece)
        taken += piece.length
        if (taken <= max) return
        answer.cut = true
        response.destroy()
        done()
      })
      response.on('end', done)
      response.on('error', () => {
        answer.cut = true
        done()
      })
      response.on('aborted', () => {
        answer.cut = true
        done()
      })
    })
    request.on('error', (error) => end(error.message))
    socket.on('close', () => setImmediate(() => end('it closed without an answer')))
    request.end(q.body)
  })
}

/** The last of that name, as most readers take it. */
export function header(answer: WebAnswer, name: string): string | undefined {
  return answer.headers.findLast(([n]) => n === name)?.[1]
}
