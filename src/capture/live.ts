import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { totalmem } from 'node:os'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { type Capturer, capturers, find, interfaceNames, type Refusal, refusal } from './capturer.ts'
import { Packet } from '../decode/packet.ts'
import type { Live } from './capture.ts'
import type { Drops } from './drops.ts'
import { CaptureError } from './error.ts'
import { CaptureReader } from './reader.ts'
import { plain, type Chunk, type Source } from './source.ts'

/** A network interface to capture on, where a file could be named. */
export interface LiveInput {
  interface: string
  /** Ends the capture; without, `signal` does. */
  seconds?: number
  /** Which packets, as pcap-filter(7) has it. */
  filter?: string
  /** A new file for what is captured, as it comes: frame numbers of the audit are those of this file. */
  write?: string
  /** Ends the capture in good order: what came until then is audited. */
  signal?: AbortSignal
}

const MiB = 1024 * 1024
const memory = Math.min(totalmem(), process.constrainedMemory() || Infinity)
/** MiB that the kernel keeps for a program which does not get to run: at 100,000 packets a second some seconds. */
const KERNEL = within(memory / MiB / 64, 4, 128)
/** Bytes held here that are not audited yet. Beyond, they are left to the kernel's buffer, and then lost (and counted). */
const WAITING = within(memory / 16, 32 * MiB, 512 * MiB)
/** Between two looks at what has arrived, so that the pipe, which is small, is never left full. */
const TURN = 64 * 1024
/** Milliseconds for the program to catch up in, once it is to end; and then to end in. */
const PATIENCE = 10_000
/** Nothing having come for so long, nothing waits in the kernel: programs that capture wait for a quarter of a second at most. */
const SILENCE = 400
/** Characters kept of what the program says. */
const SAID = 8192

const turn = promisify(setImmediate)

/**
 * Captures on an interface. The privilege is another program's (capturer.ts); what it writes comes in like a file through a pipe.
 * Throws CaptureError where there is no such program, or it refuses.
 */
export async function openLive(input: LiveInput): Promise<LiveSource> {
  let refused: { capturer: Capturer; path: string; why: Refusal; said: string } | undefined
  for (const capturer of capturers) {
    const program = find(capturer.name)
    if (program === undefined) continue
    // what is no name could be another thing to dumpcap: a pipe, another machine
    const named = /^[^-\s/@:][^\s/@]*$/.test(input.interface)
    const source = named && program.runs ? await LiveSource.begin(capturer, program.path, input) : undefined
    if (source !== undefined && !('why' in source)) return source
    const why = source?.why ?? (named ? 'permission' : 'no-interface')
    refused ??= { capturer, path: program.path, why, said: source?.said ?? '' }
    // another program may have the privilege that this one has not
    if (why !== 'permission') break
  }
  if (refused === undefined)
    throw new CaptureError(
      'no-capturer',
      `Nothing that captures was found: install dumpcap (sudo apt-get install -y ${capturers[0]!.from}) or ${capturers[1]!.name} (sudo apt-get install -y ${capturers[1]!.from}).`,
    )
  const { capturer, path, why, said } = refused
  const name = input.interface
  if (why === 'no-interface') {
    const names = await interfaces(capturer, path)
    throw new CaptureError(
      'no-interface',
      `There is no interface ${name}${names.length > 0 ? `: there are ${names.join(', ')}` : ''}.`,
    )
  }
  if (why === 'permission') throw new CaptureError('no-privilege', noPrivilege(capturer, path, name))
  if (why === 'filter')
    throw new CaptureError(
      'bad-filter',
      `${capturer.name} does not understand the filter ${input.filter} (${firstLine(said)}): man pcap-filter tells how to write one.`,
    )
  throw new CaptureError('unreadable', `${capturer.name} cannot capture on ${name}: ${firstLine(said) || 'it does not say why'}.`)
}

function noPrivilege(capturer: Capturer, path: string, name: string): string {
  const ways = [
    `Give the program the privilege: sudo setcap cap_net_raw,cap_net_admin=eip ${path}`,
    `Or capture as root and audit as yourself: sudo tcpdump -i ${name} -w - | assay audit -`,
  ]
  if (capturer.name === 'dumpcap')
    ways.unshift(
      'Let a group capture: sudo dpkg-reconfigure wireshark-common; sudo usermod -aG wireshark $USER; then log in again',
    )
  return `${path} may not capture on ${name} for this user.\n  ${ways.join('\n  ')}`
}

async function interfaces(capturer: Capturer, path: string): Promise<string[]> {
  const child = spawn(path, capturer.list, { stdio: ['ignore', 'pipe', 'ignore'] })
  let out = ''
  child.stdout.on('data', (piece: Buffer) => {
    if (out.length < SAID) out += piece.toString()
  })
  await once(child, 'close').catch(() => undefined)
  return interfaceNames(out)
}

