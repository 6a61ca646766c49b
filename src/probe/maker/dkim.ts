import { createPublicKey } from 'node:crypto'
import type { EntryRef } from '../../evidence/pointer.ts'
import { textOf } from './records.ts'
import type { Resolver } from './resolver.ts'
import { readTags } from './tags.ts'

/** A key by which mail is signed (RFC 6376 section 3.6.1). */
export interface DkimKey {
  selector: string
  keyType: string
  /** 0 where the key was taken back. */
  keyBits: number
  faults: string[]
}

/** Selectors that great mail services and common software give their customers, by their own documentation. */
export const USUAL_SELECTORS: readonly string[] = [
  'default',
  'dkim',
  'mail',
  'smtp',
  'email',
  'selector1',
  'selector2',
  'google',
  'k1',
  'k2',
  'k3',
  's1',
  's2',
  'key1',
  'key2',
  'mx',
  'dk',
  'sig1',
  'fm1',
  'fm2',
  'fm3',
  'protonmail',
  'protonmail2',
  'protonmail3',
  'zoho',
  'mandrill',
  'pm',
  'mg',
  'mailjet',
  'sendgrid',
  'everlytickey1',
  'cm',
  'hs1',
  'turbo-smtp',
  'mxvault',
  'rsa',
  'ed25519',
]

/** RFC 8301 section 3.2: shorter ones must not be taken, and signers should use this many. */
const MIN_BITS = 1024
const GOOD_BITS = 2048

/** Undefined where the text is no key record. */
export function parseDkim(selector: string, text: string): DkimKey | undefined {
  const tags = readTags(text)
  if (tags === undefined || !tags.has('p') || (tags.has('v') && tags.get('v') !== 'DKIM1')) return undefined
  const keyType = tags.get('k') ?? 'rsa'
  const key: DkimKey = { selector, keyType, keyBits: 0, faults: [] }
  const p = tags.get('p')!.replaceAll(/\s/g, '')
  if (p === '') return key
  const bits = bitsOf(keyType, Buffer.from(p, 'base64'))
  if (bits === undefined) key.faults.push(`its ${keyType.slice(0, 20)} key cannot be read`)
  else {
    key.keyBits = bits
    if (keyType === 'rsa' && bits < MIN_BITS)
      key.faults.push(`its RSA key has ${bits} bits: receivers must not take fewer than 1024 (RFC 8301)`)
    else if (keyType === 'rsa' && bits < GOOD_BITS)
      key.faults.push(`its RSA key has ${bits} bits: 2048 should be used (RFC 8301)`)
  }
  const hashes = tags
    .get('h')
    ?.split(':')
    .map((h) => h.trim())
  if (hashes !== undefined && !hashes.includes('sha256')) key.faults.push('it allows no SHA-256 (RFC 8301)')
  if (
    tags
      .get('t')
      ?.split(':')
      .some((flag) => flag.trim() === 'y') === true
  )
    key.faults.push('it is marked as a test: receivers treat the mail as unsigned')
  return key
}

function bitsOf(type: string, bytes: Buffer): number | undefined {
  if (type === 'ed25519') return bytes.length === 32 ? 256 : undefined // RFC 8463 section 4.2: the bare key
  if (type !== 'rsa') return undefined
  try {
    const key = createPublicKey({ key: bytes, format: 'der', type: 'spki' })
    return key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined
  } catch {
    try {
      // RFC 6376 says RSAPublicKey, everybody publishes SubjectPublicKeyInfo, and verifiers take both
      return createPublicKey({ key: bytes, format: 'der', type: 'pkcs1' }).asymmetricKeyDetails?.modulusLength
    } catch {
      return undefined
    }
  }
}

/**
 * The keys under selectors that are known: selectors cannot be listed, so that none is found proves nothing. `wildcard`: what any
 * selector gets that nobody set up.
 */
export async function dkimOf(
  resolver: Resolver,
  domain: string,
  selectors: readonly string[],
): Promise<{ keys: DkimKey[]; wildcard?: DkimKey; trouble?: string; shown: EntryRef[] }> {
  const shown: EntryRef[] = []
  let trouble: string | undefined
  const ask = async (selector: string) => {
    const answer = await resolver.ask(`${selector}._domainkey.${domain}`, 'TXT')
    if (answer.kind === 'trouble') trouble ??= answer.reason
    const key =
      answer.kind === 'found' ? answer.records.map((r) => parseDkim(selector, textOf(r))).find((k) => k !== undefined) : undefined
    if (key !== undefined || shown.length === 0) shown.push(...answer.shown)
    return key
  }
  const wildcard = await ask('assay-nobody-set-this-up')
  // a name below which there is nothing says so once (RFC 8020)
  const found = wildcard === undefined ? await Promise.all([...new Set(selectors)].map(ask)) : []
  // a key under every selector is one, whichever they use
  const keys =
    wildcard !== undefined && wildcard.keyBits > 0 ? [{ ...wildcard, selector: '*' }] : found.filter((key) => key !== undefined)
  return {
    keys,
    shown,
    ...(wildcard === undefined ? {} : { wildcard }),
    ...(trouble === undefined ? {} : { trouble }),
  }
}
