import { randomBytes } from 'node:crypto'
import { printable } from '../../decode/text.ts'
import { mask } from '../../evidence/kinds.ts'
import { hostOf, portOf, urlOf, visit, type Visit } from '../pages/visit.ts'
import { readPage } from '../pages/html.ts'
import { askWeb, header, type WebAnswer } from '../web.ts'
import { answerable, authorization, type Challenge, challenges } from './digest.ts'
import { type Attempt, type Door, type Knock, LOCKED, type Look, type Pair } from './door.ts'
import { filled, loginForm } from './form.ts'

/** Log-in to a web page: Basic (RFC 7617), Digest (RFC 7616), or a form in the page. */
export const http: Knock = (asker, target, { port, tls }): Door => {
  /** Where the log-in is. */
  let url = urlOf(target, port, tls)
  let scheme: 'Basic' | 'Digest' | 'form' | undefined
  let challenge: Challenge | undefined
  /** What a pair that is surely wrong gets of a form: that is how refusal looks. */
  let refusal: string | undefined

  const ask = (
    why: string,
    more: { method?: string; path?: string; headers?: Record<string, string>; body?: string; shown?: string },
  ) =>
    askWeb(asker, {
      ip: target.ip,
      ...hostOf(url),
      port: portOf(url),
      tls: url.protocol === 'https:',
      path: url.pathname + url.search,
      why,
      ...more,
    })

  return {
    async look(): Promise<Look> {
      const seen = await visit(asker, target, url, 'looks whether its web page asks for a log-in')
      const { last, page, shown } = seen
      const offered = challenges(last.headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value))
      const realm = offered.map(({ parameters }) => parameters.get('realm') ?? '').join(' ')
      const says = printable([header(last, 'server'), realm, page.title, page.generator].filter(Boolean).join(' '), 400)
      const none: Look = { scheme: 'unknown', says, shown }
      if (seen.trouble !== undefined)
        return { ...none, trouble: seen.trouble === 'refused' ? 'the connection was refused' : seen.trouble }
      if (seen.elsewhere !== undefined) return { ...none, trouble: `it leads to another host: ${printable(seen.elsewhere, 100)}` }
      url = seen.url
      const same = `${last.status} ${realm} ${page.title} ${page.forms.length} ${seen.url.port} ${seen.url.protocol}`
      if (last.status === 401) {
        challenge = answerable(offered)
        if (challenge === undefined) return { ...none, trouble: 'it asks for a log-in of a kind that is not known' }
        scheme = challenge.scheme === 'digest' ? 'Digest' : 'Basic'
        return { ...none, scheme, same: realm === '' ? '' : `${scheme} ${realm}` }
      }
      if (last.status !== 200) return { ...none, trouble: `its page answered ${last.status}` }
      const form = loginForm(page)
      if (typeof form === 'string') return { ...none, scheme: 'form', same, trouble: form }
      if (form !== undefined) {
        scheme = 'form'
        return { ...none, scheme, same, ...(form.user === undefined ? { nameless: true } : {}) }
      }
      // what a script makes of an empty page is not known: it may be a log-in
      if (page.scripts > 0 && page.words < 200)
        return { ...none, trouble: 'a script makes its page, and what it shows is not known' }
      if (last.body.length === 0) return { ...none, trouble: 'its page is empty' }
      const posts = page.forms.some(
        ({ method, fields }) =>
          method === 'post' && fields.some(({ type, name }) => !UNTYPED.has(type) && !SETS_NOTHING.test(name)),
      )
      const what = page.title === '' ? `the page ${url.pathname}` : `the page "${page.title}"`
      return {
        ...none,
        scheme: 'none',
        open: posts ? { gives: 'control', what: `${what}, which sets things` } : { gives: 'read', what },
      }
    },

    async attempt(pair, why): Promise<Attempt> {
      if (scheme === 'form') return attemptForm(pair, why)
      const by = scheme === 'Digest' ? 'HTTP Digest' : 'HTTP Basic'
      let used = challenge
      const shown = []
      if (scheme === 'Digest') {
        const first = await ask('asks for a nonce (HTTP Digest)', {})
        shown.push(first.ref)
        if (first.status === undefined) return { outcome: 'gone', ms: first.entry.ms, shown, reason: first.trouble ?? '' }
        if (isLock(first)) return { outcome: 'locked', ms: first.entry.ms, shown, reason: `status ${first.status}` }
        used = answerable(challenges(first.headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value)))
      }
      if (used === undefined) return { outcome: 'unclear', ms: 0, shown, reason: 'it no longer asks for a log-in' }
      const credentials = authorization(used, pair, 'GET', url.pathname + url.search)
      const answer = await ask(`${why} may log in by ${by}`, {
        headers: { authorization: credentials },
        shown: `GET ${url.pathname} Authorization: ${used.scheme} ${mask(pair.user)}:${mask(pair.password)}`,
      })
      shown.push(answer.ref)
      const { ms } = answer.entry
      if (answer.status === undefined) return { outcome: 'gone', ms, shown, reason: answer.trouble ?? '' }
      if (isLock(answer)) return { outcome: 'locked', ms, shown, reason: `status ${answer.status}` }
      if (answer.status === 401) return { outcome: saysLocked(answer) ? 'locked' : 'refused', ms, shown }
      if (answer.status >= 200 && answer.status < 300) return { outcome: 'accepted', ms, shown }
      const to = URL.parse(header(answer, 'location') ?? '', url.href)
      if (answer.status < 300 || answer.status >= 400 || to?.host !== url.host)
        return { outcome: 'unclear', ms, shown, reason: `status ${answer.status}` }
      // who is let in may be sent on, and who is not, too
      const path = to.pathname + to.search
      const next = await ask(`${why} is shown what it is sent on to`, {
        path,
        headers: { authorization: authorization(used, pair, 'GET', path) },
        shown: `GET ${to.pathname} Authorization: ${used.scheme} ${mask(pair.user)}:${mask(pair.password)}`,
      })
      shown.push(next.ref)
      if (next.status === 200 && loginForm(readPage(next.body.toString('utf8'))) === undefined)
        return { outcome: 'accepted', ms, shown }
      return { outcome: 'unclear', ms, shown, reason: `it sends on to ${printable(to.pathname, 80)}, which shows no page` }
    },
  }

  /**
   * A form says neither yes nor no in words that all share. How refusal looks is seen by a pair that nobody has; what looks otherwise is a
   * log-in only if the page then no longer asks for one.
   */
  async function attemptForm(pair: Pair, why: string): Promise<Attempt> {
    if (refusal === undefined) {
      const wrong = { user: randomBytes(5).toString('hex'), password: randomBytes(8).toString('hex') }
      const first = await post(wrong, 'sees how a log-in is refused that nobody has, in its form')
      if (first.outcome !== undefined) return { ...first, outcome: first.outcome }
      refusal = first.looks
    }
    const sent = await post(pair, `${why} may log in by its form`)
    if (sent.outcome !== undefined) return { ...sent, outcome: sent.outcome }
    const { ms, shown } = sent
    if (sent.looks === refusal)
      return sent.scripted ? { outcome: 'unclear', ms, shown, reason: SCRIPTED } : { outcome: 'refused', ms, shown }
    const after = await visit(asker, target, url, 'looks whether its page still asks for a log-in', { cookie: sent.cookies })
    shown.push(...after.shown)
    const asks = after.last.status !== 200 || after.trouble !== undefined || loginForm(after.page) !== undefined
    if (!asks && after.page.words > 0) return { outcome: 'accepted', ms, shown }
    return {
      outcome: 'unclear',
      ms,
      shown,
      reason: 'its form answered otherwise than to a wrong pair, and still asks for a log-in',
    }
  }

  interface Sent {
    outcome?: Attempt['outcome']
    reason?: string
    looks: string
    cookies: string
    scripted: boolean
    ms: number
    shown: Visit['shown']
  }

  async function post(pair: Pair, why: string): Promise<Sent> {
    // its tokens are for one use
    const fresh = await visit(asker, target, url, 'asks for its log-in form')
    const sent: Sent = { looks: '', cookies: '', scripted: false, ms: 0, shown: [...fresh.shown] }
    if (fresh.last.status === undefined) return { ...sent, outcome: 'gone', reason: fresh.trouble ?? '' }
    if (isLock(fresh.last)) return { ...sent, outcome: 'locked', reason: `status ${fresh.last.status}` }
    const form = loginForm(fresh.page)
    if (form === undefined || typeof form === 'string')
      return { ...sent, outcome: saysLocked(fresh.last) ? 'locked' : 'unclear', reason: 'its log-in form is no longer there' }
    const action = URL.parse(form.form.action || fresh.url.href, fresh.url.href)
    if (action === null || action.host !== fresh.url.host || action.protocol !== fresh.url.protocol)
      return { ...sent, outcome: 'unclear', reason: 'its form is sent elsewhere' }
    const jar = new Map<string, string>()
    for (const { answer } of fresh.answers) keep(jar, answer)
    const answer = await ask(why, {
      method: 'POST',
      path: action.pathname + action.search,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: fresh.url.origin,
        referer: fresh.url.href,
        ...(jar.size === 0 ? {} : { cookie: cookies(jar) }),
      },
      body: filled(form, pair),
      shown: `POST ${action.pathname} ${form.user === undefined ? '' : `${form.user}=${mask(pair.user)} `}${form.password}=${mask(pair.password)}`,
    })
    sent.shown.push(answer.ref)
    sent.ms = answer.entry.ms
    if (answer.status === undefined) return { ...sent, outcome: 'gone', reason: answer.trouble ?? '' }
    if (isLock(answer) || (saysLocked(answer) && !saysLocked(fresh.last)))
      return { ...sent, outcome: 'locked', reason: `status ${answer.status}` }
    // nothing there takes a log-in
    if (answer.status >= 500 || answer.status === 404 || answer.status === 405)
      return { ...sent, outcome: 'unclear', reason: `its form is answered with ${answer.status}` }
    keep(jar, answer)
    return { ...sent, looks: looksOf(answer), cookies: cookies(jar), scripted: form.form.scripted }
  }
}

