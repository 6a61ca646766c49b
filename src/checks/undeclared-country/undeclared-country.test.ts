import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { undeclaredCountry as check } from './undeclared-country.ts'

const said = { regions: { countries: ['EU', 'CH'] } }

describe('undeclared-country', () => {
  it('contradicts who names others, country by country', () => {
    const device = aDevice()
      .declares(said)
      .endpoint({ name: 'a.example', country: 'DE' })
      .endpoint({ name: 'b.example', country: 'CN', exemplars: [{ capture: 1, frame: 7 }], bytesOut: 4300 })
      .endpoint({ ips: ['192.0.2.1'], country: 'US', protocol: 'ntp', transport: 'udp' })
    const found = check.run(device.build(), undefined as never)
    expect(found.map(({ about, severity }) => [about, severity])).toEqual([
      ['CN', 'medium'],
      ['US', 'low'],
    ])
    expect(found[0]).toMatchObject({
      contradiction: true,
      reason:
        'The maker says that it talks to the European Union and Switzerland; frame 7 of capture 2 shows that it sent 4.3 kB to b.example:443, registered in China.',
    })
    expect(found[0]!.evidence).toEqual([
      { capture: 1, frame: 7 },
      { document: 0, at: '/regions/countries' },
    ])
  })

  it('passes where all are named, in a union, or a third party is there', () => {
    const more = { ...said, thirdParties: { parties: [{ name: 'X', purpose: 'y', country: 'US' }] } }
    const device = aDevice().declares(more).endpoint({ country: 'FR' }).endpoint({ country: 'CH' }).endpoint({ country: 'US' })
    expect(finding(check, device)).toMatchObject({ outcome: 'pass', assurance: 'declared' })
    const area = (country: string, named: string) =>
      finding(
        check,
        aDevice()
          .declares({ regions: { countries: [named] } })
          .endpoint({ country }),
      ).outcome
    expect(area('NO', 'EEA')).toBe('pass')
    expect(area('EU', 'EEA')).toBe('pass')
    expect(area('NO', 'EU')).toBe('fail')
    expect(area('GB', 'EEA')).toBe('fail')
    expect(area('CH', 'EEA')).toBe('fail')
  })

  it('is open where nothing is declared or known', () => {
    expect(finding(check, aDevice().endpoint({ country: 'CN' })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().declares({}).endpoint({ country: 'CN' })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().declares(said)).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().declares(said).endpoint({ country: 'DE' }).endpoint()).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().declares(said).endpoint({ country: 'CN', answered: 0 })).outcome).toBe('inconclusive')
    const phone = aDevice({ identity: { category: 'phone' } })
      .declares(said)
      .endpoint({ country: 'CN' })
    expect(finding(check, phone).outcome).toBe('inconclusive')
  })
})
