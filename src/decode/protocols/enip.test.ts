import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { bytesOf, datagramOf, decodeDatagrams, prefix } from '../../testing/datagrams.ts'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import { dialogueCapture, type Turn } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { enip, enipStream, type EnipRequest } from './enip.ts'

/** An encapsulation header (CIP Networks Library volume 2, section 2-3) and its data. */
function message(command: number, data: string, session = 0, context = 1, status = 0): Uint8Array {
  const body = bytesOf(data)
  const out = Buffer.alloc(24 + body.length)
  out.writeUInt16LE(command, 0)
  out.writeUInt16LE(body.length, 2)
  out.writeUInt32LE(session, 4)
  out.writeUInt32LE(status, 8)
  out.writeUInt32LE(context, 12)
  out.set(body, 24)
  return out
}

const NAME = Buffer.from('1769-L24ER-QB1B/A LOGIX').toString('hex')
// section 2-4.3: version 1, socket address, Rockwell Automation, PLC, product 153, revision 20.14, status, serial
const ITEM = `0100 0002 af12 c0a80701 ${'00'.repeat(8)} 0100 0e00 9900 14 0e 6030 78563412 17 ${NAME} 03`
const LIST = message(0x63, '', 0, 0)
const IDENTITY = message(0x63, `0100 0c00 ${bytesOf(ITEM).length.toString(16)}00 ${ITEM}`, 0, 0)
/** Unconnected data (type 0xb2) behind a null address. */
const send = (cip: string, context: number) =>
  message(0x6f, `00000000 0500 0200 0000 0000 b200 ${word(bytesOf(cip).length)} ${cip}`, 7, context)

/** Multiple_Service_Packet of the message router (CIP volume 1, appendix A-4.10): how many, where each begins, and each. */
const MULTIPLE = '0a 02 20 02 24 01'
const pack = (...parts: string[]) => {
  let at = 2 + 2 * parts.length
  const offsets = parts.map((part) => {
    const offset = word(at)
    at += bytesOf(part).length
    return offset
  })
  return `${word(parts.length)} ${offsets.join('')} ${parts.join('')}`
}
const word = (value: number) => (value & 255).toString(16).padStart(2, '0') + (value >> 8).toString(16).padStart(2, '0')
const READ = '4c 02 91 02 6162 0100'
const WRITE = '4d 02 91 02 6162 c300 0100 0100'
const RESET = '05 02 20 01 24 01'
const handOn = (cip: string) => `52 02 20 06 24 01 0a 0e ${word(bytesOf(cip).length)} ${cip} 0100 0100`
const PACKED_TURNS: Turn[] = [
  ['client', send(`${MULTIPLE} ${pack(READ, WRITE, RESET)}`, 2)],
  // 0x1e: one of them failed, by "path destination unknown"
  ['server', send(`8a 00 1e 00 ${pack('cc 00 00 00 c300 0100', 'cd 00 05 00', '85 00 00 00')}`, 2)],
  ['client', send(handOn(`${MULTIPLE} ${pack(`${MULTIPLE} ${pack(WRITE)}`)}`), 3)],
  ['client', send(`${MULTIPLE} ${pack(RESET)}`, 4)],
  ['server', send('8a 00 08 00', 4)],
]

/** Class 0x67: requestor (length, vendor, serial), then command, status, transaction, function (Rockwell 1770-6.5.16, chapter 7). */
const pccc = (command: string) => `4b 02 20 67 24 01 07 4d00 78563412 ${command}`
const PCCC_TURNS: Turn[] = [
  ['client', send(pccc('0f 00 0100 a2 04 07 89 00 00'), 2)],
  ['server', send('cb 00 00 00 07 4d00 78563412 4f 00 0100 00000000', 2)],
  ['client', send(pccc('0f 00 0200 aa 02 07 89 00 00 0100'), 3)],
  // STS 0x10: illegal command or format
  ['server', send('cb 00 00 00 07 4d00 78563412 4f 10 0200', 3)],
  ['client', send(pccc('0f 00 0300 80 01'), 4)],
  ['client', send(pccc('0f 00 0400 80 06'), 5)],
  ['client', send(pccc('01 00 0500 0000 04'), 6)],
]

