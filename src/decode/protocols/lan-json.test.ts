import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { DatagramDecoder, MessageBase } from '../message.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, eachDatagram } from '../../testing/datagrams.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import type { DeviceEvidence } from '../../evidence/evidence.ts'
import { govee } from './govee.ts'
import { tapo } from './tapo.ts'
import { wiz } from './wiz.ts'

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))
const signals = (device: DeviceEvidence) => device.identity.signals.map((one) => `${one.kind} ${one.value}`)

function read<M extends MessageBase>(decoder: DatagramDecoder<M>, said: Uint8Array, port: number): M[] {
  const found: M[] = []
  const datagram = datagramOf(said, 40000, port)
  if (decoder.recognise(datagram)) decoder.decode(datagram, (message) => found.push(message))
  return found
}

describe('wiz', () => {
  const CONFIG =
    '{"method":"getSystemConfig","env":"pro","result":{"mac":"a8bb50818e7c","homeId":1,"fwVersion":"1.25.0","moduleName":"ESP01_SHRGB1C_31"}}'

  it('reads requests and answers', () => {
    expect(read(wiz, bytes('{"method":"setPilot","params":{"state":true}}'), 38899)).toMatchObject([
      { method: 'setPilot', answer: false },
    ])
    expect(read(wiz, bytes(CONFIG), 38899)).toMatchObject([
      { method: 'getSystemConfig', answer: true, module: 'ESP01_SHRGB1C_31', firmware: '1.25.0' },
    ])
    expect(read(wiz, bytes('{"method":"syncPilot","env":"pro","params":{"mac":"a8bb50818e7c"}}'), 38900)).toMatchObject([
      { answer: true, mac: 'a8bb50818e7c' },
    ])
  })

  it('is not every JSON with a method, nor on every port', () => {
    expect(read(wiz, bytes(CONFIG), 40001)).toEqual([])
    expect(read(wiz, bytes('{"jsonrpc":"2.0","method":"getPilot"}'), 38899)).toEqual([])
    expect(read(wiz, bytes('[{"method":"getPilot"}]'), 38899)).toEqual([])
  })

  it('may be controlled by anyone once it answers', async () => {
    const at = await observed(
      dialogueCapture(
        [
          ['client', '{"method":"getSystemConfig","params":{}}'],
          ['server', CONFIG],
        ],
        38899,
        'udp',
      ),
    )
    expect(
      at('192.168.7.1')
        .of('lan')
        .map(({ data }) => data),
    ).toMatchObject([
      { protocol: 'wiz', role: 'server', protection: 'clear', detail: { module: 'ESP01_SHRGB1C_31', firmware: '1.25.0' } },
    ])
    expect(signals(at('192.168.7.1'))).toContain('wiz.module ESP01_SHRGB1C_31')
    expect(
      at('192.168.7.2')
        .of('lan')
        .map(({ data }) => data.role),
    ).toEqual(['client'])
  })
})

describe('govee', () => {
  // as Govee's guide prints them, line ends included
  const SCAN = '{\n  "msg":{\n    "cmd":"scan",\n    "data":{\n      "account_topic":"reserve"\n    }\n  }\n}'
  const ANSWER =
    '{\n  "msg":{\n    "cmd":"scan",\n    "data":{\n      "ip":"192.168.7.1",\n      "device":"1F:80:C5:32:32:36:72:4E",\n      "sku":"H6008",\n      "wifiVersionSoft":"1.02.03"\n    }\n  }\n}'

  it('reads the guide’s messages', () => {
    expect(read(govee, bytes(SCAN), 4001)).toMatchObject([{ command: 'scan', answer: false }])
    expect(read(govee, bytes(ANSWER), 4002)).toMatchObject([{ answer: true, sku: 'H6008', firmware: '1.02.03' }])
    expect(read(govee, bytes('{"msg":{"data":{"value":1},"cmd":"turn"}}'), 4003)).toMatchObject([{ command: 'turn' }])
  })

  it('wants its port and its form', () => {
    expect(read(govee, bytes(ANSWER), 4004)).toEqual([])
    expect(read(govee, bytes('{"message":{"cmd":"scan"}}'), 4002)).toEqual([])
    expect(read(govee, bytes('{"msg":"cmd"}'), 4002)).toEqual([])
  })

  it('tells the lamp from who looks for it', async () => {
    // the answer goes to a port of its own: a flow in which the lamp speaks first
    const at = await observed(dialogueCapture([['client', ANSWER]], 4002, 'udp', 4003))
    expect(
      at('192.168.7.2')
        .of('lan')
        .map(({ data }) => data),
    ).toMatchObject([{ protocol: 'govee', role: 'server', detail: { sku: 'H6008' } }])
    expect(signals(at('192.168.7.2'))).toContain('govee.sku H6008')
  })
})

