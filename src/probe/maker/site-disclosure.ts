import { createHash } from 'node:crypto'
import { printable } from '../../decode/text.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import type { EntryRef } from '../../evidence/pointer.ts'
import type { SiteAsking, SiteProbe } from '../probe.ts'
import { header } from '../web.ts'
import { advisoryFaults, type Listing, mendFeed, parseChanges, parseFeed, parseProvider, readJson } from './csaf.ts'
import { Hosts } from './hosts.ts'
import { verifyCleartext, verifyDetached } from './openpgp.ts'
import { bodyText, bodyTrouble, certificateFault, getPage, type Page, sameOwner } from './page.ts'
import { Resolver } from './resolver.ts'
import { parseSecurityTxt, type SecurityTxt } from './security-txt.ts'
import { domainOf, siteName } from './site.ts'

type Get = (url: string, why: string) => Promise<Page>

/** Whom to tell of a weakness, and where the maker tells of them. */
export const siteDisclosure: SiteProbe = {
  of: 'site',
  id: 'site-disclosure',
  title: "The maker's security contact and advisories",
  ms: 90_000,
  asks: () => [
    'gets /.well-known/security.txt over HTTPS, and the OpenPGP key that it names',
    'gets the CSAF provider metadata, one feed or index of each kind, and the newest advisory',
  ],
  async run(asking) {
    const site = siteName(asking.site)
    const hosts = new Hosts(asking.asker, new Resolver(asking.asker, asking.resolver), site)
    const get: Get = (url, why) => getPage(asking.asker, hosts, url, { why })
    const found = await ofSecurityTxt(asking, site, get)
    await ofCsaf(asking, site, get, found?.csaf ?? [])
  },
}

/** There and a file, not there, or not known: 404 and 410 say that it is not there, other errors say nothing. */
function standing(page: Page): 'there' | 'absent' | 'unknown' {
  const { status } = page.answer ?? {}
  if (status === undefined || (status === 200 && bodyTrouble(page) !== undefined)) return 'unknown'
  return status === 200 ? 'there' : status === 404 || status === 410 ? 'absent' : 'unknown'
}

function why(page: Page): string {
  if (page.answer?.status === 200) return bodyTrouble(page) ?? `${page.url.host} sends more than is read for ${page.url.pathname}`
  return page.trouble ?? `${page.url.host} answers with ${page.answer?.status ?? 'nothing'} for ${page.url.pathname}`
}

async function ofSecurityTxt(asking: SiteAsking, site: string, get: Get): Promise<SecurityTxt | undefined> {
  const start = `https://${site}/.well-known/security.txt`
  const facts: Kinds['site.security-txt'] = { host: site, found: false, contacts: [], canonical: [], faults: [], notes: [] }
  const page = await get(start, 'gets security.txt')
  const again = `Ask again: assay probe --site ${site}`
  const type = page.answer && header(page.answer, 'content-type')
  // a site that answers everything with its first page has none
  const isPage = /^text\/html\b/i.test(type ?? '')
  const state = standing(page)
  if (state === 'unknown' || page.answer!.cut) {
    asking.trouble('security.txt', why(page), again, page.shown)
    return undefined
  }
  if (state !== 'there' || isPage) {
    const legacy = await get(`https://${site}/security.txt`, 'gets security.txt at its old place')
    const old = standing(legacy) === 'there' && /^text\/plain\b/i.test(header(legacy.answer!, 'content-type') ?? '')
    if (old) facts.faults.push('it is at /security.txt only, not at /.well-known/security.txt (RFC 9116 section 3)')
    if (isPage && state === 'there') facts.faults.push('/.well-known/security.txt is a web page')
    asking.note('site.security-txt', site, facts, [...page.shown, ...legacy.shown])
    return undefined
  }
  const answer = page.answer!
  const text = bodyText(answer)
  if (text === undefined) {
    facts.found = true
    facts.faults.push('it is not UTF-8 (RFC 9116 section 3)')
    asking.note('site.security-txt', site, facts, page.shown)
    return undefined
  }
  const read = parseSecurityTxt(text)
  facts.found = true
  facts.url = printable(page.url.href, 300)
  facts.contacts = read.contacts
  facts.canonical = read.canonical
  if (read.expires !== undefined) facts.expires = read.expires
  if (read.policy[0] !== undefined) facts.policy = read.policy[0]
  facts.faults.push(...read.faults)
  facts.notes.push(...read.notes)
  if (!isPlainUtf8(type ?? ''))
    facts.faults.push(
      `it is sent as ${printable(type ?? 'nothing in particular', 60)}, not as text/plain; charset=utf-8 (section 3)`,
    )
  if (page.hops.some(({ url }) => url.protocol !== 'https:')) facts.faults.push('the way to it leads over plain HTTP')
  const bad = page.hops.find(({ answer: { tls } }) => tls?.trouble !== undefined)
  if (bad) facts.faults.push(`the certificate of ${bad.url.host} is not valid: ${certificateFault(bad.answer.tls!.trouble!)}`)
  if (read.canonical.length > 0 && !page.hops.some(({ url }) => read.canonical.includes(url.href)))
    facts.faults.push(`it says that it belongs elsewhere: Canonical does not list ${printable(start, 120)} (section 2.5.2)`)
  const shown = [...page.shown]
  if (read.signed !== undefined) await ofSignature(facts, read, site, get, shown)
  asking.note('site.security-txt', site, facts, shown)
  return read
}