const TURNS: Turn[] = [
  ['client', message(0x65, '0100 0000', 0, 1)],
  ['server', message(0x65, '0100 0000', 7, 1)],
  // Get_Attributes_All of the identity object, and Reset of it, refused for privilege
  ['client', send('01 02 20 01 24 01', 2)],
  ['server', send('81 00 00 00 0100', 2)],
  ['client', send('05 02 20 01 24 01', 3)],
  ['server', send('85 00 0f 00', 3)],
  // Write Tag by way of Unconnected_Send
  ['client', send('52 02 20 06 24 01 0a 0e 0a00 4d 02 91 02 6162 c300 0100 0100 0100', 4)],
  ['server', send('cd 00 00 00', 4)],
]

describe('EtherNet/IP', () => {
  it('over UDP: looks for things, and reads who they say they are', () => {
    const read = (bytes: Uint8Array) => {
      const messages: unknown[] = []
      expect(enip.recognise(datagramOf(bytes, 50000, 44818))).toBe(true)
      enip.decode(datagramOf(bytes, 50000, 44818), (one) => messages.push(one))
      return messages
    }
    expect(read(LIST)).toMatchObject([{ type: 'request', deed: 'find', operation: 'ListIdentity' }])
    expect(read(IDENTITY)).toMatchObject([
      {
        type: 'identity',
        vendor: 'Rockwell Automation',
        model: '1769-L24ER-QB1B/A LOGIX',
        firmware: '20.014',
        serial: '12345678',
        detail: { 'device type': 'programmable logic controller', 'product code': '153' },
      },
    ])
  })

  it('over TCP: what is asked by CIP, through whom, and whether it is done', async () => {
    expect(await decodeTurns(TURNS, 44818, enipStream)).toMatchObject([
      { frame: 4, operation: 'RegisterSession', outcome: 'done' },
      { frame: 6, operation: 'Get_Attributes_All', deed: 'read', outcome: 'done' },
      { frame: 8, operation: 'Reset', deed: 'stop', outcome: 'refused', status: 15 },
      { frame: 10, operation: 'Write Tag', deed: 'write', outcome: 'done' },
    ])
  })

  it('what is packed in one request is told as what it is, each with its own fate', async () => {
    expect(await decodeTurns(PACKED_TURNS, 44818, enipStream)).toMatchObject([
      { operation: 'Read Tag', deed: 'read', outcome: 'done', frame: 4 },
      { operation: 'Write Tag', deed: 'write', outcome: 'refused', status: 5, frame: 4 },
      { operation: 'Reset', deed: 'stop', outcome: 'done', frame: 4 },
      // handed on, and packed twice; nobody answers
      { operation: 'Write Tag', deed: 'write', outcome: 'unknown', frame: 6 },
      // refused as a whole
      { operation: 'Reset', deed: 'stop', outcome: 'refused', status: 8, frame: 7 },
    ])
  })

  it('of a packet of services that leads nowhere, or in circles, nothing is told', async () => {
    for (const lies of [
      '0a00',
      '0a02 2002 2401',
      `${MULTIPLE} 0200 0400 0500`,
      `${MULTIPLE} 0100 ffff`,
      `${MULTIPLE} ffff 0000 0000`,
    ])
      expect(await decodeTurns([['client', send(lies, 9)]], 44818, enipStream), lies).toEqual([])
    // one within the other, time and again
    const nested = Array.from({ length: 60 }).reduce<string>((inner) => handOn(inner), RESET)
    expect(await decodeTurns([['client', send(nested, 9)]], 44818, enipStream)).toEqual([])
    // the same again and again
    const offsets = Array.from({ length: 64 }, () => '8200').join('')
    const many = await decodeTurns([['client', send(`${MULTIPLE} 4000 ${offsets} ${RESET}`, 9)]], 44818, enipStream)
    expect(many).toHaveLength(64)
  })

  it('PCCC: reads are reads, and what is asked of the processor is told', async () => {
    expect(await decodeTurns(PCCC_TURNS, 44818, enipStream)).toMatchObject([
      { operation: 'PCCC protected typed logical read', deed: 'read', outcome: 'done' },
      { operation: 'PCCC protected typed logical write', deed: 'write', outcome: 'refused' },
      { operation: 'PCCC change mode', deed: 'stop', outcome: 'unknown' },
      { operation: 'PCCC change mode', deed: 'command', outcome: 'unknown' },
      { operation: 'PCCC unprotected read', deed: 'read', outcome: 'unknown' },
    ])
  })

  it('is strict', () => {
    const told = (bytes: Uint8Array) => enip.recognise(datagramOf(bytes, 50000, 44818))
    expect(told(message(0x63, '00'))).toBe(false)
    expect(told(message(0x62, ''))).toBe(false)
    expect(told(message(0x63, '', 0, 0, 5))).toBe(false)
    expect(told(IDENTITY.subarray(0, 40))).toBe(false)
    const conversation = (client: Uint8Array, serverPort: number) =>
      enipStream.recognise({ client: prefix(client), server: prefix(new Uint8Array(0)), clientPort: 40000, serverPort })
    expect(conversation(send('01 02 20 01 24 01', 2), 44818)).toBe(true)
    expect(conversation(send('01 02 20 01 24 01', 2), 5000)).toBe(false)
    expect(conversation(message(0x65, '0100 0000'), 5000)).toBe(true)
    expect(conversation(message(0x65, '0200 0000'), 5000)).toBe(false)
    // a number and zeros: at another port anybody's
    const question = message(0x04, '')
    expect(told(question)).toBe(true)
    expect(enip.recognise(datagramOf(question, 50000, 5000))).toBe(false)
    expect(conversation(question, 44818)).toBe(true)
    expect(conversation(question, 5000)).toBe(false)
  })
})

