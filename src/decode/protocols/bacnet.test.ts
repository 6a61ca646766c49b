import { describe, expect, it } from 'vitest'
import { type Column, compare } from '../../testing/agree.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { bacnet, type BacnetMessage } from './bacnet.ts'

const hex = (value: string) => Buffer.from(value, 'latin1').toString('hex')
const string = (value: string) => `75 ${(value.length + 1).toString(16).padStart(2, '0')} 00 ${hex(value)}`

/** A BVLC message (ASHRAE 135 annex J.2) with the network layer's shortest header. */
function carried(apdu: string, network = '01 00', kind = '0a'): Uint8Array {
  const body = bytesOf(`${network} ${apdu}`)
  return new Uint8Array([0x81, Number.parseInt(kind, 16), 0, body.length + 4, ...body])
}

const read = (bytes: Uint8Array, fromClient = true): BacnetMessage[] => {
  const messages: BacnetMessage[] = []
  const datagram = { ...datagramOf(bytes, 47808, 47808), fromClient }
  expect(bacnet.recognise(datagram)).toBe(true)
  bacnet.decode(datagram, (message) => messages.push(message))
  return messages
}

// clause 20 and the examples of annex F
const WHO_IS = carried('10 08', '01 20 ffff 00 ff', '0b')
const I_AM = carried('10 00 c4 02000004 22 01e0 91 00 21 05', '01 20 ffff 00 ff', '0b')
const READ = carried('00 04 0f 0c 0c 0200007b 19 46')
const MODEL = carried(`30 0f 0c 0c 0200007b 19 46 3e ${string('EY-RC 504')} 3f`)
const WRITE = carried('00 04 59 0f 0c 00800001 19 55 3e 44 43340000 3f')
const REINITIALIZE = carried(`00 04 02 14 09 01 1d 09 00 ${hex('AbCdEfGh')}`)

describe('BACnet', () => {
  it('finds and identifies', () => {
    expect(read(WHO_IS)).toMatchObject([{ type: 'request', deed: 'find', operation: 'Who-Is' }])
    expect(read(I_AM)).toMatchObject([
      { type: 'identity', vendor: 'Johnson Controls', detail: { instance: '4', 'vendor id': '5' } },
    ])
  })
  it('reads, and what was read of the device itself', () => {
    expect(read(READ)).toMatchObject([{ type: 'request', deed: 'read', operation: 'ReadProperty', invokeId: 15 }])
    expect(read(MODEL, false)).toMatchObject([
      { type: 'answer', operation: 'ReadProperty', outcome: 'done' },
      { type: 'identity', model: 'EY-RC 504' },
    ])
    // the name of another object is not the device's
    expect(read(carried(`30 0f 0c 0c 0080007b 19 4d 3e ${string('Fan')} 3f`), false)).toHaveLength(1)
  })
  it('reads lists of properties', () => {
    const list = carried(
      `30 01 0e 0c 0200007b 1e 29 79 4e ${string('Acme')} 4f 29 2c 4e ${string('2.1')} 4f 29 46 5e 91 02 91 20 5f 2a 0174 4e ${string('SN1')} 4f 1f`,
    )
    expect(read(list, false)[1]).toMatchObject({ type: 'identity', vendor: 'Acme', firmware: '2.1', serial: 'SN1' })
  })
  it('writes, refusals, and passwords', () => {
    expect(read(WRITE)).toMatchObject([{ deed: 'write', operation: 'WriteProperty', outcome: 'unknown' }])
    expect(read(carried('20 59 0f'), false)).toMatchObject([{ type: 'answer', operation: 'WriteProperty', outcome: 'done' }])
    expect(read(carried('50 59 0f 91 02 91 28'), false)).toMatchObject([{ operation: 'WriteProperty', outcome: 'refused' }])
    expect(read(REINITIALIZE)).toMatchObject([
      { deed: 'stop', operation: 'ReinitializeDevice', authentication: 'used', password: 'AbCdEfGh' },
    ])
    expect(read(carried('20 02 14'), false)).toMatchObject([{ outcome: 'done', authentication: 'unknown' }])
  })
  it('by its state a device is restarted, or backed up; by another silenced, or heard again', () => {
    // clauses 16.4.1.1.1 (states) and 16.1.1.1.2 (enable, disable)
    const deed = (apdu: string) => read(carried(apdu)).map((one) => one.type === 'request' && one.deed)
    expect(['00', '01', '02', '05', '06', '07'].map((state) => deed(`00 04 02 14 09 ${state}`)[0])).toEqual([
      'stop',
      'stop',
      'program',
      'program',
      'program',
      'stop',
    ])
    expect(['00', '01', '02'].map((state) => deed(`00 04 02 11 19 ${state}`)[0])).toEqual(['command', 'stop', 'stop'])
    expect(deed('00 04 02 11 09 05 19 00')).toEqual(['command'])
    // nothing said, or cut: what it is for by default
    expect(deed('00 04 02 11 09')).toEqual(['stop'])
  })
  it('of a request in segments the first asks', () => {
    const write = '0c 00800001 19 55 3e 44 43340000 3f'
    expect(read(carried(`0c 04 59 00 04 10 ${write}`))).toMatchObject([{ operation: 'WritePropertyMultiple', deed: 'write' }])
    expect(read(carried(`08 04 59 01 04 10 ${write}`))).toEqual([])
    expect(read(carried(`3c 59 00 04 0e ${write}`), false)).toMatchObject([{ type: 'answer', operation: 'ReadPropertyMultiple' }])
    expect(read(carried(`38 59 01 04 0e ${write}`), false)).toEqual([])
  })
  it('knows the services of later years', () => {
    expect(read(carried('00 04 02 1e 09 01'))).toMatchObject([{ operation: 'SubscribeCOVPropertyMultiple', deed: 'read' }])
    expect(read(carried('00 04 02 21 09 01'))).toMatchObject([{ operation: 'AuditLogQuery', deed: 'read' }])
  })
  it('tells nothing of whoever sent it where it comes from beyond a router', () => {
    const routed = carried('10 00 c4 02000004 22 01e0 91 00 21 05', '01 08 0001 01 05')
    expect(read(routed)).toEqual([])
    const forwarded = carried('10 00 c4 02000004 22 01e0 91 00 21 05', 'c0a80101 bac0 01 00', '04')
    expect(read(forwarded)).toEqual([])
    expect(read(carried('20 59 0f', '01 08 0001 01 05'), false)).toEqual([])
  })
  it('refuses other lengths, versions and functions', () => {
    const told = (hexDigits: string) => bacnet.recognise(datagramOf(bytesOf(hexDigits), 47808, 47808))
    expect(told('810a 0008 0100 1008')).toBe(true)
    expect(told('810a 0009 0100 1008')).toBe(false)
    expect(told('810a 0008 0200 1008')).toBe(false)
    expect(told('810a 0008 0150 1008')).toBe(false)
    expect(told('811a 0008 0100 1008')).toBe(false)
    expect(told('8105 0006 001e')).toBe(true)
    expect(told('8105 0007 001e00')).toBe(false)
  })
})

