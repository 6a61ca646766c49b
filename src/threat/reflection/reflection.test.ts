import { describe, expect, it } from 'vitest'
import { random } from '../../../lab/random.ts'
import { audit } from '../../audit/audit.ts'
import { corpus } from '../../testing/corpus.ts'
import { type Ends, sensed, tcp, type Timed, udp } from '../../testing/sensed.ts'
import type { Sign } from '../detector.ts'
import { reflection } from './reflection.ts'
import { isAmplified, isAnswer, SERVICES } from './services.ts'

const own = [192, 168, 1, 20]
const victim = [203, 0, 113, 9]
const chance = random('reflection')
const below = (n: number) => chance.below(n)
const anybody = () => [20 + below(70), below(256), below(256), 1 + below(254)]
const latin = (text: string) => Buffer.from(text, 'latin1')
const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex')
const out: Ends = { from: 1, to: 2, src: own, dst: victim }
const inward: Ends = { from: 2, to: 1, src: victim, dst: own, hops: 50 }
const before: Timed[] = [[0, tcp({ ...out, dst: [198, 51, 100, 7] }, { sport: 40_000, dport: 443, flags: 2 })]]

/** Port, a question, and an answer, shortened or filled with zeros. */
const EXAMPLES: Record<string, readonly [port: number, question: Uint8Array, answer: Uint8Array]> = {
  ssdp: [
    1900,
    latin('M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n'),
    latin(`HTTP/1.1 200 OK\r\nSERVER: ${'x'.repeat(300)}\r\n\r\n`),
  ],
  ntp: [123, hex('17 00 03 2a 00000000'), Buffer.concat([hex('d7 00 03 2a 0006 0048'), new Uint8Array(432)])],
  dns: [
    53,
    Buffer.concat([hex('1234 0100 0001 0000 0000 0000'), latin('\x03big\x07example\0'), hex('00ff 0001')]),
    Buffer.concat([hex('1234 8180 0001 0005 0000 0000'), new Uint8Array(1200)]),
  ],
  cldap: [
    389,
    hex('30 1c 02 01 01 63 17 04 00 0a 01 00'),
    Buffer.concat([hex('30 84 00 00 0b 00 02 01 01 64 84 00 00'), new Uint8Array(1300)]),
  ],
  memcached: [
    11_211,
    Buffer.concat([hex('0001 0000 0001 0000'), latin('stats\r\n')]),
    Buffer.concat([hex('0001 0003 0014 0000'), latin(`STAT x ${'9'.repeat(1000)}`)]),
  ],
  snmp: [
    161,
    hex('30 20 02 01 01 04 06 7075626c6963 a5 13 02'),
    Buffer.concat([hex('30 82 0400 02 01 01 04 06 7075626c6963 a2 82'), new Uint8Array(900)]),
  ],
}
const each = Object.entries(EXAMPLES)

function* every(rate: number, count: number, frames: (i: number) => readonly Uint8Array[]): Generator<Timed> {
  for (let i = 0; i < count; i++) for (const frame of frames(i)) yield [1 + i / rate, frame]
}
const signs = (frames: Iterable<Timed>) => sensed([...before, ...frames], [reflection.sensor!])
const told = (list: ReturnType<typeof signs>) =>
  list.map(
    (s) =>
      `${s.host} ${s.data.role} ${s.data.detail['part']} ${s.data.what} ${s.count} ${reflection.tell(s as unknown as Sign).severity}`,
  )

describe('questions and answers', () => {
  it.each(each)('of %s are told apart', (name, [, question, answer]) => {
    const service = SERVICES.indexOf(name as 'dns') + 1
    expect(isAmplified(service, question, 0, question.length)).toBe(true)
    expect(isAnswer(service, question, 0, question.length)).toBe(false)
    expect(isAnswer(service, answer, 0, answer.length)).toBe(true)
    expect(isAmplified(service, answer, 0, answer.length)).toBe(false)
  })

  it('are read to their end and no further, whatever they say', () => {
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: below(40) }, () =>
        below(3) ? [0x30, 2, 4, 0x84, 0xff, 0x80][below(6)]! : below(256),
      )
      for (let service = 1; service <= SERVICES.length; service++) {
        const known = [isAnswer(service, bytes, 0, bytes.length), isAmplified(service, bytes, 0, bytes.length)]
        // what stands behind the datagram is none of it
        const more = Buffer.concat([bytes, new Uint8Array(64).fill(0x64)])
        expect([isAnswer(service, more, 0, bytes.length), isAmplified(service, more, 0, bytes.length)]).toEqual(known)
      }
    }
  })
})