/** RFC 9116 section 3; UTF-8 where nothing is said. */
function isPlainUtf8(type: string): boolean {
  const [media = '', ...parameters] = type
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  return media === 'text/plain' && (charset === undefined || /^charset="?utf-?8"?$/.test(charset))
}

async function ofSignature(
  facts: Kinds['site.security-txt'],
  read: SecurityTxt,
  site: string,
  get: Get,
  shown: EntryRef[],
): Promise<void> {
  facts.signed = 'unverified'
  const at = read.encryption
    .map((value) => URL.parse(value))
    .find((url) => url?.protocol === 'https:' && sameOwner(url.hostname, site))
  if (at === undefined || at === null) {
    facts.notes.push('its signature was not verified: it names no key on a site of its own (Encryption)')
    return
  }
  const page = await get(at.href, 'gets the OpenPGP key')
  shown.push(...page.shown)
  if (standing(page) !== 'there' || page.answer!.tls?.trouble !== undefined || page.answer!.cut) {
    facts.notes.push(`its signature was not verified: the key cannot be fetched (${printable(why(page), 200)})`)
    return
  }
  const { status, reason } = verifyCleartext(read.signed!, page.answer!.body)
  facts.signed = status
  if (status === 'invalid') facts.faults.push(`its signature is not valid: ${reason}`)
  if (status === 'unverified') facts.notes.push(`its signature was not verified: ${reason}`)
}

/** Section 7.1.8 to 7.1.10, in the order of section 7.3. */
async function ofCsaf(asking: SiteAsking, site: string, get: Get, named: readonly string[]): Promise<void> {
  const domain = domainOf(site)
  const places = [
    ...named.filter((url) => url.startsWith('https://')).slice(0, 2),
    `https://${site}/.well-known/csaf/provider-metadata.json`,
    ...(site === domain ? [] : [`https://${domain}/.well-known/csaf/provider-metadata.json`]),
    `https://csaf.data.security.${domain}/`,
  ]
  const facts: Kinds['site.csaf'] = { host: site, found: false, faults: [] }
  const shown: EntryRef[] = []
  let doubt: Page | undefined
  let answered = false
  for (const place of new Set(places)) {
    const page = await get(place, 'gets CSAF provider metadata')
    shown.push(...page.shown.slice(0, 1))
    const json = standing(page) === 'there' && !page.answer!.cut ? readJson(bodyText(page.answer!) ?? '') : undefined
    if (json !== undefined) {
      const lost = await ofProvider(facts, json, page, get, shown)
      if (lost === undefined) return asking.note('site.csaf', site, facts, shown)
      return asking.trouble('csaf', lost, `Ask again: assay probe --site ${site}`, shown)
    }
    if (standing(page) === 'there' && page.answer!.cut) doubt ??= page
    else if (standing(page) === 'there' && !/^text\/html\b/i.test(header(page.answer!, 'content-type') ?? '')) {
      facts.faults.push(`${printable(place, 120)} is no JSON`)
      facts.url = printable(place, 300)
    } else if (named.includes(place) && (standing(page) === 'absent' || page.nowhere || page.refused))
      facts.faults.push(`security.txt names ${printable(place, 120)}, and: ${printable(why(page), 200)}`)
    else if (standing(page) === 'unknown' && !page.nowhere) doubt ??= page
    if (standing(page) !== 'unknown') answered = true
  }
  if ((doubt !== undefined || !answered) && facts.faults.length === 0) {
    const reason = doubt ? why(doubt) : `neither ${site} nor ${domain} has an address`
    return asking.trouble('csaf', reason, `Ask again: assay probe --site ${site}`, shown)
  }
  asking.note('site.csaf', site, facts, shown)
}