const FAMILIES = { request: ['0', '1'], answer: ['2', '3', '5'] } as const
const columns: Column<BacnetMessage>[] = [
  {
    field: 'bacapp.confirmed_service',
    ours: (ms) => ms.flatMap((m) => (m.type !== 'identity' && m.confirmed ? [String(m.service)] : [])),
  },
  {
    field: 'bacapp.vendor_identifier',
    ours: (ms) => ms.flatMap((m) => (m.type === 'identity' ? [m.detail?.['vendor id'] ?? []].flat() : [])),
  },
  {
    field: 'bacapp.type',
    ours: (ms) => ms.map((m) => m.type),
    theirs: (types) => types.map((type) => (FAMILIES.answer.includes(type as '2') ? 'answer' : 'request')),
  },
]
/** Announcements ask for nothing, and an announcement of a device is its identity. */
const ours = (messages: readonly BacnetMessage[]) => messages.filter((m) => m.type !== 'identity')

describe.skipIf(!tsharkAvailable())('BACnet fields agree with tshark', () => {
  it.skipIf(corpus('ndpi') === undefined)('ndpi/pcap/bacnet.pcap', async () => {
    const path = corpus('ndpi/pcap/bacnet.pcap')!
    const filter = 'bacapp && !(bacapp.unconfirmed_service == 0)'
    const messages = await decodeDatagrams(path, bacnet)
    const { differences, frames } = compare(path, filter, [columns[0]!, columns[2]!], ours(messages))
    expect(differences).toEqual([])
    expect(frames).toBe(16)
    const named = messages.filter((m) => m.type === 'identity')
    expect(compare(path, 'bacapp.unconfirmed_service == 0', [columns[1]!], named)).toEqual({ frames: 5, differences: [] })
  })
  it('on what was made by hand', async () => {
    const path = dialogueCapture(
      [
        ['client', READ],
        ['server', MODEL],
        ['client', WRITE],
        ['client', REINITIALIZE],
      ],
      47808,
      'udp',
    )
    const messages = await decodeDatagrams(path, bacnet)
    const { differences, frames } = compare(path, 'bacapp', [columns[0]!, columns[2]!], ours(messages))
    expect(differences).toEqual([])
    expect(frames).toBe(4)
  })
})
