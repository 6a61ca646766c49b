import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../audit/audit.ts'
import type { Audit } from '../report/model.ts'
import { corpus } from '../testing/corpus.ts'

// What is audited does not depend on how it came: in which format, compressed or not, in one file or in several.

const absent = (command: string): boolean => spawnSync(command, ['-v']).error !== undefined
const missing =
  corpus('iot-sentinel') === undefined
    ? 'the public captures are not here'
    : absent('mergecap')
      ? 'mergecap is not installed'
      : ''

/** All but which file it was. */
function about({ captures, ...rest }: Audit): unknown {
  return {
    ...rest,
    captures: captures.map(({ path: _path, sha256: _sha, format: _format, bytes: _bytes, ...capture }) => capture),
  }
}

describe.skipIf(missing !== '')(`the same packets${missing && ` (skipped: ${missing})`}`, () => {
  let folder = ''
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'assay-inputs-'))))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const made = (command: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    expect(status, stderr).toBe(0)
  }

  it.each(['iot-sentinel/HueBridge/Setup-A-1-STA.pcap', 'moniotr/yi_camera_sample.pcap', 'malware/id2t/mirai_botnet.pcap'])(
    'as pcap, pcapng, nanoseconds, gz and zst: %s',
    async (name) => {
      const original = corpus(name)!
      const out = (suffix: string) => join(folder, `same.${suffix}`)
      made('editcap', '-F', 'pcapng', original, out('pcapng'))
      made('editcap', '-F', 'nsecpcap', original, out('ns.pcap'))
      writeFileSync(out('gz'), gzipSync(readFileSync(original)))
      writeFileSync(out('zst'), zstdCompressSync(readFileSync(original)))
      writeFileSync(out('pcapng.zst'), zstdCompressSync(readFileSync(out('pcapng'))))
      const want = about(await audit([original]))
      for (const suffix of ['pcapng', 'ns.pcap', 'gz', 'zst', 'pcapng.zst'])
        expect(about(await audit([out(suffix)])), suffix).toEqual(want)
    },
  )

  /** What must not depend on where one file ends and the next begins. A flow that goes on is two: their number may differ, and what the second half is by its bytes. */
  function sums({ devices, network }: Audit): unknown {
    return {
      gateways: network.gateways.map(({ macs, ips }) => ({ macs, ips: [...ips].sort() })),
      resolvers: [...network.resolvers].sort(),
      devices: devices
        .map(({ id, ips, packets, bytesOut, bytesIn, first, last, endpoints, identity }) => {
          const ends = new Map<string, number[]>()
          for (const e of endpoints) {
            const key = `${e.name ?? e.ip} ${e.port} ${e.transport} ${e.initiator} ${e.scope}`
            const [out = 0, back = 0, n = 0] = ends.get(key) ?? []
            ends.set(key, [out + e.bytesOut, back + e.bytesIn, n + e.packets])
          }
          return {
            id,
            ips: [...ips].sort(),
            vendor: identity.vendor,
            packets,
            bytesOut,
            bytesIn,
            first,
            last,
            ends: Object.fromEntries([...ends].sort((a, b) => (a[0] < b[0] ? -1 : 1))),
          }
        })
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    }
  }

  it.each([
    ['iot-sentinel/HueBridge/Setup-A-1-STA.pcap', 'iot-sentinel/HueBridge/Setup-C-2-STA.pcap'],
    ['iot-sentinel/TP-LinkPlugHS110/Setup-A-1-STA.pcap', 'iot-sentinel/Withings/Setup-A-1-STA.pcap'],
    ['iot-sentinel/WeMoLink/Setup-A-1-STA.pcap', 'iot-sentinel/MAXGateway/Setup-A-1-STA.pcap'],
  ])('in two files or merged into one: %s, %s', async (a, b) => {
    const merged = join(folder, 'merged.pcap')
    made('mergecap', '-F', 'pcap', '-w', merged, corpus(a)!, corpus(b)!)
    const first = await audit([corpus(a)!, corpus(b)!])
    const other = await audit([corpus(b)!, corpus(a)!])
    const one = await audit([merged])
    expect(sums(first)).toEqual(sums(one))
    expect(sums(other)).toEqual(sums(one))
  })
})
