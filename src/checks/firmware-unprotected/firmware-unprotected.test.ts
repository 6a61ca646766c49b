import { describe, expect, it } from 'vitest'
import { aDevice, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { firmwareUnprotected as check } from './firmware-unprotected.ts'

const image = {
  peer: peer({ port: 80 }),
  url: 'http://api.example.com/fw-1.2.bin',
  protection: 'clear',
  what: 'image',
  why: 'path',
  size: 2_500_000,
} as const

describe('firmware-unprotected', () => {
  it('fails on an image in clear, and says what cannot be seen', () => {
    const said = finding(check, aDevice().observe('firmware', image))
    expect(said).toMatchObject({ outcome: 'fail', severity: 'high' })
    expect(said.reason).toBe(
      'Fetched firmware in clear: http://api.example.com/fw-1.2.bin (2.5 MB). Whether it checks a signature cannot be seen.',
    )
  })

  it('warns on a question in clear', () => {
    expect(finding(check, aDevice().observe('firmware', { ...image, what: 'check' }))).toMatchObject({
      outcome: 'warn',
      severity: 'medium',
    })
  })

  it('passes on images over encryption only', () => {
    const safe = { ...image, protection: 'encrypted' } as const
    expect(finding(check, aDevice().observe('firmware', safe)).outcome).toBe('pass')
    expect(finding(check, aDevice().observe('firmware', safe).observe('firmware', image)).outcome).toBe('fail')
    expect(finding(check, aDevice().observe('firmware', { ...safe, what: 'check' })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().observe('firmware', { ...safe, protection: 'unknown' })).outcome).toBe('inconclusive')
  })
})
