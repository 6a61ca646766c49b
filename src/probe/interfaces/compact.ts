import { printable } from '../../decode/text.ts'

const MAX_VALUE = 128

/** Those that were said, as they may be kept. */
export function compact(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, printable(value, MAX_VALUE)]],
    ),
  )
}
