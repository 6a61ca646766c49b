import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { pagesEncrypted as check } from './pages-encrypted.ts'

const url = 'http://192.168.1.20/'
const page = { url, status: 200, login: 'form', headers: [], cookies: [], leaks: [] }

describe('pages-encrypted', () => {
  it('passes a page by HTTPS, whatever its headers lack', () => {
    const safe = { ...page, url: 'https://192.168.1.20/', headers: ['no Content-Security-Policy'] }
    expect(finding(check, aDevice().asked('probe.page', safe.url, safe))).toMatchObject({
      outcome: 'pass',
      about: safe.url,
      assurance: 'probed',
    })
  })

  it('fails a password without TLS, and warns of a page', () => {
    expect(finding(check, aDevice().asked('probe.page', url, page))).toMatchObject({ outcome: 'fail', severity: 'medium' })
    const open = { ...page, login: 'none' }
    expect(finding(check, aDevice().asked('probe.page', url, open))).toMatchObject({ outcome: 'warn', severity: 'low' })
  })

  it('does not judge what leads to a page that is judged', () => {
    const target = 'https://192.168.1.20/'
    const first = { ...page, status: 301, login: 'none', redirect: target }
    const device = aDevice().asked('probe.page', url, first)
    expect(finding(check, device).outcome).toBe('warn')
    expect(finding(check, device.asked('probe.page', target, { ...page, url: target })).outcome).toBe('pass')
  })

  it('does not arise where no service is a web server, and is open where none is known', () => {
    const ssh = { transport: 'tcp', port: 22, protocol: 'ssh' } as const
    expect(finding(check, aDevice().asked('probe.service', 'tcp/22', ssh)).outcome).toBe('not-applicable')
    expect(finding(check, aDevice()).outcome).toBe('inconclusive')
  })

  it('says what could not be read', () => {
    const trouble = { probe: 'pages', about: url, reason: 'Its page could not be read: no TLS.', next: 'Ask again, this alone.' }
    expect(finding(check, aDevice().asked('probe.trouble', 'x', trouble)).outcome).toBe('error')
  })
})
