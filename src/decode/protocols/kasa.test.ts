import { describe, expect, it } from 'vitest'
import { decodeFlows, decodeStreams, decodeTurns } from '../../testing/decoded.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { kasaDatagram, kasaStream } from './kasa.ts'

/** The published cipher: each byte XOR the byte before it as sent, the first XOR 171. */
function cipher(json: string): Uint8Array {
  const out = new TextEncoder().encode(json)
  let key = 171
  for (let i = 0; i < out.length; i++) key = out[i] = out[i]! ^ key
  return out
}

function framed(json: string): Uint8Array {
  const body = cipher(json)
  const out = new Uint8Array(4 + body.length)
  new DataView(out.buffer).setUint32(0, body.length)
  out.set(body, 4)
  return out
}

const SYSINFO = JSON.stringify({
  system: {
    get_sysinfo: {
      err_code: 0,
      sw_ver: '1.2.5 Build 171213',
      hw_ver: '1.0',
      type: 'IOT.SMARTPLUGSWITCH',
      model: 'HS110(EU)',
      mac: '50:C7:BF:00:C7:03',
      deviceId: '8006',
      hwId: '45E2',
      alias: 'Büro "1"',
      dev_name: 'Wi-Fi Smart Plug',
      latitude: 49.877,
      longitude: 8.654,
    },
  },
})
const ASK = '{"system":{"get_sysinfo":{}}}'
const JOIN =
  '{"netif":{"set_stainfo":{"ssid":"home","password":"correct horse","key_type":3}},"cnCloud":{"bind":{"username":"ann@example.org","password":"pw"}}}'

const TCP: Turn[] = [
  ['client', framed(ASK)],
  ['server', framed(SYSINFO)],
  ['client', framed(JOIN)],
  ['server', framed('{"netif":{"set_stainfo":{"err_code":-3,"err_msg":"x"}}}')],
]

describe('kasa', () => {
  it('deciphers what anyone can', async () => {
    const [ask, told, join, refused] = (await decodeTurns(TCP, 9999, kasaStream)).toSorted((a, b) => a.frame - b.frame)
    expect(ask).toMatchObject({ commands: ['system.get_sysinfo'], system: undefined, fromClient: true, frame: 4, content: ASK })
    expect(told!.system).toMatchObject({
      model: 'HS110(EU)',
      alias: 'Büro "1"',
      mac: '50:C7:BF:00:C7:03',
      hardwareId: '45E2',
      latitude: 49.877,
      longitude: 8.654,
    })
    expect(told!.errorCode).toBe(0)
    expect(join!.secrets).toEqual([
      { what: 'wifi', user: 'home', password: 'correct horse' },
      { what: 'account', user: 'ann@example.org', password: 'pw' },
    ])
    expect(refused!.errorCode).toBe(-3)
  })

  it.skipIf(!tsharkAvailable())('agrees with tshark, over TCP and UDP', async () => {
    for (const transport of ['tcp', 'udp'] as const) {
      const turns: Turn[] =
        transport === 'tcp'
          ? TCP
          : [
              ['client', cipher(ASK)],
              ['server', cipher(SYSINFO)],
            ]
      const path = dialogueCapture(turns, 9999, transport)
      const messages = transport === 'tcp' ? await decodeStreams(path, kasaStream) : await decodeFlows(path, kasaDatagram)
      const rows = tsharkFields(path, ['tplink_smarthome.msg'], 'tplink-smarthome')
      // tshark prints a dot for each byte beyond ASCII
      const ascii = (content: string) => content.replaceAll('ü', '..')
      expect(messages.toSorted((a, b) => a.frame - b.frame).map((one) => [one.frame, ascii(one.content)])).toEqual(
        [...rows].map(([frame, [message]]) => [frame, message![0]]),
      )
    }
  })

  it('reads fields of a message that is cut', async () => {
    const cut = framed(SYSINFO).slice(0, 200)
    const [message] = await decodeTurns([['server', cut]], 9999, kasaStream)
    expect(message).toMatchObject({ commands: ['system.get_sysinfo'], system: { model: 'HS110(EU)', mac: '50:C7:BF:00:C7:03' } })
  })

  it('refuses what only begins like it', async () => {
    expect(await decodeTurns([['client', new Uint8Array([0, 0, 0, 4, 0xd0, 0xf2, 0, 0])]], 9999, kasaStream)).toEqual([])
    expect(await decodeTurns([['client', '{"system":{}}']], 9999, kasaStream)).toEqual([])
  })
})