describe('tapo', () => {
  /** The probe that python-kasa, python-tapo and others send. */
  const PROBE = bytesOf('02000001 0000 0000 00000000 463cb5d3')
  const JSON_ANSWER =
    '{"result":{"device_id":"7f0e","owner":"00ab","device_type":"SMART.TAPOPLUG","device_model":"P110(EU)","ip":"192.168.7.1","mac":"AA-BB-CC-01-02-03","factory_default":false,"mgt_encrypt_schm":{"is_support_https":false,"encrypt_type":"KLAP","http_port":80,"lv":2}},"error_code":0}'
  const ANSWER = Uint8Array.from([
    ...bytesOf(`02000001 ${JSON_ANSWER.length.toString(16).padStart(4, '0')} 1100 00000000 00000000`),
    ...bytes(JSON_ANSWER),
  ])

  it('knows the probe by its checksum', () => {
    expect(read(tapo, PROBE, 20002)).toEqual([{ protocol: 'tapo', type: 'probe', frame: 1, fromClient: true }])
    for (let at = 0; at < 16; at++) {
      const bad = PROBE.slice()
      bad[at]! ^= 0x40
      expect(read(tapo, bad, 20002)).toEqual([])
    }
    expect(read(tapo, PROBE, 20003)).toEqual([])
  })

  const REAL = 'ja4/pcap/latest.pcapng'
  it.skipIf(corpus(REAL) === undefined)('a later probe in a real capture is signed as the first one is', async () => {
    let probes = 0
    await eachDatagram(corpus(REAL)!, (datagram) => {
      if (datagram.dstPort !== 20002 && datagram.dstPort !== 20004) return
      expect(tapo.recognise(datagram)).toBe(true)
      // the checksum holds for the whole, JSON included
      const bytes = datagram.bytes.slice(datagram.start, datagram.end)
      const said = new DataView(bytes.buffer).getUint32(12)
      bytes.set([0x5a, 0x6b, 0x7c, 0x8d], 12)
      expect(crc32(bytes)).toBe(said)
      probes++
    })
    expect(probes).toBeGreaterThan(0)
  })

  it('reads what it is and how it is controlled', () => {
    expect(read(tapo, ANSWER, 20002)).toMatchObject([
      { type: 'answer', model: 'P110(EU)', deviceType: 'SMART.TAPOPLUG', scheme: 'KLAP', unset: false },
    ])
    expect(read(tapo, ANSWER.slice(0, -1), 20002)).toEqual([])
  })

  it('does not take what it says of its control for control', async () => {
    const at = await observed(
      dialogueCapture(
        [
          ['client', PROBE],
          ['server', ANSWER],
        ],
        20002,
        'udp',
      ),
    )
    expect(
      at('192.168.7.1')
        .of('lan')
        .map(({ data }) => data),
    ).toMatchObject([{ protocol: 'tapo', role: 'server', protection: 'unknown', detail: { control: 'KLAP', model: 'P110(EU)' } }])
    expect(signals(at('192.168.7.1'))).toEqual(expect.arrayContaining(['tapo.model P110(EU)', 'tapo.type SMART.TAPOPLUG']))
  })
})
