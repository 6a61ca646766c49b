import { describe, expect, it } from 'vitest'
import { checks } from '../checks/index.ts'
import { judged } from './device.ts'
import { pack } from './pack.ts'

/** A device of which nothing is told, but that each check found the same of it as of any other. */
function examinedAs(id: string) {
  const found = checks.map(() => [
    { outcome: 'inconclusive', severity: 'info', reason: 'Nothing was seen.', evidence: [], assurance: 'none', about: '' },
  ])
  return {
    id,
    macs: [],
    ips: [],
    identity: { confidence: 0 },
    first: '2026-01-01T00:00:00.000000Z',
    last: '2026-01-01T00:00:00.000000Z',
    packets: 0,
    bytesOut: 0,
    bytesIn: 0,
    evidence: pack({ signals: [], endpoints: [], services: [{ port: id.length }], observations: [] }),
    found: pack(found),
  }
}

describe('a device as the audit holds it', () => {
  it('is told under its own name, also where another is like it, in whatever order they are asked for', () => {
    const [a, b] = [judged(examinedAs('mac-a')).device, judged(examinedAs('mac-bb')).device]
    for (const device of [b, a, b, a]) {
      expect(device.findings).toHaveLength(checks.length)
      for (const { id } of device.findings) expect(id.startsWith(`${device.id}/`)).toBe(true)
      for (const { findings } of device.verdicts) for (const id of findings) expect(id.startsWith(`${device.id}/`)).toBe(true)
      expect(device.services.map((s) => s.port)).toEqual([device.id.length])
    }
  })

  it('is plain data to whoever goes through it', () => {
    const { device } = judged(examinedAs('mac-a'))
    expect(Object.keys(device)).toEqual(expect.arrayContaining(['endpoints', 'services', 'observations', 'findings', 'verdicts']))
    expect(JSON.parse(JSON.stringify(device))).toEqual(structuredClone(device))
  })
})
