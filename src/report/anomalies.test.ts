import { describe, expect, it } from 'vitest'
import { auditFixture } from '../testing/audit-fixture.ts'
import { anomalyLines, anomalyWords, noDevice } from './anomalies.ts'

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

  it('tell messages that break their protocol apart from packets', () => {
    const lines = anomalyLines(audit(['arp-malformed', 2], ['dns-malformed', 1], ['dhcp-malformed', 12]))
    expect(lines.map(({ label, text }) => `${label}: ${text}`)).toEqual([
      'Malformed: 2 packets of 1 kind (listed in the JSON report)',
      'Broken: messages that break the rules of their protocol: dns (once), dhcp (12 times) (packets in the JSON report)',
    ])
    expect(anomalyWords('dns-malformed')).toBe('dns message that breaks the rules of its protocol (dns-malformed)')
    expect(anomalyWords('arp-malformed')).toBe('arp-malformed')
  })

  it('say nothing where nothing was odd', () => {
    expect(anomalyLines(audit())).toEqual([])
  })

  it('explain why there is no device', () => {
    expect(noDevice(audit(['link-encrypted', 5]))).toContain('Wi-Fi was encrypted')
    expect(noDevice(audit())).toContain('No device was seen.')
  })
})
