import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { countriesContacted as check } from './countries-contacted.ts'

describe('countries-contacted', () => {
  it('tells what was sent where, most first, and leaves the law open', () => {
    const said = finding(
      check,
      aDevice()
        .endpoint({ country: 'DE', bytesOut: 1000 })
        .endpoint({ country: 'SG', bytesOut: 9000 })
        .endpoint({ country: 'DE', bytesOut: 500 }),
    )
    expect(said).toMatchObject({
      outcome: 'inconclusive',
      assurance: 'observed',
      reason: 'Sent data to addresses registered in Singapore (9 kB) and Germany (1.5 kB).',
    })
    expect(said.evidence).toHaveLength(6)
  })

  it('leaves out who did not answer', () => {
    expect(finding(check, aDevice().endpoint({ country: 'DE', answered: 0 })).reason).toContain('No exchange')
  })
})
