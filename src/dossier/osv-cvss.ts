/** 'unknown': the record does not say in a way that can be read. */
export type Severity = 'low' | 'medium' | 'high' | 'critical' | 'unknown'

const WEIGHTS = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
} as const
const PRIVILEGES = { U: { N: 0.85, L: 0.62, H: 0.27 }, C: { N: 0.85, L: 0.68, H: 0.5 } } as const

/** The base score of a CVSS 3.0 or 3.1 vector (FIRST, CVSS v3.1 specification, section 7.1); undefined for what is no such vector. */
export function cvss3(vector: string): number | undefined {
  if (vector.length > 512 || !/^CVSS:3\.[01]\//.test(vector)) return undefined
  const metrics = new Map(
    vector
      .split('/')
      .slice(1)
      .map((part) => part.split(':', 2) as [string, string]),
  )
  const weight = (name: keyof typeof WEIGHTS): number => (WEIGHTS[name] as Record<string, number>)[metrics.get(name) ?? ''] ?? NaN
  const scope = metrics.get('S')
  if (scope !== 'U' && scope !== 'C') return undefined
  const privileges = (PRIVILEGES[scope] as Record<string, number>)[metrics.get('PR') ?? ''] ?? NaN
  const lost = 1 - (1 - weight('C')) * (1 - weight('I')) * (1 - weight('A'))
  const impact = scope === 'U' ? 6.42 * lost : 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02) ** 15
  const exploitability = 8.22 * weight('AV') * weight('AC') * privileges * weight('UI')
  if (Number.isNaN(impact) || Number.isNaN(exploitability)) return undefined
  if (impact <= 0) return 0
  return roundUp(Math.min((scope === 'U' ? 1 : 1.08) * (impact + exploitability), 10))
}

/** Appendix A: to one decimal, without what floating point adds. */
function roundUp(value: number): number {
  const whole = Math.round(value * 100_000)
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10
}

/** Section 5, "Qualitative Severity Rating Scale". */
export function ratingOf(score: number): Severity {
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  return score >= 4 ? 'medium' : 'low'
}
