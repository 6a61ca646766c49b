import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { corpus } from '../../src/testing/corpus.ts'
import { tsharkAvailable, tsharkFields } from '../../src/testing/tshark.ts'
import { label, synthesise, vectorNamed, VECTORS } from './index.ts'
import { writePcapng } from './pcapng.ts'
import type { Value } from './vector.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-synth-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Enough of each to have its shape; whole sweeps are eval/threat's business. */
const SMALL: Record<string, Record<string, Value>> = {
  'benign-home': { hours: 0.2 },
  'benign-camera-upload': { megabytes: 0.2 },
  'benign-backup': { megabytes: 0.5 },
  'benign-camera-stream': { seconds: 2 },
  'benign-game': { seconds: 5 },
  exfil: { bytes: 100_000, quiet: 30 },
  beacon: { beats: 10 },
  exploit: { shape: 'all' },
  'c2-dead': { calls: 20 },
}

function made(id: string, asked: Record<string, Value> = {}): { path: string; built: ReturnType<typeof synthesise> } {
  const v = vectorNamed(id)
  const short: Record<string, Value> = id.startsWith('flood-')
    ? { seconds: 1, rate: 50 }
    : id.startsWith('reflect-')
      ? { seconds: 1, rate: 20 }
      : {}
  const path = join(folder, `synth-${id}.pcapng`)
  const built = synthesise(v, { ...short, ...SMALL[id], ...asked }, `synth-${id}.pcapng`)
  writePcapng(path, label(built.truth), built.frames)
  return { path, built }
}

/** Bytes at random are read as something by those who guess at protocols: that is not a mistake in how they are carried. */
const RANDOM = /^flood-(udp|ack|gre|stomp)|^recruited/

/** `pieces`: messages come a few bytes at a time, and not all of tshark's readers wait for the rest. */
const malformed = (path: string, pieces = false) => [
  ...tsharkFields(
    path,
    ['frame.len'],
    `_ws.malformed${pieces ? ' && !(tcp.len < 12)' : ''} || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0`,
    ['-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE'],
  ).keys(),
]

describe.each(VECTORS.map((v) => v.id))('%s', (id) => {
  it('is the same for the same seed, another for another, and says what it is', () => {
    const { path, built } = made(id)
    const first = readFileSync(path)
    expect(readFileSync(made(id).path).equals(first)).toBe(true)
    expect(readFileSync(made(id, { seed: 'other' }).path).equals(first)).toBe(false)
    expect(first.toString('latin1')).toContain('SYNTHETIC, made by Assay')
    expect(built.truth.frames).toBe(built.frames.length)
    if (vectorNamed(id).benign) expect(built.truth.stages).toEqual([])
    for (const [i, stage] of built.truth.stages.entries()) {
      expect(built.marked[i]![0]).toBe(stage.firstFrame)
      expect(built.marked[i]).toHaveLength(stage.packets)
      // something ordinary came before it
      expect(stage.firstFrame).toBeGreaterThan(20)
      expect(built.frames[stage.firstFrame - 1]!.comment).toContain(`SYNTHETIC: done`)
    }
    if (!vectorNamed(id).benign) expect(built.truth.stages.length).toBeGreaterThan(0)
  })

  it.skipIf(!tsharkAvailable())(
    'is read by tshark without a malformed packet or a wrong checksum (skipped without tshark)',
    () => {
      const { path, built } = made(id)
      const attack = new Set(built.marked.flat())
      expect(malformed(path).filter((frame) => !RANDOM.test(id) || !attack.has(frame))).toEqual([])
    },
  )
})

describe.skipIf(!tsharkAvailable())('variants are read by tshark as well (skipped without tshark)', () => {
  it.each([
    ['guess-telnet', { evasion: 'fragments' }],
    ['shell', { evasion: 'reorder', loader: 'echo' }],
    ['shell', { evasion: 'overlap', loader: 'tftp' }],
    ['exploit', { evasion: 'segments', direction: 'out', targets: 2 }],
    ['exploit', { shape: 'all', ipv6: 'yes' }],
    ['fetch', { method: 'tftp' }],
    ['fetch', { method: 'ftp', ipv6: true }],
    ['scan', { ipv6: true, spread: 'internet' }],
    ['scan', { spread: 'local', devices: '2' }],
    ['flood-syn', { spoof: 'any', ipv6: true }],
    ['flood-icmp', { ipv6: true }],
    ['reflect-ntp', { role: 'target' }],
    ['reflect-snmp', { role: 'source' }],
    ['dns-tunnel', { type: 'CNAME' }],
    ['dns-tunnel', { type: 'NULL', encoding: 'base64' }],
    ['c2-dht', { family: 'hajime' }],
    ['arp-spoof', { kind: 'gratuitous' }],
  ] as const)('%s %o', (id, asked) => {
    expect(malformed(made(id, asked).path, 'evasion' in asked)).toEqual([])
  })

  it('what a receiver reads is the same however the segments come', () => {
    const read = (evasion: string) =>
      [
        ...tsharkFields(
          made('fetch', { evasion, kind: 'script' }).path,
          ['http.request.uri', 'http.response.code'],
          'http && tcp.port == 80',
          ['-o', 'tcp.reassemble_out_of_order:TRUE'],
        ).values(),
      ].flat(2)
    for (const evasion of ['segments', 'reorder', 'overlap', 'fragments']) expect(read(evasion)).toEqual(read('none'))
  })
})

