import { describe, expect, it } from 'vitest'
import { Addresses } from '../device/addresses.ts'
import { countryOf } from './countries.ts'
import { thirdPartyOf } from './third-parties.ts'

const country = (ip: string) => {
  const addresses = new Addresses()
  const key = addresses.parse(ip)
  return key === undefined ? undefined : countryOf(addresses.bytes(key))
}

describe('countries', () => {
  it('are those of the registries', () => {
    // RIPE NCC (Amsterdam), Google Public DNS, the University of Tokyo, Registro.br; by the registries' public records
    expect(country('193.0.6.139')).toBe('NL')
    expect(country('8.8.8.8')).toBe('US')
    expect(country('133.11.0.1')).toBe('JP')
    expect(country('200.160.2.3')).toBe('BR')
    expect(country('2001:4860:4860::8888')).toBe('US')
  })

  it('are unknown for addresses that no registry gave to anyone', () => {
    for (const ip of ['10.0.0.1', '192.168.1.1', '127.0.0.1', '0.0.0.0', '255.255.255.255', 'fe80::1', '::1'])
      expect(country(ip), ip).toBeUndefined()
    expect(countryOf(new Uint8Array(3))).toBeUndefined()
  })
})

describe('third parties', () => {
  it('are told by exact names and by all below a name', () => {
    expect(thirdPartyOf('www.google-analytics.com')).toEqual({ company: 'Google', category: 'analytics', tracker: true })
    expect(thirdPartyOf('STATS.G.doubleclick.net')?.tracker).toBe(true)
    expect(thirdPartyOf('api.localytics.com')?.tracker).toBe(true)
    expect(thirdPartyOf('notlocalytics.com')).toBeUndefined()
  })

  it('do not make trackers of a company’s general names', () => {
    expect(thirdPartyOf('update.microsoft.com')).toEqual({ company: 'Microsoft', category: 'general', tracker: false })
    expect(thirdPartyOf('gs-loc.apple.com')?.tracker).toBe(false)
  })

  it('survive names made to confuse', () => {
    for (const name of ['', '.', '__proto__', 'constructor', `${'a.'.repeat(500)}com`]) expect(thirdPartyOf(name)).toBeUndefined()
  })
})

describe('addresses', () => {
  it('go to text and back', () => {
    const a = new Addresses()
    for (const ip of ['1.2.3.4', '255.255.255.255', '2001:db8::1', 'fe80::1:2:3:4', '::ffff:1.2.3.4', '1:0:0:2::3'])
      expect(a.text(a.parse(ip)!)).toBe(ip)
    for (const ip of ['1.2.3', '1.2.3.256', ':::', '1::2::3', '12345::', 'fe80::1%eth0', 'x'])
      expect(a.parse(ip), ip).toBeUndefined()
  })

  it('share a key beyond their bound', () => {
    const a = new Addresses()
    const b = new Uint8Array(16).fill(0x20, 0, 1)
    for (let i = 0; i < 70_000; i++) {
      b[12] = i >> 16
      b[13] = i >> 8
      b[14] = i
      a.key(b, 0, 16)
    }
    expect(a.overflowed).toBeGreaterThan(4000)
  })

  it('that are spoken of take no room from those that packets carry', () => {
    const a = new Addresses()
    const spoken = Array.from({ length: 70_000 }, (_, i) =>
      a.spokenOf(`2001:db8::${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}`),
    )
    expect(spoken.filter((key) => key !== undefined)).toHaveLength(1 << 15)
    expect(a.spokenOf('192.0.2.1')).toBe(0xc0000201 | 0)
    const b = new Uint8Array(16).fill(0x20, 0, 1)
    for (let i = 0; i < 65_000; i++) {
      b[14] = i >> 8
      b[15] = i
      a.key(b, 0, 16)
    }
    expect(a.overflowed).toBe(0)
  })
})