export class LiveSource implements Source {
  readonly size = undefined
  readonly fd = undefined
  private readonly capturer: Capturer
  private readonly input: LiveInput
  private readonly child: ChildProcessByStdio<null, Readable, Readable>
  private readonly file: Keeper | undefined
  /** Arrived and not audited yet: pieces[next..]. */
  private pieces: Buffer[] = []
  private first = 0
  private waiting = 0
  private sinceTurn = 0
  /** Called when something arrives, or no more will. */
  private wake = () => {}
  private said = ''
  private began: number | undefined
  /** Walks over what arrives, to know how far the program is: that is in the packets' times only. */
  private readonly arrived = new CaptureReader(new Packet(), () => {})
  private arrivedAt = 0
  /** The time (as packets have it) at which the capture is to end. */
  private until: number | undefined
  private asked = false
  private over: { code: number | null; signal: NodeJS.Signals | null } | undefined
  private timers: NodeJS.Timeout[] = []
  private readonly stopped = () => this.stop()
  private readonly killed = () => void this.child.kill('SIGKILL')

  static async begin(capturer: Capturer, path: string, input: LiveInput): Promise<LiveSource | { why: Refusal; said: string }> {
    const file = input.write === undefined ? undefined : await Keeper.open(input.write)
    const source = new LiveSource(capturer, path, input, file)
    await source.ready()
    if (source.began !== undefined) return source
    await source.close()
    await file?.discard()
    // nothing was captured because nothing was wanted
    if (source.asked) throw new CaptureError('unreadable', `The capture on ${input.interface} was ended before it began.`)
    return { why: refusal(source.said), said: source.said }
  }

  private constructor(capturer: Capturer, path: string, input: LiveInput, file: Keeper | undefined) {
    this.capturer = capturer
    this.input = input
    this.file = file
    if (file !== undefined) file.onRoom = () => this.room()
    // a terminal's Ctrl-C is not for it: it would leave behind what the kernel still holds
    this.child = spawn(path, capturer.args(input, KERNEL), { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.child.stdout.on('data', (piece: Buffer) => this.take(piece))
    this.child.stderr.on('data', (piece: Buffer) => {
      this.said = (this.said + piece.toString()).slice(-SAID)
      if (capturer.begun.test(this.said)) this.begin()
    })
    this.child.once('error', (error) => {
      this.said += `\n${error.message}`
      this.ended(null, null)
    })
    this.child.once('close', (code, signal) => this.ended(code, signal))
    // on a quiet network it would not notice that nobody reads
    process.once('exit', this.killed)
    input.signal?.addEventListener('abort', this.stopped)
    if (input.signal?.aborted === true) this.stop()
  }

  private async ready(): Promise<void> {
    while (this.began === undefined && this.over === undefined) await this.arrival()
  }

  private begin(): void {
    if (this.began !== undefined) return
    this.began = performance.now()
    if (this.input.seconds !== undefined) this.timers.push(setTimeout(() => this.stop(), this.input.seconds * 1000))
    this.wake()
  }

  private take(piece: Buffer): void {
    this.begin()
    this.pieces.push(piece)
    this.waiting += piece.length
    this.file?.write(piece)
    const { bytes, view, length } = plain(piece)
    this.arrived.feed(bytes, view, length)
    this.arrivedAt = performance.now()
    if (this.until === undefined && this.held() > WAITING) this.child.stdout.pause()
    this.wake()
  }

  /** Bytes that are still to be audited, or written: whichever is more behind. */
  private held(): number {
    return Math.max(this.waiting, this.file?.waiting ?? 0)
  }

  private room(): void {
    if (this.child.stdout.isPaused() && this.held() <= WAITING / 2) this.child.stdout.resume()
  }

  private ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.over ??= { code, signal }
    process.off('exit', this.killed)
    this.clear()
    this.wake()
  }

  private arrival(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve))
  }

  /**
   * Ends the capture with the packets of this moment. The program is asked to end when it has got so far: asked sooner it would
   * leave packets in the kernel, and not count them as lost.
   */
  private stop(): void {
    if (this.until !== undefined || this.over !== undefined) return
    this.until = Date.now() * 1000
    this.arrivedAt = performance.now()
    const latest = this.arrivedAt + PATIENCE
    // it may be waiting for room
    this.child.stdout.resume()
    const look = setInterval(() => {
      const now = performance.now()
      if (this.arrived.tally.last < this.until! && now - this.arrivedAt < SILENCE && now < latest && this.began !== undefined)
        return
      clearInterval(look)
      this.asked = true
      this.child.kill('SIGINT')
      this.timers.push(setTimeout(() => this.child.kill('SIGKILL'), PATIENCE))
    }, 20)
    this.timers.push(look)
  }

  async next(): Promise<Chunk | undefined> {
    if (this.sinceTurn >= TURN) {
      this.sinceTurn = 0
      await turn()
    }
    while (this.first === this.pieces.length) {
      if (this.over !== undefined) return this.end()
      await this.arrival()
    }
    const piece = this.pieces[this.first]!
    this.first++
    if (this.first === this.pieces.length || this.first >= 1024) {
      this.pieces = this.pieces.slice(this.first)
      this.first = 0
    }
    this.waiting -= piece.length
    this.sinceTurn += piece.length
    this.room()
    return plain(piece)
  }

  /** In good order nothing more comes; otherwise it rejects, with why. */
  private end(): undefined {
    const { code, signal } = this.over!
    const why = complaint(this.said)
    // (somebody else may have asked it to end, in good order)
    if (code === 0 ? this.asked || why === '' : this.asked && signal === 'SIGINT') return undefined
    const how = signal === null ? (code === 0 ? '' : ` with code ${code}`) : `, killed by ${signal}`
    throw new CaptureError('broken-off', `${this.capturer.name} ended early${how}${why === '' ? '' : ` (${why})`}`)
  }

  progress(): { left?: number; waiting: number } {
    const { seconds } = this.input
    const { waiting } = this
    if (this.until !== undefined || this.over !== undefined) return { left: 0, waiting }
    if (seconds === undefined || this.began === undefined) return { waiting }
    return { left: Math.max(0, seconds - (performance.now() - this.began) / 1000), waiting }
  }

  async result(): Promise<{ live: Live; dropped?: Drops }> {
    const { interface: name, filter } = this.input
    const dropped = this.capturer.drops(this.said)
    const failed = await this.file?.end()
    const live: Live = { interface: name, program: this.capturer.name, kept: this.file !== undefined && failed === undefined }
    if (filter !== undefined) live.filter = filter
    if (failed !== undefined) live.notKept = failed
    return { live, ...(dropped && { dropped }) }
  }

  async close(): Promise<void> {
    this.input.signal?.removeEventListener('abort', this.stopped)
    if (this.over === undefined) {
      this.child.kill('SIGKILL')
      while (this.over === undefined) await this.arrival()
    }
    this.child.stdout.destroy()
    this.clear()
    await this.file?.end()
  }

  private clear(): void {
    for (const timer of this.timers) clearTimeout(timer)
  }
}

