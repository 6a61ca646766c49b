import { X509Certificate } from 'node:crypto'
import { connect as overTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { printable } from '../../decode/text.ts'
import type { EntryRef } from '../../evidence/pointer.ts'
import { type Asker, type Conversation, NotAsked } from '../asker.ts'
import { certificateFault } from './page.ts'

/** What a mail server says of STARTTLS (RFC 3207). */
export interface StartTls {
  offered: boolean
  version?: string
  /** What is wrong with its certificate, for its own name. */
  certificate?: string
  /** Its certificate and those above it, as it sent them. */
  chain: { raw: Buffer; spki: Buffer }[]
  /** It is offered and does not work: that was answered. */
  fault?: string
  /** It could not be asked to the end. */
  trouble?: string
  shown: EntryRef[]
}

/** Servers let a stranger wait to see whether he speaks out of turn. */
const GREETING_MS = 9000
const REPLY_MS = 5000

/** Greets, asks for TLS, looks at the certificate and takes leave: no mail is begun. */
export async function askStartTls(asker: Asker, ip: string, host: string): Promise<StartTls> {
  const found: StartTls = { offered: false, chain: [], shown: [] }
  let talk: Conversation
  try {
    talk = await asker.connect(ip, 25, `asks the mail server ${host} whether it offers STARTTLS, and sends no mail`, {
      connectMs: 5000,
      ms: 25_000,
    })
  } catch (error) {
    if (error instanceof NotAsked) return { ...found, trouble: error.message }
    throw error
  }
  found.shown.push(talk.ref)
  const fail = (trouble: string): StartTls => ({ ...found, trouble })
  try {
    if (!talk.open)
      return fail(
        talk.entry.ended === 'refused' ? 'nobody listens on port 25' : `port 25: ${talk.entry.reason ?? talk.entry.ended}`,
      )
    const greeting = await reply(talk, GREETING_MS)
    if (greeting?.code !== 220) return fail(greeting === undefined ? 'it did not greet' : `it greets with ${greeting.text}`)
    talk.write('EHLO assay.invalid\r\n')
    const hello = await reply(talk, REPLY_MS)
    if (hello === undefined) return fail('it did not answer EHLO')
    if (hello.code !== 250) {
      talk.write('QUIT\r\n')
      return fail(`it answers EHLO with ${hello.text}`)
    }
    if (!hello.lines.slice(1).some((line) => /^STARTTLS$/i.test(line.trim()))) {
      talk.write('QUIT\r\n')
      return found
    }
    found.offered = true
    talk.write('STARTTLS\r\n')
    const ready = await reply(talk, REPLY_MS)
    if (ready === undefined) return fail('it did not answer STARTTLS')
    if (ready.code !== 220) {
      talk.write('QUIT\r\n')
      return { ...found, fault: `it offers STARTTLS and answers it with ${ready.text}` }
    }
    const secured = await handshake(talk, host)
    if ('trouble' in secured) return fail(secured.trouble)
    if ('fault' in secured) return { ...found, fault: secured.fault }
    found.version = secured.getProtocol() ?? ''
    if (!secured.authorized) {
      const reason = secured.authorizationError as unknown
      found.certificate = certificateFault(reason instanceof Error ? reason.message : String(reason))
    }
    found.chain = chainOf(secured.getPeerCertificate(true))
    // it takes leave where it may, and waits no longer than a moment for the answer
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 500)
      const done = () => {
        clearTimeout(timer)
        resolve()
      }
      secured.once('data', done)
      secured.once('close', done)
      secured.write('QUIT\r\n')
    })
    return found
  } finally {
    talk.close()
  }
}

function chainOf(leaf: DetailedPeerCertificate): StartTls['chain'] {
  const chain: StartTls['chain'] = []
  let at: DetailedPeerCertificate | undefined = leaf
  while (at?.raw !== undefined && chain.length < 8 && !chain.some(({ raw }) => raw.equals(at!.raw))) {
    chain.push({ raw: at.raw, spki: spkiOf(at.raw) })
    at = at.issuerCertificate
  }
  return chain
}

function spkiOf(raw: Buffer): Buffer {
  try {
    return new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' })
  } catch {
    return Buffer.alloc(0)
  }
}

/** RFC 5321 section 4.2.1: lines of one code, the last with a space behind it. Undefined where none came whole. */
async function reply(
  talk: Conversation,
  silenceMs: number,
): Promise<{ code: number; lines: string[]; text: string } | undefined> {
  const whole = /(?:^|\n)\d{3}(?: [^\n]*)?\r?\n$/
  const { bytes } = await talk.read({ silenceMs, max: 16_384, enough: (got) => whole.test(got.toString('latin1')) })
  const text = bytes.toString('latin1')
  if (!whole.test(text)) return undefined
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  return { code: Number(lines.at(-1)!.slice(0, 3)), lines: lines.map((line) => line.slice(4)), text: printable(lines[0]!, 120) }
}

function handshake(talk: Conversation, host: string): Promise<TLSSocket | { fault: string } | { trouble: string }> {
  return new Promise((resolve) => {
    const secured = overTls({
      socket: talk.stream,
      servername: host,
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      ciphers: 'ALL:@SECLEVEL=0',
    })
    secured.once('secureConnect', () => resolve(secured))
    // OpenSSL's own words, without its numbers and files: without any, the connection broke
    secured.once('error', (error: Error & { reason?: string }) =>
      resolve(
        error.reason === undefined
          ? { trouble: `TLS was not finished: ${error.message}` }
          : { fault: `TLS failed: ${error.reason}` },
      ),
    )
    secured.once('close', () => resolve({ trouble: 'it closed before TLS was set up' }))
    secured.on('error', () => undefined)
  })
}
