import { describe, expect, it } from 'vitest'
import { bytesOf } from '../../testing/datagrams.ts'
import { decodeFlows } from '../../testing/decoded.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import { miio } from './miio.ts'

const HELLO = bytesOf(`21310020${'ff'.repeat(28)}`)
/** Device id 0x038eafd6 = 59682774, stamp 0x000123. */
const answer = (checksum: string) => bytesOf(`21310020 00000000 038eafd6 00000123 ${checksum}`)
const read = (...datagrams: Uint8Array[]) =>
  decodeFlows(
    dialogueCapture(
      datagrams.map((one, i) => [i % 2 === 0 ? 'client' : 'server', one] as const),
      54321,
      'udp',
    ),
    miio,
  )

describe('miio', () => {
  it('reads the token that old firmware gives to whoever asks', async () => {
    expect(await read(HELLO, answer('00112233445566778899aabbccddeeff'))).toEqual([
      { protocol: 'miio', type: 'hello', frame: 1, fromClient: true },
      {
        protocol: 'miio',
        type: 'answer',
        frame: 2,
        fromClient: false,
        deviceId: '59682774',
        stamp: 0x123,
        token: '00112233445566778899aabbccddeeff',
      },
    ])
  })

  it('sees no token where firmware hides it', async () => {
    for (const hidden of ['ff'.repeat(16), '00'.repeat(16)])
      expect((await read(HELLO, answer(hidden)))[1]).toMatchObject({ type: 'answer', token: undefined })
  })

  it('takes the checksum of an encrypted message for no token', async () => {
    expect(await read(bytesOf(`21310030 00000000 038eafd6 00000124 ${'5a'.repeat(32)}`))).toMatchObject([
      { type: 'message', token: undefined },
    ])
  })

  it('wants magic, length and blocks to fit', async () => {
    expect(await read(bytesOf(`21310021 00000000 038eafd6 00000124 ${'5a'.repeat(17)}`))).toEqual([])
    expect(await read(bytesOf(`2131ffff ${'00'.repeat(28)}`))).toEqual([])
  })
})
