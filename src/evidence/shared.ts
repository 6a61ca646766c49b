/** Lists that are kept to be found again. */
const MAX_LISTS = 4096
/** As JSON: a hostile network's long answers must not take more room than all else. */
const MAX_TEXT = 1024

/**
 * Lists that many observations have alike, each once: things of a kind offer the same suites, ask for the same options and get the
 * same answers. Bounded. Who has a list from here must not change it.
 */
export class Shared {
  private readonly known = new Map<string, readonly unknown[]>()

  /** Each list of `data` becomes the one that was there first, or one as large as it has to be: lists that grow take room for more. */
  lists(data: object): void {
    const fields = data as Record<string, unknown>
    for (const name in fields) {
      const value = fields[name]
      if (Array.isArray(value)) fields[name] = this.list(value)
    }
  }

  private list(list: readonly unknown[]): readonly unknown[] {
    const text = JSON.stringify(list)
    const kept = this.known.get(text)
    if (kept) return kept
    // as large as it has to be, which a spread is not
    // oxlint-disable-next-line unicorn/prefer-spread
    const own = list.concat()
    if (this.known.size < MAX_LISTS && text.length <= MAX_TEXT) this.known.set(text, own)
    return own
  }
}
