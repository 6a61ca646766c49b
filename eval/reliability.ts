import type { Answer } from './measure.ts'

/** Answers of about one confidence. */
interface Bin {
  low: number
  high: number
  answers: number
  right: number
}

const EDGES = [
  [0.6, 0.7],
  [0.7, 0.8],
  [0.8, 0.9],
  [0.9, 0.95],
  [0.95, 0.98],
  [0.98, 1],
] as const

export function binned(answers: readonly Answer[]): Bin[] {
  return EDGES.map(([low, high]) => {
    const some = answers.filter((one) => one.confidence >= low && one.confidence < high)
    return { low, high, answers: some.length, right: some.filter((one) => one.right).length }
  })
}

const SIZE = 320
const EDGE = 44
const FROM = 0.5

/** How often answers are right (up) against how sure they were (right): on the diagonal is calibrated, above it is cautious. */
export function reliabilitySvg(bins: readonly Bin[]): string {
  const at = (p: number) => EDGE + ((p - FROM) / (1 - FROM)) * SIZE
  const up = (p: number) => EDGE + SIZE - ((p - FROM) / (1 - FROM)) * SIZE
  const ticks = [0.5, 0.6, 0.7, 0.8, 0.9, 1]
  const most = Math.max(...bins.map((b) => b.answers))
  const dots = bins
    .filter((b) => b.answers > 0)
    .map((b) => {
      const [x, y] = [at((b.low + b.high) / 2), up(Math.max(FROM, b.right / b.answers))]
      const r = 4 + 8 * Math.sqrt(b.answers / most)
      return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${r.toFixed(1)}" fill="#2a7"/><text x="${x.toFixed(1)}" y="${(y + r + 14).toFixed(1)}" text-anchor="middle">${b.right}/${b.answers}</text>`
    })
  const lines = ticks.map(
    (t) =>
      `<path d="M${at(t)} ${EDGE}V${EDGE + SIZE}M${EDGE} ${up(t)}H${EDGE + SIZE}" stroke="#888" stroke-opacity=".25"/><text x="${at(t)}" y="${EDGE + SIZE + 18}" text-anchor="middle">${t}</text><text x="${EDGE - 8}" y="${up(t) + 4}" text-anchor="end">${t}</text>`,
  )
  const whole = SIZE + 2 * EDGE
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole} ${whole + 10}" font-family="sans-serif" font-size="11" fill="#555" role="img" aria-label="Reliability: how often answers are right against their confidence">
<rect width="${whole}" height="${whole + 10}" fill="#fff"/>
<path d="M${at(0.5)} ${up(0.5)}L${at(1)} ${up(1)}" stroke="#888" stroke-dasharray="4 4"/>
${lines.join('\n')}
${dots.join('\n')}
<text x="${whole / 2}" y="${whole - 6}" text-anchor="middle">confidence given</text>
<text transform="translate(11 ${whole / 2}) rotate(-90)" text-anchor="middle">share that is right</text>
</svg>
`
}
