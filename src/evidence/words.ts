/** `plural(1, 'request')` is '1 request', `plural(14, 'query', 'queries')` is '14 queries'. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** Microseconds as a person says them: '40 seconds', '3 minutes', '2.5 hours', '3 days'. */
export function span(microseconds: number): string {
  const seconds = Math.max(0, microseconds / 1e6)
  if (seconds < 90) return plural(Math.round(seconds), 'second')
  if (seconds < 5400) return plural(Math.round(seconds / 60), 'minute')
  if (seconds < 48 * 3600) return plural(Number((seconds / 3600).toFixed(1)), 'hour')
  return plural(Number((seconds / 86_400).toFixed(1)), 'day')
}

/** 'within 3 minutes'; what took no time took less than a second. */
export function within(microseconds: number): string {
  return microseconds < 1e6 ? 'within a second' : `within ${span(microseconds)}`
}
