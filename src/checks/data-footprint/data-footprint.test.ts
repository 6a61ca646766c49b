import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { dataFootprint as check } from './data-footprint.ts'

const day = (internetBytes: number) => ({ day: '2026-01-01', bytesOut: internetBytes, bytesIn: 0, packets: 1, internetBytes })

describe('data-footprint', () => {
  it('passes on a day within the plan, naming window and projection', () => {
    const said = finding(check, aDevice().watched(48).endpoint({ bytesOut: 2e6, bytesIn: 8e6, name: 'api.example.com' }))
    expect(said.outcome).toBe('pass')
    expect(said.reason).toBe(
      'Exchanged 10 MB with the Internet in 2 days; at that pace 5 MB a day, 150 MB a month, most of it with api.example.com:443.',
    )
  })

  it('warns beyond the plan, by pace or by one day', () => {
    expect(finding(check, aDevice().watched(24).endpoint({ bytesIn: 34e6 }))).toMatchObject({ outcome: 'warn', severity: 'low' })
    expect(finding(check, aDevice().watched(1).endpoint().observe('traffic.day', day(40e6))).outcome).toBe('warn')
  })

  it('projects a short window, but does not judge by it', () => {
    const said = finding(check, aDevice().watched(1).endpoint({ bytesOut: 0, bytesIn: 30e6 }))
    expect(said).toMatchObject({ outcome: 'inconclusive', next: 'Capture 24 hours of normal use.' })
    expect(said.reason).toContain('720 MB a day')
  })

  it('counts the Internet only', () => {
    expect(
      finding(check, aDevice().watched(24).endpoint({ scope: 'local', bytesIn: 1e9 }).observe('traffic.day', day(0))).outcome,
    ).toBe('pass')
  })
})
