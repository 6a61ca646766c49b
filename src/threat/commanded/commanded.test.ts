import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { audit } from '../../audit/audit.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf } from '../../testing/datagrams.ts'
import { aDevice } from '../../testing/device.ts'
import { type Dialogue, dialoguesCapture, type Ends, type Turn } from '../../testing/dialogue-capture.ts'
import { seeded } from '../../testing/seeded.ts'
import { commanded } from './commanded.ts'

const THING = [2, 0, 0, 0, 0, 1]
const ROUTER = [2, 0, 0, 0, 0, 2]
const FAR: Ends = { client: [192, 168, 1, 10], server: [203, 0, 113, 9], macs: { client: THING, server: ROUTER } }

interface Step {
  device: string
  detector: string
  stage: string
  severity: string
  says: string
  what: string
  role: string
  count: number
  detail: Record<string, string | number>
  indicators: { type: string; value: string; role: string }[]
  alertedBy: { frames?: readonly number[] }
}

async function steps(capture: string, options: Parameters<typeof audit>[1] = { threads: 0 }): Promise<Step[]> {
  const { threats = [] } = await audit([capture], options)
  return threats.flatMap(({ device, steps: list }) =>
    list.filter(({ detector }) => detector === 'commanded').map((step) => ({ ...step, device }) as Step),
  )
}
const told = (dialogues: readonly (Dialogue | Uint8Array)[], ends = FAR) => steps(dialoguesCapture(dialogues, ends))
const bin = (hex: string) => bytesOf(hex.replaceAll(' ', ''))
const bot = (hex: string): Turn => ['client', bin(hex)]
const master = (hex: string): Turn => ['server', bin(hex)]
const talk = (turns: Turn[], more: Partial<Dialogue> = {}): Dialogue => ({ serverPort: 4567, turns, ...more })

const HELLO = [bot('00000001'), bot('00')]
const ALIVE = [bot('0000'), master('0000')]
const ORDER = master('0016 0000000a 0a 01 4814000a 20 01 08 06 6474752e646b')

/**
 * One conversation whose turns come in pairs, each so many seconds after the one before. `midway`: the capture has not its handshake, which is
 * three packets.
 */
async function paced(turns: Turn[], seconds: number, midway = false): Promise<Step[]> {
  const path = dialoguesCapture([talk(turns)], FAR)
  const file = readFileSync(path)
  const parts: Buffer[] = [file.subarray(0, 24)]
  for (let at = 24, i = 0; at < file.length; i++) {
    const size = 16 + file.readUInt32BE(at + 8)
    file.writeUInt32BE(1_790_000_000 + Math.max(0, Math.floor((i - 3) / 2)) * seconds, at)
    file.writeUInt32BE(i * 1000, at + 4)
    if (i >= 3 || !midway) parts.push(file.subarray(at, at + size))
    at += size
  }
  writeFileSync(path, Buffer.concat(parts))
  return steps(path)
}

