/** Days as RFC 3339 writes them, '2026-12-31': they compare as text. */

/** The same day some years before; of 29 February, the 28th. */
export function yearsBefore(day: string, years: number): string {
  const [year, month, date] = day.split('-') as [string, string, string]
  const before = String(Number(year) - years).padStart(4, '0')
  return month === '02' && date === '29' ? `${before}-02-28` : `${before}-${month}-${date}`
}

/** A day and an ISO 8601 period ('P5Y', 'P90D') later. */
export function later(day: string, period: string): string | undefined {
  const parts = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$/.exec(period)
  if (parts === null) return undefined
  const [years, months, weeks, days] = parts.slice(1).map((n) => Number(n ?? 0)) as [number, number, number, number]
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  const first = new Date(Date.UTC(year + years, month - 1 + months, 1))
  // a month that has no such day ends with its last
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate()
  first.setUTCDate(Math.min(date, last) + weeks * 7 + days)
  return Number.isFinite(first.getTime()) && first.getUTCFullYear() <= 9999 ? first.toISOString().slice(0, 10) : undefined
}