const UNTYPED = new Set(['hidden', 'submit', 'button', 'image', 'reset'])
/** Who one is (the first step of a log-in), what one looks for, and in which language: what is sent there sets nothing. */
const SETS_NOTHING = /^(?:u?name|user|usr|login|account|e-?mail|search|query|q$|lang|locale)/i

const SCRIPTED = 'a script may change what its form sends, and is not run'

/** RFC 4918 and 6585; 503 where it names a time. */
function isLock({ status, ...answer }: WebAnswer): boolean {
  return status === 423 || status === 429 || (status === 503 && answer.headers.some(([name]) => name === 'retry-after'))
}

/** In the words of a page, not those of its scripts. */
function saysLocked({ body }: WebAnswer): boolean {
  const html = body.subarray(0, 65_536).toString('latin1')
  return html.length < 20_000 && LOCKED.test(html.replaceAll(/<script[^]*?<\/script>/gi, ' ').replaceAll(/<[^<>]*>/g, ' '))
}

/** How an answer looks, but for what changes each time: numbers and tokens. */
function looksOf(answer: WebAnswer): string {
  const to = header(answer, 'location')?.split('?', 1)[0] ?? ''
  const page = readPage(answer.body.toString('utf8'))
  const asks = loginForm(page) !== undefined
  const names = answer.headers
    .filter(([name]) => name === 'set-cookie')
    .map(([, value]) => value.split('=', 1)[0]!)
    .toSorted((a, b) => a.localeCompare(b))
  const words = answer.body
    .subarray(0, 65_536)
    .toString('latin1')
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/\w*\d\w*/g, '')
    .replaceAll(/\s+/g, ' ')
  return JSON.stringify([answer.status, to, asks, names, page.title, page.refresh ?? '', words.slice(0, 2000)])
}

function keep(jar: Map<string, string>, answer: WebAnswer): void {
  for (const [name, value] of answer.headers) {
    if (name !== 'set-cookie' || jar.size >= 32) continue
    const pair = /^([^=;\s]{1,128})=([^;]{0,4000})/.exec(value)
    if (pair) jar.set(pair[1]!, pair[2]!.replaceAll(/[^\u0021-\u007e]/g, ''))
  }
}

const cookies = (jar: ReadonlyMap<string, string>) => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