describe('a bot of Mirai', () => {
  it('is certain by its hello and a sign of life that is answered', async () => {
    expect(await told([talk([...HELLO, ...ALIVE])])).toMatchObject([
      {
        device: 'mac-020000000001',
        stage: 'commanded',
        severity: 'critical',
        what: 'mirai',
        detail: { hellos: 1, keepAlives: 1 },
      },
    ])
  })

  it('is certain by its hello and an order, which is told in words', async () => {
    const list = await told([talk([bot('00000001 04 6d697073'), ORDER, ORDER])])
    expect(list.map(({ stage, severity }) => [stage, severity])).toEqual([
      ['commanded', 'critical'],
      ['attacking', 'critical'],
    ])
    expect(list[0]!.says).toBe(
      'Is a bot of Mirai: takes commands from 203.0.113.9 port 4567, as "mips": 1 hello (00 00 00 01), 2 orders.',
    )
    expect(list[0]!.indicators).toEqual([{ type: 'ip', value: '203.0.113.9', role: 'command server' }])
    expect(list[1]!.says).toBe(
      'Ordered to attack by the server of Mirai at 203.0.113.9: HTTP flood for 10 s at 72.20.0.10 (dtu.dk), and 1 more order.',
    )
    expect(list[1]!.indicators).toEqual(
      expect.arrayContaining([
        { type: 'ip', value: '72.20.0.10', role: 'to be attacked' },
        { type: 'domain', value: 'dtu.dk', role: 'to be attacked' },
      ]),
    )
    expect(list[1]!.alertedBy.frames).toEqual([5])
  })

  it('is ordered at the end of a long conversation, too', async () => {
    const hours = Array.from({ length: 9000 }, () => ALIVE).flat()
    const list = await told([talk([...HELLO, ...hours, ORDER])])
    expect(list).toMatchObject([{ stage: 'commanded' }, { stage: 'attacking', count: 1 }])
  })

  it('is likely when it says its hello twice, and no more', async () => {
    const two = [0, 1].map((i) => talk(HELLO, { clientPort: 40_000 + i }))
    expect(await told(two)).toMatchObject([{ severity: 'medium', detail: { hellos: 2, keepAlives: 0 } }])
    expect(await told(two.slice(0, 1))).toEqual([])
  })

  it('is likely by a sign of life each minute where its beginning was not seen, and certain with an order', async () => {
    const minutes = Array.from({ length: 4 }, () => ALIVE).flat()
    expect(await paced(minutes, 60, true)).toMatchObject([{ severity: 'medium', stage: 'commanded' }])
    expect(await paced([...minutes, ORDER], 60, true)).toMatchObject([
      { severity: 'critical', stage: 'commanded' },
      { severity: 'critical', stage: 'attacking' },
    ])
    expect(await paced([ORDER, master('0000'), ...minutes], 60, true)).toMatchObject([
      { severity: 'critical' },
      { stage: 'attacking' },
    ])
    // at another pace it may be anything
    expect(await paced(minutes, 5, true)).toEqual([])
    expect(await paced([ORDER], 60, true)).toEqual([])
  })

  it('is ordered once where packets come again, and where TCP asks whether it is there', async () => {
    const path = dialoguesCapture([talk([...HELLO, ...ALIVE, ORDER])], FAR)
    const file = readFileSync(path)
    const parts: Buffer[] = [file.subarray(0, 24)]
    for (let at = 24; at < file.length;) {
      const size = 16 + file.readUInt32BE(at + 8)
      const record = file.subarray(at, at + size)
      parts.push(record, record)
      // its last byte again, with another value
      const probe = Buffer.concat([record.subarray(0, 16 + 54), Buffer.of(0xaa)])
      if (size > 16 + 54) {
        probe.writeUInt32BE(55, 8)
        probe.writeUInt32BE(55, 12)
        probe.writeUInt16BE(41, 16 + 16)
        probe.writeUInt32BE(probe.readUInt32BE(16 + 38) + size - 16 - 54 - 1, 16 + 38)
        parts.push(probe)
      }
      at += size
    }
    writeFileSync(path, Buffer.concat(parts))
    expect(await steps(path)).toMatchObject([
      { severity: 'critical', detail: { hellos: 1, keepAlives: 1, orders: 1 } },
      { stage: 'attacking', count: 1 },
    ])
  })

  it('is told of with who commands it, where he is here', async () => {
    const near: Ends = { ...FAR, server: [192, 168, 1, 66], macs: { client: THING, server: [2, 0, 0, 0, 0, 6] } }
    const list = await told([talk([...HELLO, ORDER])], near)
    expect(list.filter(({ device }) => device === 'mac-020000000006').map(({ says }) => says)).toEqual([
      'Commands a bot of Mirai at 192.168.1.10 on port 4567: 1 hello (00 00 00 01), 1 order.',
      'Ordered a bot of Mirai at 192.168.1.10 to attack: HTTP flood for 10 s at 72.20.0.10 (dtu.dk).',
    ])
  })

  it('is found on any port, that of Telnet too', async () => {
    for (const serverPort of [23, 80, 443, 50_000])
      expect(await told([talk([...HELLO, ORDER], { serverPort })])).toMatchObject([
        { stage: 'commanded' },
        { stage: 'attacking' },
      ])
  })
})

