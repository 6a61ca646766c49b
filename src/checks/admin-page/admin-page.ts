import type { Observation } from '../../evidence/evidence.ts'
import { ofEachPage } from '../asked.ts'
import type { Check, Finding } from '../check.ts'
import { inconclusive, pass, warn } from '../finding.ts'
import { list } from '../words.ts'

export const adminPage: Check = {
  id: 'admin-page',
  title: 'Its own web pages',
  facet: 'security',
  looksFor: 'Headers and cookies of its pages, and what they give away of versions.',
  why: 'A page without these headers can be framed, its session stolen, its software looked up.',
  remedy: 'Maker: Secure, HttpOnly and SameSite cookies, a Content-Security-Policy, and no versions.',
  passNeeds: 'A page was asked for and has all of these. That is a finding for each page.',
  of: ['device'],
  run: (device) => ofEachPage(device, judged),
}

function judged(page: Observation<'probe.page'>): Finding {
  const { url, headers, cookies, leaks, status } = page.data
  const faults = [
    ...(headers !== undefined && headers.length > 0 ? [`headers: ${list(headers, 6)}`] : []),
    ...(cookies.length > 0 ? [`cookies: ${list(cookies, 4)}`] : []),
    ...(leaks.length > 0 ? [`it gives away ${list(leaks, 3)}`] : []),
  ]
  // low: each makes an attack easier that needs another fault
  if (faults.length > 0) return warn('low', `${url} lacks what protects a page. ${capital(faults.join('; '))}.`, [page], url)
  if (headers === undefined)
    return inconclusive(
      `${url} answered with ${status} and showed no page: what protects its pages was not seen.`,
      'Log in by hand, and look at the headers of its pages in the browser.',
      [page],
      url,
    )
  return pass(`${url} has the headers and cookies that protect it, and names no version.`, [page], url)
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
