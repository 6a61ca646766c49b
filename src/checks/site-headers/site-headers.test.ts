import { describe, expect, it } from 'vitest'
import type { Kinds } from '../../evidence/kinds.ts'
import { aDevice, aNetwork } from '../../testing/device.ts'
import { siteHeaders } from './site-headers.ts'

const ALL = ['Content-Security-Policy', 'X-Content-Type-Options', 'Referrer-Policy', 'frame-ancestors']
const without = (name: string): Partial<Kinds['site.headers']> => ({
  present: ALL.filter((n) => n !== name),
  missing: [name],
})

function run(change: Partial<Kinds['site.headers']> = {}) {
  const facts = { host: 'www.maker.example', url: 'https://www.maker.example/', present: ALL, missing: [], faults: [], ...change }
  return siteHeaders.run(aDevice().observe('site.headers', facts).build(), aNetwork())
}

describe('site-headers', () => {
  it('passes where all are sent', () => expect(run()).toMatchObject([{ outcome: 'pass', about: 'www.maker.example' }]))

  it.each([
    ['fail', without('Content-Security-Policy')],
    ['fail', without('X-Content-Type-Options')],
    ['fail', without('frame-ancestors')],
    ['warn', without('Referrer-Policy')],
    ['warn', { faults: ['Content-Security-Policy lets any script in the page run'] }],
  ])('says %s of %o', (outcome, change) => {
    expect(run(change)).toMatchObject([{ outcome }])
  })

  it('does not judge a page that could not be had', () => {
    const about = 'www.maker.example headers'
    const device = aDevice().observe('probe.trouble', {
      probe: 'site-web',
      about,
      reason: 'it answered with error 503',
      next: 'x',
    })
    expect(siteHeaders.run(device.build(), aNetwork())).toMatchObject([{ outcome: 'error', about: 'www.maker.example' }])
  })
})
