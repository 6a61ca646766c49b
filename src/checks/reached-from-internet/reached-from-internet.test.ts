import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { reachedFromInternet as check } from './reached-from-internet.ts'

describe('reached-from-internet', () => {
  it('fails on an answered TCP connection', () => {
    expect(finding(check, aDevice().service({ reachedFrom: ['internet'], answered: 4 }))).toMatchObject({
      outcome: 'fail',
      severity: 'high',
      reason: 'Answered connections from the Internet on tcp/80 (http), 4 times.',
    })
  })

  it('warns on UDP, where who began is not sure', () => {
    expect(finding(check, aDevice().service({ transport: 'udp', reachedFrom: ['internet'] }))).toMatchObject({
      outcome: 'warn',
      severity: 'low',
    })
  })

  it('is open where only the local network came', () => {
    expect(finding(check, aDevice().service()).outcome).toBe('inconclusive')
  })
})
