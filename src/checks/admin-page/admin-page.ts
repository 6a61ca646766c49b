import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const adminPage: Check = {
  id: 'admin-page',
  title: 'Its own web pages',
  facet: 'security',
  looksFor: 'Headers, cookies and redirects of its pages, and what they give away of versions.',
  why: 'A page without them can be framed, its session stolen, its software looked up.',
  remedy: 'Maker: HTTPS, Secure, HttpOnly and SameSite cookies, a Content-Security-Policy, and no versions.',
  passNeeds: 'Its pages were asked for and have all of these.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe HOST')]
  },
}
