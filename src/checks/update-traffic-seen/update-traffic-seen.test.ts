import { describe, expect, it } from 'vitest'
import { aDevice, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { updateTrafficSeen as check } from './update-traffic-seen.ts'

describe('update-traffic-seen', () => {
  it('passes on any update traffic, protected or not', () => {
    const question = {
      peer: peer({ port: 80 }),
      url: 'http://api.example.com/version',
      protection: 'clear',
      what: 'check',
      why: 'path',
    } as const
    expect(finding(check, aDevice().observe('firmware', question))).toMatchObject({
      outcome: 'pass',
      reason: 'Looked for updates: an update check at api.example.com:80.',
    })
  })

  it('does not fail a device that had no time to look', () => {
    expect(finding(check, aDevice())).toMatchObject({ outcome: 'inconclusive', next: expect.stringContaining('week') })
  })
})
