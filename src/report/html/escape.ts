import { clean } from '../words.ts'

/** Markup. Only `markup` and `trusted` make it, so that a text from the wire can never be taken for markup. */
export class Html {
  readonly #text: string

  constructor(text: string, key: symbol) {
    if (key !== KEY) throw new TypeError('markup is made by the markup template')
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

const KEY = Symbol('html')

export type Value = Html | string | number | undefined | false | readonly Value[]

/**
 * Markup from a template. Whatever is put in is escaped for text and for quoted attributes, unless it is markup itself.
 * (Not called `html`: formatters reflow that, and the bytes of style and script are part of the page's policy.)
 */
export function markup(strings: TemplateStringsArray, ...values: Value[]): Html {
  let out = strings[0]!
  for (let i = 0; i < values.length; i++) out += render(values[i]) + strings[i + 1]!
  return new Html(out, KEY)
}

/** For our own constants only: style, script. */
export function trusted(text: string): Html {
  return new Html(text, KEY)
}

function render(value: Value): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.toString()
  if (Array.isArray(value)) return (value as readonly Value[]).map(render).join('')
  return escape(clean(String(value)))
}

function escape(text: string): string {
  return text.replace(/[&<>"'`]/g, (c) => `&#${c.charCodeAt(0)};`)
}
