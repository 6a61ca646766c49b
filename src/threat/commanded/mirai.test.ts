import { describe, expect, it } from 'vitest'
import { seeded } from '../../testing/seeded.ts'
import { bytesOf } from '../../testing/datagrams.ts'
import { inWords, isHello, keepAlives, readHello, readOrders } from './mirai.ts'

const orders = (hex: string) => {
  const b = bytesOf(hex)
  return readOrders(b, 0, b.length)
}
const hello = (hex: string) => readHello(bytesOf(hex), hex.length / 2)

/** As in id2t's capture, frame 633. */
const HTTP = '00160000000a0a014814000a200108066474752e646b'
/** UDP at two targets, one of them a network, port 53, 512 bytes each. */
const UDP = `0026 0000003c 00 02 c0000207 20 c6336400 18 02 07 02 3533 00 03 353132`.replaceAll(' ', '')
const withLength = (hex: string) => `${(hex.length / 2).toString(16).padStart(4, '0')}${hex.slice(4)}`

describe("Mirai's orders", () => {
  it('are told in words', () => {
    expect(orders(HTTP)!.map(inWords)).toEqual(['HTTP flood for 10 s at 72.20.0.10 (dtu.dk)'])
    expect(orders(withLength(UDP))!.map(inWords)).toEqual(['UDP flood for 60 s at 192.0.2.7 port 53, 198.51.100.0/24 port 53'])
  })

  it('come one behind the other, with signs of life between them', () => {
    expect(orders(`${HTTP}0000${withLength(UDP)}`)).toHaveLength(2)
  })

  it('are none where anything is wrong with them', () => {
    const wrong = {
      'cut short': HTTP.slice(0, -2),
      'with something behind': `${HTTP}01`,
      'no time': HTTP.replace('0000000a', '00000000'),
      'too long a time': HTTP.replace('0000000a', 'ff00000a'),
      'no target': HTTP.replace('0a01', '0a00'),
      'more targets than bytes': HTTP.replace('0a01', '0a05'),
      'a netmask of 33 bits': HTTP.replace('0a20', '0a21'),
      'a target that is a group': HTTP.replace('48140', 'e8140'),
      'an option longer than the order': HTTP.replace('0806', '0807'),
      'an option shorter than the order': HTTP.replace('0806', '0805'),
      'an option that is none': HTTP.replace('0806', 'ff06'),
      'signs of life alone': '00000000',
      'another protocol': '1b5b3f3130343968',
      nothing: '',
    }
    for (const [what, hex] of Object.entries(wrong)) expect([what, orders(hex)]).toEqual([what, undefined])
  })

  it('never throw, and are not read out of noise', () => {
    const below = seeded(3)
    let read = 0
    for (let i = 0; i < 50_000; i++) {
      const b = Uint8Array.from({ length: below(60) }, () => below(256))
      if (readOrders(b, 0, b.length)) read++
    }
    expect(read).toBe(0)
    const base = bytesOf(HTTP)
    for (let i = 0; i < 20_000; i++) {
      const b = base.slice()
      b[below(b.length)] = below(256)
      readOrders(b, 0, below(b.length + 1))
    }
  })
})

describe("a bot's hello", () => {
  it('is four bytes and a name, whole when both are there', () => {
    expect(hello('00000001')).toBeUndefined()
    expect(hello('0000000100')).toBe('')
    expect(hello('0000000104')).toBeUndefined()
    expect(hello('00000001046d697073')).toBe('mips')
    // some send a byte for their version
    expect(hello('00000001046d69707331')).toBe('mips')
  })

  it('is none of something longer, of other bytes, of a name that cannot be read', () => {
    for (const hex of ['00000002', '0000000100aabb', '00000001026d697073aa', '00000001026d00', '00000001ff', '000000016742c01e'])
      expect([hex, hello(hex)]).toEqual([hex, false])
  })

  it('is looked for at the beginning', () => {
    const b = bytesOf('ff00000001')
    expect(isHello(b, 1, 5)).toBe(true)
    expect(isHello(b, 0, 5)).toBe(false)
    expect(isHello(b, 1, 4)).toBe(false)
  })
})

describe('a sign of life', () => {
  it('is two zeros, or some at once, and nothing else', () => {
    const count = (hex: string) => keepAlives(bytesOf(hex), 0, hex.length / 2)
    expect(['0000', '00000000', '00', '000000', '0001', '', '00'.repeat(10)].map(count)).toEqual([1, 2, 0, 0, 0, 0, 0])
  })
})
