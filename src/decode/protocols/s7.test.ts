import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { bytesOf, prefix } from '../../testing/datagrams.ts'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import { dialogueCapture, type Turn } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { s7, type S7Message, type S7Request } from './s7.ts'

const hex = (value: string) => Buffer.from(value, 'latin1').toString('hex')
const word = (value: number) => value.toString(16).padStart(4, '0')
/** TPKT (RFC 1006) around COTP. */
const iso = (cotp: string) => bytesOf(`0300 ${word(bytesOf(cotp).length + 4)} ${cotp}`)
/** A unit of S7: kind, reference, parameters and data with their lengths, and of an answer the error. */
const unit = (kind: number, reference: number, parameters: string, data = '', error = '') =>
  iso(
    `02 f0 80 32 0${kind} 0000 ${word(reference)} ${word(bytesOf(parameters).length)} ${word(bytesOf(data).length)} ${error} ${parameters} ${data}`,
  )
const record = (index: number, value: string) => `${word(index)} ${hex(value.padEnd(32, '\0'))}`

const RECORDS = [record(1, 'PLANT-7'), record(5, 'S C-C2UR28922012'), record(7, 'CPU 315-2 PN/DP')].join('')
const TURNS: Turn[] = [
  ['client', iso('11 e0 0000 0001 00 c0 01 0a c1 02 0100 c2 02 0102')],
  ['server', iso('11 d0 0001 0001 00 c0 01 0a c1 02 0100 c2 02 0102')],
  ['client', unit(1, 1, 'f0 00 0001 0001 01e0')],
  ['server', unit(3, 1, 'f0 00 0001 0001 00f0', '', '0000')],
  ['client', unit(7, 2, '00 01 12 04 11 44 01 00', 'ff 09 0004 001c 0000')],
  ['server', unit(7, 2, '00 01 12 08 12 84 01 01 00 00 0000', `ff 09 ${word(8 + 3 * 34)} 001c 0000 0022 0003 ${RECORDS}`)],
  // Write Var of a byte of a data block, refused: object does not exist
  ['client', unit(1, 3, '05 01 12 0a 10 02 0001 0001 84 000000', '00 04 0008 01')],
  ['server', unit(3, 3, '05 01', '0a', '0000')],
  ['client', unit(1, 4, `29 00 00 00 00 00 09 ${hex('P_PROGRAM')}`)],
  ['server', unit(3, 4, '29', '', '0000')],
]

