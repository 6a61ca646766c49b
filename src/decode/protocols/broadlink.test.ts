import { createCipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { datagramOf } from '../../testing/datagrams.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import { broadlink, type BroadlinkMessage } from './broadlink.ts'

/** A packet with its checksum, as the published description of the protocol makes it. */
function packet(
  size: number,
  command: number,
  fields: readonly (readonly [number, Iterable<number>])[],
  magic = true,
): Uint8Array {
  const out = new Uint8Array(size)
  if (magic) out.set([0x5a, 0xa5, 0xaa, 0x55, 0x5a, 0xa5, 0xaa, 0x55])
  out.set([command & 255, command >> 8], 0x26)
  for (const [at, bytes] of fields) out.set([...bytes], at)
  const sum = out.reduce((total, byte) => total + byte, 0xbeaf) & 0xffff
  out.set([sum & 255, sum >> 8], 0x20)
  return out
}
const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))
const KEY = Buffer.from('097628343fe99e23765c1513accf8b02', 'hex')
const IV = Buffer.from('562e17996d093d28ddb3ba695a2e6f58', 'hex')
const sealed = (plain: Uint8Array) => createCipheriv('aes-128-cbc', KEY, IV).setAutoPadding(false).update(plain)

const SEARCH = packet(48, 6, [[0x18, [192, 168, 7, 2]]], false)
const FOUND = packet(
  128,
  7,
  [
    [0x34, [0x37, 0x27]],
    [0x3a, [1, 2, 3, 4, 5, 6]],
    [0x40, ascii('Living room')],
  ],
  false,
)
const KEY_GIVEN = packet(56 + 32, 0x3e9, [
  [0x24, [0x37, 0x27]],
  [56, sealed(Uint8Array.from({ length: 32 }, (_, i) => i + 1))],
])
const KEY_REFUSED = packet(56, 0x3e9, [
  [0x22, [0xfb, 0xff]],
  [0x24, [0x37, 0x27]],
])
const SETUP = packet(
  136,
  0x14,
  [
    [0x44, ascii('home')],
    [0x64, ascii('correct horse')],
    [0x84, [4, 13, 3]],
  ],
  false,
)

function read(bytes: Uint8Array, port = 80): BroadlinkMessage[] {
  const found: BroadlinkMessage[] = []
  const datagram = datagramOf(bytes, 40000, port)
  if (broadlink.recognise(datagram)) broadlink.decode(datagram, (message) => found.push(message))
  return found
}

describe('broadlink', () => {
  it('reads discovery, the handing out of the key, and set-up', () => {
    expect(read(SEARCH)).toMatchObject([{ type: 'search' }])
    expect(read(FOUND)).toMatchObject([{ type: 'found', deviceType: 0x2737, name: 'Living room', locked: false }])
    expect(read(KEY_GIVEN)[0]).toEqual({
      protocol: 'broadlink',
      type: 'key-given',
      frame: 1,
      fromClient: true,
      deviceType: 0x2737,
    })
    expect(read(KEY_REFUSED)[0]).toMatchObject({ type: 'key-given', locked: true })
    expect(read(SETUP)).toMatchObject([{ type: 'setup', ssid: 'home', key: 'correct horse' }])
  })

  it('wants the checksum, and where there is no magic its port', () => {
    for (const good of [SEARCH, FOUND, KEY_GIVEN, SETUP]) {
      const bad = good.slice()
      bad[good.length - 1]! ^= 1
      expect(read(bad)).toEqual([])
    }
    expect(read(SEARCH, 8080)).toEqual([])
    expect(read(KEY_GIVEN, 8080)).toHaveLength(1)
    expect(read(new Uint8Array(48))).toEqual([])
  })

  it('a thing that hands out its key is open to anyone; one that refuses is not', async () => {
    const thing = async (answer: Uint8Array) =>
      (
        await observed(
          dialogueCapture(
            [
              ['client', packet(136, 0x65, [])],
              ['server', answer],
            ],
            80,
            'udp',
          ),
        )
      )('192.168.7.1')
    const told = async (answer: Uint8Array) =>
      (await thing(answer)).of('lan').map(({ data }) => [data.role, data.protection, data.detail['key'] ?? ''])
    expect(await told(KEY_GIVEN)).toEqual([['server', 'broken', 'revealed']])
    expect(await told(KEY_REFUSED)).toEqual([['server', 'unknown', '']])
    expect((await thing(KEY_GIVEN)).services).toMatchObject([{ protection: 'broken' }])
    expect((await thing(KEY_REFUSED)).services).toMatchObject([{ protection: 'unknown' }])
  })

  it('masks the Wi-Fi key that set-up sends in clear', async () => {
    const phone = (await observed(dialogueCapture([['client', SETUP]], 80, 'udp')))('192.168.7.2')
    expect(phone.of('credential').map(({ data }) => data)).toMatchObject([
      { scheme: 'Wi-Fi key', user: 'h…(4)', secret: 'c…(13)' },
    ])
    expect(JSON.stringify(phone.of('credential'))).not.toContain('horse')
  })
})
