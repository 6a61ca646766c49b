import type { Column } from '../../agree.ts'

/**
 * A column of what a TCP conversation says: all the frames of a conversation count as one row (each field's values in the order of the
 * frames), and so do all our messages of it; of one direction, where `from` says so.
 */
export interface StreamColumn<M> extends Column<M> {
  readonly from?: 'client' | 'server'
}

/** What is there: neither undefined nor empty, as tshark has no value for an empty text. */
export const given = (...values: readonly (string | number | undefined)[]): string[] =>
  values.filter((value) => value !== undefined && value !== '').map(String)

/** Of a column that others look into. */
export const nothing = (): string[] => []

/** Values of several fields of the same things, put together; [] where tshark lacks some of them, so that nobody knows whose they are. */
export function together(row: readonly (readonly string[])[], ...columns: readonly number[]): string[] {
  const lists = columns.map((c) => row[c]!)
  return lists.some((list) => list.length !== lists[0]!.length)
    ? []
    : lists[0]!.map((_, i) => lists.map((list) => Number(list[i])).join(' '))
}

/** Digits of bytes as text, one character a byte. */
export const unhexed = (digits: string): string => Buffer.from(digits.replaceAll(':', ''), 'hex').toString('latin1')

/** Text as tshark writes it in a field, with its escapes taken back. */
export const unescaped = (text: string): string =>
  text.replace(
    /\\(?:([abfnrtv0])|x([0-9a-f]{2})|([0-7]{3})|(.))/g,
    (_, letter?: string, digits?: string, octal?: string, other?: string) => {
      if (letter !== undefined) return ESCAPES[letter]!
      if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16))
      return octal === undefined ? other! : String.fromCharCode(Number.parseInt(octal, 8))
    },
  )

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '0': '\0' }
