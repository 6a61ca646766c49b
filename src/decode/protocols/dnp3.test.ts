import { describe, expect, it } from 'vitest'
import { type Column, compare } from '../../testing/agree.ts'
import { datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { decodeStreams, decodeTurns } from '../../testing/decoded.ts'
import { dialogueCapture, type Turn } from '../../testing/dialogue-capture.ts'
import { link } from '../../testing/dnp3.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { dnp3, dnp3Stream, type Dnp3Request } from './dnp3.ts'

const hex = (value: string) => Buffer.from(value, 'latin1').toString('hex')
const attribute = (variation: string, value: string) =>
  `00 ${variation} 00 00 00 01 ${value.length.toString(16).padStart(2, '0')} ${hex(value)}`

const READ = link('c1 01 3c 02 06')
const OPERATE = link('c2 05 0c 01 17 01 03 01 01 64000000 64000000 00')
const RESTART = link('c3 0d')
const TURNS: Turn[] = [
  ['client', READ],
  ['server', link('c1 81 00 00', false)],
  ['client', OPERATE],
  ['server', link('c2 81 00 04', false)],
  ['client', RESTART],
  [
    'server',
    link(`c4 81 00 00 ${attribute('fa', 'SEL-3530')} ${attribute('fc', 'Schweitzer')} ${attribute('f2', 'R145')}`, false),
  ],
]

describe('DNP3', () => {
  it('reads what is asked, what becomes of it, and who the outstation says it is', async () => {
    expect(await decodeTurns(TURNS, 20000, dnp3Stream)).toMatchObject([
      { frame: 4, operation: 'READ', deed: 'read', outcome: 'done', authentication: 'none', source: 1, destination: 10 },
      { frame: 6, operation: 'DIRECT_OPERATE', deed: 'command', outcome: 'refused' },
      { frame: 8, operation: 'COLD_RESTART', deed: 'stop', outcome: 'unknown' },
      { frame: 9, type: 'identity', model: 'SEL-3530', vendor: 'Schweitzer', firmware: 'R145', fromClient: false },
    ])
  })
  it('is refused where the point says so, whatever the device says', async () => {
    // IEEE 1815 annex A.8: the status ends each control block as it comes back; 4 is not supported, 7 a local operator
    const block = (status: string) => `0c 01 17 01 03 01 01 64000000 64000000 ${status}`
    const answered = async (application: string) =>
      decodeTurns(
        [
          ['client', OPERATE],
          ['server', link(application, false)],
        ],
        20000,
        dnp3Stream,
      )
    const outcome = async (application: string) =>
      (await answered(application)).map((one) => one.type === 'request' && one.outcome)
    expect(await outcome(`c2 81 00 00 ${block('00')}`)).toEqual(['done'])
    expect(await outcome(`c2 81 00 00 ${block('04')}`)).toEqual(['refused'])
    // two, with indexes of two bytes; and an analog output of 16 bits
    expect(await outcome('c2 81 00 00 0c 01 28 0200 0300 01 01 64000000 64000000 00 0400 01 01 64000000 64000000 07')).toEqual([
      'refused',
    ])
    expect(await outcome('c2 81 00 00 29 02 17 01 03 0500 00')).toEqual(['done'])
    expect(await outcome('c2 81 00 00 29 02 17 01 03 0500 04')).toEqual(['refused'])
    // cut off before the status
    expect(await outcome('c2 81 00 00 0c 01 17 01 03 01 01 64000000')).toEqual(['unknown'])
  })
  it('sees that commands are authenticated', async () => {
    const turns: Turn[] = [
      ['client', OPERATE],
      ['server', link('c2 83 00 00 78 01 5b 01 0000', false)],
    ]
    expect(await decodeTurns(turns, 20000, dnp3Stream)).toMatchObject([{ operation: 'DIRECT_OPERATE', authentication: 'used' }])
    // aggressive mode: the sequence and user come with the command, unasked (group 120, variation 3)
    const aggressive: Turn[] = [['client', link('c2 05 78 03 07 01 01000000 0100 0c 01 17 01 03 01 01 64000000 64000000 00')]]
    expect(await decodeTurns(aggressive, 20000, dnp3Stream)).toMatchObject([
      { operation: 'DIRECT_OPERATE', authentication: 'used' },
    ])
  })
  it('takes nothing whose checksum is wrong', async () => {
    const told = (bytes: Uint8Array) => dnp3.recognise(datagramOf(bytes, 20000, 20000))
    expect(told(READ)).toBe(true)
    for (let i = 0; i < 10; i++) {
      const bad = READ.slice()
      bad[i]! ^= 1
      expect(told(bad)).toBe(false)
    }
    const damaged = READ.slice()
    damaged[12]! ^= 1
    expect(await decodeTurns([['client', damaged]], 20000, dnp3Stream)).toEqual([])
  })
})

const columns: Column<Dnp3Request>[] = [
  {
    field: 'dnp3.al.func',
    ours: (ms) => ms.map((m) => String(m.function)),
    theirs: (all) => all.map((one) => String(Number(one))),
  },
  { field: 'dnp3.src', ours: (ms) => ms.map((m) => String(m.source)) },
  { field: 'dnp3.dst', ours: (ms) => ms.map((m) => String(m.destination)) },
]

describe.skipIf(!tsharkAvailable())('DNP3 fields agree with tshark', () => {
  it.each(['tcp', 'udp'] as const)('%s', async (transport) => {
    const path = dialogueCapture(TURNS, 20000, transport)
    const messages = transport === 'tcp' ? await decodeStreams(path, dnp3Stream) : await decodeDatagrams(path, dnp3)
    const requests = messages.filter((one): one is Dnp3Request => one.type === 'request')
    expect(compare(path, 'dnp3 && dnp3.ctl.dir == 1', columns, requests)).toEqual({ frames: 3, differences: [] })
    // the outstation's own words
    const texts = [...tsharkFields(path, ['dnp3.al.da.value'], 'dnp3.al.da.value').values()].flat()
    expect(texts).toEqual([['SEL-3530', 'Schweitzer', 'R145']])
  })
})
