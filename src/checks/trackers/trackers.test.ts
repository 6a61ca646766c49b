import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { trackers as check } from './trackers.ts'

const tracker = { name: 'ads.example', thirdParty: { company: 'Example Ads', category: 'ad', tracker: true } }

describe('trackers', () => {
  it('warns on a listed tracker that was contacted', () => {
    expect(finding(check, aDevice().endpoint().endpoint(tracker))).toMatchObject({
      outcome: 'warn',
      severity: 'medium',
      reason:
        'Contacted listed trackers, 32 kB in all: Example Ads (ad) at ads.example:443. Whether the user agreed cannot be seen.',
    })
  })

  it('does not count the maker itself', () => {
    expect(finding(check, aDevice({ identity: { vendor: 'Example, Inc.' } }).endpoint(tracker)).outcome).toBe('inconclusive')
    expect(finding(check, aDevice({ identity: { vendor: 'Examplesoft' } }).endpoint(tracker)).outcome).toBe('warn')
  })

  it('does not blame the maker of a computer or phone, nor count who did not answer', () => {
    expect(finding(check, aDevice({ identity: { category: 'phone' } }).endpoint(tracker))).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('Example Ads (ad) at ads.example:443'),
    })
    expect(finding(check, aDevice().endpoint({ ...tracker, answered: 0 })).outcome).toBe('inconclusive')
  })

  it('never passes, and does not count who came by himself', () => {
    expect(finding(check, aDevice().endpoint()).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().endpoint({ ...tracker, initiator: 'peer' })).outcome).toBe('inconclusive')
  })
})
