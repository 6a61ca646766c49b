import { printable } from '../decode/text.ts'
import { publicUrl } from './public-url.ts'
import type { Indicator } from '../evidence/sign.ts'

/** What a text of shell commands does, of what loaders of bots do. */
export interface Deeds {
  /** Fetches from elsewhere: wget, curl, tftp, ftpget. How often. */
  fetches: number
  /** Writes a program byte by byte with echo or printf. */
  writes: boolean
  /** In a place that is writable on every small system. */
  temporary: boolean
  runnable: boolean
  runs: boolean
  removes: boolean
  /** Looks for a place that it can write to. */
  searches: boolean
  /** A word after "busybox" that is no program of it: how loaders tell where an answer ends. */
  mark?: string
}

/** Longest text that is read, in characters. */
export const MAX_COMMANDS = 4096

// white space is bounded: many blanks must not be gone through again from each
const FETCH = /(?:^|[\s;&|`(/'"])(?:wget|curl|tftp|ftpget)\s(?=[^;|&\n]{0,160}[./$])/gi
const WRITE = /(?:echo|printf)\s{1,8}(?:-[ne]{1,3}\s{1,8}){0,2}["']?(?:\\{1,4}x?[0-7a-f]{2,3}){2}[^\n]{0,512}>/i
const TEMPORARY = /(?:cd|-O|-o|>{1,2})\s{0,8}\/(?:tmp|var|dev|run|mnt|root|data\/local\/tmp|etc\/[a-z]{0,16})(?:[/\s;|&]|$)/i
const RUNNABLE = /chmod\s{1,8}(?:-R\s{1,8})?(?:0?7[57][57]|[augo]{0,3}\+x|\+rwx)\b/i
const RUNS =
  /(?:^|[;&|\n])\s{0,8}(?:\.\/|(?:sh|ash|bash|\/bin\/sh)\s{1,8}[^\s-]|\/(?:tmp|var\/run|var\/tmp|dev|data\/local\/tmp)\/\S)|\|\s{0,8}(?:ba|a)?sh\b/i
const REMOVES = /\brm\s{1,8}-(?:rf|fr|r|f)\b/i
const SEARCHES = /\/proc\/mounts|>\s{0,8}\/\S{0,64}\s{0,8}&&\s{0,8}cd\s|>\s{0,8}\.\w{1,8}\s{0,8}(?:&&|;)/
const MARK = /busybox\s{1,8}([A-Z]{4,16})\s{0,8}(?:$|[;&|\n])/

/** `text`: in clear, not percent-encoded. */
export function deedsOf(text: string): Deeds {
  const plain = spaced(text)
  const mark = MARK.exec(plain)?.[1]
  return {
    fetches: Math.min(99, plain.match(FETCH)?.length ?? 0),
    writes: WRITE.test(plain),
    temporary: TEMPORARY.test(plain),
    runnable: RUNNABLE.test(plain),
    runs: RUNS.test(plain),
    removes: REMOVES.test(plain),
    searches: SEARCHES.test(plain),
    ...(mark !== undefined && { mark }),
  }
}

/** Shells read ${IFS} as a space: where none may stand. */
export function spaced(text: string): string {
  return text.slice(0, MAX_COMMANDS).replace(/\$\{IFS\}|\$IFS(?:\$9)?/gi, ' ')
}

export const NO_DEEDS: Deeds = {
  fetches: 0,
  writes: false,
  temporary: false,
  runnable: false,
  runs: false,
  removes: false,
  searches: false,
}

/** What one and then another text did. */
export function both(a: Deeds, b: Deeds): Deeds {
  const mark = a.mark ?? b.mark
  return {
    fetches: a.fetches + b.fetches,
    writes: a.writes || b.writes,
    temporary: a.temporary || b.temporary,
    runnable: a.runnable || b.runnable,
    runs: a.runs || b.runs,
    removes: a.removes || b.removes,
    searches: a.searches || b.searches,
    ...(mark !== undefined && { mark }),
  }
}

/** Points for each: a loader does most of them within a line or two, and who looks after a thing one or two in an hour. */
export function weigh({ fetches, writes, temporary, runnable, runs, removes, searches, mark }: Deeds): number {
  const one = (is: boolean) => (is ? 1 : 0)
  return (
    2 * one(fetches > 0) +
    one(fetches > 1) +
    3 * one(writes) +
    one(temporary) +
    one(runnable) +
    one(runs) +
    one(removes) +
    one(searches) +
    2 * one(mark !== undefined)
  )
}

/** In words, for a sentence. */
export function deedWords({ fetches, writes, temporary, runnable, runs, removes, searches, mark }: Deeds): string[] {
  return [
    fetches > 0 ? 'fetches a program' : '',
    writes ? 'writes a program byte by byte' : '',
    temporary ? 'works in a folder that anybody can write to' : '',
    runnable ? 'makes it runnable' : '',
    runs ? 'runs it' : '',
    removes ? 'removes files' : '',
    searches ? 'looks for a place to write to' : '',
    mark === undefined ? '' : `asks busybox for "${mark}"`,
  ].filter((word) => word !== '')
}

// what an exploit's parts are joined by is a control character, and ends an address
const URL = /\b(?:https?|ftp|tftp):\/\/[^\0-\x20;|&'"`<>()\\{}$]{4,200}/gi
const BARE =
  /\b(?:wget|curl)\s{1,8}(?:-\S{1,16}\s{1,8}){0,4}((?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\/[^\0-\x20;|&'"`<>()\\{}$]{0,160})/gi
const FROM = /\b(?:tftp|ftpget)\s[^;|&\n]{0,120}?\b((?:\d{1,3}\.){3}\d{1,3})\b/gi
const MAX_URLS = 12

/** Where programs are fetched from: URLs, and addresses named to tools that take none. */
export function sourcesIn(text: string): Indicator[] {
  const plain = spaced(text)
  const urls = [...plain.matchAll(URL)].map(([url]) => publicUrl(url))
  const bare = [...plain.matchAll(BARE)].map((match) => publicUrl(`http://${match[1]!}`))
  const found: Indicator[] = [...new Set([...urls, ...bare])]
    .slice(0, MAX_URLS)
    .map((url) => ({ type: 'url', value: printable(url, 200), role: 'program' }))
  for (const { 1: ip } of plain.matchAll(FROM))
    if (found.length < MAX_URLS) found.push({ type: 'ip', value: ip!, role: 'program' })
  return found
}

/** The host of a URL, without its port; an IPv6 address without its brackets. */
export function hostOf(url: string): string {
  const host = /^[a-z]+:\/\/(?:[^/@]{0,64}@)?(\[[0-9a-f:.]{2,45}\]|[^/:?#]{1,253})/i.exec(url)?.[1] ?? ''
  return host.replace(/^\[|\]$/g, '').toLowerCase()
}
