import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { renderJson } from '../report/json.ts'
import { auditFixture } from '../testing/audit-fixture.ts'
import { bytesOf } from '../testing/datagrams.ts'
import { type AuditDevice, AuditSchema } from '../report/model.ts'
import { audit } from './audit.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-device-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Probes for an address (RFC 5227, section 2.1.1), as things send them that have none yet. */
function probesOf(...macs: string[]): string {
  const records = macs.map((mac, i) => {
    const frame = bytesOf(`ffffffffffff ${mac} 0806 0001080006040001 ${mac} 00000000 000000000000 c0a8010${i + 1}`)
    const record = Buffer.alloc(16)
    record.writeUInt32LE(1_700_000_000 + i, 0)
    record.writeUInt32LE(frame.length, 8)
    record.writeUInt32LE(frame.length, 12)
    return Buffer.concat([record, frame])
  })
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt16LE(2, 4)
  head.writeUInt16LE(4, 6)
  head.writeUInt32LE(262_144, 16)
  head.writeUInt32LE(1, 20)
  const path = join(folder, 'probes.pcap')
  writeFileSync(path, Buffer.concat([head, ...records]))
  return path
}

describe('devices of which the same is found', () => {
  it('have findings and verdicts of their own', async () => {
    const { devices } = await audit([probesOf('001122334401', '001122334402')], { threads: 0 })
    expect(devices.map((d) => d.id)).toEqual(['mac-001122334401', 'mac-001122334402'])
    for (const { id, findings, verdicts } of devices) {
      expect(new Set(findings.map((f) => f.id.split('/')[0]))).toEqual(new Set([id]))
      const named = JSON.stringify(verdicts).match(/mac-[0-9a-f]{12}/g)
      expect(new Set(named)).toEqual(new Set([id]))
    }
  })
})

describe('a device as the audit holds it', () => {
  it('is whole in every copy of it, and makes its parts in any order', async () => {
    const { devices } = await audit(['samples/home.pcapng.gz'], { threads: 0 })
    const [device] = devices
    const whole = JSON.parse(JSON.stringify(device)) as unknown
    expect(new Set(Object.keys(device!))).toEqual(new Set(Object.keys(AuditSchema.properties.devices.items.properties)))
    expect(whole).toHaveProperty('verdicts.39')
    expect({ ...device }).toEqual(whole)
    expect(structuredClone(device)).toEqual(whole)
    const backwards = Object.keys(device!).toReversed() as (keyof AuditDevice)[]
    expect(Object.fromEntries(backwards.map((part) => [part, device![part]]))).toEqual(whole)
  })

  it('is taken out of the store once for each of its two parts when a report is written', async () => {
    const { devices } = await audit(['samples/home.pcapng.gz'], { threads: 0 })
    const parse = vi.spyOn(JSON, 'parse')
    for (const device of devices) renderJson({ ...auditFixture(), devices: [device] })
    expect(parse.mock.calls.length).toBeLessThanOrEqual(2 * devices.length)
    parse.mockRestore()
  })
})
