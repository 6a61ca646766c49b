import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, prefix } from '../../testing/datagrams.ts'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { modbus, type ModbusRequest } from './modbus.ts'

// MODBUS Application Protocol v1.1b3: the examples of sections 6.3, 6.5 and 6.21, behind the header of TCP/IP
const READ = bytesOf('0001 0000 0006 01 03 006b 0003')
const READ_ANSWER = bytesOf('0001 0000 0009 01 03 06 022b 0000 0064')
const SWITCH = bytesOf('0002 0000 0006 01 05 00ac ff00')
const REFUSAL = bytesOf('0002 0000 0003 01 85 02')
const IDENTIFY = bytesOf('0003 0000 0005 01 2b 0e 01 00')
const IDENTITY = bytesOf(
  `0003 0000 002d 01 2b 0e 01 01 00 00 03 00 16 ${hex('Company identification')} 01 04 ${hex('XXXX')} 02 05 ${hex('V2.11')}`,
)

function hex(value: string): string {
  return Buffer.from(value, 'latin1').toString('hex')
}

describe('Modbus', () => {
  it('reads requests with their fate, and who the server says it is', async () => {
    const messages = await decodeTurns(
      [
        ['client', READ],
        ['server', READ_ANSWER],
        ['client', SWITCH],
        ['server', REFUSAL],
        ['client', IDENTIFY],
        ['server', IDENTITY],
      ],
      502,
      modbus,
    )
    expect(messages).toMatchObject([
      { type: 'request', frame: 4, operation: 'Read Holding Registers', deed: 'read', outcome: 'done', unit: 1 },
      { type: 'request', frame: 6, operation: 'Write Single Coil', deed: 'write', outcome: 'refused', exception: 2 },
      { type: 'request', frame: 8, operation: 'Encapsulated Interface Transport', outcome: 'done' },
      { type: 'identity', frame: 9, fromClient: false, vendor: 'Company identification', model: 'XXXX', firmware: 'V2.11' },
    ])
  })

  it('names a halt, and answers in order where every request has the same number', async () => {
    const messages = await decodeTurns(
      [
        ['client', bytesOf('0000 0000 0006 01 08 0004 0000')],
        ['client', bytesOf('0000 0000 0006 01 06 0001 0003')],
        ['server', bytesOf('0000 0000 0006 01 08 0004 0000 0000 0000 0003 01 86 01')],
      ],
      502,
      modbus,
    )
    expect(messages).toMatchObject([
      { operation: 'Force Listen Only Mode', deed: 'stop', outcome: 'done' },
      { operation: 'Write Single Register', outcome: 'refused', exception: 1 },
    ])
  })

  it('says nothing of who stands behind a gateway', async () => {
    const other = IDENTITY.slice()
    other[6] = 2
    const messages = await decodeTurns([['server', new Uint8Array([...IDENTITY, ...other])]], 502, modbus)
    expect(messages).toEqual([])
  })

  it('away from its port wants both sides to say the same', () => {
    const told = (client: Uint8Array, server: Uint8Array, serverPort = 1234) =>
      modbus.recognise({ client: prefix(client), server: prefix(server), clientPort: 40000, serverPort })
    const nothing = new Uint8Array(0)
    expect(told(READ, READ_ANSWER)).toBe(true)
    expect(told(READ, nothing)).toBe(false)
    expect(told(READ, REFUSAL)).toBe(false)
    expect(told(READ, nothing, 502)).toBe(true)
    expect(told(nothing, nothing, 502)).toBe(false)
    expect(told(bytesOf('0001 0000 0007 01 03 006b 0003 00'), nothing, 502)).toBe(false)
    expect(told(bytesOf('0001 0001 0006 01 03 006b 0003'), nothing, 502)).toBe(false)
  })
})

const FILES = ['zeek/modbus/modbusSmall.pcap', 'zeek/modbus/4SICS-GeekLounge-151022-min.pcap', 'ndpi/pcap/modbus.pcap'] as const
const usable = tsharkAvailable() && corpus('zeek/modbus') !== undefined

describe('Modbus fields agree with tshark', () => {
  it.skipIf(!usable).each(FILES)('%s', async (file) => {
    const path = corpus(file)!
    const requests = ofType(await decodeStreams(path, modbus), 'request') as ModbusRequest[]
    const { differences, frames } = compare(
      path,
      'mbtcp && tcp.dstport == 502',
      [
        { field: 'mbtcp.trans_id', ours: (ms) => ms.map((m) => String(m.transaction)) },
        { field: 'mbtcp.unit_id', ours: (ms) => ms.map((m) => String(m.unit)) },
        { field: 'modbus.func_code', ours: (ms) => ms.map((m) => String(m.function)) },
      ],
      requests,
    )
    expect(differences).toEqual([])
    expect(frames).toBeGreaterThan(0)
  })

  it.skipIf(!usable)('and on what is refused', async () => {
    const path = corpus('zeek/modbus/4SICS-GeekLounge-151022-min.pcap')!
    const requests = ofType(await decodeStreams(path, modbus), 'request') as ModbusRequest[]
    const codes = [...tsharkFields(path, ['modbus.exception_code'], 'modbus.exception_code').values()].map(([code]) => code![0])
    expect(requests.map((one) => [one.outcome, String(one.exception)])).toEqual(codes.map((code) => ['refused', code]))
  })
})
