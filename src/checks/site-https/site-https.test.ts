import { describe, expect, it } from 'vitest'
import type { Kinds } from '../../evidence/kinds.ts'
import { aDevice, aNetwork } from '../../testing/device.ts'
import { siteHttps } from './site-https.ts'

type Site = Kinds['site.https']
const good: Site = {
  host: 'www.maker.example',
  plain: 'https',
  secure: true,
  version: 'TLSv1.3',
  hsts: { maxAge: 31_536_000, includeSubDomains: true, preload: false },
  faults: [],
}
const { hsts: _, ...without } = good
const trouble = { probe: 'site-web', about: 'www.maker.example', reason: 'nobody answered', next: 'Ask again' }

function run(...sites: Site[]) {
  const device = aDevice()
  for (const site of sites) device.observe('site.https', site)
  return siteHttps.run(device.build(), aNetwork())
}

describe('site-https', () => {
  it('passes a site that is only to be had over HTTPS', () => {
    expect(run(good)).toMatchObject([{ outcome: 'pass', about: 'www.maker.example' }])
    expect(run({ ...good, plain: 'none' })).toMatchObject([{ outcome: 'pass' }])
  })

  it.each<[string, Site, string]>([
    ['no HTTPS', { ...good, secure: false }, 'fail'],
    ['a bad certificate', { ...good, certificate: 'it has expired' }, 'fail'],
    ['a page in clear', { ...good, plain: 'http' }, 'fail'],
    ['an old version', { ...good, version: 'TLSv1.1' }, 'fail'],
    ['no HSTS', without, 'fail'],
    ['a page that is refused', { ...without, status: 403 }, 'error'],
    ['HSTS taken back', { ...good, hsts: { ...good.hsts!, maxAge: 0 } }, 'fail'],
    ['a short HSTS', { ...good, hsts: { ...good.hsts!, maxAge: 86_400 } }, 'warn'],
    ['a way back to HTTP', { ...good, faults: ['HTTPS leads back to plain HTTP'] }, 'warn'],
  ])('does not pass %s', (_, site, outcome) => {
    expect(run(site)).toMatchObject([{ outcome }])
  })

  it('holds every site to it, and leaves none out that could not be asked', () => {
    expect(run(good, { ...good, host: 'help.maker.example', plain: 'http' })).toMatchObject([
      { outcome: 'pass' },
      { outcome: 'fail', about: 'help.maker.example' },
    ])
    const device = aDevice().observe('site.https', good)
    device.observe('probe.trouble', { ...trouble, about: 'help.maker.example' })
    expect(siteHttps.run(device.build(), aNetwork())).toMatchObject([
      { outcome: 'pass' },
      { outcome: 'error', about: 'help.maker.example', next: 'Ask again', reason: expect.stringContaining('nobody answered') },
    ])
  })

  it('is not moved by troubles of other questions', () => {
    const device = aDevice().observe('probe.trouble', { ...trouble, probe: 'site-mail' })
    device.observe('probe.trouble', { ...trouble, about: 'www.maker.example headers' })
    expect(siteHttps.run(device.build(), aNetwork())).toMatchObject([{ outcome: 'inconclusive' }])
  })
})
