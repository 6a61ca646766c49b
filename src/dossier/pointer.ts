/** JSON pointers (RFC 6901). */

/** What stands at a place; undefined where nothing does. */
export function atPointer(value: unknown, at: string): unknown {
  let now = value
  for (const step of steps(at)) {
    if (typeof now !== 'object' || now === null || !Object.hasOwn(now, step)) return undefined
    now = (now as Record<string, unknown>)[step]
  }
  return now
}

/** Section 3. */
export function pointer(at: readonly string[]): string {
  return at.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

export function steps(at: string): string[] {
  if (at === '') return []
  return at
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}