/** Writes pieces to a new file, in their order, without anybody waiting. */
class Keeper {
  private readonly path: string
  private readonly handle: FileHandle
  private pieces: Buffer[] = []
  /** Bytes not written yet. */
  waiting = 0
  onRoom = () => {}
  private writing: Promise<void> | undefined
  private failed: string | undefined
  private closed: Promise<void> | undefined

  static async open(path: string): Promise<Keeper> {
    try {
      // nobody else's to read: there may be secrets in it
      return new Keeper(path, await open(path, 'wx', 0o600))
    } catch (error) {
      const there = (error as NodeJS.ErrnoException).code === 'EEXIST'
      throw new CaptureError(
        'unwritable',
        there
          ? `${path} exists, and captures are not written over: name another file.`
          : `${path} cannot be written: ${reason(error)}.`,
      )
    }
  }

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.handle = handle
  }

  write(piece: Buffer): void {
    if (this.failed !== undefined) return
    this.pieces.push(piece)
    this.waiting += piece.length
    this.writing ??= this.drain()
  }

  private async drain(): Promise<void> {
    try {
      while (this.pieces.length > 0) {
        // no more at once than the system takes
        const some = this.pieces.splice(0, 512)
        await this.all(some)
        for (const piece of some) this.waiting -= piece.length
        this.onRoom()
      }
    } catch (error) {
      this.failed = `${this.path} could not be written on: ${reason(error)}`
      this.pieces = []
      this.waiting = 0
      this.onRoom()
    }
    this.writing = undefined
  }

  private async all(pieces: Buffer[]): Promise<void> {
    const wanted = pieces.reduce((sum, piece) => sum + piece.length, 0)
    const { bytesWritten } = await this.handle.writev(pieces)
    if (bytesWritten === wanted) return
    // a full disk takes a part and says why at the next try
    const rest = Buffer.concat(pieces).subarray(bytesWritten)
    for (let o = 0; o < rest.length;) o += (await this.handle.write(rest, o)).bytesWritten
  }

  /** All is written; or why not. */
  async end(): Promise<string | undefined> {
    await this.writing
    await (this.closed ??= this.handle.close())
    return this.failed
  }

  /** It holds nothing. */
  async discard(): Promise<void> {
    await this.end()
    await unlink(this.path).catch(() => undefined)
  }
}

function within(value: number, least: number, most: number): number {
  return Math.round(Math.min(Math.max(value, least), most))
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What a program says first, without its name and the full stop. */
function firstLine(said: string): string {
  return shown(said.split('\n').find((line) => line.trim() !== '' && !USUAL.test(line)) ?? '')
}

/** Its last line that is not what it always says; '' where it has nothing to complain of. */
function complaint(said: string): string {
  return shown(said.split('\n').findLast((line) => line.trim() !== '' && !USUAL.test(line)) ?? '')
}

const USUAL = /^Capturing on|^File: |^Packets |listening on|verbose output|^\d+ packets? (?:captured|received|dropped)/

function shown(line: string): string {
  return line
    .replace(/^\S*(?:dumpcap|tcpdump): /, '')
    .trim()
    .replace(/\.$/, '')
}
