import { describe, expect, it } from 'vitest'
import type { DeviceEvidence } from '../../evidence/evidence.ts'
import { aDevice, aNetwork, HOUR, START } from '../../testing/device.ts'
import { threatsOf } from '../threats.ts'
import { exfiltration } from './exfiltration.ts'

const MB = 1e6

/** A device that sent so much to the Internet in each hour; and got as much from it as it sent to neighbours. */
function sent(megabytes: readonly number[], category?: string): DeviceEvidence {
  const device = aDevice(category === undefined ? {} : { identity: { category } }).watched(megabytes.length)
  const built = device.build()
  const hours = megabytes.map((mb, i) => ({
    kind: 'traffic.hour' as const,
    key: String(i),
    data: { hour: String(i), bytesOut: mb * MB + 3 * MB, bytesIn: MB, packets: 10, internetBytes: mb * MB + MB },
    count: 10,
    bytes: 0,
    first: START + i * HOUR,
    last: START + (i + 1) * HOUR,
    exemplars: [{ capture: 0, frame: i + 1 }],
  }))
  return {
    ...built,
    of: ((kind: string) => (kind === 'traffic.hour' ? hours.filter((h) => h.data.internetBytes > 0) : [])) as never,
  }
}

const steps = (device: DeviceEvidence) => threatsOf(device, aNetwork(), [exfiltration]).flatMap((threat) => threat.steps)
const hours = (n: number, mb: (i: number) => number) => Array.from({ length: n }, (_, i) => mb(i))

describe('an unusual upload', () => {
  it('is an hour far above those before', () => {
    const [step, ...more] = steps(sent([...hours(30, (i) => 1 + (i % 3)), 80, 2, 300], 'plug'))
    expect(more).toEqual([])
    expect(step).toMatchObject({
      what: 'hour',
      stage: 'exfiltrating',
      severity: 'medium',
      count: 2,
      alertedBy: { frame: 31 },
      alerted: START + 31 * HOUR,
      detail: { out: 300 * MB, before: 32, hour: '2026-01-02T08:00Z' },
    })
    expect(step!.says).toContain('300 MB')
  })

  it('is told in a low voice of who is not known to say little', () => {
    expect(steps(sent([...hours(30, () => 1), 80]))).toMatchObject([{ severity: 'low' }])
  })

  it('is a new place that only takes', () => {
    const device = aDevice({ identity: { category: 'sensor' } })
      .watched(60)
      .endpoint({ ips: ['203.0.113.10'], name: 'api.example.com', bytesOut: 900 * MB })
      .endpoint({ ips: ['198.51.100.7'], first: START + 30 * HOUR, last: START + 31 * HOUR, bytesOut: 60 * MB, bytesIn: MB })
    expect(steps(device.build())).toMatchObject([
      { what: 'place', severity: 'medium', peer: { ip: '198.51.100.7' }, detail: { after: 30 }, alerted: START + 31 * HOUR },
    ])
  })
})

describe('no unusual upload', () => {
  const none = (device: DeviceEvidence) => expect(steps(device)).toEqual([])

  it('is anything in the first day', () => none(sent([...hours(23, () => 1), 500])))
  it('is what it does every evening', () => none(sent([...hours(96, (i) => (i % 24 === 20 ? 300 : 1)), 300, 320])))
  it('is a camera that streams, and streams a little more', () =>
    none(sent([...hours(48, (i) => 200 + (i % 7) * 20), 700], 'camera')))
  it('is little, however much more than before', () => none(sent([...hours(48, () => 0.01), 40])))
  it('is what phones and computers send', () => none(sent([...hours(48, () => 1), 5000], 'phone')))
  it('is an hour that took what found no room of its own', () =>
    none({ ...sent([...hours(48, () => 1), 500]), last: START + 90 * HOUR }))

  it('is a new host of who was known, or one that sends as much back', () => {
    const late = { first: START + 30 * HOUR, last: START + 31 * HOUR, bytesOut: 60 * MB }
    none(
      aDevice()
        .watched(60)
        .endpoint({ name: 'api.example.com' })
        .endpoint({ ...late, ips: ['198.51.100.7'], name: 'upload.example.com', bytesIn: 0 })
        .endpoint({ ...late, ips: ['198.51.100.8'], bytesIn: 60 * MB })
        .build(),
    )
  })
})
