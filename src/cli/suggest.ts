/** The names closest to what was typed, best first, at most three; none when nothing comes near. */
export function suggest(typed: string, names: Iterable<string>): string[] {
  const wanted = typed.toLowerCase()
  const scored: [string, number][] = []
  for (const name of names) {
    const lower = name.toLowerCase()
    const part = wanted.length >= 3 && lower.includes(wanted)
    const steps = part ? 0 : distance(wanted, lower)
    if (part || steps <= Math.min(4, Math.max(1, Math.floor(lower.length / 3)))) scored.push([name, steps])
  }
  return scored
    .sort((a, b) => a[1] - b[1])
    .slice(0, 3)
    .map(([name]) => name)
}

/** Letters to add, drop, change or swap with a neighbour (optimal string alignment); long strings are compared in their first 128. */
export function distance(a: string, b: string): number {
  const s = a.slice(0, 128)
  const t = b.slice(0, 128)
  let before: number[] = []
  let row = Array.from({ length: t.length + 1 }, (_, j) => j)
  for (let i = 1; i <= s.length; i++) {
    const next = [i]
    for (let j = 1; j <= t.length; j++) {
      const same = s[i - 1] === t[j - 1]
      let best = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && s[i - 1] === t[j - 2] && s[i - 2] === t[j - 1]) best = Math.min(best, before[j - 2]! + 1)
      next.push(best)
    }
    before = row
    row = next
  }
  return row[t.length]!
}
