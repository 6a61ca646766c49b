import { getDomain } from 'tldts'

/** How names of a dossier are held against names that were seen. */

/**
 * A name seen is one that a dossier names, or lies below it: 'example.com' and '*.example.com' both stand for all that ends so, as makers
 * mean their domains. But not of a suffix under which anybody registers: 'com' would declare half the Internet.
 */
export function isDomain(name: string, declared: string): boolean {
  const domain = declared.replace(/^\*\./, '').toLowerCase()
  const seen = name.toLowerCase().replace(/\.$/, '')
  return seen === domain || (getDomain(domain) !== null && seen.endsWith(`.${domain}`))
}

/** 'Amazon Web Services' of the lists and 'Amazon Web Services, Inc.' of a dossier: one begins with the words of the other. */
export function sameCompany(a: string | undefined, b: string | undefined): boolean {
  const [one, other] = [words(a), words(b)]
  if (one.length === 0 || other.length === 0) return false
  const shorter = Math.min(one.length, other.length)
  return one.slice(0, shorter).join(' ') === other.slice(0, shorter).join(' ')
}

/** Forms of companies are no part of their names. */
const FORMS = new Set([
  'inc',
  'ltd',
  'llc',
  'gmbh',
  'ag',
  'sa',
  'bv',
  'co',
  'corp',
  'corporation',
  'company',
  'limited',
  'plc',
  'kg',
  'oy',
  'ab',
  'srl',
  'spa',
])

function words(name = ''): string[] {
  return name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !FORMS.has(word))
}