describe('reflection', () => {
  it.each(each)('by %s of which the device is the target', (name, [port, , answer]) => {
    const frames = every(200, 400, () => [udp({ ...inward, src: anybody() }, port, 4444, answer)])
    const found = signs(frames)
    expect(told(found)).toEqual([`01 target target ${name} 400 medium`])
    expect(found[0]!.data.raised!.frame.frame).toBeLessThan(130)
  })

  it.each(each)('by %s for which the device is used', (name, [port, question, answer]) => {
    const frames = every(50, 200, () => {
      const sport = 1024 + below(60_000)
      return [udp(inward, sport, port, question), ...[1, 2, 3, 4].map(() => udp(out, port, sport, answer))]
    })
    const found = signs(frames)
    expect(told(found)).toEqual([`01 source reflector ${name} 200 high`])
    expect(found[0]!.data.peer?.ip).toBe('203.0.113.9')
    expect(found[0]!.data.detail['answers']).toBe(800)
  })

  it.each(each)('by %s that the device sets going', (name, [port, question]) => {
    const frames = every(50, 200, () => [udp({ ...out, src: victim, dst: anybody() }, 80, port, question)])
    const found = signs(frames)
    expect(told(found)).toEqual([`01 source source ${name} 200 critical`])
    expect(found[0]!.data.raised!.frame.frame).toBeLessThan(25)
  })

  it('by SYN-ACKs, fast and slow', () => {
    const fast = every(500, 1000, () => [
      tcp({ ...inward, src: anybody() }, { sport: 443, dport: 1024 + below(60_000), flags: 18 }),
    ])
    expect(told(signs(fast))).toEqual(['01 target target syn-ack 1000 medium'])
    const slow = every(0.5, 100, (i) => [tcp({ ...inward, src: [203, 0, 113, i % 2] }, { sport: 21, dport: 21, flags: 18 })])
    expect(told(signs(slow))).toEqual(['01 target target syn-ack 100 low'])
  })

  it.skipIf(!corpus('malware/stopddos'))('of real attacks', async () => {
    const steps = async (name: string) => {
      const { threats } = await audit([corpus(`malware/stopddos/${name}`)!], { threads: 0 })
      return threats!.flatMap((t) =>
        t.steps.map((s) => `${t.campaign} ${s.detector}/${s.what} ${s.role} ${s.severity} ${s.count}`),
      )
    }
    expect(await steps('amp.UDP.snmp.src161.pcapng')).toEqual(['under-attack reflection/snmp target high 4074'])
    expect(await steps('amp.TCP.reflection.SYNACK.pcap')).toEqual(['under-attack reflection/syn-ack target high 6650'])
    expect(await steps('amp.TCP.syn.optionallyACK.optionallysamePort.pcapng')).toEqual([
      'under-attack reflection/syn-ack target low 542',
    ])
  })
})

describe('no reflection', () => {
  it.each(each)('by %s are answers that were asked for', (_, [port, question, answer]) => {
    const frames = every(200, 1000, () => {
      const [there, sport] = [anybody(), 1024 + below(60_000)]
      return [udp({ ...out, dst: there }, sport, port, question), udp({ ...inward, src: there }, port, sport, answer)]
    })
    expect(told(signs(frames))).toEqual([])
  })

  it.each<[string, () => Iterable<Timed>]>([
    [
      'a resolver of which one end is seen',
      () =>
        every(100, 1000, () => [
          udp(
            { ...inward, src: anybody() },
            53,
            5353 + below(9),
            Buffer.concat([hex('1234 8180 0001 0001 0000 0000'), new Uint8Array(80)]),
          ),
        ]),
    ],
    [
      'answers to everybody here',
      () =>
        every(100, 1000, (i) => [
          udp({ from: 1, to: 3, src: own, dst: [192, 168, 1, 40 + (i % 9)] }, 1900, 50_000, EXAMPLES['ssdp']![2]),
        ]),
    ],
    [
      'SNMP that somebody reads by and by',
      () =>
        every(30, 900, (i) => {
          const asked = Buffer.concat([EXAMPLES['snmp']![1], Buffer.from([i >> 8, i & 255])])
          return [udp(inward, 40_000, 161, asked), udp(out, 161, 40_000, EXAMPLES['snmp']![2])]
        }),
    ],
    [
      'time for the Internet',
      () =>
        every(100, 1000, () => {
          const there = anybody()
          return [
            udp({ ...inward, src: there }, 5000, 123, Buffer.concat([hex('23'), new Uint8Array(47)])),
            udp({ ...out, dst: there }, 123, 5000, Buffer.concat([hex('24'), new Uint8Array(47)])),
          ]
        }),
    ],
    [
      'connections of which one end is seen',
      () =>
        every(20, 400, (i) => [
          tcp(inward, { sport: 443, dport: 40_000 + i, flags: 18 }),
          tcp(inward, { sport: 443, dport: 40_000 + i, flags: 16, payload: latin('x') }),
        ]),
    ],
  ])('is %s', (_, frames) => {
    expect(told(signs(frames()))).toEqual([])
  })
})
