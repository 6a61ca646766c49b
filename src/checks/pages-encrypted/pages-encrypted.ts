import type { Observation } from '../../evidence/evidence.ts'
import { ofEachPage } from '../asked.ts'
import type { Check, Finding } from '../check.ts'
import { fail, pass, warn } from '../finding.ts'

export const pagesEncrypted: Check = {
  id: 'pages-encrypted',
  title: 'TLS of its own pages',
  facet: 'security',
  looksFor: 'Whether its web pages are served by HTTPS, and whether a password is asked for without it.',
  why: 'A password without TLS is read by whoever is near, and a page can be changed on its way.',
  remedy: 'Maker: serve pages by HTTPS alone, and let HTTP lead there.',
  passNeeds: 'A page was asked for, and is served by HTTPS. That is a finding for each page.',
  of: ['device'],
  run: (device) => ofEachPage(device, judged),
}

function judged(page: Observation<'probe.page'>): Finding {
  const { url, login } = page.data
  if (!url.startsWith('http:')) return pass(`${url} is served by HTTPS.`, [page], url)
  if (login === 'none' || login === 'unknown') return warn('low', `${url} is served without TLS.`, [page], url)
  // medium: it takes somebody on the same network
  return fail('medium', `${url} asks for a password (${login}) without TLS: it is read by whoever listens.`, [page], url)
}
