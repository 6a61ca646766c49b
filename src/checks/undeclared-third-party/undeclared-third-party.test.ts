import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { undeclaredThirdParty as check } from './undeclared-third-party.ts'

const said = {
  domains: ['example.com'],
  thirdParties: { any: true, parties: [{ name: 'Acme Cloud, Inc.', domains: ['*.acme-cloud.example'], purpose: 'hosting' }] },
}
const company = (name: string, tracker = false) => ({ company: name, category: tracker ? 'ad' : 'hosting', tracker })

describe('undeclared-third-party', () => {
  it('contradicts who says that it talks to some alone, company by company, and shows both', () => {
    const device = aDevice()
      .declares(said)
      .endpoint({ name: 'api.example.com' })
      .endpoint({ name: 'x.ads.example', thirdParty: company('Loud Ads', true), exemplars: [{ capture: 0, frame: 812 }] })
      .endpoint({ name: 'y.ads.example', thirdParty: company('Loud Ads', true) })
      .endpoint({ name: 'eu.stranger.co.uk' })
    const found = check.run(device.build(), undefined as never)
    expect(found.map(({ about, outcome, severity }) => [about, outcome, severity])).toEqual([
      ['Loud Ads', 'fail', 'high'],
      ['stranger.co.uk', 'fail', 'medium'],
    ])
    expect(found[0]).toMatchObject({ contradiction: true, assurance: 'observed' })
    expect(found[0]!.reason).toBe(
      'The maker says that it talks to Acme Cloud, Inc. and nobody else; frame 812 shows that it contacted Loud Ads (ad) at x.ads.example:443 and y.ads.example:443.',
    )
    expect(found[0]!.evidence[0]).toEqual({ capture: 0, frame: 812 })
    expect(found[0]!.evidence.at(-1)).toEqual({ document: 0, at: '/thirdParties/parties' })
  })

  it("passes where every name is the maker's or declared, by domain or by company", () => {
    const device = aDevice()
      .declares({ ...said, updates: { hosts: ['fw.updates.example'] }, sites: ['www.shop.example'] })
      .endpoint({ name: 'API.Example.com' })
      .endpoint({ name: 'eu.acme-cloud.example' })
      .endpoint({ name: 'cdn.elsewhere.example', thirdParty: company('Acme Cloud') })
      .endpoint({ name: 'fw.updates.example' })
      .endpoint({ name: 'www.shop.example' })
    expect(finding(check, device)).toMatchObject({ outcome: 'pass', assurance: 'declared' })
  })

  it('does not take a name for another, nor a suffix for a domain', () => {
    expect(finding(check, aDevice().declares(said).endpoint({ name: 'notexample.com' })).contradiction).toBe(true)
    expect(finding(check, aDevice().declares(said).endpoint({ name: 'example.com.evil.net' })).contradiction).toBe(true)
    // who declares all of .com declares nobody
    const greedy = { domains: ['com', 'co.uk', '*.net'], thirdParties: { any: false } }
    for (const name of ['a.evil.com', 'a.evil.co.uk', 'a.evil.net'])
      expect(finding(check, aDevice().declares(greedy).endpoint({ name })).contradiction, name).toBe(true)
  })

  it('holds who says that there is nobody', () => {
    const none = { domains: ['example.com'], thirdParties: { any: false } }
    expect(
      finding(check, aDevice().declares(none).endpoint({ name: 'time.pool.example', protocol: 'ntp', transport: 'udp' })),
    ).toMatchObject({
      contradiction: true,
      severity: 'low',
      reason: expect.stringMatching(/^The maker says that no other company is involved; frame \d+ shows/) as string,
    })
    expect(finding(check, aDevice().declares(none).endpoint({ name: 'api.example.com' })).outcome).toBe('pass')
  })

  it('asks for the domains of the maker where it cannot tell whose a name is', () => {
    const silent = { thirdParties: { any: false } }
    expect(finding(check, aDevice().declares(silent).endpoint({ name: 'api.example.com' }))).toMatchObject({
      outcome: 'inconclusive',
      next: expect.stringContaining('/domains') as string,
    })
    // whom published lists know is somebody else all the same
    const listed = aDevice()
      .declares(silent)
      .endpoint({ name: 'x.ads.example', thirdParty: company('Loud Ads', true) })
    expect(finding(check, listed).contradiction).toBe(true)
    expect(
      finding(
        check,
        aDevice()
          .declares({ thirdParties: { any: true } })
          .endpoint({ name: 'a.example' }),
      ).outcome,
    ).toBe('inconclusive')
  })

  it('tells of many in one', () => {
    const device = aDevice().declares(said)
    for (let i = 0; i < 300; i++) device.endpoint({ name: `a.stranger-${i}.net`, bytesOut: 1000 + i })
    const found = check.run(device.build(), undefined as never)
    expect(found).toHaveLength(21)
    // the most first
    expect(found[0]!.about).toBe('stranger-299.net')
    expect(found.at(-1)).toMatchObject({
      about: 'others',
      contradiction: true,
      reason: expect.stringMatching(/277 more, too\.$/) as string,
    })
  })

  it('is open where nothing is declared, nothing was seen, or an address has no name', () => {
    expect(finding(check, aDevice().endpoint({ name: 'a.example' })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().declares({}).endpoint({ name: 'a.example' })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().declares(said)).outcome).toBe('inconclusive')
    const nameless = aDevice().declares(said).endpoint({ name: 'api.example.com' }).endpoint()
    expect(finding(check, nameless)).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('1 address without a name') as string,
    })
    // who did not answer, and who called, was not contacted
    expect(finding(check, aDevice().declares(said).endpoint({ name: 'a.example', answered: 0 })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().declares(said).endpoint({ name: 'a.example', initiator: 'peer' })).outcome).toBe(
      'inconclusive',
    )
    // a laptop goes where its user goes
    const laptop = aDevice({ identity: { category: 'computer' } })
      .declares(said)
      .endpoint({ name: 'a.example' })
    expect(finding(check, laptop).outcome).toBe('inconclusive')
  })
})
