import { isIP } from 'node:net'
import type { Ports, Range } from './rule.ts'

/** Why a text is no address and no network (address/length); undefined where it is one. */
export function wrongAddress(text: string): string | undefined {
  const [ip, length, ...more] = text.split('/') as [string, string?, ...string[]]
  const family = isIP(ip)
  if (family === 0 || more.length > 0) return `"${text}" is no address`
  if (length === undefined) return undefined
  if (!/^\d{1,3}$/.test(length) || Number(length) > (family === 4 ? 32 : 128))
    return `"${text}" has no length of a network after "/"`
  return undefined
}

/** Ports and ranges of ports, "1024:" and ":1023" too; gives the word that is none. */
export function portsOf(some: readonly string[], not: readonly string[], separator: ':' | '-'): Ports | string {
  const read = { some: rangesOf(some, separator), not: rangesOf(not, separator) }
  if (typeof read.some === 'string') return read.some
  if (typeof read.not === 'string') return read.not
  return { some: read.some, not: read.not }
}

function rangesOf(words: readonly string[], separator: ':' | '-'): Range[] | string {
  const out: Range[] = []
  for (const word of words) {
    const said = new RegExp(`^(\\d{1,5})?(?:(${separator})(\\d{1,5})?)?$`).exec(word.trim())
    if (!said || word.trim() === '' || word.trim() === separator) return word
    const least = Number(said[1] ?? 0)
    const most = said[2] === undefined ? least : Number(said[3] ?? 65535)
    if (least > 65535 || most > 65535 || most < least) return word
    out.push({ least, most })
  }
  return out
}
