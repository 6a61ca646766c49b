import { setTimeout as delay } from 'node:timers/promises'

interface Measure {
  one: number
  all: number
}

/** Whom to ask next may wait until so much later. */
class Turn {
  next = 0
  held = 0
  readonly queue: (() => void)[] = []
}

/** Keeps to an agreed rate of new exchanges and a number of exchanges at once, for each address and for all together. */
export class Pace {
  private readonly rate: Measure
  private readonly most: Measure
  private readonly all = new Turn()
  private readonly each = new Map<string, Turn>()

  constructor(perSecond: Measure, atOnce: Measure) {
    this.rate = perSecond
    this.most = atOnce
  }

  /** Waits for its turn; call what it gives when the exchange is over. Rejects when all is to end. */
  async enter(ip: string, signal?: AbortSignal): Promise<() => void> {
    let one = this.each.get(ip)
    if (one === undefined) this.each.set(ip, (one = new Turn()))
    await this.seat(one, this.most.one, signal)
    try {
      await this.seat(this.all, this.most.all, signal)
    } catch (error) {
      free(one)
      throw error
    }
    let left = false
    const leave = () => {
      if (left) return
      left = true
      free(one)
      free(this.all)
    }
    try {
      const now = performance.now()
      const at = Math.max(now, one.next, this.all.next)
      one.next = Math.max(one.next, now) + 1000 / this.rate.one
      this.all.next = Math.max(this.all.next, now) + 1000 / this.rate.all
      if (at > now + 1) await delay(at - now, undefined, signal ? { signal } : {})
      return leave
    } catch (error) {
      leave()
      throw error
    }
  }

  private async seat(turn: Turn, most: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (turn.held < most) {
      turn.held++
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const give = () => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }
    const stop = () => {
      turn.queue.splice(turn.queue.indexOf(give), 1)
      reject(signal!.reason as Error)
    }
    turn.queue.push(give)
    signal?.addEventListener('abort', stop, { once: true })
    await promise
  }
}

/** The seat goes to who has waited longest. */
function free(turn: Turn): void {
  const next = turn.queue.shift()
  if (next) next()
  else turn.held--
}
