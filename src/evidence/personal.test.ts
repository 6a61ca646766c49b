import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findPersonal } from './personal.ts'
import type { Personal } from './personal.ts'

const MAC = '94:10:3e:41:c2:05'
const search = (content: string | Uint8Array, canaries: string[] = []): Personal[] =>
  findPersonal(content, { ownMacs: [MAC], canaries })
const whats = (content: string | Uint8Array, canaries?: string[]): string[] => search(content, canaries).map((f) => f.what)

describe('the own hardware address', () => {
  it.each([
    '94:10:3e:41:c2:05',
    '94-10-3E-41-C2-05',
    '94103E41C205',
    '94103e41c205',
    '9410.3e41.c205',
    '94_10_3e_41_c2_05',
    '94%3A10%3a3e%3A41%3Ac2%3A05',
    '/get?id=94103EFFFE41C205&x=1',
    '94:10:3e:ff:fe:41:c2:05',
    'dev-94103e41c205-x',
  ])('%s', (content) => {
    expect(search(content)).toEqual([expect.objectContaining({ what: 'mac', masked: '9…(17)' })])
  })
  it('as six bytes, in bytes only', () => {
    expect(search(Uint8Array.of(1, 2, 0x94, 0x10, 0x3e, 0x41, 0xc2, 0x05, 9))).toEqual([
      { what: 'mac', masked: '9…(17)', offset: 2 },
    ])
  })
  it.each(['94:10:3e:41:c2:06', '94103e41c20', '9410:3e:41:c2', '00:00:00:00:00:00'])('not %s', (content) => {
    expect(whats(content)).toEqual([])
  })
  it('has the place in the original, also behind percent-encoding', () => {
    expect(search('a%20b=94%3A10%3A3e%3A41%3Ac2%3A05')[0]?.offset).toBe(6)
  })
})

describe('serial-like values', () => {
  it.each([
    ['serial=A1B2C3D4', 'A…(8)'],
    ['"serialNumber": "231442K1200ABC"', '2…(14)'],
    ['<serialNumber>231442K1200ABC</serialNumber>', '2…(14)'],
    ['X-Serial: 12AB34CD\r\n', '1…(8)'],
    ['device_id=e4f5a6b7c8', 'e…(10)'],
    ['{\\"deviceId\\":\\"8006E0B1\\"}', '8…(8)'],
    ['"imei":"490154203237518"', '4…(15)'],
    ['<UDN>uuid:Insight-1_0-231442K1200</UDN>', 'I…(23)'],
    ['USN: uuid:2f402f80-da50-11e1-9b23-00178817122c::upnp:rootdevice\r\n', '2…(36)'],
    ['sn%3DAB12345678', 'A…(10)'],
    ["{'uuid': '2f402f80-da50-11e1-9b23-00178817122c'}", '2…(36)'],
  ])('%s', (content, masked) => {
    expect(search(content)).toEqual([expect.objectContaining({ what: 'serial', masked })])
  })
  it.each([
    'serial=none',
    'serial=00000000',
    'sn=123456',
    'SID: uuid:2f402f80-da50-11e1-9b23-00178817122c',
    'urn:uuid:2f402f80-da50-11e1-9b23-00178817122c',
    'id=A1B2C3D4',
    'deviceid=1.0.2.3',
    'deviceid=unknown',
    'serial=hello',
    'lessons=ABC12345678',
    'userial=A1B2C3D4',
    'serialize=A1B2C3D4',
    'deviceId=',
    '<a>serial</a>=1',
    'serial: 12345678',
  ])('not %s', (content) => {
    expect(whats(content)).toEqual([])
  })
})

describe('people', () => {
  it.each([
    ['user=jane.doe%40example.org&x', 'email'],
    ['"email":"jane@example.co.uk"', 'email'],
    ['<jane_d@example.fi>', 'email'],
    ['phone=0401234567', 'phone'],
    ['"mobile": "+358 40 123 4567"', 'phone'],
    ['"to":"+358401234567"', 'phone'],
    ['<n>+14155552671</n>', 'phone'],
    ['lat=60.1699&lon=24.9384', 'coordinates'],
    ['{"latitude":60.1699,"longitude":-24.9384}', 'coordinates'],
    ['geo:60.1699,24.9384', 'coordinates'],
    ['latlng=60.1699%2C24.9384', 'coordinates'],
    ['<longitude>24.9384</longitude><latitude>60.1699</latitude>', 'coordinates'],
    ['ssid=HomeNet', 'ssid'],
    ['"ssid":"My Home, 5G"', 'ssid'],
    ['<NewSSID>Kotiverkko</NewSSID>', 'ssid'],
    ['wifi_ssid=My%20Home', 'ssid'],
  ])('%s: %s', (content, what) => {
    expect(whats(content)).toEqual([what])
  })
  it.each([
    'icon@2x.png',
    'support@vendor.com',
    'pkg@1.2.3',
    'rtsp://jane:secret@cam.example.com/',
    'rtsp://jane@cam.example.com/',
    '@example.com',
    'a b@c',
    'phone=1',
    'mobile=true',
    'date: +0200',
    'Zm9v+1234567890123==',
    'n=1+12345678901',
    'lat=60.1699',
    'lat=0.00&lon=0.00',
    'lat=60&lon=24',
    'lat=160.1699&lon=24.9384',
    'bssid=00:11:22:33:44:55',
    'ssid=',
    'ssid=none',
    '"ssid":null',
    'translate=60.1699&loon=24.9384',
  ])('not in %s', (content) => {
    expect(whats(content)).toEqual([])
  })
})

