import { createCipheriv, createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bytesOf } from '../../testing/datagrams.ts'
import { corpus } from '../../testing/corpus.ts'
import { decodeFlows, decodeTurns } from '../../testing/decoded.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import { tuyaDatagram, tuyaStream } from './tuya.ts'

const KEY = createHash('md5').update('yGAdlopoPVldABfn').digest()
const u32 = (value: number) => Buffer.from([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255])

/** Prefix 55aa, sequence, command, length, payload, checksum (not looked at), suffix. */
function frame(command: number, payload: Buffer | string): Uint8Array {
  const body = Buffer.from(payload)
  return Buffer.concat([u32(0x55aa), u32(1), u32(command), u32(body.length + 8), body, u32(0xdeadbeef), u32(0xaa55)])
}

function modern(command: number, json: string, key: Buffer): Uint8Array {
  const nonce = Buffer.from('0123456789ab')
  const header = Buffer.concat([Buffer.from([0, 0]), u32(1), u32(command), u32(12 + json.length + 16)])
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  cipher.setAAD(header)
  const sealed = Buffer.concat([cipher.update(json), cipher.final()])
  return Buffer.concat([u32(0x6699), header, nonce, sealed, cipher.getAuthTag(), u32(0x9966)])
}

const JSON_35 = '{"ip":"192.168.7.2","gwId":"bf12345678","productKey":"keyabc","version":"3.5"}'
const broadcast = async (payload: Uint8Array, port: number) =>
  (await decodeFlows(dialogueCapture([['client', payload]], port, 'udp'), tuyaDatagram))[0]

describe('tuya', () => {
  it.skipIf(corpus('ndpi/pcap/tuya_lp.pcap') === undefined)(
    'reads real broadcasts with the published key: each names its own sender',
    async () => {
      const messages = await decodeFlows(corpus('ndpi/pcap/tuya_lp.pcap')!, tuyaDatagram)
      expect(messages.length).toBeGreaterThan(20)
      for (const one of messages) {
        expect(one).toMatchObject({ encryption: 'published', version: '3.3', command: 0x13 })
        expect(one.ip).toMatch(/^192\.168\.242\.\d+$/)
        expect(one.gatewayId).toMatch(/^[0-9a-z]{20,22}$/)
      }
    },
  )

  it('reads a clear broadcast of 3.1', async () => {
    expect(await broadcast(frame(0, '{"ip":"192.168.7.2","gwId":"0020","productKey":"k","version":"3.1"}'), 6666)).toMatchObject({
      encryption: 'none',
      gatewayId: '0020',
      productKey: 'k',
      version: '3.1',
    })
  })

  it('reads a broadcast of 3.5 with the published key, and not one under another', async () => {
    expect(await broadcast(modern(0x13, JSON_35, KEY), 7000)).toMatchObject({
      encryption: 'published',
      gatewayId: 'bf12345678',
      version: '3.5',
    })
    const other = await broadcast(modern(0x13, JSON_35, Buffer.alloc(16, 7)), 7000)
    expect(other).toMatchObject({ encryption: 'device' })
    expect(other!.content).toBeUndefined()
  })

  it('tells a clear command from one under the key of the device', async () => {
    const messages = await decodeTurns(
      [
        ['client', frame(10, '{"gwId":"0020","devId":"0020"}')],
        [
          'server',
          Buffer.concat([
            frame(10, Buffer.concat([u32(0), Buffer.from('3.3'), Buffer.alloc(12), bytesOf('97b93fee4b69c95feeb3d33bda352952')])),
            frame(9, u32(0)),
          ]),
        ],
      ],
      6668,
      tuyaStream,
    )
    expect(
      messages.map(({ command, encryption, version, gatewayId, fromClient }) => [
        command,
        encryption,
        version,
        gatewayId,
        fromClient,
      ]),
    ).toEqual([
      [10, 'none', undefined, '0020', true],
      [10, 'device', '3.3', undefined, false],
      [9, 'empty', undefined, undefined, false],
    ])
  })

  it('refuses lengths that no message has', async () => {
    expect(await broadcast(Buffer.concat([u32(0x55aa), u32(1), u32(10), u32(0xffffffff), Buffer.alloc(8)]), 6667)).toBeUndefined()
    expect(await broadcast(Buffer.from('000055aa0000', 'hex'), 6667)).toBeUndefined()
  })
})
