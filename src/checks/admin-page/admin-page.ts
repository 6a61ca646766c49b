import type { Observation } from '../../evidence/evidence.ts'
import { notAnswered } from '../asked.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, notApplicable, pass, warn } from '../finding.ts'
import { list } from '../words.ts'

export const adminPage: Check = {
  id: 'admin-page',
  title: 'Its own web pages',
  facet: 'security',
  looksFor:
    'Whether a password is asked for without TLS; headers, cookies and redirects of its pages, and what they give away of versions.',
  why: 'A password without TLS is read by whoever is near; a page without these headers can be framed, its session stolen, its software looked up.',
  remedy: 'Maker: HTTPS, Secure, HttpOnly and SameSite cookies, a Content-Security-Policy, and no versions.',
  passNeeds: 'A page was asked for and has all of these. That is a finding for each page.',
  of: ['device'],
  run(device) {
    const pages = device.of('probe.page')
    const findings = pages.flatMap((page) => judged(page, pages))
    findings.push(...notAnswered(device, 'pages', findings))
    if (findings.length > 0) return findings
    const lost = notAnswered(device, 'scan')
    if (lost.length > 0) return lost
    const services = device.of('probe.service')
    const unknown = services.filter(({ data }) => data.protocol === '' || (data.protocol === 'tls' && data.within === undefined))
    if (services.length > 0 && unknown.length === 0)
      return [notApplicable('No web page of it was found: none of the services that were asked is a web server.', services)]
    return [inconclusive('No page of it was asked for.', 'Ask it: assay probe HOST', services)]
  },
}

function judged(page: Observation<'probe.page'>, all: readonly Observation<'probe.page'>[]): Finding[] {
  const { url, login, redirect, headers, cookies, leaks, status } = page.data
  const plain = url.startsWith('http:')
  // where it leads to is judged by itself
  if (redirect !== undefined && status >= 300 && status < 400 && all.some(({ data }) => data.url === redirect)) return []
  const faults = [
    ...(headers !== undefined && headers.length > 0 ? [`headers: ${list(headers, 6)}`] : []),
    ...(cookies.length > 0 ? [`cookies: ${list(cookies, 4)}`] : []),
    ...(leaks.length > 0 ? [`it gives away ${list(leaks, 3)}`] : []),
  ]
  const more = faults.length === 0 ? '' : ` Beside that, ${faults.join('; ')}.`
  if (plain && login !== 'none' && login !== 'unknown')
    // medium: it takes somebody on the same network
    return [
      fail('medium', `${url} asks for a password (${login}) without TLS: it is read by whoever listens.${more}`, [page], url),
    ]
  // low: each makes an attack easier that needs another fault
  if (faults.length > 0) return [warn('low', `${url} lacks what protects a page. ${capital(faults.join('; '))}.`, [page], url)]
  if (plain) return [warn('low', `${url} is served without TLS.`, [page], url)]
  if (headers === undefined)
    return [
      inconclusive(
        `${url} answered with ${status} and showed no page: what protects its pages was not seen.`,
        'Log in by hand, and look at the headers of its pages in the browser.',
        [page],
        url,
      ),
    ]
  return [pass(`${url} has the headers and cookies that protect it, and names no version.`, [page], url)]
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
