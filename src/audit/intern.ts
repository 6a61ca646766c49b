const MOST = 1 << 13
const LONGEST = 512

/**
 * Equal texts as one: an audit of a thousand things says the same few thousand sentences and words over and over, and what comes
 * from another thread or is put together anew is a text of its own each time. Bounded; beyond that texts stay as they are.
 */
export class Intern {
  private readonly texts = new Map<string, string>()

  one<T extends string>(text: T): T {
    const known = this.texts.get(text)
    if (known !== undefined) return known as T
    if (this.texts.size < MOST && text.length <= LONGEST) this.texts.set(text, text)
    return text
  }
}
