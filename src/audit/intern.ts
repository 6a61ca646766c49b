const MOST = 1 << 15
const LONGEST = 512

/**
 * Equal texts as one: an audit of a thousand things says the same few thousand words over and over, and what comes from another
 * thread or is put together anew is a text of its own each time. Bounded; beyond that texts stay as they are.
 */
export class Intern {
  private readonly texts = new Map<string, string>()

  one<T extends string>(text: T): T {
    const known = this.texts.get(text)
    if (known !== undefined) return known as T
    if (this.texts.size < MOST && text.length <= LONGEST) this.texts.set(text, text)
    return text
  }

  /** Every text in plain data, however deep, in place. */
  within(data: object): void {
    // not by for…in and not by writing what is no text: both cost more than all the rest
    if (Array.isArray(data)) for (let i = 0; i < data.length; i++) this.replace(data as unknown as Fields, i, data[i])
    else {
      const names = Object.keys(data)
      for (let i = 0; i < names.length; i++) this.replace(data as Fields, names[i]!, (data as Fields)[names[i]!])
    }
  }

  private replace(fields: Fields, name: string | number, value: unknown): void {
    if (typeof value === 'string') fields[name] = this.one(value)
    else if (typeof value === 'object' && value !== null) this.within(value)
  }
}

type Fields = Record<string | number, unknown>
