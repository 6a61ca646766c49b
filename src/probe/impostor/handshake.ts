import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { Shown } from './offers.ts'
import { alertName } from '../../decode/protocols/tls-names.ts'

/** What a client did with a certificate that it must refuse. */
export interface Met {
  /** 'unclear': the handshake broke for another reason, or the client did nothing for so long. */
  outcome: 'refused' | 'accepted' | 'unclear'
  /** RFC 8446 section 6.2 names, 'unknown_ca'. */
  alert?: string
  reason?: string
  /** Application data, decrypted. */
  came: Buffer
  version?: string
}

/** In milliseconds. */
interface Patience {
  /** The longest that a call may take. */
  call: number
  /** How long who has finished the handshake may take to say something. */
  first: number
  /** How long to listen on, after that. */
  more: number
  /** How long one stays who did not look: who looks after the handshake leaves at once. */
  stay: number
}

const PATIENCE: Patience = { call: 15_000, first: 6000, more: 1000, stay: 2000 }
const MAX_CAME = 65_536

/**
 * Those that are about something else than the certificate. Not among them: handshake_failure and internal_error, as which OpenSSL tells
 * that the program's own look at it failed (mosquitto's at the name).
 */
const NOT_ABOUT_IT = new Set([
  'protocol_version',
  'insufficient_security',
  'illegal_parameter',
  'missing_extension',
  'unsupported_extension',
  'no_application_protocol',
  'inappropriate_fallback',
  'unexpected_message',
  'bad_record_mac',
  'record_overflow',
  'decode_error',
  'user_canceled',
])

/**
 * Answers one call as a TLS server with this certificate, as willing as can be in all else. Says nothing in it: it only listens. Never throws.
 * @param socket with its first bytes unshifted
 */
export async function meet(socket: Socket, shown: Shown, signal: AbortSignal, patience = PATIENCE): Promise<Met> {
  const { promise, resolve } = Promise.withResolvers<Met>()
  const came: Buffer[] = []
  let size = 0
  let version: string | undefined
  let finished = false
  let finishedAt = Infinity
  let more: NodeJS.Timeout | undefined
  const end = (outcome: Met['outcome'], given: Partial<Met> = {}) =>
    resolve({ outcome, came: Buffer.concat(came), ...(version === undefined ? {} : { version }), ...given })
  /** It went away, or said why not. */
  const left = (error?: NodeJS.ErrnoException) => {
    if (size > 0) return end('accepted')
    const alert = alertOf(error)
    // what was written so far holds the certificate, if it is more than a hello
    const saw = finished || socket.bytesWritten > MIN_FLIGHT
    if (alert !== undefined && !saw)
      return end('unclear', { alert, reason: `its alert ${alert} came before it saw the certificate` })
    if (alert !== undefined && NOT_ABOUT_IT.has(alert))
      return end('unclear', { alert, reason: `its alert ${alert} is not about the certificate` })
    if (alert !== undefined && alert !== 'close_notify') return end('refused', { alert })
    if (error && error.code?.startsWith('ERR_SSL_')) return end('unclear', { reason: `TLS failed: ${words(error)}` })
    if (performance.now() - finishedAt > patience.stay) return end('accepted', { reason: STAYED })
    if (finished) return end('refused', { reason: 'it finished the handshake and left without a word' })
    if (saw) return end('refused', { reason: 'it left when it saw the certificate, without an alert' })
    return end('unclear', { reason: 'it left before it saw the certificate' })
  }
  const server = createServer({
    key: shown.key,
    cert: shown.cert,
    minVersion: 'TLSv1',
    // old suites for old things; no session that could be taken up without a certificate
    ciphers: 'DEFAULT:@SECLEVEL=0',
    secureOptions: constants.SSL_OP_NO_TICKET,
    ALPNCallback: ({ protocols }) => protocols.find((protocol) => protocol !== 'h2') ?? protocols[0],
    handshakeTimeout: patience.call,
  })
  const late = setTimeout(() => {
    if (finished || size > 0) end('accepted', size > 0 ? {} : { reason: STAYED })
    else end('unclear', { reason: `it said no more for ${patience.call / 1000} seconds` })
  }, patience.call)
  const stop = () => (size > 0 ? end('accepted') : end('unclear', { reason: 'the time was over' }))
  signal.addEventListener('abort', stop, { once: true })
  server.on('tlsClientError', (error) => left(error))
  server.on('secureConnection', (secured: TLSSocket) => {
    finished = true
    finishedAt = performance.now()
    version = secured.getProtocol() ?? undefined
    more = setTimeout(() => end('accepted', { reason: STAYED }), patience.first)
    secured.on('data', (chunk: Buffer) => {
      clearTimeout(more)
      if (size < MAX_CAME) came.push(chunk)
      size += chunk.length
      if (size >= MAX_CAME) end('accepted')
      else more = setTimeout(() => end('accepted'), patience.more)
    })
    secured.on('error', (error) => left(error))
    secured.on('end', () => left())
    secured.on('close', () => left())
  })
  socket.on('error', (error: NodeJS.ErrnoException) => left(error))
  socket.on('close', () => left())
  if (signal.aborted) stop()
  else server.emit('connection', socket)
  const met = await promise
  clearTimeout(late)
  clearTimeout(more)
  signal.removeEventListener('abort', stop)
  socket.destroy()
  return met
}

const STAYED = 'it finished the handshake and stayed, waiting for us to speak'
/** A HelloRetryRequest or ServerHello alone is shorter, any certificate of ours longer. */
const MIN_FLIGHT = 500

/** Of OpenSSL's '… ssl/tls alert certificate expired: … :SSL alert number 45'. */
function alertOf(error: NodeJS.ErrnoException | undefined): string | undefined {
  const [, number] = /SSL alert number (\d{1,3})/.exec(error?.message ?? '') ?? []
  return number === undefined ? undefined : alertName(Number(number))
}

function words(error: NodeJS.ErrnoException): string {
  return error
    .code!.replace(/^ERR_SSL_/, '')
    .toLowerCase()
    .replaceAll('_', ' ')
}