describe('what only looks like Mirai', () => {
  const innocent: Record<string, Dialogue[]> = {
    'a camera that sends H.264': [0, 1, 2].map((i) =>
      talk([bot('00000001 6742c01e d900a0479b'), bot('00000001 68ce3c80')], { clientPort: 40_000 + i }),
    ),
    'a protocol that begins with version 1 and goes on': [0, 1, 2].map((i) =>
      talk([bot('00000001'), bot('04 74657374'), bot('0102030405')], { clientPort: 40_000 + i }),
    ),
    'one that is answered at length': [0, 1, 2].map((i) =>
      talk([bot('00000001 04 74657374'), ['server', 'x'.repeat(1000)]], { clientPort: 40_000 + i }),
    ),
    'zeros in a conversation that began otherwise': [talk([bot('aabbcc'), ...ALIVE, ...ALIVE, ...ALIVE, ORDER])],
    'zeros alone, from the beginning': [talk([...ALIVE, ...ALIVE, ...ALIVE, ...ALIVE])],
    'DNS over TCP': [talk([bot('001d 0001 0100 0001000000000000 07 6578616d706c65 03 636f6d 00 0001 0001')], { serverPort: 53 })],
  }
  for (const [what, dialogues] of Object.entries(innocent))
    it(`is none: ${what}`, async () => {
      expect(await told(dialogues)).toEqual([])
    })

  it('is none: zeros once a minute in a conversation that began with them', async () => {
    expect(await paced(Array.from({ length: 6 }, () => ALIVE).flat(), 60)).toEqual([])
  })
})

describe('a bot of Gafgyt', () => {
  const hello: Turn = ['client', 'BUILD MIPS\n']
  const ping: Turn[] = [
    ['server', 'PING\n'],
    ['client', 'PONG!\n'],
  ]

  it('is certain by its hello and an answer', async () => {
    expect(await told([talk([hello, ...ping])])).toMatchObject([
      { severity: 'critical', what: 'gafgyt', stage: 'commanded', detail: { name: 'MIPS', hellos: 1, keepAlives: 1 } },
    ])
  })

  it('is certain by an order, which is told in words', async () => {
    const list = await told([
      talk([
        ['server', '!* SCANNER ON\n'],
        ['server', '!* UDP 192.0.2.1 80 60 32 0 10\n!* HTTP 192.0.2.2 80 30\n'],
      ]),
    ])
    expect(list[0]!.says).toBe('Is a bot of Gafgyt: takes commands from 203.0.113.9 port 4567: 3 orders (the first: SCANNER).')
    expect(list[1]).toMatchObject({ stage: 'attacking', count: 2 })
    expect(list[1]!.says).toContain(
      'UDP at 192.0.2.1 port 80 for 60 s, and 1 more order (then: HTTP at 192.0.2.2 port 80 for 30 s)',
    )
  })

  it('is likely where it was asked and answered, and nothing else was said', async () => {
    expect(await told([talk([...ping, ...ping, ...ping])])).toMatchObject([{ severity: 'medium' }])
    expect(await told([talk(ping)])).toEqual([])
  })

  it('is found where a line is cut by packets', async () => {
    const turns: Turn[] = [
      ['server', 'PING\n'],
      ['server', '!* UDP 192.0.2.1'],
      ['server', ' 80 60 32 0 10\n'],
    ]
    expect(await told([talk(turns)])).toMatchObject([{ stage: 'commanded' }, { stage: 'attacking' }])
  })

  const innocent: Record<string, Turn[]> = {
    NATS: [
      ['server', 'INFO {"server_id":"x"}\r\n'],
      ['client', 'CONNECT {}\r\n'],
      ['server', 'PING\r\n'],
      ['client', 'PONG\r\n'],
      ['server', 'PING\r\n'],
      ['client', 'PONG\r\n'],
      ['server', 'PING\r\n'],
      ['client', 'PONG\r\n'],
    ],
    'who is watched over (clamd)': [0, 1, 2, 3].flatMap((): Turn[] => [
      ['client', 'PING\n'],
      ['server', 'PONG\n'],
    ]),
    'a build server': [
      ['client', 'BUILD project-x\n'],
      ['server', 'PING\n'],
      ['client', 'PONG\n'],
    ],
  }
  for (const [what, turns] of Object.entries(innocent))
    it(`is none: ${what}`, async () => {
      expect(await told([talk(turns)])).toEqual([])
    })
})

