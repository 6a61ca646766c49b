import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { ANOMALIES, Packet } from '../decode/packet.ts'
import { decodePacket } from '../decode/decode.ts'
import { readArp } from '../decode/arp.ts'
import { readNeighbour, readRouterAdvertisement } from '../decode/icmpv6.ts'
import { corpus } from '../testing/corpus.ts'
import type { CaptureResult } from './capture.ts'
import { CaptureError, readCapture } from './read.ts'
import { CaptureReader } from './reader.ts'

const dir = mkdtempSync(join(tmpdir(), 'assay-read-'))
afterAll(() => rmSync(dir, { recursive: true }))
let serial = 0
const file = (bytes: Uint8Array): string => {
  const path = join(dir, `${serial++}.bin`)
  writeFileSync(path, bytes)
  return path
}

interface Seen {
  frame: number
  time: number
  wire: number
  link: number
  bytes: string
}

async function read(path: string): Promise<{ result: CaptureResult; seen: Seen[] }> {
  const p = new Packet()
  const seen: Seen[] = []
  const result = await readCapture(path, 3, p, () => {
    expect(p.capture).toBe(3)
    seen.push({
      frame: p.frame,
      time: p.time,
      wire: p.wireLength,
      link: p.linkType,
      bytes: Buffer.from(p.buf.subarray(p.start, p.end)).toString('hex'),
    })
  })
  return { result, seen }
}

/** Numbers as 32-bit words, [n] as a 16-bit one, text as hex. */
function build(little: boolean, ...parts: (number | [number] | bigint | string)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part, 'hex')
      const b = Buffer.alloc(typeof part === 'bigint' ? 8 : typeof part === 'number' ? 4 : 2)
      const view = new DataView(b.buffer, b.byteOffset, b.length)
      if (typeof part === 'bigint') view.setBigInt64(0, part, little)
      else if (typeof part === 'number') view.setUint32(0, part, little)
      else view.setUint16(0, part[0], little)
      return b
    }),
  )
}

const block = (little: boolean, type: number, ...body: (number | [number] | bigint | string)[]): Buffer => {
  const inner = build(little, ...body)
  return Buffer.concat([build(little, type, inner.length + 12), inner, build(little, inner.length + 12)])
}
const section = (little: boolean): Buffer => block(little, 0x0a0d0d0a, 0x1a2b3c4d, [1], [0], -1n)

