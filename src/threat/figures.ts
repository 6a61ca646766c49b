/** 12345 as '12,345'. */
export function grouped(n: number): string {
  return n.toLocaleString('en-US')
}

/** '1 second', '12,345 packets'. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${grouped(n)} ${n === 1 ? one : many}`
}

/** Bytes in the unit that leaves few digits (10^3, 10^6, 10^9). */
export function bytesText(n: number): string {
  for (const [size, unit] of [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const)
    if (n >= size) return `${n / size >= 100 ? Math.round(n / size) : (n / size).toFixed(1)} ${unit}`
  return `${n} bytes`
}

/** Microseconds between two times, in words. */
export function spanText(first: number, last: number): string {
  const seconds = Math.max(0, last - first) / 1e6
  if (seconds < 10) return `${seconds < 1 ? seconds.toFixed(2) : seconds.toFixed(1)} seconds`
  if (seconds < 600) return `${Math.round(seconds)} seconds`
  return seconds < 36_000 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`
}
