import { createSocket } from 'node:dgram'
import { connect, isIPv6, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { EntryRef } from '../evidence/pointer.ts'
import type { Refusal } from './consent.ts'
import { Pace } from './pace.ts'
import { type Heard, Inbox, type Listening, type Over } from './inbox.ts'
import { PRINTING } from './ports.ts'
import { type Ended, type Entry, Transcript } from './transcript.ts'

export interface AskerOptions {
  readonly refusal: Refusal
  /** New connections and datagrams a second, to one address and in all. */
  readonly perSecond?: { one: number; all: number }
  /** Connections held at once, to one address and in all. */
  readonly atOnce?: { one: number; all: number }
  /** Ends all that is going on. */
  readonly signal?: AbortSignal
}

/** A question that may not be put: nothing was sent. */
export class NotAsked extends Error {}

/** The longest that one exchange may take, whatever the other side does. */
const EXCHANGE_MS = 15_000
const CONNECT_MS = 2000
/** The most that is taken of one exchange. */
const EXCHANGE_BYTES = 1 << 20

/**
 * The only way in which anything is sent to a host that is probed: asks only who may be asked, no faster than agreed, a bounded time and
 * size, and writes down every word (`transcript`). What the other side does never throws: it is how an exchange `ended`.
 */
export class Asker {
  static readonly PER_SECOND = { one: 200, all: 2000 }
  readonly transcript: Transcript
  /** Index of this transcript among an audit's. */
  readonly probe: number
  private readonly options: AskerOptions
  private readonly pace: Pace

  /** @param like shares its transcript and its pace */
  constructor(options: AskerOptions, probe = 0, like?: Asker) {
    this.options = options
    this.probe = probe
    this.transcript = like?.transcript ?? new Transcript()
    this.pace = like?.pace ?? new Pace(options.perSecond ?? Asker.PER_SECOND, options.atOnce ?? { one: 16, all: 256 })
  }

  /** The same, until another signal. */
  until(signal: AbortSignal): Asker {
    return new Asker({ ...this.options, signal }, this.probe, this)
  }

  get signal(): AbortSignal | undefined {
    return this.options.signal
  }

  /** What is already so is no question: throws NotAsked. */
  private allowed(ip: string, port: number): void {
    this.options.signal?.throwIfAborted()
    const refusal = this.options.refusal(ip, port)
    if (refusal !== undefined) throw new NotAsked(`${ip} was not asked: ${refusal}`)
  }

  ref(entry: Entry): EntryRef {
    return { probe: this.probe, entry: entry.n }
  }

  /**
   * A TCP connection to say something in; `close` it. `conversation.open` is false where there is none, and `entry.ended` says why.
   * @param why in plain words, for the transcript
   * @param ms the longest that the whole conversation may take
   */
  async connect(ip: string, port: number, why: string, { connectMs = CONNECT_MS, ms = EXCHANGE_MS } = {}): Promise<Conversation> {
    this.allowed(ip, port)
    const leave = await this.pace.enter(ip, this.signal)
    let entry: Entry
    try {
      this.options.signal?.throwIfAborted()
      entry = this.transcript.begin('tcp', ip, port, why)
    } catch (error) {
      leave()
      throw error
    }
    const socket = connect({ host: ip, port, noDelay: true })
    const began = Date.now()
    const conversation = new Conversation(
      socket,
      entry,
      this.ref(entry),
      this.transcript,
      () => {
        entry.ms = Date.now() - began
        leave()
      },
      { ms, ...(this.options.signal ? { signal: this.options.signal } : {}) },
    )
    await conversation.opened(connectMs)
    return conversation
  }

  /**
   * Datagrams to one port, and what comes back from that address (and port, unless `anyPort`) while waiting.
   * `enough`: no more need be waited for, when so many came. `wanted`: which of them count; others stand in the transcript only.
   */
  async datagram(
    ip: string,
    port: number,
    bytes: Uint8Array,
    why: string,
    {
      waitMs = 1000,
      enough = 1,
      tries = 1,
      anyPort = false,
      shown = undefined as string | undefined,
      wanted = undefined as ((answer: Buffer) => boolean) | undefined,
    } = {},
  ): Promise<{ entry: Entry; ref: EntryRef; answers: Buffer[] }> {
    this.allowed(ip, port)
    const leave = await this.pace.enter(ip, this.signal)
    const answers: Buffer[] = []
    const socket = createSocket(isIPv6(ip) ? 'udp6' : 'udp4')
    const began = Date.now()
    let entry: Entry | undefined
    let stop: (() => void) | undefined
    try {
      this.options.signal?.throwIfAborted()
      entry = this.transcript.begin('udp', ip, port, why)
      const { promise, resolve } = Promise.withResolvers<Ended>()
      const said = entry
      let taken = 0
      const failed = (error?: NodeJS.ErrnoException | null) => {
        if (!error) return
        const { code = error.message } = error
        if (code !== 'ECONNREFUSED') said.reason = code
        resolve(code === 'ECONNREFUSED' ? 'refused' : UNREACHABLE.has(code) ? 'unreachable' : 'error')
      }
      socket.on('error', failed)
      socket.on('message', (message, from) => {
        if (!sameAddress(from.address, ip) || (from.port !== port && !anyPort)) return
        taken += message.length
        this.transcript.add(said, 'them', message)
        if (wanted === undefined || wanted(message)) answers.push(message)
        if (answers.length >= enough) resolve('answered')
        else if (taken > EXCHANGE_BYTES) {
          said.reason = `more than ${EXCHANGE_BYTES} bytes came`
          resolve('endless')
        }
      })
      stop = () => resolve('stopped')
      this.options.signal?.addEventListener('abort', stop, { once: true })
      // connected where it can be: then an ICMP refusal is told. Where there is no way there, the system says so at once
      const error = anyPort ? undefined : await new Promise<unknown>((done) => socket.connect(port, ip, done as () => void))
      if (error instanceof Error) failed(error)
      for (let n = 0; n < tries; n++) {
        if (!error) {
          this.transcript.add(entry, 'us', bytes, shown)
          if (anyPort) socket.send(bytes, port, ip, failed)
          else socket.send(bytes, failed)
        }
        const wait = Promise.withResolvers<undefined>()
        const timer = setTimeout(() => wait.resolve(undefined), waitMs / tries)
        const ended = await Promise.race([promise, wait.promise])
        clearTimeout(timer)
        entry.ended = ended ?? (answers.length > 0 ? 'answered' : 'silent')
        if (ended !== undefined || answers.length > 0) break
      }
      return { entry, ref: this.ref(entry), answers }
    } finally {
      if (stop) this.options.signal?.removeEventListener('abort', stop)
      if (entry) entry.ms = Date.now() - began
      socket.close()
      leave()
    }
  }
}

function sameAddress(a: string, b: string): boolean {
  return a === b || a.replace(/%.*$/, '').toLowerCase() === b.replace(/%.*$/, '').toLowerCase()
}

interface Limits {
  ms: number
  signal?: AbortSignal
}

/** One TCP connection: every byte of it is in the transcript, and it ends by itself. */
export class Conversation {
  readonly entry: Entry
  readonly ref: EntryRef
  /** For node:tls, node:http and others that want a stream: what passes through it is in the transcript, too. */
  readonly stream: Duplex
  private readonly socket: Socket
  private readonly transcript: Transcript
  private readonly inbox = new Inbox()
  private closed = false
  private readonly release: () => void
  private readonly timer: NodeJS.Timeout
  private isOpen = false
  private streaming = false
  private shown: string | undefined
  /** TLS is spoken: what passes says nothing to a reader, what it holds is told by `overhear`. */
  private veiled = false
  private off: () => void

  constructor(socket: Socket, entry: Entry, ref: EntryRef, transcript: Transcript, release: () => void, { ms, signal }: Limits) {
    this.socket = socket
    this.entry = entry
    this.ref = ref
    this.transcript = transcript
    this.release = release
    this.timer = setTimeout(() => this.end('late'), ms)
    const stop = () => {
      this.entry.ended = 'stopped'
      this.close()
    }
    signal?.addEventListener('abort', stop, { once: true })
    this.off = () => signal?.removeEventListener('abort', stop)
    socket.on('data', (chunk: Buffer) => this.take(chunk))
    socket.on('end', () => this.end('closed'))
    socket.on('close', () => this.end('closed'))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.isOpen) {
        this.entry.reason ??= error.code ?? error.message
        if (this.entry.ended !== 'answered') this.entry.ended = 'cut-off'
      }
      this.end('error')
    })
    this.stream = new Duplex({
      read: () => {
        this.streaming = true
        for (const chunk of this.inbox.empty()) this.stream.push(chunk)
        if (this.inbox.over) this.stream.push(null)
        else socket.resume()
      },
      write: (chunk: Buffer, _encoding, done) => {
        const { shown } = this
        this.say(chunk, shown, done)
      },
      final: (done) => {
        socket.end()
        done()
      },
      destroy: (error, done) => {
        this.close()
        done(error)
      },
    })
    this.stream.on('error', () => undefined)
  }

  /** The connection stands. */
  get open(): boolean {
    return this.isOpen && !this.closed && this.inbox.over === undefined
  }

  /** It stood once: somebody listens there. */
  get listened(): boolean {
    return this.isOpen
  }

  /** @internal */
  async opened(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<Ended | undefined>()
    this.socket.once('connect', () => resolve(undefined))
    this.socket.once('error', (error: NodeJS.ErrnoException) => {
      const { code = '' } = error
      if (code !== 'ECONNREFUSED') this.entry.reason = code || error.message
      resolve(
        code === 'ECONNREFUSED' ? 'refused' : UNREACHABLE.has(code) ? 'unreachable' : code === 'ETIMEDOUT' ? 'silent' : 'error',
      )
    })
    this.socket.once('close', () => resolve('stopped'))
    const timer = setTimeout(() => resolve('silent'), ms)
    const ended = await promise
    clearTimeout(timer)
    if (ended === undefined) {
      this.isOpen = true
      // so far only that: whoever listens there has said nothing yet
      this.entry.ended = 'silent'
    } else {
      this.entry.ended = ended
      this.close()
    }
  }

  /** @param shown instead of what is sent, where it holds a secret */
  write(bytes: Uint8Array | string, shown?: string): void {
    if (!this.open) return
    this.say(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, shown, () => undefined)
  }

  /** What is written into `stream` from now on stands like this in the transcript; undefined: as it is. */
  show(shown: string | undefined): void {
    this.shown = shown
  }

  /**
   * What is said within TLS over this conversation stands in the transcript as it is said, from now on; what is encrypted is counted only.
   * `show` is heeded.
   */
  overhear(secured: Duplex): void {
    this.veiled = true
    const push = secured.push.bind(secured)
    secured.push = (chunk: Uint8Array | null, encoding?: BufferEncoding) => {
      if (chunk !== null && chunk.length > 0) this.transcript.tell(this.entry, 'them', chunk)
      return push(chunk, encoding)
    }
    const write = secured.write.bind(secured) as (...given: unknown[]) => boolean
    secured.write = (chunk: Uint8Array | string, ...rest: unknown[]) => {
      const bytes =
        typeof chunk === 'string' ? Buffer.from(chunk, typeof rest[0] === 'string' ? (rest[0] as BufferEncoding) : 'utf8') : chunk
      if (bytes.length > 0) this.transcript.tell(this.entry, 'us', bytes, this.shown)
      return write(chunk, ...rest)
    }
  }

  private say(bytes: Uint8Array, shown: string | undefined, done: () => void): void {
    // whoever asks, and wherever a page leads: it would be printed
    if (PRINTING.has(this.entry.port)) return done()
    if (this.veiled) this.transcript.count(this.entry, 'us', bytes)
    else this.transcript.add(this.entry, 'us', bytes, shown)
    if (this.socket.writable) this.socket.write(bytes, () => done())
    else done()
  }

  private take(chunk: Buffer): void {
    if (this.closed) return
    if (this.veiled) this.transcript.count(this.entry, 'them', chunk)
    else this.transcript.add(this.entry, 'them', chunk)
    this.entry.ended = 'answered'
    if (this.streaming) {
      if (!this.stream.push(chunk)) this.socket.pause()
    } else this.inbox.take(chunk)
    if (this.entry.received > EXCHANGE_BYTES) {
      this.entry.ended = 'endless'
      this.entry.reason = `more than ${EXCHANGE_BYTES} bytes came`
      this.end('full')
    }
  }

  private end(how: Over): void {
    if (this.inbox.over === undefined) {
      if (how === 'late' && this.isOpen) {
        this.entry.reason ??= 'it took longer than it was given'
        if (this.entry.ended === 'answered') this.entry.ended = 'endless'
      }
      if (this.streaming) this.stream.push(null)
    }
    this.inbox.end(how)
    if (how !== 'closed') this.close()
  }

  /** What came and comes, as of Inbox. */
  read(listening: Listening = {}): Promise<Heard> {
    return this.inbox.read(listening)
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    clearTimeout(this.timer)
    this.off()
    this.socket.destroy()
    this.inbox.end('closed')
    this.release()
  }
}

const UNREACHABLE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'EADDRNOTAVAIL', 'ENETDOWN', 'EINVAL'])
