import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Dialogue, dialoguesCapture } from '../testing/dialogue-capture.ts'
import { audit } from './audit.ts'

// Messages by hand that break the rules of their protocol, between two devices, whose books are kept in two places where there are two.

const ends = {
  client: [192, 168, 1, 10],
  server: [192, 168, 1, 20],
  macs: { client: [2, 0, 0, 0, 0, 1], server: [2, 0, 0, 0, 0, 2] },
}
const bytes = (...parts: (number | string | readonly number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part)] : part)))
const zeros = (n: number) => Array<number>(n).fill(0)

/** RFC 1035 section 4.1: a question for a.example, and a header that promises `answers` records, of which none follows. */
const dns = (answers: number, flags = 0x84) =>
  bytes(0, 7, flags, 0, 0, 1, 0, answers, 0, 0, 0, 0, 1, 'a', 7, 'example', 0, 0, 1, 0, 1)
/** RFC 2131 section 2 and RFC 2132: a DISCOVER whose host name is said to be longer than what is left. */
const dhcp = (length: number) =>
  bytes(
    1,
    1,
    6,
    0,
    0,
    0,
    0,
    9,
    zeros(20),
    2,
    0,
    0,
    0,
    0,
    1,
    zeros(202),
    0x63,
    0x82,
    0x53,
    0x63,
    53,
    1,
    1,
    12,
    length,
    'lamp',
    255,
  )
/** RFC 7252 section 3: GET with one option of `length` bytes, of which three follow. */
const coap = (length: number) => bytes(0x40, 1, 0, 1, 0xb0 | length, 'abc')
/** RFC 8446 section 4.1.2: a ClientHello with one suite and extensions of `length` bytes, of which four follow. */
const hello = (length: number) => {
  const body = [3, 3, ...zeros(32), 0, 0, 2, 0x13, 1, 1, 0, 0, length, 0, 23, 0, 0]
  return bytes(22, 3, 1, 0, body.length + 4, 1, 0, 0, body.length, body)
}
const udp = (serverPort: number, ...said: Uint8Array[]): Dialogue => ({
  serverPort,
  clientPort: serverPort === 5353 || serverPort === 67 ? serverPort + (serverPort === 67 ? 1 : 0) : 40_000,
  transport: 'udp',
  turns: said.map((message) => ['client', message]),
})
const tcp = (serverPort: number, said: Uint8Array): Dialogue => ({ serverPort, turns: [['client', said]] })

const capture = (...dialogues: Dialogue[]) => dialoguesCapture(dialogues, ends)
const named = async (path: string, threads = 0) =>
  (await audit([path], { threads })).anomalies.map(({ kind, count, evidence }) => [kind, count, evidence[0]?.frames])

describe('a message that breaks the rules of its protocol', () => {
  it.each([
    ['dns', udp(53, dns(1)), udp(53, dns(0))],
    ['mdns', udp(5353, dns(1)), udp(5353, dns(0))],
    ['dhcp', udp(67, dhcp(9)), udp(67, dhcp(4))],
    ['coap', udp(5683, coap(9)), udp(5683, coap(3))],
    ['tls', tcp(443, hello(9)), tcp(443, hello(4))],
  ])('is named with its frame: %s', async (protocol, broken, sound) => {
    const frame = broken.transport === 'udp' ? 1 : 4
    expect(await named(capture(broken))).toEqual([[`${protocol}-malformed`, 1, [frame]]])
    expect(await named(capture(sound))).toEqual([])
  })

  it('is counted once however many keep the books of its ends, and each time that it comes again', async () => {
    const path = capture(
      udp(5353, ...Array.from({ length: 6 }, () => dns(1))),
      udp(67, dhcp(9)),
      tcp(443, hello(9)),
      udp(53, dns(2)),
    )
    const said = await named(path)
    expect(said).toEqual([
      ['dhcp-malformed', 1, [7]],
      ['dns-malformed', 1, [12]],
      ['mdns-malformed', 6, [1, 2, 3, 4, 5, 6]],
      ['tls-malformed', 1, [11]],
    ])
    for (const threads of [1, 2, 3]) expect(await named(path, threads), `${threads} threads`).toEqual(said)
  })

  it('is not one of which the capture has a part only', async () => {
    // over TCP, whose length is more than what came (RFC 1035 section 4.2.2)
    expect(await named(capture(tcp(53, bytes(0, 200, [...dns(1)]))))).toEqual([])
    expect(await named(capture(tcp(53, bytes(0, 27, [...dns(1)]))))).toEqual([['dns-malformed', 1, [4]]])
    // a datagram of which the packet filter kept the beginning
    const path = capture(udp(53, dns(1)))
    const file = readFileSync(path)
    const [frame, ip] = [40, 54]
    file.writeUInt32LE(file.readUInt32LE(36) + 16, 36)
    for (const at of [ip + 2, ip + 24]) file.writeUInt16BE(file.readUInt16BE(at) + 16, at)
    expect(file.readUInt16BE(frame + 12)).toBe(0x0800)
    writeFileSync(path, file)
    expect(await named(path)).toEqual([])
  })
})