for (const little of [true, false]) {
  describe(`${little ? 'little' : 'big'}-endian`, () => {
    const pcap = (magic: number, link = 1) => build(little, magic, [2], [4], 0, 0, 65535, link)

    it('pcap: microseconds, wire length beyond the snap length', async () => {
      const { result, seen } = await read(
        file(
          Buffer.concat([pcap(0xa1b2c3d4), build(little, 1_700_000_000, 999_999, 3, 1500, 'aabbcc'), build(little, 5, 7, 0, 0)]),
        ),
      )
      expect(seen).toEqual([
        { frame: 1, time: 1_700_000_000_999_999, wire: 1500, link: 1, bytes: 'aabbcc' },
        { frame: 2, time: 5_000_007, wire: 0, link: 1, bytes: '' },
      ])
      expect(result).toMatchObject({
        format: 'pcap',
        packets: 2,
        bytes: 3,
        first: 5_000_007,
        last: 1_700_000_000_999_999,
        linkTypes: [1],
      })
      expect(result.damaged).toBeUndefined()
    })

    it('pcap: nanoseconds become whole microseconds; the upper bits of the link type are not its', async () => {
      const { seen } = await read(
        file(Buffer.concat([pcap(0xa1b23c4d, 0xf4000000 | 101), build(little, 1, 999_999_999, 1, 1, '45')])),
      )
      expect(seen).toEqual([{ frame: 1, time: 1_999_999, wire: 1, link: 101, bytes: '45' }])
    })

    it("pcap: Kuznetzov's variant, with eight more bytes a packet", async () => {
      const { seen } = await read(
        file(Buffer.concat([pcap(0xa1b2cd34), build(little, 1, 2, 2, 2, 0, 0, '0102'), build(little, 1, 3, 1, 1, 0, 0, '03')])),
      )
      expect(seen.map((s) => [s.time, s.bytes])).toEqual([
        [1_000_002, '0102'],
        [1_000_003, '03'],
      ])
    })

    it('pcap before 2.4: the two lengths in the other order', async () => {
      const header = build(little, 0xa1b2c3d4, [2], [2], 0, 0, 65535, 1)
      const { seen } = await read(file(Buffer.concat([header, build(little, 1, 2, 60, 2, '0102')])))
      expect(seen).toEqual([{ frame: 1, time: 1_000_002, wire: 60, link: 1, bytes: '0102' }])
    })

    it('pcapng: resolutions, offsets, simple and obsolete packets, unknown blocks', async () => {
      const ng = Buffer.concat([
        section(little),
        block(little, 1, [101], [0], 4), // µs, snap length 4
        block(little, 1, [1], [0], 0, [9], [1], '09000000', [0], [0]), // ns
        block(little, 1, [1], [0], 0, [9], [1], '8a000000'), // 2^-10 s
        block(little, 1, [1], [0], 0, [14], [8], 1000n, [9], [1], '03000000'), // ms, 1000 s later
        block(little, 0x77, 1, 2, 3),
        block(little, 6, 0, 0x000609f2, 0x2b3a3a00, 2, 9, 'aabb0000'),
        block(little, 6, 1, 0x17979cfe, 0x362a0fff, 1, 1, 'cc000000'),
        block(little, 6, 2, 0, 1536, 1, 1, 'dd000000'),
        block(little, 6, 3, 0, 1500, 1, 1, 'ee000000'),
        block(little, 3, 10, '01020304'),
        block(little, 2, [1], [0], 0, 2_000_000_999, 1, 5, 'ff000000'),
        block(little, 0xbad, 32473, 'aabbccdd'), // a custom block: Wireshark gives it a number
        block(little, 3, 2, '05060000'),
        section(!little),
        block(!little, 1, [276], [0], 0),
        block(!little, 6, 0, 0, 8, 1, 1, '11000000'),
      ])
      const { result, seen } = await read(file(ng))
      expect(seen).toEqual([
        { frame: 1, time: 0x000609f2 * 2 ** 32 + 0x2b3a3a00, wire: 9, link: 101, bytes: 'aabb' },
        { frame: 2, time: Number(0x17979cfe362a0fffn / 1000n), wire: 1, link: 1, bytes: 'cc' },
        { frame: 3, time: 1_500_000, wire: 1, link: 1, bytes: 'dd' },
        { frame: 4, time: 1_001_500_000, wire: 1, link: 1, bytes: 'ee' },
        { frame: 5, time: 0, wire: 10, link: 101, bytes: '01020304' },
        { frame: 6, time: 2_000_000, wire: 5, link: 1, bytes: 'ff' },
        { frame: 8, time: 0, wire: 2, link: 101, bytes: '0506' },
        { frame: 9, time: 8, wire: 1, link: 276, bytes: '11' },
      ])
      expect(result).toMatchObject({ format: 'pcapng', packets: 8, linkTypes: [101, 1, 276], first: 8 })
      expect(result.damaged).toBeUndefined()
    })

    it('pcapng: packets that were lost, as the interfaces last counted them', async () => {
      const dropped = async (...blocks: Buffer[]) => (await read(file(Buffer.concat(blocks)))).result.dropped
      const described = block(little, 1, [1], [0], 0)
      /** Draft 03, section 4.6: isb_ifrecv (4), isb_ifdrop (5), isb_osdrop (7). */
      const counted = (of: number, card: bigint, system: bigint) =>
        block(little, 5, of, 0, 0, [1], [3], '61626300', [4], [8], 99n, [5], [8], card, [7], [8], system, [0], [0])
      expect(await dropped(section(little), described)).toBeUndefined()
      expect(await dropped(section(little), described, counted(0, 0n, 0n))).toEqual({ total: 0, interface: 0, system: 0 })
      // counters go on from block to block of an interface; interfaces and sections add up
      expect(
        await dropped(
          section(little),
          described,
          described,
          counted(0, 1n, 1n),
          counted(1, 10n, 0n),
          counted(0, 3n, 2n),
          section(little),
          described,
          counted(0, 100n, 0n),
        ),
      ).toEqual({ total: 115, interface: 113, system: 2 })
      // one of two is not known
      expect(await dropped(section(little), described, counted(0, -1n, 4n))).toEqual({ total: 4, system: 4 })
      // nobody's, unknown, cut short, longer than the block
      for (const odd of [
        counted(1, 5n, 5n),
        counted(0, -1n, -1n),
        block(little, 5, 0, 0),
        block(little, 5, 0, 0, 0, [5], [4], 5),
        block(little, 5, 0, 0, 0, [5], [8], 5),
        block(little, 5, 0, 0, 0, [0], [0], [5], [8], 5n),
      ])
        expect(await dropped(section(little), described, odd)).toBeUndefined()
      expect((await dropped(section(little), described, counted(0, -2n, -2n)))!.total).toBe(Number.MAX_SAFE_INTEGER)
    })

    it('damage: says where and what, and keeps what came before', async () => {
      const good = Buffer.concat([section(little), block(little, 1, [1], [0], 0), block(little, 6, 0, 0, 8, 1, 1, '11000000')])
      const cases: [Buffer, RegExp][] = [
        [block(little, 6, 7, 0, 8, 1, 1, '11000000'), /interface 7/],
        [block(little, 6, 0, 0, 8, 9, 9, '11000000'), /9 bytes in a block with room for 4/],
        [block(little, 6, 0, 0, 8, 0xffffffff, 9, '11000000'), /4294967295 bytes/],
        [build(little, 6, 0xfffffff0, 0, 0), /block of 4294967280 bytes/],
        [build(little, 6, 8, 0, 0), /block of 8 bytes/],
        [build(little, 0x55, 16, 0, 12), /two lengths differ/],
        [block(little, 6, 0), /only 4 bytes/],
        [block(little, 1, 0), /only 4 bytes/],
        [block(little, 0x0a0d0d0a, 0x1a2b3c4e), /byte-order/],
        [block(little, 0x0a0d0d0a, 0x1a2b3c4d, [2], [0], -1n), /version 2/],
      ]
      for (const [bad, reason] of cases) {
        const { result } = await read(file(Buffer.concat([good, bad])))
        expect(result.packets).toBe(1)
        expect(result.damaged!.offset).toBe(good.length)
        expect(result.damaged!.reason).toMatch(reason)
      }
      const long = Buffer.concat([pcap(0xa1b2c3d4), build(little, 1, 2, 1, 1, 'ff'), build(little, 1, 2, 262_145, 262_145)])
      expect((await read(file(long))).result).toMatchObject({
        packets: 1,
        damaged: { offset: 41, reason: expect.stringMatching(/262145 bytes/) },
      })
    })
  })
}

