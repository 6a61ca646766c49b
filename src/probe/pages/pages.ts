import { printable } from '../../decode/text.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import type { DeviceProbe } from '../probe.ts'
import { header, type WebAnswer } from '../web.ts'
import { type Page, readPage } from './html.ts'
import { urlOf, visit } from './visit.ts'

/** Of what is repeated without end, the first. */
const MAX_FAULTS = 16

export const pages: DeviceProbe = {
  of: 'device',
  id: 'pages',
  title: 'Web pages',
  ms: 60_000,
  asks: () => ['asks each web server for its first page, and for what that leads to on the same host'],
  async run({ asker, target, open, note, trouble }) {
    const noted = new Set<string>()
    for (const { transport, port, protocol, tls } of open) {
      if (transport !== 'tcp' || protocol !== 'http') continue
      const from = urlOf(target, port, tls)
      const seen = await visit(asker, target, from, 'looks at its web page')
      for (const { url, answer } of seen.answers) {
        if (answer.status === undefined || noted.has(url.href)) continue
        noted.add(url.href)
        note('probe.page', url.href, facts(url, answer, target.name !== undefined), [answer.ref])
      }
      if (seen.trouble !== undefined)
        trouble(
          seen.url.href,
          `Its page could not be read: ${printable(seen.trouble, 200)}.`,
          `Ask again, this alone: assay probe ${target.ip} --only pages`,
          seen.shown,
        )
    }
  },
}

/** @param named the host was asked by a name: browsers heed Strict-Transport-Security of names only (RFC 6797, section 8.1.1) */
export function facts(url: URL, answer: WebAnswer, named: boolean): Kinds['probe.page'] {
  const { status = 0 } = answer
  const kind = header(answer, 'content-type') ?? ''
  const isPage = kind === '' || /html/i.test(kind)
  const page = readPage(isPage ? answer.body.toString('utf8') : '')
  const server = header(answer, 'server')
  const to = header(answer, 'location') ?? page.refresh
  const redirect = to === undefined ? null : URL.parse(to, url.href)
  return {
    url: url.href,
    status,
    ...(page.title === '' ? {} : { title: page.title }),
    ...(server === undefined ? {} : { server: printable(server, 120) }),
    login: loginOf(answer, page),
    ...(redirect === null ? {} : { redirect: redirect.href.slice(0, 300) }),
    ...(status === 200 && isPage ? { headers: missingHeaders(url, answer, page, named) } : {}),
    cookies: cookieFaults(url, answer),
    leaks: leaks(answer, page),
  }
}

function loginOf({ status, headers, body }: WebAnswer, page: Page): string {
  const challenge = headers.find(([name]) => name === 'www-authenticate')?.[1]
  if (status === 401 && challenge !== undefined) return /^\s*([\w-]{1,20})/.exec(challenge)?.[1] ?? 'unknown'
  if (page.forms.some(({ fields }) => fields.some(({ type }) => type === 'password'))) return 'form'
  // a script may make a log-in of it
  if (status === 200 && body.length > 0 && page.scripts > 0 && page.words < 200) return 'unknown'
  return 'none'
}

/** What the OWASP Secure Headers project asks of every page. */
function missingHeaders(url: URL, answer: WebAnswer, page: Page, named: boolean): string[] {
  const get = (name: string) => header(answer, name)?.trim()
  const faults: string[] = []
  const policy = get('content-security-policy')
  if (policy === undefined && page.policy === undefined) faults.push('no Content-Security-Policy')
  else {
    const sources = /(?:^|;)\s*(?:script-src|default-src)\s+([^;]*)/i.exec(policy ?? page.policy ?? '')?.[1]
    if (sources === undefined) faults.push('a Content-Security-Policy that allows scripts from anywhere')
    else if (/'unsafe-inline'/i.test(sources) && !/'(?:nonce|sha\d+)-/i.test(sources))
      faults.push('a Content-Security-Policy with unsafe-inline scripts')
  }
  if (get('x-content-type-options')?.toLowerCase() !== 'nosniff') faults.push('no X-Content-Type-Options: nosniff')
  // a policy within the page cannot say who may frame it (CSP3, section 6.4.2)
  if (!/(?:^|;)\s*frame-ancestors\b/i.test(policy ?? '') && !/^(?:deny|sameorigin)$/i.test(get('x-frame-options') ?? ''))
    faults.push('no frame-ancestors or X-Frame-Options')
  const referrer = get('referrer-policy')
  if (referrer === undefined) faults.push('no Referrer-Policy')
  else if (/(?:^|,)\s*unsafe-url\s*$/i.test(referrer)) faults.push('Referrer-Policy: unsafe-url')
  if (url.protocol === 'https:' && named) {
    const age = /max-age\s*=\s*"?(\d{1,12})/i.exec(get('strict-transport-security') ?? '')?.[1]
    if (age === undefined) faults.push('no Strict-Transport-Security')
    else if (Number(age) === 0) faults.push('Strict-Transport-Security of no time')
  }
  return faults
}

/** RFC 6265bis, section 4.1: what keeps a session from scripts, other sites and clear connections. */
function cookieFaults(url: URL, { headers }: WebAnswer): string[] {
  return headers
    .filter(([name]) => name === 'set-cookie')
    .slice(0, MAX_FAULTS)
    .flatMap(([, value]) => {
      const [pair = '', ...rest] = value.slice(0, 4096).split(';')
      const attributes = rest.map((one) => one.trim().toLowerCase())
      // one that is taken back holds nothing
      if (attributes.includes('max-age=0')) return []
      const lacks = [
        ...(url.protocol === 'https:' && !attributes.includes('secure') ? ['no Secure'] : []),
        ...(attributes.includes('httponly') ? [] : ['no HttpOnly']),
        ...(attributes.some((one) => /^samesite=(?:lax|strict)$/.test(one)) ? [] : ['no SameSite']),
      ]
      return lacks.length === 0 ? [] : [`${printable(pair.split('=', 1)[0]!.trim(), 40)}: ${lacks.join(', ')}`]
    })
}

/** Names of software with a version: whoever reads them knows what to look up. */
function leaks(answer: WebAnswer, page: Page): string[] {
  const said = [
    ...['server', 'x-powered-by', 'x-aspnet-version', 'x-aspnetmvc-version', 'x-generator'].map((name): [string, string] => [
      name,
      header(answer, name) ?? '',
    ]),
    ['generator', page.generator] as const,
  ]
  return said.filter(([, value]) => /\d+\.\d/.test(value)).map(([name, value]) => `${name}: ${printable(value, 80)}`)
}
