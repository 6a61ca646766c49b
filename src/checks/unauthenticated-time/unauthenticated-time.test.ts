import { describe, expect, it } from 'vitest'
import { aDevice, localPeer, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { unauthenticatedTime as check } from './unauthenticated-time.ts'

const ntp = { peer: peer({ name: 'pool.example', port: 123 }), version: 4, authenticated: false, role: 'client' } as const

describe('unauthenticated-time', () => {
  it('warns on plain NTP over the Internet', () => {
    expect(finding(check, aDevice().observe('ntp', ntp, { count: 3 }))).toMatchObject({
      outcome: 'warn',
      severity: 'low',
      reason: 'Asked for the time 3 times without authentication, at pool.example:123.',
    })
    expect(
      finding(
        check,
        aDevice()
          .observe('ntp', ntp)
          .observe('ntp', { ...ntp, authenticated: true }),
      ).outcome,
    ).toBe('warn')
  })

  it('passes on authenticated exchanges', () => {
    expect(finding(check, aDevice().observe('ntp', { ...ntp, authenticated: true })).outcome).toBe('pass')
  })

  it('does not apply on the local network', () => {
    expect(finding(check, aDevice().observe('ntp', { ...ntp, peer: localPeer({ port: 123 }) })).outcome).toBe('not-applicable')
  })

  it('does not judge a device that gives the time to others', () => {
    expect(finding(check, aDevice().observe('ntp', { ...ntp, role: 'server' })).outcome).toBe('inconclusive')
  })
})