it.each([
  [2, [0x9, 0xbad, 0x40000bad, 0x204, 0x216, 0x221]],
  [1, [0xa, 4, 5, 7, 8, 0x101, 0x102, 0x201, 0x202, 0x208, 0x217, 0x222, 0x80000001]],
])('a packet has number %i behind a block of these types, as in Wireshark 4.0', async (frame, types) => {
  for (const type of types) {
    const between = block(true, type, 32473, ...Array.from({ length: 15 }, () => 0))
    const { seen } = await read(
      file(Buffer.concat([section(true), block(true, 1, [1], [0], 0), between, block(true, 6, 0, 0, 8, 1, 1, '11000000')])),
    )
    expect([type, ...seen.map((s) => s.frame)]).toEqual([type, frame])
  }
})

it('a time past the year 2255 counts as none', async () => {
  const ng = Buffer.concat([
    section(true),
    block(true, 1, [1], [0], 0),
    block(true, 6, 0, 0xffffffff, 0xffffffff, 1, 1, '11000000'),
  ])
  const { result, seen } = await read(file(ng))
  expect(seen.map((s) => s.time)).toEqual([0])
  expect(result.first).toBeUndefined()
})

describe('bytes in pieces', () => {
  const ng = Buffer.concat([
    section(true),
    block(true, 1, [1], [0], 0),
    block(true, 6, 0, 0, 8, 5, 5, '1122334455000000'),
    block(true, 0x99, 1),
    block(true, 3, 3, '01020300'),
    section(false),
    block(false, 1, [101], [0], 0),
    block(false, 6, 0, 0, 9, 1, 1, 'aa000000'),
  ])
  const old = Buffer.concat([
    build(true, 0xa1b2c3d4, [2], [4], 0, 0, 9, 1),
    build(true, 1, 1, 3, 3, '010203'),
    build(true, 1, 1, 0, 0),
    build(true, 1, 1, 5, 5, '0102030405'),
  ])

  function feed(bytes: Uint8Array, cuts: number[]): { seen: string[]; reader: CaptureReader } {
    const p = new Packet()
    const seen: string[] = []
    const reader = new CaptureReader(p, () =>
      seen.push(`${p.frame} ${p.time} ${p.linkType} ${Buffer.from(p.buf.subarray(p.start, p.end)).toString('hex')}`),
    )
    // one buffer for every piece, overwritten: what the reader keeps it must have copied
    const shared = new Uint8Array(bytes.length)
    const view = new DataView(shared.buffer)
    for (let i = 0, at = 0; i <= cuts.length; i++) {
      const to = cuts[i] ?? bytes.length
      shared.fill(0xee)
      shared.set(bytes.subarray(at, to))
      reader.feed(shared, view, to - at)
      at = to
    }
    reader.end()
    return { seen, reader }
  }

  for (const [name, bytes, units] of [
    ['pcap', old, [24, 43, 59, 80]],
    ['pcapng', ng, [28, 48, 88, 104, 124, 152, 172, 208]],
  ] as const) {
    it(`${name}: wherever it is cut in two or three, or in single bytes, the packets are the same`, () => {
      const whole = feed(bytes, []).seen
      expect(whole).toHaveLength(3)
      for (let i = 0; i <= bytes.length; i++) {
        expect(feed(bytes, [i]).seen).toEqual(whole)
        for (let j = i; j <= bytes.length; j += 3) expect(feed(bytes, [i, j]).seen).toEqual(whole)
      }
      expect(feed(bytes, Array.from(bytes.keys())).seen).toEqual(whole)
    })

    it(`${name}: cut off at every byte, it is read up to the last whole unit`, () => {
      expect(units.at(-1)).toBe(bytes.length)
      const whole = feed(bytes, []).seen
      for (let n = 4; n <= bytes.length; n++) {
        const { seen, reader } = feed(bytes.subarray(0, n), [])
        const last = units.findLast((u) => u <= n) ?? 0
        expect(seen).toEqual(whole.slice(0, seen.length))
        if (last === n) expect(reader.damaged).toBeUndefined()
        else expect(reader.damaged).toMatchObject({ offset: last, reason: expect.stringMatching(/^the file ends within/) })
      }
    })
  }
})

