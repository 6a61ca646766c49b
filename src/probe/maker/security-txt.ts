import { printable } from '../../decode/text.ts'
import { isCleartext, readCleartext, type Cleartext } from './openpgp.ts'

/** A security.txt (RFC 9116), read by its section 4's grammar. */
export interface SecurityTxt {
  contacts: string[]
  /** As it stands there. */
  expires?: string
  policy: string[]
  encryption: string[]
  canonical: string[]
  csaf: string[]
  /** It breaks the RFC, or serves nobody. */
  faults: string[]
  /** The RFC recommends otherwise. */
  notes: string[]
  /** Its signature's frame, where it has one that can be read. */
  signed?: Cleartext
}

/** What must be a web address must be https (section 2.5.1, 2.5.2 …). */
const ADDRESSES = new Set(['contact', 'encryption', 'acknowledgments', 'canonical', 'policy', 'hiring', 'csaf'])
const MAX_LINES = 1000
const MAX_KEPT = 16
const YEAR = 366 * 86_400_000

/** @param now milliseconds since 1970 */
export function parseSecurityTxt(given: string, now = Date.now()): SecurityTxt {
  const found: SecurityTxt = { contacts: [], policy: [], encryption: [], canonical: [], csaf: [], faults: [], notes: [] }
  let text = given.replace(/^\uFEFF/, '')
  if (isCleartext(text)) {
    const signed = readCleartext(text)
    if (signed === undefined) found.faults.push('its OpenPGP signature is broken: no reader can take it apart')
    else {
      found.signed = signed
      text = signed.text
    }
  }
  const counts = new Map<string, number>()
  const lines = text.split('\n')
  if (lines.length > MAX_LINES) found.faults.push(`it has more than ${MAX_LINES} lines: what is after them was not read`)
  for (const raw of lines.slice(0, MAX_LINES)) {
    const line = raw.replace(/\r$/, '')
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, name, value = ''] = /^([!-9;-~]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined) {
      if (found.signed === undefined && isCleartext(given)) continue
      found.faults.push(`a line is neither field nor comment: ${printable(line, 60)}`)
      continue
    }
    const field = name.toLowerCase()
    counts.set(field, (counts.get(field) ?? 0) + 1)
    take(found, field, name, value, now)
  }
  if (found.contacts.length === 0) found.faults.push('it names no contact (section 2.5.3)')
  const expires = counts.get('expires') ?? 0
  if (expires === 0) found.faults.push('it does not say until when it holds (Expires, section 2.5.5)')
  if (expires > 1) found.faults.push('Expires stands more than once (section 2.5.5)')
  if ((counts.get('preferred-languages') ?? 0) > 1) found.faults.push('Preferred-Languages stands more than once (section 2.5.8)')
  if (found.signed && found.canonical.length === 0)
    found.notes.push('it is signed and does not say where it belongs (Canonical, section 2.5.2)')
  found.faults = [...new Set(found.faults)].slice(0, MAX_KEPT)
  return found
}

function take(found: SecurityTxt, field: string, name: string, value: string, now: number): void {
  const { faults } = found
  if (ADDRESSES.has(field)) {
    const url = URL.parse(value)
    if (url === null) return void faults.push(`${printable(name, 40)} is no address (URI): ${printable(value, 80)}`)
    if (url.protocol === 'http:') faults.push(`${printable(name, 40)} is not under https: ${printable(value, 80)}`)
  }
  const keep = (list: string[]) => list.length < MAX_KEPT && list.push(printable(value, 300))
  switch (field) {
    case 'contact':
      return void keep(found.contacts)
    case 'policy':
      return void keep(found.policy)
    case 'encryption':
      return void keep(found.encryption)
    case 'canonical':
      return void keep(found.canonical)
    case 'csaf':
      return void keep(found.csaf)
    case 'expires': {
      if (found.expires !== undefined) return
      found.expires = printable(value, 60)
      const at = rfc3339(value)
      if (at === undefined) faults.push(`Expires is no time as RFC 3339 writes it: ${found.expires}`)
      else if (at < now) faults.push(`it expired on ${new Date(at).toISOString().slice(0, 10)}`)
      else if (at > now + YEAR) found.notes.push('it holds for more than a year (section 2.5.5 recommends less)')
      return
    }
    case 'preferred-languages':
      if (!value.split(',').every((tag) => /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(tag.trim())))
        faults.push(`Preferred-Languages is no list of language tags: ${printable(value, 80)}`)
      return
    default:
  }
}

/** Milliseconds since 1970; undefined where it is not written as RFC 3339 section 5.6 says, or is no day. */
export function rfc3339(value: string): number | undefined {
  const [, month, day, rest] =
    /^\d{4}-(\d{2})-(\d{2})([Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2}))$/.exec(value) ?? []
  if (rest === undefined) return undefined
  const at = Date.parse(value.replace(' ', 'T').toUpperCase())
  const last = new Date(Date.UTC(Number(value.slice(0, 4)), Number(month), 0)).getUTCDate()
  return Number.isNaN(at) || Number(day) > last ? undefined : at
}
