import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { decodeTurns } from '../../testing/decoded.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { knxip, knxipStream, type KnxMessage, type KnxRequest } from './knxip.ts'

/** A frame of KNXnet/IP: header, then the body (KNX Standard 3/8/2 section 2.3). */
function framed(service: string, body: string): Uint8Array {
  const bytes = bytesOf(body)
  const length = (bytes.length + 6).toString(16).padStart(4, '0')
  return bytesOf(`06 10 ${service} ${length} ${body}`)
}

const ENDPOINT = '08 01 c0a80702 0e57'
const NAME = Buffer.from('KNX IP BAOS 772'.padEnd(30, '\0')).toString('hex')
const DEVICE = `36 01 02 00 1101 0000 00c5 0123 4567 e000170c 000102030405 ${NAME}`
const SEARCH = framed('0201', ENDPOINT)
const FOUND = framed('0202', `${ENDPOINT} ${DEVICE} 0a 02 02 01 03 01 04 01 05 01`)
// tunnelling: connection header, then cEMI L_Data.req: control, source, group 1/0/1, length, application
const tunnel = (application: string) => framed('0420', `04 01 00 00 11 00 bc e0 0000 0801 01 ${application}`)
const SWITCH = tunnel('00 81')
const RESTART = tunnel('03 80')
const ROUTED = framed('0530', '29 00 bc e0 1101 0801 01 00 00')
const SECURE = framed('0950', `0001 000000000001 00fa12345678 affe ${'5a'.repeat(24)}`)

const read = (bytes: Uint8Array): KnxMessage[] => {
  const messages: KnxMessage[] = []
  expect(knxip.recognise(datagramOf(bytes, 50000, 3671))).toBe(true)
  knxip.decode(datagramOf(bytes, 50000, 3671), (one) => messages.push(one))
  return messages
}

describe('KNXnet/IP', () => {
  it('looks for things, and reads who they say they are', () => {
    expect(read(SEARCH)).toMatchObject([{ type: 'request', deed: 'find', operation: 'SEARCH_REQUEST' }])
    expect(read(FOUND)).toMatchObject([
      {
        type: 'identity',
        name: 'KNX IP BAOS 772',
        serial: '00c501234567',
        detail: { services: 'core, device management, tunnelling, routing', 'programming mode': 'off' },
      },
    ])
  })
  it('what is asked of the bus', () => {
    expect(read(SWITCH)).toMatchObject([{ deed: 'command', operation: 'A_GroupValue_Write' }])
    expect(read(RESTART)).toMatchObject([{ deed: 'stop', operation: 'A_Restart' }])
    expect(read(ROUTED)).toMatchObject([{ deed: 'read', operation: 'A_GroupValue_Read' }])
    expect(read(tunnel('03 f1'))).toMatchObject([{ operation: 'A_SecureService', authentication: 'used' }])
    // an answer, and what the other end confirms, ask for nothing
    expect(read(tunnel('00 41'))).toEqual([])
    expect(read(framed('0420', '04 01 00 00 2e 00 bc e0 0000 0801 01 00 81'))).toEqual([])
    expect(read(framed('0310', '04 01 00 00 f6 000b 01 34 10 01 00'))).toMatchObject([
      { deed: 'write', operation: 'M_PropWrite' },
    ])
  })
  it('asks of frames that they are sound', () => {
    // a header of one byte; more than the frame; a control of the connection
    expect(read(framed('0420', '01 01 00 00 11 00 bc e0 0000 0801 01 00 81'))).toEqual([])
    expect(read(tunnel('00 81').map((byte, i) => (i === 18 ? 0x46 : byte)))).toEqual([])
    expect(read(tunnel('bc e0'))).toEqual([])
  })
  it('a tunnel is opened or refused', () => {
    expect(read(framed('0206', `01 00 ${ENDPOINT} 04 04 1102`))).toMatchObject([{ type: 'answer', outcome: 'done' }])
    expect(read(framed('0206', '00 24'))).toMatchObject([{ type: 'answer', outcome: 'refused' }])
  })
  it('sees that it is secured, and nothing else', () => expect(read(SECURE)).toMatchObject([{ type: 'secure' }]))
  it('over TCP', async () => {
    const messages = await decodeTurns([['client', new Uint8Array([...SWITCH, ...RESTART])]], 3671, knxipStream)
    expect(messages).toMatchObject([{ operation: 'A_GroupValue_Write' }, { operation: 'A_Restart' }])
  })
  it('is strict', () => {
    const told = (hexDigits: string) => knxip.recognise(datagramOf(bytesOf(hexDigits), 50000, 3671))
    expect(told('06 10 0203 000e 08 01 c0a80702 0e57')).toBe(true)
    expect(told('06 10 0203 000f 08 01 c0a80702 0e57')).toBe(false)
    expect(told('06 11 0203 000e 08 01 c0a80702 0e57')).toBe(false)
    expect(told('06 10 0299 000e 08 01 c0a80702 0e57')).toBe(false)
  })
})

const service = (value: number) => `0x${value.toString(16).padStart(4, '0')}`

describe.skipIf(!tsharkAvailable())('KNXnet/IP fields agree with tshark', () => {
  it('requests and identity', async () => {
    const turns = [SEARCH, SWITCH, RESTART].map((bytes) => ['client', bytes] as const)
    const path = dialogueCapture([...turns, ['server', FOUND], ['client', SECURE]], 3671, 'udp')
    const messages = await decodeDatagrams(path, knxip)
    const requests = messages.filter((one): one is KnxRequest => one.type === 'request')
    const column = { field: 'knxip.service', ours: (ms: readonly KnxRequest[]) => ms.map((m) => service(m.service)) }
    expect(compare(path, 'kip && frame.number <= 3', [column], requests)).toEqual({ frames: 3, differences: [] })
    const applications = [...tsharkFields(path, ['_ws.col.Info'], 'cemi').values()].map(([info]) => info![0])
    expect(applications[0]).toContain('GroupValueWrite')
    expect(applications[1]).toContain('Restart')
    const rows = [...tsharkFields(path, ['knxip.device.name', 'knxip.sernr'], 'knxip.device.name').values()]
    const identity = messages.find((one) => one.type === 'identity')!
    expect(rows.map(([names, serials]) => [names![0]!.replace(/\0+$/, ''), serials![0]!.slice(-12)])).toEqual([
      [identity.name, identity.serial],
    ])
  })
  it.skipIf(corpus('wireshark') === undefined).each(['knxip_SecureWrapper.pcap', 'knxip_TimerNotify.pcap'])(
    'wireshark/%s',
    async (file) => {
      const path = corpus(`wireshark/${file}`)!
      const messages = await decodeDatagrams(path, knxip)
      const rows = [...tsharkFields(path, ['knxip.service'], 'kip').values()].map(([code]) => code![0])
      expect(messages.map((one) => (one.type === 'secure' ? service(one.service) : one.type))).toEqual(rows)
      expect(rows).toHaveLength(1)
    },
  )
})
