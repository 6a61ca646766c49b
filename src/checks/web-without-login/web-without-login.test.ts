import { describe, expect, it } from 'vitest'
import { aDevice, localPeer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { webWithoutLogin as check } from './web-without-login.ts'

const page = { peer: localPeer(), port: 80, status: 200, path: '/config', authentication: 'none' }

describe('web-without-login', () => {
  it('warns on pages served to anyone', () => {
    expect(finding(check, aDevice().observe('http.server', page))).toMatchObject({
      outcome: 'warn',
      severity: 'low',
      reason: 'Served pages without asking for a log-in, once: /config on port 80.',
    })
  })

  it.each(['/', '/index.html', '/login.cgi', '/style.css', '/script.js?v', '/description.xml'])('says nothing of %s', (path) => {
    expect(finding(check, aDevice().observe('http.server', { ...page, path })).outcome).toBe('inconclusive')
  })

  it('passes where a log-in was asked for and nothing served without', () => {
    const asked = { ...page, status: 401, authentication: 'Digest' }
    expect(finding(check, aDevice().observe('http.server', asked)).outcome).toBe('pass')
    expect(finding(check, aDevice().observe('http.server', asked).observe('http.server', page)).outcome).toBe('warn')
  })

  it('takes the pages that it was asked for', () => {
    const asked = (login: string, path = '/', status = 200) =>
      aDevice().observe('probe.page', { url: `http://192.168.1.20${path}`, status, login, headers: [], cookies: [], leaks: [] })
    expect(finding(check, asked('none', '/config.html'))).toMatchObject({ outcome: 'warn', severity: 'low' })
    expect(finding(check, asked('Basic', '/', 401)).outcome).toBe('pass')
    expect(finding(check, asked('form')).outcome).toBe('pass')
    // what a script makes of it is not known
    expect(finding(check, asked('unknown')).outcome).toBe('inconclusive')
    expect(finding(check, asked('unknown', '/', 401)).outcome).toBe('pass')
    // a front page may be all that there is, and a page that is not there is none
    expect(finding(check, asked('none')).outcome).toBe('inconclusive')
    expect(finding(check, asked('none', '/config.html', 404)).outcome).toBe('inconclusive')
  })

  it('is open where no answer tells', () => {
    expect(
      finding(check, aDevice().observe('http.server', { peer: localPeer(), port: 80, status: 404, path: '/x' })).outcome,
    ).toBe('inconclusive')
  })
})
