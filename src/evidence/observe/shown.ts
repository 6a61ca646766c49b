import { mask } from '../kinds.ts'

/** Longest text of a detail. */
const MAX_SHOWN = 255

/** Text from the wire as it may be kept: e-mail addresses in it masked, not too long. */
export function shown(value: string, max = MAX_SHOWN): string {
  const short = value.length > max ? value.slice(0, max) : value
  return short.includes('@') ? short.replace(EMAIL, mask) : short
}

// bounded: at most 64 characters are looked at before the @ from any place
const EMAIL = /[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g