describe('compressed', { timeout: 60_000 }, () => {
  const packets = 9000
  const raw = Buffer.concat([
    build(true, 0xa1b2c3d4, [2], [4], 0, 0, 65535, 1),
    ...Array.from({ length: packets }, (_, i) =>
      build(true, i + 1, 0, 64, 64, createHash('sha512').update(String(i)).digest('hex')),
    ),
  ])
  const half = raw.length >> 1

  it.each([
    ['gzip', gzipSync(raw)],
    ['zstd', zstdCompressSync(raw)],
    ['gzip', Buffer.concat([gzipSync(raw.subarray(0, half)), gzipSync(raw.subarray(half))])],
    ['zstd', Buffer.concat([zstdCompressSync(raw.subarray(0, half)), zstdCompressSync(raw.subarray(half))])],
    ['gzip', Buffer.concat([gzipSync(raw), Buffer.alloc(100_000)])],
  ])('%s', async (kind, bytes) => {
    const { result } = await read(file(bytes))
    expect(result).toMatchObject({ format: `pcap+${kind}`, packets, sha256: createHash('sha256').update(bytes).digest('hex') })
    expect(result.damaged).toBeUndefined()
  })

  it.each([
    ['gzip', gzipSync(raw)],
    ['zstd', zstdCompressSync(raw)],
  ])('%s, cut in the middle: what comes before is read', async (kind, bytes) => {
    const { result, seen } = await read(file(bytes.subarray(0, bytes.length >> 1)))
    // zstd gives whole blocks of 128 KiB
    expect(seen.length).toBeGreaterThan(kind === 'gzip' ? packets * 0.49 : 2500)
    expect(seen.length).toBeLessThan(packets * 0.51)
    expect(result.damaged!.offset).toBe(24 + 80 * seen.length)
    expect(result.damaged!.reason).toContain(kind)
  })

  it('gzip with a flipped bit or a wrong checksum loses nothing that came before', async () => {
    const sum = Buffer.from(gzipSync(raw))
    sum[sum.length - 6]! ^= 1
    expect((await read(file(sum))).result).toMatchObject({
      packets,
      damaged: { reason: expect.stringMatching(/incorrect data check/) },
    })
    // stored blocks show where a byte goes; break the second block's length
    const stored = Buffer.from(gzipSync(raw, { level: 0 }))
    stored[10 + 5 + 65_535 + 1]! ^= 0x55
    const { result } = await read(file(stored))
    expect(result.damaged).toBeDefined()
    expect(result.packets).toBeGreaterThan(0)
  })
})

