import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { reachedFromInternet as check } from './reached-from-internet.ts'

const call = { initiator: 'peer', port: 80, protocol: 'http', protection: 'clear' } as const

describe('reached-from-internet', () => {
  it('fails on an answered TCP connection', () => {
    expect(finding(check, aDevice().endpoint({ ...call, answered: 4 }))).toMatchObject({
      outcome: 'fail',
      severity: 'high',
      reason: 'Answered connections from the Internet on tcp/80 (HTTP), 4 times, from 203.0.113.10.',
    })
  })

  it('warns on UDP, where who began is not sure', () => {
    expect(finding(check, aDevice().endpoint({ ...call, transport: 'udp' }))).toMatchObject({
      outcome: 'warn',
      severity: 'low',
    })
  })

  it('is open where only the local network came', () => {
    expect(finding(check, aDevice().service()).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().endpoint({ ...call, scope: 'local' })).outcome).toBe('inconclusive')
  })

  it('takes an answer without a question (to a forged sender) for no visit', () => {
    expect(finding(check, aDevice().endpoint({ ...call, packetsIn: 0 })).outcome).toBe('inconclusive')
  })
})
