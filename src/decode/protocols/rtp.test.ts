import { createCipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { bytesOf, datagramOf } from '../../testing/datagrams.ts'
import { decodeFlows } from '../../testing/decoded.ts'
import { dialogueCapture, type Turn } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { rtcp } from './rtcp.ts'
import { rtp, type RtpMessage } from './rtp.ts'

/** A packet (RFC 3550 section 5.1): type, number, time, source, sound. */
function packet(type: number, sequence: number, time: number, source: number, payload: Uint8Array): Uint8Array {
  const out = Buffer.alloc(12 + payload.length)
  out[0] = 0x80
  out[1] = type
  out.writeUInt16BE(sequence & 0xffff, 2)
  out.writeUInt32BE(time, 4)
  out.writeUInt32BE(source, 8)
  out.set(payload, 12)
  return out
}
/** Silence of a telephone, almost. */
const SOUND = Uint8Array.from({ length: 160 }, (_, i) => (i % 3 === 0 ? 0xfe : 0xff))
/** The same as SRTP has it (AES in counter mode, RFC 3711 section 4.1.1). */
const sealed = (n: number) =>
  new Uint8Array(createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16, n)).update(SOUND))
const call = (source: number, sound: (i: number) => Uint8Array, count = 12): Turn[] =>
  Array.from({ length: count }, (_, i) => ['client', packet(0, 65530 + i, 160 * i, source, sound(i))] as const)

describe('RTP', () => {
  it('is believed from the fourth packet in order on, over the wrap of numbers', async () => {
    const messages = await decodeFlows(
      dialogueCapture(
        call(0x1001, () => SOUND),
        40002,
        'udp',
      ),
      rtp,
    )
    expect(messages.map((one) => one.frame)[0]).toBe(4)
    expect(messages[0]).toMatchObject({ payloadType: 0, sequence: 65533, timestamp: 480, source: 0x1001 })
  })
  it('is not any bytes of version 2: other sources, kinds, numbers, times that stand still', async () => {
    const none = async (turns: Turn[]) => expect(await decodeFlows(dialogueCapture(turns, 40002, 'udp'), rtp)).toEqual([])
    const made = (make: (i: number) => Uint8Array): Turn[] => Array.from({ length: 8 }, (_, i) => ['client', make(i)] as const)
    await none(made((i) => packet(0, i, 160 * i, 0x2000 + i, SOUND)))
    await none(made((i) => packet(96 + (i % 2), i, 160 * i, 0x2101, SOUND)))
    await none(made((i) => packet(0, 9 * i, 160 * i, 0x2102, SOUND)))
    await none(made((i) => packet(0, i, 77, 0x2103, SOUND)))
    await none(made((i) => packet(72, i, 160 * i, 0x2104, SOUND)))
    await none(made((i) => packet(0, i, 160 * i, 0, SOUND)))
  })
  it('is clear only where its content shows it, else unknown', async () => {
    const service = async (turns: Turn[]) => {
      const at = await observed(dialogueCapture(turns, 40002, 'udp'))
      return at('192.168.7.2').endpoints.map(({ protocol, protection }) => ({ protocol, protection }))
    }
    expect(await service(call(0x3001, () => SOUND))).toEqual([{ protocol: 'rtp', protection: 'clear' }])
    expect(await service(call(0x3002, sealed))).toEqual([{ protocol: 'rtp', protection: 'unknown' }])
  })
  it('never reads beyond what is there', () => {
    const good = packet(0, 1, 1, 1, SOUND)
    good[0] = 0x9f
    for (let end = 0; end <= good.length; end++) {
      const messages: unknown[] = []
      rtp.decode(datagramOf(good.slice(0, end), 1, 2), (one) => messages.push(one))
      expect(messages).toEqual([])
    }
  })
})

// section 6.4.1 and 6.5: a sender's report, and a description with CNAME and TOOL
const REPORT = '80c8 0006 00001001 e0000000 00000000 000000a0 00000001 000000a0'
const DESCRIPTION = '81ca 0006 00001001 01 07 7a6f65406c616e 06 06 446f6f723130 00 00 00'
const COMPOUND = bytesOf(`${REPORT} ${DESCRIPTION}`)

describe('RTCP', () => {
  const told = (bytes: Uint8Array) => rtcp.recognise(datagramOf(bytes, 40003, 40003))
  it('reads who takes part', () => {
    const messages: unknown[] = []
    expect(told(COMPOUND)).toBe(true)
    rtcp.decode(datagramOf(COMPOUND, 40003, 40003), (one) => messages.push(one))
    expect(messages).toMatchObject([{ types: [200, 202], cname: 'zoe@lan', tool: 'Door10' }])
  })
  it('wants a whole compound with a description', () => {
    expect(told(bytesOf(REPORT))).toBe(false)
    expect(told(bytesOf(DESCRIPTION))).toBe(false)
    for (let end = 0; end < COMPOUND.length; end++) expect(told(COMPOUND.slice(0, end))).toBe(false)
    const sealedCompound = COMPOUND.slice()
    for (let i = 8; i < sealedCompound.length; i++) sealedCompound[i]! ^= 0x5a
    expect(told(sealedCompound)).toBe(false)
  })
})

describe.skipIf(!tsharkAvailable())('RTP and RTCP agree with tshark', () => {
  it('rtp', async () => {
    const path = dialogueCapture(
      call(0x4001, () => SOUND),
      40002,
      'udp',
    )
    const messages = await decodeFlows(path, rtp)
    const { differences, frames } = compare<RtpMessage>(
      path,
      'rtp && frame.number >= 4',
      [
        { field: 'rtp.seq', ours: (ms) => ms.map((m) => String(m.sequence)) },
        { field: 'rtp.timestamp', ours: (ms) => ms.map((m) => String(m.timestamp)) },
        { field: 'rtp.p_type', ours: (ms) => ms.map((m) => String(m.payloadType)) },
      ],
      messages,
      ['-d', 'udp.port==40002,rtp'],
    )
    expect(differences).toEqual([])
    expect(frames).toBe(9)
  })
  it('rtcp', () => {
    const path = dialogueCapture([['client', COMPOUND]], 40003, 'udp')
    const rows = tsharkFields(path, ['rtcp.pt', 'rtcp.sdes.text'], 'rtcp', ['-d', 'udp.port==40003,rtcp'])
    expect([...rows.values()]).toEqual([
      [
        ['200', '202'],
        ['zoe@lan', 'Door10'],
      ],
    ])
  })
})