describe('a bot in a channel of IRC', () => {
  const enters: Turn[] = [
    ['client', 'NICK ABCD\nUSER WXYZ localhost localhost :QRST\n'],
    ['server', ':irc.example.org 376 ABCD :End of MOTD\r\n'],
    ['client', 'MODE ABCD -xi\nJOIN #kek :key\n'],
  ]
  const order = (to: string): Turn => ['server', `:op!u@h PRIVMSG #kek :!${to} TSUNAMI 192.0.2.9 300\r\n`]

  it('is certain when an order means it', async () => {
    const list = await told([talk([...enters, order('AB*')], { serverPort: 6667 })])
    expect(list.map(({ says }) => says)).toEqual([
      'Is a bot of Kaiten (Tsunami): takes commands from 203.0.113.9 port 6667, channel #kek: 1 order (the first: TSUNAMI).',
      'Ordered to attack by the server of Kaiten (Tsunami) at 203.0.113.9: TSUNAMI at 192.0.2.9 for 300 s.',
    ])
  })

  it('is no more than likely when it hears what another is told', async () => {
    expect(await told([talk([...enters, order('XY*')], { serverPort: 6667 })])).toMatchObject([{ severity: 'medium' }])
  })

  it('is none where people talk', async () => {
    const said = (text: string): Turn => ['server', `:bob!u@h PRIVMSG #linux :${text}\r\n`]
    expect(
      await told([talk([...enters, said('!help'), said('!* hello all'), said('try UDP 192.0.2.1 80 60')], { serverPort: 6667 })]),
    ).toEqual([])
  })
})

describe('bots that speak to each other', () => {
  const udp = (said: string | Uint8Array, i = 0): Dialogue => ({
    transport: 'udp',
    clientPort: 14_737,
    serverPort: 6881 + i,
    turns: [['client', said]],
  })
  const krpc = (id: string) => `d1:ad2:id20:${id}6:target20:aaaaaaaaaaaaaaaaaaaae1:q9:find_node1:t2:aa1:y1:qe`

  it('are of Mozi', async () => {
    const list = await told([0, 1, 2].map((i) => udp(krpc(`88888888${'xyz'.repeat(4)}`), i)))
    expect(list).toMatchObject([{ severity: 'critical', what: 'mozi', count: 3 }])
    expect(list[0]!.says).toContain('spoke to 3 nodes')
  })

  it('are none who are spoken to by such a one, nor others of the DHT', async () => {
    const asked: Ends = { client: FAR.server, server: FAR.client, macs: { client: ROUTER, server: THING } }
    // the thing has spoken before: so its router is known for none
    const before: Dialogue = { ...udp('hello'), ends: FAR }
    expect(await told([before, udp(krpc(`88888888${'xyz'.repeat(4)}`))], asked)).toEqual([])
    expect(await told(Array.from({ length: 40 }, (_, i) => udp(krpc('abcdefghij0123456789'), i)))).toEqual([])
  })

  it('of the DHT are told of as low, where it is a thing that has no use for it', () => {
    const sign = { detector: 'commanded', what: 'dht', role: 'source' as const, detail: { nodes: 40 } }
    const found = (category?: string) => {
      const device = aDevice({ identity: { ...(category !== undefined && { category }) } })
      const signs = commanded.judge!(device.observe('sign', sign, { count: 40 }).build(), undefined as never)
      return signs.map((one) => commanded.tell(one))
    }
    expect(found('camera')).toMatchObject([{ severity: 'low', stage: 'commanded' }])
    expect(found('camera')[0]!.says).toContain('spoke to 40 nodes')
    expect([undefined, 'storage', 'computer', 'media', 'phone'].map((category) => found(category))).toEqual([[], [], [], [], []])
  })
})