describe.skipIf(!tsharkAvailable())('EtherNet/IP fields agree with tshark', () => {
  it('requests', async () => {
    const path = dialogueCapture(TURNS, 44818)
    const requests = ofType(await decodeStreams(path, enipStream), 'request') as EnipRequest[]
    const { differences, frames } = compare(
      path,
      'enip && tcp.dstport == 44818',
      [
        { field: 'enip.command', ours: (ms) => ms.map((m) => `0x${m.command.toString(16).padStart(4, '0')}`) },
        // of what is handed on tshark has both: the last is what is asked
        {
          field: 'cip.sc',
          ours: (ms) => ms.flatMap((m) => (m.service === undefined ? [] : [hex(m.service)])),
          theirs: (all) => all.slice(-1),
        },
      ],
      requests,
    )
    expect(differences).toEqual([])
    expect(frames).toBe(4)
  })
  it('packed services, and PCCC', async () => {
    const told = async (turns: Turn[], field: string, ours: (m: EnipRequest) => string, filter: string) => {
      const path = dialogueCapture(turns, 44818)
      const rows = tsharkFields(path, [field], `${filter} && tcp.dstport == 44818`)
      const requests = ofType(await decodeStreams(path, enipStream), 'request') as EnipRequest[]
      const grouped = Map.groupBy(requests, (m) => m.frame)
      return [[...rows.values()].map(([values]) => values), [...grouped.values()].map((of) => of.map(ours))]
    }
    // tshark has the packets themselves, too
    const [theirs, own] = await told(PACKED_TURNS, 'cip.sc', (m) => hex(m.service!), 'cip')
    expect(theirs!.map((codes) => codes!.filter((code) => code !== '0x0a' && code !== '0x52'))).toEqual(own)
    const codes = PCCC_TURNS.filter(([side]) => side === 'client').length
    const names = await told(
      PCCC_TURNS,
      'cip.pccc.cmd.code',
      (m) => (m.operation.includes('unprotected') ? '0x01' : '0x0f'),
      'cip',
    )
    expect(names[0]).toEqual(names[1])
    expect(names[0]).toHaveLength(codes)
  })
  it('identity', async () => {
    const path = dialogueCapture(
      [
        ['client', LIST],
        ['server', IDENTITY],
      ],
      44818,
      'udp',
    )
    const row = [...tsharkFields(path, ['enip.lir.vendor', 'enip.lir.name', 'enip.lir.serial'], 'enip.lir.name').values()]
    const [identity] = ofType(await decodeDatagrams(path, enip), 'identity')
    expect(row).toEqual([
      [
        [`0x${Number(identity!.detail!['vendor id']).toString(16).padStart(4, '0')}`],
        [identity!.model],
        [`0x${identity!.serial}`],
      ],
    ])
  })
})

const hex = (service: number) => `0x${service.toString(16).padStart(2, '0')}`
