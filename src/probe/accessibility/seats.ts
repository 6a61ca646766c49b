/** So many at once, the others in turn. */
export class Seats {
  private free: number
  private readonly waiting: (() => void)[] = []

  constructor(seats: number) {
    this.free = seats
  }

  /** Does the work when there is a seat for it. Rejects where the signal ends before that. */
  async with(signal: AbortSignal | undefined, work: () => Promise<void>): Promise<void> {
    if (this.free > 0) this.free--
    else await this.turn(signal)
    try {
      await work()
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.free++
    }
  }

  private turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(seat), 1)
        reject(signal?.reason as Error)
      }
      const seat = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      this.waiting.push(seat)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }
}
