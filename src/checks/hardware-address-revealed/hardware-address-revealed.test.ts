import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { hardwareAddressRevealed as check } from './hardware-address-revealed.ts'

// RFC 4291 appendix A: 34-56-78-9A-BC-DE becomes 3656:78FF:FE9A:BCDE
const eui64 = { ip: '2001:db8::3656:78ff:fe9a:bcde', scope: 'global', eui64: true } as const
const opaque = { ip: '2001:db8::8f3a:91c4:77de:1b02', scope: 'global', eui64: false } as const

describe('hardware-address-revealed', () => {
  it('warns on a global address made from it, whatever others there are', () => {
    expect(finding(check, aDevice().observe('address', opaque).observe('address', eui64))).toMatchObject({
      outcome: 'warn',
      severity: 'medium',
    })
  })

  it('passes on other global addresses', () => {
    expect(finding(check, aDevice().observe('address', opaque)).outcome).toBe('pass')
  })

  it('says nothing of addresses that stay at home', () => {
    expect(finding(check, aDevice().observe('address', { ...eui64, scope: 'link-local' })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().observe('address', { ...opaque, scope: 'ula' })).outcome).toBe('inconclusive')
  })
})
