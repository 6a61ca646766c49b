import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { thirdParties as check } from './third-parties.ts'

const of = (company: string, category: string, tracker = false) => ({
  name: `${category}.example`,
  thirdParty: { company, category, tracker },
})

describe('third-parties', () => {
  it('tells of companies with an interest of their own, and blames nobody', () => {
    const said = finding(check, aDevice().endpoint(of('Example Social', 'social')))
    expect(said).toMatchObject({ outcome: 'inconclusive', severity: 'info' })
    expect(said.reason).toContain('Example Social (social) at social.example:443')
  })

  it('leaves carriers and trackers out', () => {
    expect(finding(check, aDevice().endpoint(of('Example Cloud', 'hosting'))).reason).toContain(
      "carriers of others' services: Example Cloud",
    )
    expect(finding(check, aDevice().endpoint(of('Amazon Web Services', 'other'))).outcome).toBe('inconclusive')
    expect(finding(check, aDevice({ identity: { vendor: 'Example' } }).endpoint(of('Example Social', 'social'))).outcome).toBe(
      'inconclusive',
    )
    expect(finding(check, aDevice().endpoint(of('Example Ads', 'ad', true))).outcome).toBe('inconclusive')
  })
})
