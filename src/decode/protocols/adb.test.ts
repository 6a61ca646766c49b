import { describe, expect, it } from 'vitest'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { adb } from './adb.ts'

/** Command, two arguments, payload length, sum of its bytes, complement of the command: all little-endian. */
function message(command: string, first: number, second: number, payload = ''): Uint8Array {
  const out = Buffer.alloc(24 + payload.length)
  out.write(command, 0, 'latin1')
  out.writeUInt32LE(first, 4)
  out.writeUInt32LE(second, 8)
  out.writeUInt32LE(payload.length, 12)
  out.writeUInt32LE(
    payload.split('').reduce((sum, character) => sum + character.charCodeAt(0), 0),
    16,
  )
  out.writeUInt32LE(~out.readUInt32LE(0) >>> 0, 20)
  out.write(payload, 24, 'latin1')
  return out
}

const HOST = message('CNXN', 0x01000000, 4096, 'host::features=shell_v2,cmd\0')
const DEVICE = message('CNXN', 0x01000000, 4096, 'device::ro.product.name=r2;ro.product.model=TV Box;ro.product.device=p212;\0')
const OPEN: Turn[] = [
  ['client', HOST],
  ['server', DEVICE],
  ['client', message('OPEN', 1, 0, 'shell:cd /data/local/tmp\0')],
]

describe('adb', () => {
  it('reads who it is, and that it asked for nothing', async () => {
    const messages = await decodeTurns(OPEN, 5555, adb)
    expect(ofType(messages, 'connect')).toMatchObject([
      { system: 'host', fromClient: true, frame: 4 },
      { system: 'device', product: 'r2', model: 'TV Box', device: 'p212', fromClient: false, frame: 5 },
    ])
    expect(ofType(messages, 'access')).toMatchObject([{ demands: 'none', granted: true }])
    expect(ofType(messages, 'open')).toMatchObject([{ service: 'shell:cd /data/local/tmp' }])
  })

  it('sees that a key was demanded, and TLS', async () => {
    const key = await decodeTurns(
      [
        ['client', HOST],
        ['server', message('AUTH', 1, 0, 't'.repeat(20))],
        ['client', message('AUTH', 2, 0, 's'.repeat(256))],
        ['server', DEVICE],
      ],
      5555,
      adb,
    )
    expect(ofType(key, 'access')).toMatchObject([{ demands: 'key', granted: true }])
    const tls = await decodeTurns(
      [
        ['client', HOST],
        ['server', message('STLS', 0x01000000, 0)],
        ['client', message('STLS', 0x01000000, 0)],
      ],
      5555,
      adb,
    )
    expect(ofType(tls, 'access')).toMatchObject([{ demands: 'tls', granted: false }])
  })

  it.skipIf(!tsharkAvailable())('agrees with tshark on services', async () => {
    const path = dialogueCapture(OPEN, 5555)
    const rows = tsharkFields(path, ['adb.service', 'adb.connection_info'], 'adb', ['-d', 'tcp.port==5555,adb'])
    const services = [...rows].flatMap(([frame, [service]]) => service!.map((one) => [frame, one]))
    expect(services).toHaveLength(1)
    const messages = await decodeStreams(path, adb)
    expect(ofType(messages, 'open').map((one) => [one.frame, one.service])).toEqual(services)
    const banners = [...rows].flatMap(([frame, [, banner]]) => banner!.map((one) => [frame, one.split(':')[0]]))
    expect(ofType(messages, 'connect').map((one) => [one.frame, one.system])).toEqual(banners)
  })

  it('wants the complement to fit', async () => {
    const bad = HOST.slice()
    bad[20] = 0
    expect(await decodeTurns([['client', bad]], 5555, adb)).toEqual([])
  })
})
