import { Session, type Profiler } from 'node:inspector'

/**
 * Which blocks of the product's source ran, as V8 counts them in this thread. Painted on one map of bytes a file: a byte of source
 * is 1 once it has run.
 */
export class Coverage {
  private readonly session = new Session()
  private readonly within: string
  private readonly seen = new Map<string, Uint8Array>()

  /** @param within beginning of the URLs of the files that count */
  constructor(within: string) {
    this.within = within
    this.session.connect()
    this.session.post('Profiler.enable')
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Bytes of source that ran since the last time, and never before. */
  take(remember: boolean): number {
    let fresh = 0
    for (const script of this.scripts()) {
      const now = paint(script)
      const before = this.seen.get(script.url) ?? new Uint8Array(0)
      let news = 0
      for (let i = 0; i < now.length; i++) if (now[i] === 1 && before[i] !== 1) news++
      if (news === 0) continue
      fresh += news
      if (!remember) continue
      const all = new Uint8Array(Math.max(now.length, before.length))
      all.set(before)
      for (let i = 0; i < now.length; i++) if (now[i] === 1) all[i] = 1
      this.seen.set(script.url, all)
    }
    return fresh
  }

  /** Bytes of source that ran. */
  get covered(): number {
    let sum = 0
    for (const file of this.seen.values()) for (const byte of file) sum += byte
    return sum
  }

  end(): void {
    this.session.post('Profiler.stopPreciseCoverage')
    this.session.disconnect()
  }

  private scripts(): Profiler.ScriptCoverage[] {
    let taken: Profiler.ScriptCoverage[] = []
    // within one thread the answer comes before `post` returns
    this.session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error) throw error
      taken = answer.result.filter((s) => s.url.startsWith(this.within))
    })
    return taken
  }
}

/** Ranges come outermost first; what lies within them and did not run is painted over. */
function paint(script: Profiler.ScriptCoverage): Uint8Array {
  const ranges = script.functions
    .flatMap((f) => f.ranges)
    .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  const map = new Uint8Array(Math.max(0, ...ranges.map((r) => r.endOffset)))
  for (const r of ranges) map.fill(r.count > 0 ? 1 : 0, r.startOffset, r.endOffset)
  return map
}
