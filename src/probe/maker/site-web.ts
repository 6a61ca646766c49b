import { printable } from '../../decode/text.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import type { SiteProbe } from '../probe.ts'
import { parseHsts, securityHeaders } from './headers.ts'
import { Hosts } from './hosts.ts'
import { certificateFault, getPage, type Page, sameOwner } from './page.ts'
import { Resolver } from './resolver.ts'
import { siteName } from './site.ts'

/** HTTPS of a site, where plain HTTP leads, HSTS, and the security headers of its first page. */
export const siteWeb: SiteProbe = {
  of: 'site',
  id: 'site-web',
  title: "The maker's site",
  ms: 60_000,
  asks: () => ['gets the first page, over HTTP and HTTPS, and follows where it leads (at most 5 times)'],
  async run({ asker, site: given, resolver, note, trouble }) {
    const site = siteName(given)
    const hosts = new Hosts(asker, new Resolver(asker, resolver), site)
    const [plain, secure] = await Promise.all([
      getPage(asker, hosts, `http://${site}/`, { why: 'gets the first page' }),
      getPage(asker, hosts, `https://${site}/`, { why: 'gets the first page' }),
    ])
    const shown = [...secure.shown.slice(0, 4), ...plain.shown.slice(0, 4)]
    const again = `Ask again: assay probe --site ${site}`
    const first = secure.hops[0]?.answer
    const spoke = plain.hops.length > 0 || first !== undefined
    // somebody must have said something, and be it that there is nothing
    if (!spoke && !(plain.refused && secure.refused))
      return trouble('', secure.trouble ?? plain.trouble ?? 'nobody answered', again, shown)
    if (!spoke)
      return trouble(
        '',
        `neither port 80 nor port 443 of ${site} takes connections`,
        'Name the host that serves pages, e.g. --site www.maker.example',
        shown,
      )
    if (first === undefined && plainly(plain) === 'https')
      return trouble('', `plain HTTP leads to HTTPS, but: ${secure.trouble ?? 'nobody answered'}`, again, shown)
    const facts: Kinds['site.https'] = { host: site, plain: plainly(plain), secure: first !== undefined, faults: [] }
    if (secure.trouble !== undefined) facts.faults.push(printable(secure.trouble, 300))
    if (first !== undefined) {
      if (first.status !== undefined) facts.status = first.status
      facts.version = first.tls?.version ?? ''
      if (first.tls?.trouble !== undefined) facts.certificate = certificateFault(first.tls.trouble)
      // only the first field counts (RFC 6797 section 8.1)
      const field = first.headers.find(([name]) => name === 'strict-transport-security')?.[1]
      const hsts = field === undefined ? undefined : parseHsts(field)
      if (hsts !== undefined) facts.hsts = hsts
      else if (field !== undefined) facts.faults.push(`its Strict-Transport-Security cannot be read: ${printable(field, 120)}`)
      if (secure.hops.some(({ url }) => url.protocol === 'http:')) facts.faults.push('HTTPS leads back to plain HTTP')
      if (!sameOwner(secure.url.hostname, site)) facts.leadsTo = secure.url.hostname
    }
    note('site.https', site, facts, shown)

    const last = secure.answer
    if (last?.status === undefined || last.tls === undefined) {
      trouble('headers', secure.trouble ?? 'its first page is not served over HTTPS', again, secure.shown)
      return
    }
    // that page is a guard's or nobody's, and not the maker's
    if (last.status >= 400)
      return trouble('headers', `${secure.url.host} answered with error ${last.status}`, again, secure.shown)
    const headers = securityHeaders(last.headers, last.body.toString('latin1'))
    const clean = (texts: string[]) => texts.map((text) => printable(text, 200))
    note(
      'site.headers',
      site,
      {
        host: site,
        url: printable(secure.url.href, 300),
        present: headers.present,
        missing: headers.missing,
        faults: clean(headers.faults),
      },
      [last.ref],
    )
  },
}

/** 'http' where a page is served that anybody on the way can change. */
function plainly(page: Page): 'https' | 'http' | 'none' {
  if (page.hops.length === 0) return 'none'
  if (page.url.protocol === 'https:') return 'https'
  const { status = 0 } = page.hops.at(-1)!.answer
  // what is refused there is not served there
  return status >= 400 && status !== 401 ? 'none' : 'http'
}
