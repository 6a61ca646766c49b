import { getDomain } from 'tldts'
import type { EntryRef } from '../../evidence/pointer.ts'
import { type Asker, NotAsked } from '../asker.ts'
import { askWeb, header, MAX_BODY, type WebAnswer } from '../web.ts'
import type { Hosts } from './hosts.ts'

/** What a URL led to. */
export interface Page {
  /** Where it ended. */
  url: URL
  /** Every answer on the way, the last one last. */
  hops: { url: URL; answer: WebAnswer }[]
  /** The last answer; undefined where nobody gave one. */
  answer?: WebAnswer
  /** Why there is none, or none that counts. */
  trouble?: string
  /** Nobody listens there, and it said so. */
  refused: boolean
  /** Whether there is anything is not known: nobody answered, it was too slow, or it may not be asked. */
  silent: boolean
  /** There is no such host. */
  nowhere: boolean
  shown: EntryRef[]
}

const MAX_REDIRECTS = 5
/** From the connection to the end of the page. */
const PAGE_MS = 8000
/** Of a host with several addresses so many are tried. */
const MAX_ADDRESSES = 2

/** A page as a browser gets it that follows redirects: http and https on their own ports, and nothing else. */
export async function getPage(
  asker: Asker,
  hosts: Hosts,
  start: string,
  { why, follow = true }: { why: string; follow?: boolean },
): Promise<Page> {
  const page: Page = { url: new URL(start), hops: [], refused: false, silent: false, nowhere: false, shown: [] }
  for (let hop = 0; ; hop++) {
    const { url } = page
    const answer = await get(asker, hosts, url, why, page)
    if (answer === undefined) return page
    page.hops.push({ url, answer })
    page.answer = answer
    const location = header(answer, 'location')
    if (!follow || location === undefined || ![301, 302, 303, 307, 308].includes(answer.status ?? 0)) return page
    const next = URL.parse(location, url.href)
    if (next === null) return failed(page, `${url} leads to what is no address: ${location.slice(0, 120)}`)
    if ((next.protocol !== 'https:' && next.protocol !== 'http:') || next.port !== '')
      return failed(
        page,
        `${url.host} leads to ${next.origin.slice(0, 120)}, which was not asked: only http and https on their own ports are`,
      )
    if (hop === MAX_REDIRECTS) return failed(page, `${start} leads on and on: more than ${MAX_REDIRECTS} redirects`)
    next.hash = ''
    page.url = next
  }
}

function failed(page: Page, trouble: string): Page {
  page.trouble = trouble
  delete page.answer
  return page
}

async function get(asker: Asker, hosts: Hosts, url: URL, why: string, page: Page): Promise<WebAnswer | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const { ips, trouble, shown } = await hosts.addresses(host)
  if (ips.length === 0) {
    page.shown.push(...shown)
    page.nowhere = trouble === undefined
    failed(page, trouble ?? `there is no address for ${host}`)
    return undefined
  }
  const tls = url.protocol === 'https:'
  for (const ip of ips.slice(0, MAX_ADDRESSES)) {
    const port = tls ? 443 : 80
    const before = hosts.mute.get(`${host} ${ip} ${port}`) ?? hosts.slow.get(`${host} ${ip} ${port}`)
    if (before !== undefined) {
      failed(page, before)
      page.silent = true
      continue
    }
    try {
      const path = `${url.pathname}${url.search}`
      const answer = await askWeb(asker, {
        ip,
        port,
        host,
        tls,
        path,
        // nothing is unpacked: what is sent packed would be a guess of what is in it
        headers: { 'accept-encoding': 'identity' },
        why: `${why}: ${url.href.slice(0, 200)}`,
        ms: PAGE_MS,
      })
      page.shown.push(answer.ref)
      if (answer.status !== undefined) {
        delete page.trouble
        page.refused = page.silent = false
        // it drips: the next page would, too
        if (answer.cut && answer.entry.ended === 'endless' && !isLong(answer))
          hosts.slow.set(`${host} ${ip} ${port}`, late(url.host))
        return answer
      }
      const ended = answer.entry.ended
      page.refused = ended === 'refused'
      page.trouble = `${url.protocol}//${url.host} (${ip}): ${NOBODY[ended] ?? answer.trouble ?? ended}`
      if (ended === 'answered') return undefined
      page.silent = ended === 'silent' || ended === 'endless'
      if (page.silent) hosts.mute.set(`${host} ${ip} ${port}`, page.trouble)
    } catch (error) {
      if (!(error instanceof NotAsked)) throw error
      page.trouble = error.message
      page.silent = true
    }
  }
  return undefined
}

const NOBODY: Readonly<Record<string, string>> = {
  refused: 'nobody listens there',
  silent: 'nobody answered',
  unreachable: 'there is no way there',
  endless: 'it took too long or sent too much',
}

/** More than was taken; what else is cut did not come whole in its time. */
export function isLong({ cut, body }: WebAnswer): boolean {
  return cut && body.length >= MAX_BODY
}

/** Why the body of an answer is not to be read; undefined where it is. */
export function bodyTrouble({ url, answer }: { url: URL; answer?: WebAnswer }): string | undefined {
  if (answer === undefined) return 'there is no answer'
  const packed = header(answer, 'content-encoding')
  if (packed !== undefined && packed.toLowerCase() !== 'identity')
    return `${url.host} sends ${url.pathname} packed, though that was not asked for`
  return answer.cut && !isLong(answer) ? late(url.host) : undefined
}

function late(host: string): string {
  return `the answer of ${host} did not come whole in ${PAGE_MS / 1000} seconds`
}

/** Of the same owner, as far as names show it. */
export function sameOwner(a: string, b: string): boolean {
  return a === b || (getDomain(a) ?? a) === (getDomain(b) ?? b)
}

/** Node's codes for what is wrong with a certificate, in words. */
export function certificateFault(code: string): string {
  return CERTIFICATE[code] ?? `it cannot be verified (${code})`
}

const CERTIFICATE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by nobody but itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known, or certificates between are missing',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name',
  CERT_REVOKED: 'it was revoked',
  EE_KEY_TOO_SMALL: 'its key is too short',
  CA_MD_TOO_WEAK: 'its signature is too weak',
}

/** The body as text, where it is UTF-8 (RFC 3629). */
export function bodyText(answer: WebAnswer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(answer.body)
  } catch {
    return undefined
  }
}
