import { type FrameRef, MAX_EXEMPLARS } from '../../evidence/evidence.ts'
import { Heavy } from '../heavy.ts'
import type { Barrage } from './barrage.ts'

/** Targets that are looked at together. */
const SLOTS = 8
/** Packets to one target in a second from which on it is looked at. */
const NOTED = 8
/** Microseconds: what is quiet for so long makes room. */
const QUIET = 10e6
/** Targets that are named. */
const MAX_NAMED = 16

/**
 * What a host does by one vector, or what is done to it: whom it may hit is found by the packets of the running second, and how by the
 * barrages of those whom it does.
 */
export class Attack {
  readonly handle: number
  readonly vector: number
  readonly atHome: boolean
  readonly scope: (ip: string) => 'internet' | 'local'
  readonly barrages: Barrage[] = []
  last = -Infinity
  raised: { time: number; frame: FrameRef } | undefined
  /** Packets that were told of last. */
  told = 0
  /** Targets of those that are over. */
  private readonly named: string[] = []
  private readonly heavy = new Heavy()
  private packets = 0
  private bytes = 0
  private targets = 0
  private peak = 0
  private seconds = 0
  private first = Infinity
  private readonly frames: FrameRef[] = []

  /** @param scope of an address in text */
  constructor(handle: number, vector: number, atHome: boolean, scope: (ip: string) => 'internet' | 'local') {
    this.scope = scope
    this.handle = handle
    this.vector = vector
    this.atHome = atHome
  }

  find(key: number): Barrage | undefined {
    for (const barrage of this.barrages) if (barrage.key === key) return barrage
    return undefined
  }

  /** One packet more to who has no barrage: is it enough to look? */
  note(key: number, time: number): boolean {
    return this.heavy.note(key, time) >= NOTED
  }

  /** All that was seen in this second went to one target, and to no other before. */
  get alone(): boolean {
    return this.heavy.seen === 1 && this.barrages.length === 0
  }

  /** False where all places are taken by what goes on. */
  begin(barrage: Barrage, now: number): boolean {
    if (this.barrages.length >= SLOTS) {
      const quiet = this.barrages.findIndex((b) => Math.abs(now - b.last) > QUIET)
      if (quiet < 0) return false
      this.end(this.barrages[quiet]!)
      this.barrages.splice(quiet, 1)
    }
    this.barrages.push(barrage)
    return true
  }

  /** One that is long quiet and was nothing is forgotten: what comes now begins anew. */
  settle(barrage: Barrage, now: number): boolean {
    if (barrage.raised || Math.abs(now - barrage.last) <= QUIET) return false
    this.barrages.splice(this.barrages.indexOf(barrage), 1)
    return true
  }

  private end(b: Barrage): void {
    if (!b.raised) return
    this.packets += b.packets
    this.bytes += b.bytes
    this.targets += b.targets
    this.peak = Math.max(this.peak, b.peak)
    this.seconds += b.seconds
    this.first = Math.min(this.first, b.first)
    if (this.named.length < MAX_NAMED) this.named.push(b.target)
    if (this.frames.length < MAX_EXEMPLARS) this.frames.push(...b.frames.slice(0, MAX_EXEMPLARS - this.frames.length))
  }

  /** Figures of all that was a flood, of which `worst` is what was sent most, of those that go on. */
  get sum(): Sum | undefined {
    const now = this.barrages.filter((b) => b.raised)
    const worst = now.reduce<Barrage | undefined>((most, b) => (most && most.packets >= b.packets ? most : b), undefined)
    if (!worst) return undefined
    const sum = (of: (b: Barrage) => number) => now.reduce((n, b) => n + of(b), 0)
    const most = (of: (b: Barrage) => number) => Math.max(...now.map(of))
    return {
      worst,
      packets: this.packets + sum((b) => b.packets),
      bytes: this.bytes + sum((b) => b.bytes),
      targets: this.targets + sum((b) => b.targets),
      named: [...this.named, ...now.map((b) => b.target)].slice(0, MAX_NAMED),
      peak: Math.max(
        this.peak,
        most((b) => b.peak),
      ),
      seconds: Math.max(
        this.seconds,
        most((b) => b.seconds),
      ),
      first: Math.min(this.first, ...now.map((b) => b.first)),
      last: most((b) => b.last),
      frames: [...this.frames, ...now.flatMap((b) => b.frames)].slice(0, MAX_EXEMPLARS),
    }
  }
}

export interface Sum {
  worst: Barrage
  packets: number
  bytes: number
  targets: number
  named: readonly string[]
  peak: number
  seconds: number
  first: number
  last: number
  frames: readonly FrameRef[]
}