it('refuses what it does not know, by name', () => {
  expect(() => vectorNamed('no-such')).toThrow('there is no vector no-such')
  expect(() => synthesise(vectorNamed('scan'), { prt: 23 }, 'x')).toThrow('scan has no parameter prt')
  expect(() => synthesise(vectorNamed('scan'), { rate: 'fast' }, 'x')).toThrow('rate cannot be fast')
  expect(() => synthesise(vectorNamed('scan'), { stack: 'bsd' }, 'x')).toThrow('it is one of raw, socket')
})

const mirai = corpus('malware/id2t/mirai_botnet.pcap')
const flood = corpus('malware/stopddos/pkt.TCP.synflood.spoofed.pcap')
const hakai = corpus('malware/iot23-8-1/2018-07-31-15-15-09-192.168.100.113.pcap')
const rows = (path: string, fields: readonly string[], filter: string) =>
  [...tsharkFields(path, fields, filter).values()].map((cells) => cells.map((c) => c.join()))

describe.skipIf(!tsharkAvailable() || !mirai || !flood || !hakai)(
  'has the shape of what was caught (skipped without tshark or the corpus)',
  () => {
    it("Mirai's scan: no options, may be fragmented, one source port and one window, the sequence number is the address", () => {
      const fields = ['ip.flags', 'ip.ttl', 'ip.dsfield', 'tcp.hdr_len', 'tcp.len', 'tcp.dstport']
      const real = new Set(rows(mirai!, fields, 'tcp.seq_raw == 2886991877 && tcp.flags == 2').map(String))
      const { path } = made('scan')
      const ours = rows(
        path,
        [...fields, 'tcp.srcport', 'tcp.window_size_value', 'ip.dst', 'tcp.seq_raw'],
        'tcp.dstport == 23 && tcp.flags == 2',
      )
      expect(ours).toHaveLength(300)
      expect(new Set(ours.map((row) => String(row.slice(0, 6))))).toEqual(real)
      expect(new Set(ours.map((row) => `${row[6]} ${row[7]}`)).size).toBe(1)
      for (const row of ours) expect(row[8]!.split('.').reduce((n, b) => n * 256 + Number(b), 0)).toBe(Number(row[9]))
    })

    it("Mirai's command channel: the four bytes, the length of no name, keep-alives of two zeros that are echoed, the form of an order", () => {
      const said = (path: string, filter: string) => rows(path, ['tcp.payload'], `${filter} && tcp.len > 0`).map(([hex]) => hex!)
      const real = said(mirai!, 'ip.addr == 42.123.199.32 && tcp.port == 40334')
      const ours = said(made('c2-mirai').path, 'tcp.port == 23')
      expect(ours.slice(0, 2)).toEqual(real.slice(0, 2))
      expect(ours.filter((hex) => hex === '0000').length).toBe(40)
      expect(real.filter((hex) => hex === '0000')).toHaveLength(2)
      // length that counts itself, seconds, vector, one target
      for (const order of [real[2]!, ours.find((hex) => hex.length > 8 && hex !== ours[0])!]) {
        expect(Number.parseInt(order.slice(0, 4), 16)).toBe(order.length / 2)
        expect(order.slice(14, 16)).toBe('01')
      }
    })

    it('a crafted SYN flood: no options, window 0, low 16 bits of the sequence number 0, may be fragmented', () => {
      const fields = ['tcp.flags', 'tcp.hdr_len', 'tcp.window_size_value', 'ip.flags']
      const { path } = made('flood-syn-bare', { direction: 'target' })
      const real = rows(flood!, [...fields, 'tcp.seq_raw'], 'frame.number <= 500')
      const ours = rows(path, [...fields, 'tcp.seq_raw'], 'tcp.dstport == 25565')
      expect(ours.length).toBe(50)
      expect(new Set(ours.map((r) => String(r.slice(0, 4))))).toEqual(new Set(real.map((r) => String(r.slice(0, 4)))))
      for (const r of [...ours, ...real]) expect(Number(r[4]) % 65_536).toBe(0)
    })

    it("Hakai's calls: the same SYN again after 1, 3, 7, 16 and 32 seconds, never answered", () => {
      const gaps = (path: string) => {
        const list = rows(path, ['tcp.stream', 'frame.time_relative'], 'tcp.dstport == 50 && tcp.flags == 2').map(
          (r) => r.map(Number) as [number, number],
        )
        const [first] = Map.groupBy(list, ([stream]) => stream).values()
        return first!.map(([, time]) => Math.round(time - first![0]![1]))
      }
      expect(gaps(made('c2-dead').path)).toEqual([0, 1, 3, 7, 16, 32])
      expect(gaps(hakai!)).toEqual([0, 1, 3, 7, 16, 32])
    })
  },
)