describe('canaries', () => {
  const canary = 'Purple Otter?42'
  const bytes = new TextEncoder().encode(canary)
  it.each([
    ['plain', `x=${canary}`],
    ['other case', canary.toUpperCase()],
    ['URL-encoded', encodeURIComponent(canary)],
    ['form-encoded', 'x=Purple+Otter%3F42'],
    ['every byte URL-encoded', [...bytes].map((b) => `%${b.toString(16)}`).join('')],
    ['hex', Buffer.from(bytes).toString('hex').toUpperCase()],
    ['base64', btoa(canary)],
    ['base64 within text, shifted by one', btoa(`a${canary}xyz`)],
    ['base64 within text, shifted by two', btoa(`ab${canary}`)],
    ['base64url', Buffer.from(bytes).toString('base64url')],
  ])('%s', (_, content) => {
    expect(search(content, [canary])).toEqual([expect.objectContaining({ what: 'canary', masked: 'P…(15)' })])
  })
  it('in UTF-8', () => {
    expect(whats(new TextEncoder().encode('n=Mökki77'), ['Mökki77'])).toEqual(['canary'])
    expect(whats('n=M%C3%B6kki77', ['Mökki77'])).toEqual(['canary'])
  })
  it('not when one letter differs', () => {
    expect(whats('Purple Otter?43', [canary])).toEqual([])
  })
})

describe('whatever comes', () => {
  it('finds only what was asked for, at most sixteen, each once', () => {
    expect(
      findPersonal('ssid=HomeNet&serial=A1B2C3D4', { ownMacs: [], canaries: [], only: ['ssid'] }).map((f) => f.what),
    ).toEqual(['ssid'])
    expect(search(Array.from({ length: 99 }, (_, i) => `serial=AB12C${i}`).join('&'))).toHaveLength(16)
    expect(search('serial=AB12C3&serial=AB12C3')).toHaveLength(1)
  })

  it('never throws, and every place is within', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'serial',
        'ssid',
        'lat',
        'lon',
        '=',
        ':',
        '"',
        '\\',
        '<',
        '>',
        '@',
        '+',
        '%',
        '%4',
        '%40',
        '.',
        MAC,
        '94103e',
        'a@b.cd',
        '60.1699',
        'uuid:',
        '\u0000',
        '…',
      ),
      fc.string({ maxLength: 8 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.boolean(), (pieces, asBytes) => {
        const bytes = new TextEncoder().encode(pieces.join(''))
        for (const { offset } of findPersonal(asBytes ? bytes : pieces.join(''), {
          ownMacs: [MAC, 'x', ''],
          canaries: ['', 'a', 'canary text'],
        })) {
          expect(offset).toBeLessThan(bytes.length)
        }
      }),
      { seed: 20261123, numRuns: 3000 },
    )
  })

  it.each(['@', '=', 'serial=', 'a@', '%', '%41', '+1', 'ssid="', '9', '94:10:3e:41:c2:', 'lat=1.23', '"', '\\', 'd:', '<ssid>'])(
    'takes linear time on %s repeated',
    (unit) => {
      const time = (length: number): number => {
        const bytes = new TextEncoder().encode(unit.repeat(Math.ceil(length / unit.length)).slice(0, length))
        let best = Infinity
        for (let run = 0; run < 5; run++) {
          const start = performance.now()
          findPersonal(bytes, { ownMacs: [MAC], canaries: ['aaaaaaaa'] })
          best = Math.min(best, performance.now() - start)
        }
        return best
      }
      // a quadratic search would take half a second and more; no less is asked of a machine that does other things too
      expect(time(16384)).toBeLessThan(250)
    },
  )
})
