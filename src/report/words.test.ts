import { describe, expect, it } from 'vitest'
import { auditFixture } from '../testing/audit-fixture.ts'
import { bySeverity, captureName, clean, deviceName, duration, fileName, liveLine, lossLine, number, size } from './words.ts'

describe('words', () => {
  it('says sizes, numbers and times as people do', () => {
    expect([0, 999, 1000, 12_345, 999_499, 999_500, 1.24e9].map(size)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '12 kB',
      '999 kB',
      '1.0 MB',
      '1.2 GB',
    ])
    expect(number(1_234_567)).toBe('1,234,567')
    const from = '2026-11-01T10:00:00.000000Z'
    expect(duration(from, '2026-11-01T10:00:00.250000Z')).toBe('250 ms')
    expect(duration(from, '2026-11-01T10:00:12Z')).toBe('12 s')
    expect(duration(from, '2026-11-01T15:40:05Z')).toBe('5 h 40 min')
    expect(duration(from, '2026-11-09T11:00:00Z')).toBe('8 days 1 h')
    expect(duration(from, 'nonsense')).toBe('')
  })

  it('says what a capture lost, and where nobody knows', () => {
    const capture = { ...auditFixture().captures[0]!, packets: 900 }
    const live = { interface: 'eth0', program: 'dumpcap', kept: true }
    expect(lossLine(capture)).toBe('')
    expect(lossLine({ ...capture, live })).toBe('losses not known')
    expect(lossLine({ ...capture, dropped: { total: 0 } })).toBe('none lost')
    expect(lossLine({ ...capture, dropped: { total: 1, system: 1, interface: 0 } })).toBe(
      "1 packet lost in the system's buffer (0.1 %)",
    )
    expect(lossLine({ ...capture, packets: 900_000, dropped: { total: 100, system: 60, interface: 40 } })).toBe(
      "100 packets lost, 40 by the interface, 60 in the system's buffer (under 0.1 %)",
    )
    expect(lossLine({ ...capture, dropped: { total: 100 } })).toBe('100 packets lost (10.0 %)')
    expect(liveLine({ ...live, interface: 'e\u001b[2Jh', filter: 'port 53', kept: false })).toBe(
      'captured on e\uFFFD[2Jh by dumpcap, only what "port 53" lets through; not kept, so that its frame numbers lead nowhere',
    )
  })

  it('lets nothing through that steers a terminal or a page', () => {
    expect(clean('a\u001b[2Jb\u009bc\u202ed\u2028e\u200bf\u{e0041}g\ud800')).toBe(
      'a\uFFFD[2Jb\uFFFDc\uFFFDd\uFFFDe\uFFFDf\uFFFDg\uFFFD',
    )
    expect(fileName('/home/a/b.pcap')).toBe('b.pcap')
    expect(fileName('-')).toBe('standard input')
  })

  it('has a name for every device', () => {
    const audit = auditFixture()
    expect(audit.devices.map(deviceName)).toContain('Unknown device aa:bb:cc:dd:ee:ff')
    expect(deviceName({ ...audit.devices[0]!, identity: { vendor: 'Edimax', confidence: 0.2, signals: [] } })).toBe('Edimax')
    expect(deviceName({ ...audit.devices[0]!, identity: { category: 'camera', confidence: 0.2, signals: [] } })).toBe(
      'Unnamed camera',
    )
  })

  it('tells captures of the same name apart by their folders', () => {
    const audit = auditFixture()
    const paths = ['a/x/home.pcap', 'b/x/home.pcap', 'b/x/other.pcap', '-', '/home.pcap']
    audit.captures = paths.map((path) => ({ ...audit.captures[0]!, path }))
    expect(paths.map((_, i) => captureName(audit, i))).toEqual([
      'a/x/home.pcap',
      'b/x/home.pcap',
      'other.pcap',
      'standard input',
      '/home.pcap',
    ])
    expect(captureName(audit, 9)).toBe('capture 9')
  })

  it('puts the worst finding first', () => {
    const order = bySeverity(auditFixture().devices[0]!.findings.toReversed()).map((f) => `${f.outcome} ${f.severity}`)
    expect(order).toEqual(['fail critical', 'fail high', 'warn medium', 'warn medium', 'pass info', 'inconclusive info'])
  })
})