describe('bounds and hostile input', () => {
  it('gives up the oldest of thousands of conversations that begin like a bot', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => talk([bot('00000001')], { clientPort: 1024 + i }))
    expect(await told(many)).toEqual([])
    const last = talk([...HELLO, ORDER], { clientPort: 60_000 })
    expect(await told([...many, last])).toMatchObject([{ stage: 'commanded' }, { stage: 'attacking' }])
  })

  it('tells one thing of ten thousand orders', async () => {
    const list = await told([talk([...HELLO, ...Array.from({ length: 10_000 }, () => ORDER)])])
    expect(list).toMatchObject([{ stage: 'commanded' }, { stage: 'attacking', count: 10_000 }])
  })

  it('never throws, and says nothing that cannot be printed', async () => {
    const below = seeded(17)
    const bases: Turn[][] = [
      [...HELLO, ...ALIVE, ORDER],
      [
        ['client', bin('4255494c44204d4950530a')],
        ['server', bin('50494e470a')],
        ['client', bin('504f4e470a')],
        ['server', bin('212a20554450203139322e302e322e31203830203630203332203020310a')],
      ],
    ]
    const dialogues = Array.from({ length: 600 }, (_, i): Dialogue => {
      const turns = bases[i % 2]!.map(([side, said]): Turn => {
        const copy = (said as Uint8Array).slice()
        if (below(3) === 0) copy[below(copy.length)] = below(256)
        return [below(12) === 0 ? 'server' : side, copy]
      })
      return talk(turns, { clientPort: 10_000 + i })
    })
    for (const { says } of await told(dialogues)) expect(says).toMatch(/^[\u0020-\u007e\ufffd]+$/)
  })
})

describe.skipIf(corpus('malware') === undefined)('real bots', () => {
  it("are Mirai's: commanded and ordered, by the frames that show it", async () => {
    const list = await steps(corpus('malware/id2t/mirai_botnet.pcap')!)
    expect(list.map(({ device, stage, severity, alertedBy }) => [device, stage, severity, alertedBy.frames])).toEqual([
      ['mac-0242ac140005', 'commanded', 'critical', [615]],
      ['mac-0242ac140005', 'attacking', 'critical', [633]],
    ])
    expect(list[1]!.says).toContain('HTTP flood for 10 s at 72.20.0.10 (dtu.dk), and 1 more order')
    expect(list[0]!.detail).toMatchObject({ hellos: 3, keepAlives: 1, orders: 2 })
  })

  it('are the same with threads', async () => {
    const path = corpus('malware/id2t/mirai_botnet.pcap')!
    expect(await steps(path, { threads: 1 })).toEqual(await steps(path))
  })

  it("are Sality's", async () => {
    const list = await steps(corpus('malware/id2t/sality_botnet.pcap')!)
    expect(list).toMatchObject([
      { device: 'mac-080027e5d7b0', severity: 'critical', what: 'sality', detail: { peers: 1, list: 59 } },
    ])
    expect(list[0]!.says).toContain('as "KUKU v5.06exp =7702064424"')
  })

  it('are not in what is no bot', async () => {
    for (const name of [
      'id2t/reference_telnet.pcap',
      'id2t/hydra-1_tasks.pcap',
      'iot23-8-1/2018-07-31-15-15-09-192.168.100.113.pcap',
    ])
      expect([name, await steps(corpus(`malware/${name}`)!)]).toEqual([name, []])
  })
})
