import { describe, expect, it } from 'vitest'
import { aDevice } from '../testing/device.ts'
import { countryName, hostPort, list, plural, size, span, tally, where } from './words.ts'

describe('how findings speak', () => {
  it('counts', () => {
    expect([
      plural(1, 'request'),
      plural(14, 'request'),
      plural(0, 'query', 'queries'),
      plural(1234, 'query', 'queries'),
    ]).toEqual(['1 request', '14 requests', '0 queries', '1,234 queries'])
  })

  it('gives sizes in SI units', () => {
    expect([1, 999, 1000, 1234, 12_345, 999_499, 999_600, 1e9, 5e15].map(size)).toEqual([
      '1 byte',
      '999 bytes',
      '1 kB',
      '1.2 kB',
      '12 kB',
      '999 kB',
      '1 MB',
      '1 GB',
      '5000 TB',
    ])
  })

  it('gives spans as people say them', () => {
    expect([0, 1e6, 89e6, 90e6, 5400e6, 9000e6, 172_800e6, -5].map(span)).toEqual([
      '0 seconds',
      '1 second',
      '89 seconds',
      '2 minutes',
      '1.5 hours',
      '2.5 hours',
      '2 days',
      '0 seconds',
    ])
  })

  it('lists, each once, and says how many more', () => {
    expect([list([]), list(['a']), list(['a', 'b', 'a']), list(['a', 'b', 'c', 'd']), list(['a', 'b', 'c', 'd', 'e'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b, c and d',
      'a, b, c and 2 more',
    ])
  })

  it('cuts what is too long for a sentence', () => {
    expect(list(['x'.repeat(5000), 'a']).length).toBeLessThan(300)
  })

  it('adds up what is the same', () => {
    expect(
      tally([
        { text: 'a', count: 2 },
        { text: 'b', count: 1 },
        { text: 'a', count: 1 },
      ]),
    ).toBe('a (3 times) and b')
  })

  it('names places', () => {
    expect(hostPort({ ip: '2001:db8::1', port: 443 })).toBe('[2001:db8::1]:443')
    expect(hostPort({ ips: ['192.0.2.1'], port: 80 })).toBe('192.0.2.1:80')
    const device = aDevice().endpoint({ country: 'NO' }).build()
    expect(where({ ip: '203.0.113.10', name: 'api.example.com', port: 80 }, device)).toBe('api.example.com:80 (Norway)')
    expect(where({ ip: '203.0.113.11', port: 80 }, device)).toBe('203.0.113.11:80')
  })

  it('knows countries, and survives what is none', () => {
    expect([countryName('US'), countryName('ZZ'), countryName('not a code')]).toEqual([
      'United States',
      'Unknown Region',
      'not a code',
    ])
  })
})
