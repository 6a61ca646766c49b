/** Consecutive frames as [first, last]; expects ascending frames. */
export function runs(frames: readonly number[]): [number, number][] {
  const out: [number, number][] = []
  for (const frame of frames) {
    const last = out.at(-1)
    if (last && frame === last[1] + 1) last[1] = frame
    else if (!last || frame !== last[1]) out.push([frame, frame])
  }
  return out
}

/** A Wireshark display filter that shows exactly these frames: `frame.number in {12,40..43}`. No frames: a filter that shows none. */
export function wiresharkFilter(frames: readonly number[]): string {
  if (frames.length === 0) return 'frame.number == 0'
  return `frame.number in {${runs(frames)
    .map(([from, to]) => (from === to ? `${from}` : `${from}..${to}`))
    .join(',')}}`
}

/** For a line of text: 'frame 12', 'frames 12, 40–43 and 5 more'; at most `max` runs. */
export function frameList(frames: readonly number[], max = 4): string {
  const all = runs(frames)
  const shown = all.slice(0, max)
  const left = all.slice(max).reduce((sum, [from, to]) => sum + to - from + 1, 0)
  const list = shown.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ')
  return `${frames.length === 1 ? 'frame' : 'frames'} ${list}${left > 0 ? ` and ${left} more` : ''}`
}
