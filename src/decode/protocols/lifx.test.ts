import { describe, expect, it } from 'vitest'
import { bytesOf, datagramOf } from '../../testing/datagrams.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import { lifx, type LifxMessage } from './lifx.ts'

/** The packet that LIFX's own documentation builds byte by byte ("Encoding a packet": SetColor, green, for every lamp). */
const SET_COLOR =
  '31 00 00 34 00000000 0000000000000000 000000000000 00 00 0000000000000000 66 00 00 00  00 5555 ffff ffff ac0d 00040000'
const header = (size: number, type: number, tagged = false) =>
  `${le(size, 2)} 00${tagged ? '34' : '14'} 02000000 d073d5001337 0000 4c4946585632 00 01 0000000000000000 ${le(type, 2)} 0000`
const le = (value: number, bytes: number) =>
  Array.from({ length: bytes }, (_, i) => ((value / 256 ** i) & 255).toString(16).padStart(2, '0')).join('')
const text = (value: string, size: number) =>
  Array.from({ length: size }, (_, i) => (value.charCodeAt(i) || 0).toString(16).padStart(2, '0')).join('')

const VERSION = bytesOf(`${header(48, 33)} 01000000 1b000000 00000000`)
const FIRMWARE = bytesOf(`${header(56, 15)} 00e8bcd1a0cf4415 0000000000000000 4600 0300`)
const LIGHT = bytesOf(`${header(88, 107)} 0000 0000 ffff ac0d 0000 ffff ${text('Kitchen', 32)} 0000000000000000`)
const GET_SERVICE = bytesOf(header(36, 2, true))

function read(bytes: Uint8Array, port = 56700): LifxMessage[] {
  const found: LifxMessage[] = []
  const datagram = datagramOf(bytes, 40000, port)
  if (lifx.recognise(datagram)) lifx.decode(datagram, (message) => found.push(message))
  return found
}

describe('lifx', () => {
  it('reads the packet of its maker’s documentation, on any port', () => {
    for (const port of [56700, 1234])
      expect(read(bytesOf(SET_COLOR), port)).toEqual([
        { protocol: 'lifx', frame: 1, fromClient: true, message: 102, answer: false, sets: true },
      ])
  })

  it('reads product, firmware and name', () => {
    expect(read(VERSION)[0]).toMatchObject({ answer: true, vendor: 1, product: 27 })
    expect(read(FIRMWARE)[0]).toMatchObject({ answer: true, firmware: '3.70' })
    expect(read(LIGHT)[0]).toMatchObject({ answer: true, label: 'Kitchen' })
  })

  it('wants size, protocol number and what is reserved to fit', () => {
    const good = bytesOf(SET_COLOR)
    for (const at of [0, 1, 2, 14, 15, 34, 35]) {
      const bad = good.slice()
      bad[at]! ^= 0x10
      expect(read(bad)).toEqual([])
    }
    expect(read(good.slice(0, -1))).toEqual([])
    // a message that is not known, on its own port only
    const later = bytesOf(`${header(38, 512)} 0000`)
    expect(read(later)).toHaveLength(1)
    expect(read(later, 1234)).toEqual([])
  })

  it('is a lamp only when it answers, and may then be controlled by anyone', async () => {
    const at = await observed(
      dialogueCapture(
        [
          ['client', GET_SERVICE],
          ['client', bytesOf(SET_COLOR)],
          ['server', VERSION],
          ['server', FIRMWARE],
          ['server', LIGHT],
        ],
        56700,
        'udp',
        // its app uses the same port
        56700,
      ),
    )
    const lamp = at('192.168.7.1')
    expect(lamp.of('lan').map(({ data }) => data)).toMatchObject([
      { protocol: 'lifx', role: 'server', protection: 'clear', detail: { product: 'LIFX A19', firmware: '3.70' } },
    ])
    expect(lamp.of('software').map(({ data }) => data)).toEqual([{ product: 'firmware', version: '3.70', via: 'lifx' }])
    expect(lamp.of('name').map(({ data }) => data)).toEqual([{ via: 'lan', name: 'Kitchen' }])
    expect(lamp.identity.signals.map((one) => `${one.kind} ${one.value}`)).toEqual(
      expect.arrayContaining(['lifx.product LIFX A19', 'lan.name Kitchen', 'lan.protocol lifx']),
    )
    const phone = at('192.168.7.2')
    expect(phone.of('lan').map(({ data }) => data)).toMatchObject([{ role: 'client', detail: { sets: 'yes', asks: 'yes' } }])
    expect(phone.identity.signals.filter(({ kind }) => kind.startsWith('lan.'))).toEqual([])
  })

  it('says nothing of whoever is only asked', async () => {
    const at = await observed(
      dialogueCapture(
        [
          ['client', GET_SERVICE],
          ['server', 'no'],
        ],
        56700,
        'udp',
      ),
    )
    expect(at('192.168.7.1').of('lan')).toEqual([])
  })
})
