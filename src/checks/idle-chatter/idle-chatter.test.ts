import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { idleChatter as check } from './idle-chatter.ts'

function hours(loads: number[]) {
  const device = aDevice().watched(24)
  for (const [i, internetBytes] of loads.entries())
    device.observe('traffic.hour', { hour: `2026-01-01T${i}`, bytesOut: 0, bytesIn: internetBytes, packets: 1, internetBytes })
  return device
}

describe('idle-chatter', () => {
  it('warns where even the quiet hours are loud', () => {
    const said = finding(check, hours(Array<number>(24).fill(200_000)))
    expect(said).toMatchObject({ outcome: 'warn', severity: 'low' })
    expect(said.reason).toBe(
      'In its 6 quietest hours of 24 it exchanged 200 kB an hour with the Internet, 144 MB a month for doing nothing.',
    )
  })

  it('passes where they are quiet, however loud the rest', () => {
    expect(finding(check, hours([...Array<number>(18).fill(50e6), ...Array<number>(6).fill(1000)])).outcome).toBe('pass')
  })

  it('does not take a device that was off for a quiet one', () => {
    expect(finding(check, hours(Array<number>(11).fill(1000))).outcome).toBe('inconclusive')
  })

  it('needs a day', () => {
    expect(finding(check, hours(Array<number>(24).fill(1000)).watched(23))).toMatchObject({
      outcome: 'inconclusive',
      next: expect.stringContaining('24 hours'),
    })
  })
})
