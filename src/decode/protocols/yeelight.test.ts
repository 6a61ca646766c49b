import { describe, expect, it } from 'vitest'
import { datagramOf } from '../../testing/datagrams.ts'
import { decodeTurns } from '../../testing/decoded.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import { datagramDecoders } from './index.ts'
import { ssdp } from './ssdp.ts'
import { yeelightDatagram, yeelightStream } from './yeelight.ts'

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))
/** Made after the maker's specification, section 3.1. */
const FOUND = [
  'HTTP/1.1 200 OK',
  'Cache-Control: max-age=3600',
  'Date:',
  'Ext:',
  'Location: yeelight://192.168.7.1:55443',
  'Server: POSIX UPnP/1.0 YGLC/1',
  'id: 0x000000000015243f',
  'model: color',
  'fw_ver: 18',
  'support: get_prop set_default set_power toggle',
  'power: on',
  'name: Bed lamp',
  '',
].join('\r\n')

describe('yeelight', () => {
  it('reads an announcement, which is not SSDP’s', () => {
    for (const said of [FOUND, FOUND.replace('HTTP/1.1 200 OK', 'NOTIFY * HTTP/1.1')]) {
      const datagram = datagramOf(bytes(said), 1982, 40000)
      expect(datagramDecoders.find((decoder) => decoder.recognise(datagram))?.protocol).toBe('yeelight')
      yeelightDatagram.decode(datagram, (message) =>
        expect(message).toMatchObject({
          type: 'announcement',
          model: 'color',
          firmware: '18',
          name: 'Bed lamp',
          id: '0x000000000015243f',
        }),
      )
    }
    const search = datagramOf(
      bytes('M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1982\r\nMAN: "ssdp:discover"\r\nST: wifi_bulb\r\n'),
      40000,
      1982,
    )
    expect(yeelightDatagram.recognise(search)).toBe(false)
    expect(ssdp.recognise(search)).toBe(true)
    expect(yeelightDatagram.recognise(datagramOf(bytes(FOUND.replace('yeelight:', 'http:')), 1982, 40000))).toBe(false)
  })

  it('reads commands, on its port only', async () => {
    const turns = [
      [
        'client',
        '{"id":1,"method":"set_power","params":["on","smooth",500]}\r\n{ "id": 2, "method": "get_prop", "params":["name"]}\r\n',
      ],
      ['server', '{"id":1, "result":["ok"]}\r\n'],
    ] as const
    expect((await decodeTurns(turns, 55443, yeelightStream)).map(({ type, method }) => method ?? type)).toEqual([
      'set_power',
      'get_prop',
      'answer',
    ])
    expect(await decodeTurns(turns, 8080, yeelightStream)).toEqual([])
    expect(await decodeTurns([['client', '{"method":"x","id":1}\r\n']], 55443, yeelightStream)).toEqual([])
  })

  it('whoever is on the network controls it', async () => {
    const at = await observed(
      dialogueCapture(
        [
          ['client', '{"id":1,"method":"toggle","params":[]}\r\n'],
          ['server', '{"id":1, "result":["ok"]}\r\n'],
        ],
        55443,
      ),
    )
    expect(
      at('192.168.7.1')
        .of('lan')
        .map(({ data }) => data),
    ).toMatchObject([{ protocol: 'yeelight', role: 'server', protection: 'clear' }])
    expect(
      at('192.168.7.2')
        .of('lan')
        .map(({ data }) => data),
    ).toMatchObject([{ role: 'client', detail: { toggle: 'asked' } }])
  })

  it('announces model, firmware and name', async () => {
    const lamp = (await observed(dialogueCapture([['client', FOUND]], 40000, 'udp', 1982)))('192.168.7.2')
    expect(lamp.identity.signals.map((one) => `${one.kind} ${one.value}`)).toEqual(
      expect.arrayContaining(['yeelight.model color', 'lan.name Bed lamp', 'lan.protocol yeelight']),
    )
    expect(lamp.of('software').map(({ data }) => data.version)).toEqual(['18'])
  })
})
