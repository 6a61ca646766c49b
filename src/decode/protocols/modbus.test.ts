import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, prefix } from '../../testing/datagrams.ts'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
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

const length = (hexDigits: string) => (bytesOf(hexDigits).length + 1).toString(16).padStart(4, '0')

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
      { type: 'request', frame: 8, operation: 'Read Device Identification', deed: 'read', outcome: 'done' },
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

  it('tells what changes something by its subfunction', async () => {
    const deeds = async (...requests: string[]) => {
      const client = Buffer.concat(requests.map((hexDigits, i) => bytesOf(`000${i} 0000 ${length(hexDigits)} 01 ${hexDigits}`)))
      const messages = ofType(await decodeTurns([['client', client]], 502, modbus), 'request')
      return messages.map(({ operation, deed }) => [operation, deed])
    }
    // sections 6.8.1 (diagnostics) and 6.19 (CANopen's objects are read and written by it)
    expect(await deeds('08 0000 a537', '08 0001 0000', '08 000a 0000', '08 0003 0a00', '08 000b 0000')).toEqual([
      ['Diagnostics', 'read'],
      ['Restart Communications', 'stop'],
      ['Clear Counters', 'write'],
      ['Change ASCII Input Delimiter', 'write'],
      ['Diagnostics', 'read'],
    ])
    expect(await deeds('2b 0d 00 01', '17 0003 0001 000e 0001 02 00ff')).toEqual([
      ['CANopen General Reference', 'command'],
      ['Read/Write Multiple Registers', 'write'],
    ])
    expect(await deeds('5a 00 02', '5a 01 41 ff00', '5a 01 23 00', '5a 01 34 00', '5a 01 99')).toEqual([
      ['UMAS READ_ID', 'read'],
      ['UMAS STOP_PLC', 'stop'],
      ['UMAS WRITE_VARIABLES', 'write'],
      ['UMAS DOWNLOAD_BLOCK', 'program'],
      ['UMAS 0x99', 'command'],
    ])
  })

  it('UMAS refuses in words of its own', async () => {
    const turns: Turn[] = [
      ['client', bytesOf('0001 0000 0005 00 5a 01 41 ff')],
      ['server', bytesOf('0001 0000 0005 00 5a 01 fd 80')],
      ['client', bytesOf('0002 0000 0005 00 5a 01 41 ff')],
      ['server', bytesOf('0002 0000 0004 00 5a 01 fe')],
    ]
    expect(await decodeTurns(turns, 502, modbus)).toMatchObject([{ outcome: 'refused' }, { outcome: 'done' }])
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
