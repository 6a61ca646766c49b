import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Packet } from '../decode/packet.ts'
import { corpus } from '../testing/corpus.ts'
import { readCapture } from './read.ts'
import { extractFrames } from './write.ts'

const dir = mkdtempSync(join(tmpdir(), 'assay-write-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** A nanosecond pcap of packets [seconds, nanoseconds, wire length, bytes]. */
function pcap(packets: [number, number, number, string][]): string {
  const words = (...v: number[]) => Buffer.from(new Uint32Array(v).buffer)
  const path = join(dir, `${packets.length}-in.pcap`)
  writeFileSync(
    path,
    Buffer.concat([
      words(0xa1b23c4d, 0x00040002, 0, 0, 65535, 101),
      ...packets.flatMap(([s, ns, wire, hex]) => [words(s, ns, hex.length / 2, wire), Buffer.from(hex, 'hex')]),
    ]),
  )
  return path
}

async function contents(path: string): Promise<string[]> {
  const p = new Packet()
  const seen: string[] = []
  await readCapture(path, 0, p, () =>
    seen.push(
      `${p.frame} ${p.time} ${p.wireLength} ${p.linkType} ${Buffer.from(p.buf.subarray(p.start, p.end)).toString('hex')}`,
    ),
  )
  return seen
}

const three = () =>
  pcap([
    [1_700_000_000, 123_456_789, 3, '450102'],
    [1_700_000_001, 999_999_999, 1500, '4503'],
    [1_700_000_002, 1, 1, '45'],
  ])

it.each(['pcap', 'pcapng'])('%s: exactly the chosen packets, as they were', async (extension) => {
  const out = join(dir, `out.${extension}`)
  expect(await extractFrames(three(), new Set([1, 2, 9]), out)).toBe(2)
  expect(await contents(out)).toEqual(['1 1700000000123456 3 101 450102', '2 1700000001999999 1500 101 4503'])
})

it.skipIf(spawnSync('tshark', ['--version']).error !== undefined).each(['pcap', 'pcapng'])(
  '%s opens in tshark, with its nanoseconds (skipped without tshark)',
  async (extension) => {
    const out = join(dir, `tshark.${extension}`)
    await extractFrames(three(), new Set([3, 2]), out)
    const text = execFileSync(
      'tshark',
      ['-r', out, '-T', 'fields', '-e', 'frame.time_epoch', '-e', 'frame.cap_len', '-e', 'frame.len'],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    expect(String(text)).toBe('1700000001.999999999\t2\t1500\n1700000002.000000001\t1\t1\n')
  },
)

it('nothing found still makes a capture; many bytes go through the buffer', async () => {
  const out = join(dir, 'none.pcap')
  expect(await extractFrames(three(), new Set([7]), out)).toBe(0)
  expect(await contents(out)).toEqual([])
  const big = pcap(
    Array.from(
      { length: 40 },
      (_, i) => [1_700_000_000 + i, 0, 60_000, '45'.repeat(20_000 + i)] as [number, number, number, string],
    ),
  )
  for (const name of ['big.pcap', 'big.pcapng']) {
    expect(await extractFrames(big, new Set(Array.from({ length: 40 }, (_, i) => i + 1)), join(dir, name))).toBe(40)
    expect(await contents(join(dir, name))).toEqual(await contents(big))
  }
})

it('never over its own capture, whatever it is called', async () => {
  const path = three()
  const before = readFileSync(path)
  const link = join(dir, 'link.pcap')
  symlinkSync(path, link)
  for (const out of [path, link])
    await expect(extractFrames(path, new Set([1]), out)).rejects.toMatchObject({ code: 'same-file' })
  expect(readFileSync(path)).toEqual(before)
})

it('says what could not be written', async () => {
  await expect(extractFrames(three(), new Set([1]), join(dir, 'no', 'such.pcap'))).rejects.toMatchObject({ code: 'unwritable' })
  await expect(extractFrames(join(dir, 'nothing'), new Set([1]), join(dir, 'x.pcap'))).rejects.toMatchObject({
    code: 'not-found',
  })
})

const mixed = corpus('pcapng-gen/output_be/difficult/test202.pcapng')
it.skipIf(mixed === undefined)(
  'several link types, byte orders and simple packets go into pcapng, and are refused for pcap (skipped without the public captures)',
  async () => {
    const out = join(dir, 'mixed.pcapng')
    expect(await extractFrames(mixed!, new Set([2, 4, 5, 11]), out)).toBe(4)
    const want = (await contents(mixed!))
      .filter((line) => /^(2|4|5|11) /.test(line))
      .map((line, i) => line.replace(/^\d+/, String(i + 1)))
    expect(await contents(out)).toEqual(want)
    await expect(extractFrames(mixed!, new Set([2, 4]), join(dir, 'mixed.pcap'))).rejects.toMatchObject({
      code: 'mixed-link-types',
    })
  },
)
