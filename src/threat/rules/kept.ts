import type { Bit, Threshold } from './rule.ts'

const MAX_FLOWS = 4096
const MAX_COUNTED = 1 << 14

/** Bits that rules set on flows (flowbits); the oldest flow's make room. */
export class FlowBits {
  /** Grows with each change. */
  version = 0
  private readonly flows = new Map<number, { flow: number; bits: Set<string> }>()

  hold(bits: readonly Bit[], row: number, flow: number): boolean {
    const kept = this.flows.get(row)
    const set = kept?.flow === flow ? kept.bits : undefined
    return bits.every(({ do: what, names }) => {
      if (what !== 'isset' && what !== 'isnotset') return true
      return names.some((name) => set?.has(name)) === (what === 'isset')
    })
  }

  change(bits: readonly Bit[], row: number, flow: number): void {
    for (const { do: what, names } of bits) {
      if (what === 'isset' || what === 'isnotset') continue
      const set = this.of(row, flow)
      for (const name of names) {
        const there = set.has(name)
        if (there === (what === 'set')) continue
        if (there) set.delete(name)
        else if (what !== 'unset') set.add(name)
        else continue
        this.version++
      }
    }
  }

  private of(row: number, flow: number): Set<string> {
    const kept = this.flows.get(row)
    if (kept?.flow === flow) return kept.bits
    this.flows.delete(row)
    if (this.flows.size >= MAX_FLOWS) this.flows.delete(this.flows.keys().next().value!)
    const bits = new Set<string>()
    this.flows.set(row, { flow, bits })
    return bits
  }
}

/** What was counted within one window. */
interface Counted {
  /** Microseconds since 1970. */
  since: number
  count: number
  told: boolean
}

/** How often rules matched within their windows of time, which begin with a match; the longest untouched makes room. */
export class Counts {
  private readonly counted = new Map<string, Counted>()

  /** One more at `time`: undefined while there are too few; else how many are to be told of now, and since when. */
  add(key: string, { count, seconds }: Threshold, time: number): { count: number; since: number } | undefined {
    let kept = this.counted.get(key)
    // the latest moves to the end
    if (kept) this.counted.delete(key)
    else if (this.counted.size >= MAX_COUNTED) this.counted.delete(this.counted.keys().next().value!)
    if (!kept || Math.abs(time - kept.since) > seconds * 1e6) kept = { since: time, count: 0, told: false }
    this.counted.set(key, kept)
    kept.count++
    if (kept.count < count) return undefined
    const now = kept.told ? 1 : kept.count
    kept.told = true
    return { count: now, since: kept.since }
  }
}
