import { randomInt } from 'node:crypto'
import { hashBytes, sameBytes } from '../decode/memo.ts'
import { MAX_EXEMPLARS, type Observation } from './evidence.ts'
import { exemplar, MAX_SIGNAL_FRAMES, type SignalTally } from './ledger.ts'

const MAX_ECHOES = 4096
const MAX_BYTES = 1500
const MAX_TOUCHED = 64

/** A datagram that was decoded and observed, and all that it counted towards. */
interface Echo {
  sender: number
  peer: number
  ports: number
  bytes: Uint8Array
  observations: { observation: Observation; count: number }[]
  signals: SignalTally[]
  full: boolean
}

/**
 * Announcements (mDNS, SSDP) come again and again word for word. The second time they need neither decoding nor observing: what the
 * first one counted towards is counted on. The same sender, ports and destination, and every byte alike: nothing is taken for
 * something else. Bounded; the oldest makes room.
 */
export class Repeats {
  private readonly echoes = new Map<number, Echo>()
  private readonly seed = randomInt(0x7fffffff)
  private recording: Echo | undefined

  /** Has the datagram b[0, end) been seen? Then it has been counted. Else what is noted until `end` will be counted when it comes again. */
  seen(
    sender: number,
    peer: number,
    ports: number,
    b: Uint8Array,
    end: number,
    time: number,
    capture: number,
    frame: number,
  ): boolean {
    if (end > MAX_BYTES) return false
    const h = hashBytes(Math.imul(sender ^ this.seed, 0x9e3779b1) ^ ports ^ (peer | 0), b, 0, end)
    const echo = this.echoes.get(h)
    if (
      echo &&
      echo.sender === sender &&
      echo.peer === peer &&
      echo.ports === ports &&
      !echo.full &&
      sameBytes(echo.bytes, b, 0, end)
    ) {
      for (const { observation, count } of echo.observations) {
        observation.count += count
        if (time < observation.first) observation.first = time
        if (time > observation.last) observation.last = time
        if (observation.exemplars.length < MAX_EXEMPLARS) exemplar(observation.exemplars, { capture, frame }, MAX_EXEMPLARS)
      }
      for (const signal of echo.signals) {
        signal.count++
        if (signal.frames.length < MAX_SIGNAL_FRAMES) exemplar(signal.frames, { capture, frame }, MAX_SIGNAL_FRAMES)
      }
      return true
    }
    if (!echo && this.echoes.size >= MAX_ECHOES) this.echoes.delete(this.echoes.keys().next().value!)
    this.recording = { sender, peer, ports, bytes: b.slice(0, end), observations: [], signals: [], full: false }
    this.echoes.set(h, this.recording)
    return false
  }

  /** Give the memory back. */
  release(): void {
    this.echoes.clear()
  }

  note(observation: Observation | undefined, count: number): void {
    const echo = this.recording
    if (!echo) return
    // what found no room, or is too much to remember, has to be gone through again
    if (!observation || echo.observations.length >= MAX_TOUCHED) echo.full = true
    else echo.observations.push({ observation, count })
  }

  noteSignal(signal: SignalTally | undefined): void {
    if (signal) this.recording?.signals.push(signal)
  }

  /** The datagram has been gone through. */
  end(): void {
    this.recording = undefined
  }
}
