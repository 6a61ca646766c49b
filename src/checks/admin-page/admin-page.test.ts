import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { adminPage as check } from './admin-page.ts'

const url = 'https://192.168.1.20/'
const page = { url, status: 200, login: 'form', headers: [], cookies: [], leaks: [] }

describe('admin-page', () => {
  it('passes a page that has all', () => {
    expect(finding(check, aDevice().asked('probe.page', url, page))).toMatchObject({
      outcome: 'pass',
      about: url,
      assurance: 'probed',
    })
  })

  it.each([
    [{ headers: ['no Content-Security-Policy'] }, 'Headers: no Content-Security-Policy.'],
    [{ cookies: ['sid: no HttpOnly'] }, 'Cookies: sid: no HttpOnly.'],
    [{ leaks: ['server: lighttpd/1.4.35'] }, 'It gives away server: lighttpd/1.4.35.'],
  ])('warns of %j', (fault, words) => {
    const said = finding(check, aDevice().asked('probe.page', url, { ...page, ...fault }))
    expect(said).toMatchObject({ outcome: 'warn', severity: 'low' })
    expect(said.reason).toBe(`${url} lacks what protects a page. ${words}`)
  })

  it('is open where it showed no page', () => {
    const { headers: _, ...bare } = page
    const said = finding(check, aDevice().asked('probe.page', url, { ...bare, login: 'Digest', status: 401 }))
    expect(said).toMatchObject({ outcome: 'inconclusive', about: url })
    expect(said.reason).toBe(`${url} answered with 401 and showed no page: what protects its pages was not seen.`)
  })

  it('does not judge what leads to a page that is judged', () => {
    const first = { ...page, url: 'http://192.168.1.20/', status: 301, login: 'none', redirect: url }
    expect(finding(check, aDevice().asked('probe.page', first.url, first).asked('probe.page', url, page)).outcome).toBe('pass')
  })

  it('does not arise where no service is a web server, and is open where one is not known', () => {
    const ssh = { transport: 'tcp', port: 22, protocol: 'ssh' } as const
    expect(finding(check, aDevice().asked('probe.service', 'tcp/22', ssh)).outcome).toBe('not-applicable')
    expect(finding(check, aDevice().asked('probe.service', 'tcp/22', { ...ssh, protocol: '' })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice()).outcome).toBe('inconclusive')
    // what is open there could not be told
    const trouble = { probe: 'scan', about: 'tcp', reason: 'It takes connections on every port.', next: 'Ask from elsewhere.' }
    const tarpit = aDevice().asked('probe.service', 'tcp/22', ssh).asked('probe.trouble', 'scan tcp', trouble)
    expect(finding(check, tarpit).outcome).toBe('error')
  })

  it('says what could not be read', () => {
    const trouble = { probe: 'pages', about: url, reason: 'Its page could not be read: no TLS.', next: 'Ask again, this alone.' }
    expect(finding(check, aDevice().asked('probe.trouble', 'x', trouble)).outcome).toBe('error')
  })
})