describe('what is no capture is refused, with the reason', () => {
  const refused = async (path: string): Promise<CaptureError> => {
    try {
      await read(path)
    } catch (error) {
      expect(error).toBeInstanceOf(CaptureError)
      return error as CaptureError
    }
    throw new Error('not refused')
  }
  it.each([
    ['empty', Buffer.alloc(0), 'not-a-capture', /is empty/],
    ['three bytes', Buffer.from('d4c3b2', 'hex'), 'not-a-capture', /d4c3b2/],
    ['text', Buffer.from('hello, this is text'), 'not-a-capture', /68656c6c/],
    ['zip', Buffer.from('504b03040000', 'hex'), 'not-a-capture', /zip archive/],
    ['gzipped text', gzipSync('hello'), 'not-a-capture', /gzip/],
    ['gzipped nothing', gzipSync(''), 'not-a-capture', /gzip/],
    ['gzip cut in its header', gzipSync('hello').subarray(0, 7), 'unreadable', /gzip/],
  ] as const)('%s', async (_, bytes, code, message) => {
    const error = await refused(file(bytes))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })
  it('a directory, and nothing', async () => {
    mkdirSync(join(dir, 'folder'))
    expect((await refused(join(dir, 'folder'))).code).toBe('is-directory')
    expect((await refused(join(dir, 'nothing'))).code).toBe('not-found')
    expect((await refused(join(file(Buffer.alloc(0)), 'below'))).code).toBe('not-found')
  })
})

