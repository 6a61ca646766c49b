/** What came until it ended, and how that was. */
export interface Heard {
  bytes: Buffer
  ended: 'enough' | 'closed' | 'silent' | 'full' | 'late' | 'error'
}

export interface Listening {
  enough?: (bytes: Buffer) => boolean
  silenceMs?: number
  max?: number
}

/** How nothing more can come. */
export type Over = Exclude<Heard['ended'], 'enough' | 'silent'>

/** What the other side said and nobody has read yet: of a connection, or of what is within its TLS. Whoever fills it bounds it. */
export class Inbox {
  private pieces: Buffer[] = []
  private ending: Over | undefined
  private wake: (() => void) | undefined

  /** Nothing more comes, and why: undefined while something may. */
  get over(): Over | undefined {
    return this.ending
  }

  take(piece: Buffer): void {
    this.pieces.push(piece)
    this.wake?.()
  }

  /** The first word counts. */
  end(how: Over): void {
    this.ending ??= how
    this.wake?.()
  }

  /** All of it, for who reads in another way from now on. */
  empty(): Buffer[] {
    return this.pieces.splice(0)
  }

  /**
   * What came and comes, until `enough` of it did, the other side ends, it says nothing for `silenceMs`, or `max` bytes came: what is beyond
   * these is read next.
   */
  async read({ enough, silenceMs = 2000, max = 65_536 }: Listening = {}): Promise<Heard> {
    let bytes: Buffer = Buffer.alloc(0)
    for (;;) {
      if (this.pieces.length > 0) {
        bytes = Buffer.concat([bytes, ...this.pieces.splice(0)])
        if (bytes.length > max) this.pieces.unshift(bytes.subarray(max))
        if (bytes.length >= max) return { bytes: bytes.subarray(0, max), ended: 'full' }
        if (enough?.(bytes)) return { bytes, ended: 'enough' }
      }
      if (this.ending !== undefined) return { bytes, ended: this.ending }
      const { promise, resolve } = Promise.withResolvers<'said' | 'silent'>()
      this.wake = () => resolve('said')
      const timer = setTimeout(() => resolve('silent'), silenceMs)
      const came = await promise
      clearTimeout(timer)
      this.wake = undefined
      if (came === 'silent') return { bytes, ended: 'silent' }
    }
  }
}
