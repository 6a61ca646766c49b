import { literal } from '../address.ts'
import type { Asker } from '../asker.ts'
import type { EntryRef } from '../../evidence/pointer.ts'
import type { Target } from '../probe.ts'
import { askWeb, header, type WebAnswer } from '../web.ts'
import { type Page, readPage } from './html.ts'

/** A page, and how one came there. */
export interface Visit {
  /** Of the page that was shown in the end. */
  url: URL
  answers: { url: URL; answer: WebAnswer }[]
  last: WebAnswer
  page: Page
  /** It sends elsewhere, to another host: that one was not asked. */
  elsewhere?: string
  trouble?: string
  shown: EntryRef[]
}

const MAX_HOPS = 5

/** The target by the name that the user gave, else by its address. */
export function urlOf({ ip, name }: Target, port: number, tls: boolean, path = '/'): URL {
  const host = name ?? literal(ip)
  return new URL(path, `${tls ? 'https' : 'http'}://${host}:${port}`)
}

/** For Host and SNI: a name, where it is called by one. */
export function hostOf(url: URL): { host?: string } {
  return /^\[|^[\d.]+$/.test(url.hostname) ? {} : { host: url.hostname }
}

/** The same host, under whatever name it was called by: its address, or what the user named. */
export function isTarget(target: Target, url: URL): boolean {
  return url.hostname === literal(target.ip) || url.hostname === target.name?.toLowerCase()
}

export const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80)

/** Goes to an address and where that leads, as a browser does that runs no scripts; only on the target. */
export async function visit(
  asker: Asker,
  target: Target,
  from: URL,
  why: string,
  headers: Record<string, string> = {},
): Promise<Visit> {
  let url = from
  const answers: Visit['answers'] = []
  const seen = new Set<string>()
  for (let hop = 0; ; hop++) {
    const tls = url.protocol === 'https:'
    const answer = await askWeb(asker, {
      ip: target.ip,
      ...hostOf(url),
      port: portOf(url),
      tls,
      path: url.pathname + url.search,
      headers,
      why,
    })
    answers.push({ url, answer })
    const kind = header(answer, 'content-type') ?? ''
    const page = readPage(kind === '' || /html|xml/i.test(kind) ? answer.body.toString('utf8') : '')
    const shown = answers.map((a) => a.answer.ref)
    const here = { url, answers, last: answer, page, shown }
    if (answer.trouble !== undefined || answer.status === undefined)
      return { ...here, trouble: answer.trouble ?? 'it did not answer' }
    const to =
      answer.status >= 300 && answer.status < 400 ? header(answer, 'location') : answer.status === 200 ? page.refresh : undefined
    if (to === undefined) return here
    const next = URL.parse(to, url.href)
    if (next === null || (next.protocol !== 'http:' && next.protocol !== 'https:')) return here
    next.hash = ''
    if (!isTarget(target, next)) return { ...here, elsewhere: next.href.slice(0, 200) }
    // a page that reloads itself leads nowhere else
    if (next.href === url.href && answer.status === 200) return here
    if (seen.has(next.href) || hop >= MAX_HOPS) return { ...here, trouble: 'it sends a browser in circles' }
    seen.add(next.href)
    url = next
  }
}
