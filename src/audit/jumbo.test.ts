import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { bytesOf } from '../testing/datagrams.ts'
import { audit } from './audit.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-jumbo-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A capture of one jumbogram over IPv6: only its hop-by-hop option tells a length (RFC 2675 sections 2 and 4). */
function captureOf(payload: Buffer, port: number): string {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(16 + payload.length)
  const frame = Buffer.concat([
    bytesOf('33330000000c 001122334455 86dd'),
    bytesOf('60000000 0000 00 ff fe800000000000000211223344550001 ff02000000000000000000000000000c'),
    bytesOf('11 00 c204'),
    length,
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
      const text = 'NOTIFY * HTTP/1.1\r\nHOST: [FF02::C]:1900\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nSERVER: thing/1\r\n'
      const path = captureOf(Buffer.from(text.padEnd(200_000, 'X')), 1900)
      const { devices } = await audit([path], { threads })
      expect(devices.flatMap((d) => d.observations.filter((o) => o.kind === 'ssdp').map((o) => o.count))).toEqual([1])
    })
  }
})