describe('digest and progress of a long capture', { timeout: 60_000 }, () => {
  const one = build(true, 1, 0, 1000, 1000, '5a'.repeat(1000))
  const long = Buffer.concat([
    build(true, 0xa1b2c3d4, [2], [4], 0, 0, 65535, 1),
    ...Array.from({ length: 12_000 }, () => one),
    Buffer.from('0102', 'hex'),
  ])
  const sha256 = createHash('sha256').update(long).digest('hex')

  it('in a thread', async () => {
    const p = new Packet()
    const progress: number[] = []
    const started = performance.now()
    const path = file(long)
    const result = await readCapture(
      path,
      0,
      p,
      () => undefined,
      (at) => {
        expect(at).toMatchObject({ path, total: long.length })
        progress.push(at.bytes)
      },
    )
    expect(result).toMatchObject({ sha256, packets: 12_000, damaged: { offset: long.length - 2 } })
    expect(progress.at(-1)).toBe(long.length)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect(progress.length).toBeLessThanOrEqual(2 + (performance.now() - started) / 100)
  })

  it('on standard input, as it is read', async () => {
    const script = `import { readCapture } from ${JSON.stringify(fileURLToPath(new URL('./read.ts', import.meta.url)))}
      import { Packet } from ${JSON.stringify(fileURLToPath(new URL('../decode/packet.ts', import.meta.url)))}
      console.log(JSON.stringify(await readCapture('-', 0, new Packet(), () => {})))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script])
    let text = ''
    child.stdout.on('data', (b) => (text += String(b)))
    child.stderr.on('data', (b) => (text += String(b)))
    // a slow beginning: the first two bytes alone
    child.stdin.write(long.subarray(0, 2))
    await new Promise((resolve) => setTimeout(resolve, 300))
    child.stdin.end(long.subarray(2))
    await new Promise((resolve) => child.once('close', resolve))
    expect(JSON.parse(text)).toMatchObject({ path: '-', sha256, packets: 12_000, damaged: { offset: long.length - 2 } })
  })

  it('what the packet callback throws comes out, and the next capture reads', async () => {
    for (const bytes of [long, gzipSync(long)]) {
      const p = new Packet()
      await expect(
        readCapture(file(bytes), 0, p, () => {
          throw new Error('from the callback')
        }),
      ).rejects.toThrow('from the callback')
    }
    expect((await read(file(long))).seen).toHaveLength(12_000)
  })
})

const generated = corpus('pcapng-gen')
describe.skipIf(generated === undefined)(
  "pcapng's corner cases hold the packets their descriptions say (skipped without the public captures)",
  () => {
    const texts =
      generated === undefined
        ? []
        : readdirSync(generated, { recursive: true, encoding: 'utf8' })
            .filter((f) => f.endsWith('.txt'))
            .sort()
    it.each(texts)('%s', async (text) => {
      const description = readFileSync(join(generated!, text), 'utf8')
      const count = (kind: string): number => Number(new RegExp(`\\b${kind}: (\\d+)`).exec(description)?.[1] ?? 0)
      const { result } = await read(join(generated!, text.replace(/txt$/, 'pcapng')))
      expect(result.damaged).toBeUndefined()
      expect(result.packets).toBe(count('EPB') + count('SPB') + count('PB'))
    })
  },
)

const sources = [
  'malware/id2t/mirai_botnet.pcap',
  'pcapng-gen/output_le/difficult/test202.pcapng',
  'zeek/radiotap.pcap',
  'wireshark/dhcp-nanosecond.pcapng',
  'zeek/ipv6-fragmented-dns.pcap',
  'zeek/icmp/icmp6-nd-options.pcap',
  'zeek/icmp/icmp6-neighbor-advert.pcap',
  'zeek/linux_dlt_sll2.pcap',
]
  .map((f) => corpus(f))
  .filter((f) => f !== undefined)
const DECODED = [
  'srcMac',
  'dstMac',
  'etherType',
  'vlan',
  'network',
  'ipVersion',
  'srcIp',
  'dstIp',
  'protocol',
  'hopLimit',
  'fragment',
  'srcPort',
  'dstPort',
  'tcpFlags',
  'tcpSeq',
  'tcpAck',
  'transport',
  'payload',
  'payloadEnd',
  'payloadWire',
  'anomaly',
] as const
const SIZES: Readonly<Record<string, number>> = {
  offset: 16,
  target: 16,
  addresses: 16,
  linkAddress: 6,
  senderMac: 6,
  targetMac: 6,
  senderIp: 4,
  targetIp: 4,
}
/** What ARP and neighbour discovery say, each offset as the bytes that it points to. */
const told = (p: Packet): string => {
  const at = (o: number, size: number) => (o < 0 ? '' : Buffer.from(p.buf.subarray(o, o + size)).toString('hex'))
  return JSON.stringify([readArp(p), readNeighbour(p), readRouterAdvertisement(p)], (key, value: unknown) => {
    const size = SIZES[key]
    if (size === undefined) return value
    return Array.isArray(value) ? value.map((o: number) => at(o, size)) : at(value as number, size)
  })
}
function sound(p: Packet): void {
  if (p.payload > p.payloadEnd || p.payload < p.start || p.payloadEnd > p.end || p.payloadWire < p.payloadEnd - p.payload) {
    throw new Error(`payload [${p.payload}, ${p.payloadEnd}) of ${p.payloadWire} in [${p.start}, ${p.end})`)
  }
  if (ANOMALIES[p.anomaly] === undefined) throw new Error(`anomaly ${p.anomaly}`)
  for (const key of ['srcMac', 'dstMac', 'srcIp', 'dstIp', 'transport'] as const) {
    const size = key.endsWith('Mac') ? 6 : key === 'transport' ? 8 : p.ipVersion === 6 ? 16 : 4
    if (p[key] !== -1 && (p[key] < p.start || p[key] + size > p.end))
      throw new Error(`${key} at ${p[key]} outside [${p.start}, ${p.end})`)
  }
}

describe.skipIf(sources.length === 0)('mutated captures (skipped without the public captures)', () => {
  it('never throw, and never look outside the packet', () => {
    let state = 20_261_123
    const random = (n: number): number => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 0) % n
    }
    const originals = sources.map((f) => new Uint8Array(readFileSync(f).subarray(0, 6000)))
    const rounds = Number(process.env['ASSAY_MUTATIONS'] ?? 20_000)
    const p = new Packet()
    // the same packet, also cut short, within two different surroundings: what differs was read out of range
    const twins = [new Packet(), new Packet()] as const
    const islands = [new Uint8Array(300_000), new Uint8Array(300_000)] as const
    const twin = (which: 0 | 1, length: number): Packet => {
      const q = twins[which]
      const island = islands[which]
      island.fill(which === 0 ? 0x01 : 0xfe, 0, length + 200)
      island.set(p.buf.subarray(p.start, p.start + length), 100)
      Object.assign(q, { buf: island, start: 100, end: 100 + length, linkType: p.linkType, wireLength: p.wireLength })
      decodePacket(q)
      sound(q)
      return q
    }
    const same = (length: number) => {
      const x = twin(0, length)
      const y = twin(1, length)
      for (const key of DECODED) if (x[key] !== y[key]) throw new Error(`${key}: ${x[key]}, with other surroundings ${y[key]}`)
      if (told(x) !== told(y)) throw new Error(`${told(x)}, with other surroundings ${told(y)}`)
    }
    let packets = 0
    const onPacket = () => {
      packets++
      decodePacket(p)
      same(p.end - p.start)
      same(random(Math.min(120, p.end - p.start + 1)))
    }
    for (let round = 0; round < rounds; round++) {
      const original = originals[round % originals.length] ?? new Uint8Array(0)
      const bytes = original.slice(0, random(3) === 0 ? random(original.length) : original.length)
      for (let n = random(8); n >= 0; n--) bytes[random(bytes.length)] = random(4) === 0 ? 255 : random(256)
      // all link types, also those that the originals lack
      if (bytes.length > 24 && bytes[0] === 0xd4 && random(2) === 0)
        bytes[20] = [0, 9, 12, 50, 51, 101, 104, 105, 108, 113, 127, 228, 229][random(13)]!
      const reader = new CaptureReader(p, onPacket)
      reader.feed(bytes, new DataView(bytes.buffer), bytes.length)
      reader.end()
    }
    expect(packets).toBeGreaterThan(rounds)
  }, 120_000)
})
