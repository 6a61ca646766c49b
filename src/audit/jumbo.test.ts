import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { bytesOf } from '../testing/datagrams.ts'
import { audit } from './audit.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-jumbo-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A capture of one UDP datagram whose headers tell no length (RFC 2675; segmentation offload), so that the frame's counts. */
function captureOf(payload: Buffer, port: number): string {
  const frame = Buffer.concat([
    bytesOf('01005e7ffffa 001122334455 0800'),
    bytesOf('4500 0000 00000000 0411 0000 c0a8012c effffffa'),
    Buffer.from([port >> 8, port & 255, port >> 8, port & 255, 0, 0, 0, 0]),
    payload,
  ])
  const head = Buffer.alloc(40)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt16LE(2, 4)
  head.writeUInt16LE(4, 6)
  head.writeUInt32LE(262_144, 16)
  head.writeUInt32LE(1, 20)
  head.writeUInt32LE(1_700_000_000, 24)
  head.writeUInt32LE(frame.length, 32)
  head.writeUInt32LE(frame.length, 36)
  const path = join(folder, `${port}-${payload.length}.pcap`)
  writeFileSync(path, Buffer.concat([head, frame]))
  return path
}

describe('a datagram larger than datagrams are', () => {
  for (const threads of [0, 1]) {
    it(`is read as far as a datagram goes (${threads} threads)`, async () => {
      const text =
        'NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nSERVER: thing/1\r\n'
      const path = captureOf(Buffer.from(text.padEnd(200_000, 'X')), 1900)
      const { devices } = await audit([path], { threads })
      expect(devices.flatMap((d) => d.observations.filter((o) => o.kind === 'ssdp').map((o) => o.count))).toEqual([1])
    })
  }
})
