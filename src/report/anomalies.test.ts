import { describe, expect, it } from 'vitest'
import { auditFixture } from '../testing/audit-fixture.ts'
import { anomalyLines, noDevice } from './anomalies.ts'

const audit = (...kinds: [kind: string, count: number][]) => ({
  ...auditFixture(),
  devices: [],
  anomalies: kinds.map(([kind, count]) => ({ kind, count, evidence: [] })),
})

describe('packets that were not read whole', () => {
  it('are malformed, unread or beyond a bound, and never called what they are not', () => {
    const lines = anomalyLines(
      audit(
        ['link-encrypted', 280],
        ['tcp-truncated', 2],
        ['udp-length', 1],
        ['bounded: credential', 3525],
        ['hosts-bounded', 7],
      ),
    )
    expect(lines.map((l) => l.label)).toEqual(['Unread', 'Malformed', 'Cut short'])
    expect(lines[0]!.text).toContain('280 frames')
    expect(lines[1]!.text).toBe('3 packets of 2 kinds (listed in the JSON report)')
    expect(lines[2]!.text).toBe('no room was left for more of: credential (3,525 times), hosts (7 times)')
  })

  it('say nothing where nothing was odd', () => {
    expect(anomalyLines(audit())).toEqual([])
  })

  it('explain why there is no device', () => {
    expect(noDevice(audit(['link-encrypted', 5]))).toContain('Wi-Fi was encrypted')
    expect(noDevice(audit())).toContain('No device was seen.')
  })
})
