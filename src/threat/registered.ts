import { parse } from 'tldts'
import { lower } from '../decode/text.ts'

interface Registered {
  /** What somebody registered, with the public suffix and without. */
  domain: string
  label: string
  /** What is before it, '' where nothing is. */
  below: string
}

/**
 * What somebody would have registered of a name: nothing for single labels (as browsers ask for at their start to see who forges answers),
 * for what a network's own suffix was put behind (.lan, .home.arpa), and for addresses asked for in reverse.
 */
export function registered(name: string): Registered | undefined {
  const asked = lower(name)
  if (!asked.includes('.') || asked.endsWith('.arpa')) return undefined
  const { domain, domainWithoutSuffix: label, subdomain, isIcann, isPrivate } = parse(asked, OPTIONS)
  // RFC 2606: what documents and labs register
  if (domain === null || !label || !(isIcann === true || isPrivate === true || asked.endsWith('.example'))) return undefined
  return { domain, label, below: subdomain ?? '' }
}

/** Also of dynamic DNS and the like, whose customers' names are theirs. */
const OPTIONS = { extractHostname: false, allowPrivateDomains: true, detectIp: false }
