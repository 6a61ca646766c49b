import type { Progress } from '../capture/capture.ts'
import { cut } from '../report/width.ts'
import { clean, fileName, number, percent, size } from '../report/words.ts'

interface Screen {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

const QUIET_MS = 1000
const EVERY_MS = 200

/** A line on a terminal, redrawn in place, once the work has taken a second. Silent anywhere else. */
export class ProgressLine {
  readonly #screen: Screen
  readonly #now: () => number
  readonly #start: number
  #path = ''
  #fileStart = 0
  #packetsBefore = 0
  #latest = 0
  #drawn = -Infinity
  #shown = false

  constructor(screen: Screen = process.stderr, now: () => number = () => performance.now()) {
    this.#screen = screen
    this.#now = now
    this.#start = now()
  }

  update(progress: Progress): void {
    if (!this.#screen.isTTY) return
    const now = this.#now()
    if (progress.path !== this.#path) {
      this.#path = progress.path
      this.#fileStart = now
      // packets may be counted over all captures or anew for each
      this.#packetsBefore = progress.packets >= this.#latest ? this.#latest : 0
    }
    this.#latest = progress.packets
    if (now - this.#start < QUIET_MS || now - this.#drawn < EVERY_MS) return
    this.#drawn = now
    this.#shown = true
    const line = progressText(progress, (now - this.#fileStart) / 1000, progress.packets - this.#packetsBefore)
    this.#screen.write(`\r\u001B[2K${cut(line, (this.#screen.columns || 80) - 1)}`)
  }

  /** So many of all questions to devices and makers are settled. */
  asking(done: number, all: number, what: string): void {
    if (!this.#screen.isTTY) return
    const now = this.#now()
    if (now - this.#start < QUIET_MS || now - this.#drawn < EVERY_MS) return
    this.#drawn = now
    this.#shown = true
    const line = `asking  ${all === 0 ? '' : `${percent(done / all)}  `}${clean(what)}  Ctrl-C ends it`
    this.#screen.write(`\r\u001B[2K${cut(line, (this.#screen.columns || 80) - 1)}`)
  }

  /** All has been read. */
  judging(devices: number): void {
    if (!this.#shown) return
    const line = `judging ${number(devices)} ${devices === 1 ? 'device' : 'devices'}`
    this.#screen.write(`\r\u001B[2K${cut(line, (this.#screen.columns || 80) - 1)}`)
  }

  /** Takes the line away. */
  done(): void {
    if (this.#shown) this.#screen.write('\r\u001B[2K')
    this.#shown = false
  }
}

/** 'home.pcapng  120 MB of 1.2 GB (10 %)  2,000,000 packets/s  9 s left', after so many seconds with this file. */
export function progressText(progress: Progress, seconds: number, packetsOfFile = progress.packets): string {
  const { path, bytes, total, packets } = progress
  const parts = [fileName(path)]
  const known = total !== undefined && total > 0
  parts.push(
    known
      ? `${size(bytes)} of ${size(total)} (${percent(Math.min(1, bytes / total))})`
      : `${size(bytes)}, ${number(packets)} packets`,
  )
  if (seconds > 0) parts.push(`${number(packetsOfFile / seconds)} packets/s`)
  const left = known && seconds > 0 && bytes > 0 ? ((total - bytes) * seconds) / bytes : (progress.left ?? 0)
  if (left > 0) parts.push(timeLeft(Math.ceil(left)))
  else if (progress.waiting !== undefined) parts.push(progress.left === undefined ? 'Ctrl-C ends it' : 'ending')
  // what is captured is safe, but the audit of it is behind
  if (progress.waiting !== undefined && progress.waiting > BEHIND) parts.push(`${size(progress.waiting)} wait`)
  return parts.join('  ')
}

/** Bytes that may wait without a word. */
const BEHIND = 1_000_000

function timeLeft(seconds: number): string {
  return seconds < 100 ? `${seconds} s left` : `${Math.round(seconds / 60)} min left`
}