/** @returns why it cannot be known whether its advisories answer */
async function ofProvider(
  facts: Kinds['site.csaf'],
  json: Record<string, unknown>,
  page: Page,
  get: Get,
  shown: EntryRef[],
): Promise<string | undefined> {
  facts.found = true
  facts.url = printable(page.url.href, 300)
  const provider = parseProvider(json, page.url)
  if (provider.publisher !== undefined) facts.publisher = provider.publisher
  if (provider.role !== undefined) facts.role = provider.role
  facts.faults.push(...provider.faults)
  const fault = (text: string) => {
    facts.faults.push(printable(text, 300))
  }
  if (page.answer!.tls?.trouble !== undefined)
    fault(`the certificate of ${page.url.host} is not valid: ${certificateFault(page.answer!.tls.trouble)}`)

  const feed = provider.feeds.find((url) => url.startsWith('https://'))
  const folder = provider.folders.find((url) => url.startsWith('https://'))
  let lost: string | undefined
  const fetched = async (url: string, what: string): Promise<{ text: string; bytes: Buffer; long: boolean } | undefined> => {
    if (!URL.canParse(url)) {
      fault(`${url} is no address`)
      return undefined
    }
    const got = await get(url, what)
    shown.push(...got.shown.slice(-1))
    if (standing(got) === 'unknown' && !got.refused && !got.nowhere) lost ??= why(got)
    else if (standing(got) !== 'there') fault(`${url} cannot be fetched: ${why(got)}`)
    else {
      const long = got.answer!.cut
      // a piece may end within a character
      const text = long ? got.answer!.body.toString('utf8') : bodyText(got.answer!)
      if (text !== undefined) return { text, bytes: got.answer!.body, long }
      fault(`${url} is not UTF-8`)
    }
    return undefined
  }

  let listing: Listing | undefined
  if (feed !== undefined) {
    const got = await fetched(feed, 'gets the feed of advisories')
    // of a long one what came is read
    const parsed = got && readJson(got.long ? mendFeed(got.text) : got.text)
    if (parsed !== undefined) listing = parseFeed(parsed)
    else if (got !== undefined) fault(`${feed} is no JSON`)
    if (got?.long === true) facts.more = true
  }
  if (listing === undefined && folder !== undefined) {
    const base = folder.endsWith('/') ? folder : `${folder}/`
    const got = await fetched(`${base}changes.csv`, 'gets the list of changes of advisories')
    if (got !== undefined) {
      // its last line may be half of one
      listing = parseChanges(got.long ? got.text.slice(0, got.text.lastIndexOf('\n') + 1) : got.text, base)
      facts.more = got.long
    }
  }
  if (listing === undefined) return lost
  listing.faults.forEach(fault)
  facts.advisories = listing.count
  if (listing.newest !== undefined) facts.newest = printable(listing.newest, 40)
  const link = URL.parse(listing.link ?? '')
  if (link === null) return lost
  if (link.protocol !== 'https:') {
    fault(`the advisory ${link.href} is not under https`)
    return lost
  }
  const got = await fetched(link.href, 'gets the newest advisory')
  if (got === undefined) return lost
  facts.read = printable(link.href, 300)
  // a long one answers; what is in it was not read to the end
  if (got.long) return undefined
  const advisory = readJson(got.text)
  if (advisory === undefined) fault(`the advisory ${link.href} is no JSON`)
  else facts.faults.push(...advisoryFaults(advisory, decoded(link.pathname.split('/').at(-1)!)))
  // sections 7.1.18 and 7.1.19: only of these it is demanded
  if (provider.role !== 'csaf_trusted_provider') return lost
  const sum = await fetched(`${link.href}.sha512`, 'gets the checksum of the advisory')
  const digest = createHash('sha512').update(got.bytes).digest('hex')
  if (sum !== undefined && sum.text.trim().slice(0, 128).toLowerCase() !== digest)
    fault(`the checksum of ${link.href} is of another file`)
  const signature = await fetched(`${link.href}.asc`, 'gets the signature of the advisory')
  const [key] = provider.keys
  const keyFile = key === undefined ? undefined : await fetched(key, 'gets the OpenPGP key of the advisories')
  if (signature === undefined || keyFile === undefined) return lost
  const { status, reason } = verifyDetached(signature.bytes, got.bytes, keyFile.bytes)
  facts.signed = status
  if (status !== 'valid')
    fault(`the signature of ${link.href} is ${status === 'invalid' ? 'not valid' : 'of another key'}: ${reason}`)
  return lost
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