describe('S7 communication', () => {
  it('reads what is asked, what becomes of it, and what the controller is called', async () => {
    expect(await decodeTurns(TURNS, 102, s7)).toMatchObject([
      { type: 'identity', frame: 9, vendor: 'Siemens', name: 'PLANT-7', serial: 'S C-C2UR28922012', model: 'CPU 315-2 PN/DP' },
      { operation: 'Setup communication', outcome: 'done', frame: 6 },
      { operation: 'Read SZL', deed: 'read', outcome: 'done' },
      { operation: 'Write Var', deed: 'write', outcome: 'refused' },
      { operation: 'PLC Stop', deed: 'stop', outcome: 'done' },
    ])
  })
  it('tells services, and what programmers do, by name', async () => {
    const service = (name: string) =>
      unit(1, 1, `28 00 00 00 00 00 00 fd 0002 3031 ${name.length.toString(16).padStart(2, '0')} ${hex(name)}`)
    const user = (group: number, number: number, kind = 4) =>
      unit(7, 2, `00 01 12 04 11 ${kind}${group.toString(16)} ${number.toString(16).padStart(2, '0')} 00`, '0a 00 0000')
    const turns = [
      service('_INSE'),
      service('_DELE'),
      service('P_PROGRAM'),
      service('_N_SET'),
      user(1, 8),
      user(1, 9),
      user(1, 12),
      user(1, 16),
      user(3, 1),
      user(15, 1, 7),
      user(15, 6, 7),
      user(12, 1),
    ].map((bytes): Turn => ['client', bytes])
    const told = ofType(await decodeTurns(turns, 102, s7), 'request') as S7Request[]
    expect(told.map(({ operation, deed }) => `${operation}: ${deed}`)).toEqual([
      'PI-Service _INSE: program',
      'PI-Service _DELE: program',
      'PI-Service P_PROGRAM: command',
      'PI-Service: command',
      'Modify variable: write',
      'Force: write',
      'Memory reset: program',
      'Read job list: read',
      'List blocks: read',
      'NC request download: program',
      'NC start upload: program',
      'user data 12/1: read',
    ])
  })
  it('claims no log-in to be missing where the beginning is', () => {
    const stop = TURNS[8]![1] as Uint8Array
    const authentication = (bytes: Uint8Array, midstream: boolean) => {
      const found: S7Message[] = []
      const client = { ...prefix(bytes), midstream }
      s7.decode({ client, server: prefix(new Uint8Array(0)), clientPort: 40000, serverPort: 102 }, (m) => found.push(m))
      return (ofType(found, 'request') as S7Request[]).map((m) => m.authentication)
    }
    expect(authentication(stop, false)).toEqual(['none'])
    expect(authentication(stop, true)).toEqual(['unknown'])
    expect(authentication(Buffer.concat([TURNS[0]![1] as Uint8Array, stop]), true)).toEqual(['none'])
  })
  it('takes answers in order where all have one reference', async () => {
    const stop = (answer: string): Turn[] => [
      ['client', unit(1, 0, '29 00')],
      ['server', unit(3, 0, '29', '', answer)],
    ]
    const messages = await decodeTurns([...stop('d602'), ...stop('0000'), ...stop('d602')], 102, s7)
    expect((ofType(messages, 'request') as S7Request[]).map((m) => m.outcome)).toEqual(['refused', 'done', 'refused'])
  })
  it('reads the firmware of the module', async () => {
    const entry = (index: number, numbers: string) => `${word(index)} ${hex('6ES7 315-2EH14-0AB0 ')} 00c0 ${numbers}`
    const list = `ff 09 0040 0011 0000 001c 0002 ${entry(1, '0004 0001')} ${entry(7, '5603 0206')}`
    const messages = await decodeTurns(
      [
        ['client', TURNS[4]![1]],
        ['server', unit(7, 2, '00 01 12 08 12 84 01 01 00 00 0000', list)],
      ],
      102,
      s7,
    )
    expect(ofType(messages, 'identity')).toMatchObject([{ firmware: '3.2.6', detail: { 'order number': '6ES7 315-2EH14-0AB0' } }])
  })
  it('is not everything that is spoken over ISO on TCP', async () => {
    // a remote desktop's connection request (MS-RDPBCGR 4.1.1) and an MMS session
    const rdp = iso(`27 e0 0000 0000 00 ${hex('Cookie: mstshash=eltons\r\n')} 01 00 08 00 00000000`)
    expect(await decodeTurns([['client', rdp]], 3389, s7)).toEqual([])
    const mms = iso('02 f0 80 0d 05 05 06 13 01 00 16 01 02 14 02 00 02')
    expect(
      await decodeTurns(
        [
          ['client', TURNS[0]![1]],
          ['client', mms],
        ],
        102,
        s7,
      ),
    ).toEqual([])
  })
})

describe.skipIf(!tsharkAvailable())('S7 fields agree with tshark', () => {
  it('jobs and references', async () => {
    const path = dialogueCapture(TURNS, 102)
    const requests = ofType(await decodeStreams(path, s7), 'request') as S7Request[]
    const { differences, frames } = compare(
      path,
      's7comm && tcp.dstport == 102',
      [
        { field: 's7comm.header.pduref', ours: (ms) => ms.map((m) => String(m.reference)) },
        {
          field: 's7comm.param.func',
          ours: (ms) => ms.flatMap((m) => (m.operation === 'Read SZL' ? [] : [`0x${m.function.toString(16).padStart(2, '0')}`])),
        },
      ],
      requests,
    )
    expect(differences).toEqual([])
    expect(frames).toBe(4)
    const names = [...tsharkFields(path, ['s7comm.szl.001c.0001.name'], 's7comm.szl.001c.0001.name').values()].flat()
    expect(names.map((one) => one[0]!.replace(/\0+$/, ''))).toEqual(['PLANT-7'])
  })
})
