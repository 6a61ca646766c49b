import { describe, expect, it } from 'vitest'
import type { Dossier } from '../../dossier/dossier.ts'
import { aDevice, localPeer, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { undeclaredData as check } from './undeclared-data.ts'

type Item = NonNullable<NonNullable<Dossier['data']>['inventory']>[number]

const inventory = (...items: Partial<Item>[]) => ({
  data: { collected: true, inventory: items.map((item) => ({ what: 'something', why: 'to work', ...item })) },
})
const email = { what: 'email', masked: 'a…(17)', peer: peer({ port: 80 }), protocol: 'http', where: 'body' } as const

describe('undeclared-data', () => {
  it('contradicts an inventory that lacks what was seen', () => {
    const device = aDevice()
      .declares(inventory({ what: 'video' }))
      .observe('personal', email, { exemplars: [{ capture: 0, frame: 812 }] })
      .observe('personal', { ...email, what: 'mac' })
    const found = check.run(device.build(), undefined as never)
    expect(found.map(({ about, severity, contradiction }) => [about, severity, contradiction])).toEqual([
      ['email', 'high', true],
      ['mac', 'medium', true],
    ])
    expect(found[0]!.reason).toBe(
      'The maker says that it collects video; frame 812 shows an e-mail address sent to api.example.com:80.',
    )
    expect(found[0]!.evidence).toEqual([
      { capture: 0, frame: 812 },
      { document: 0, at: '/data/inventory' },
    ])
  })

  it('contradicts who says that none is collected', () => {
    const found = finding(
      check,
      aDevice()
        .declares({ data: { collected: false } })
        .observe('personal', email),
    )
    expect(found).toMatchObject({
      contradiction: true,
      reason: expect.stringContaining('no personal data is collected') as string,
    })
  })

  it('contradicts a list of nothing', () => {
    const { reason } = finding(
      check,
      aDevice()
        .declares({ data: { collected: true, inventory: [] } })
        .observe('personal', email),
    )
    expect(reason).toMatch(
      /^The maker says that there is nothing in its inventory of personal data; frame \d+ shows an e-mail address/,
    )
  })

  it('passes where it is in the inventory, by its kind or by its words', () => {
    for (const item of [{ kind: 'email' }, { what: 'E-mail address of the account' }] satisfies Partial<Item>[])
      expect(finding(check, aDevice().declares(inventory(item)).observe('personal', email)).outcome).toBe('pass')
    // a kind that is named is meant
    expect(
      finding(
        check,
        aDevice()
          .declares(inventory({ kind: 'usage', what: 'opened e-mails' }))
          .observe('personal', email),
      ).contradiction,
    ).toBe(true)
  })

  it('is open where nothing is declared or seen, or only the network at home saw it', () => {
    expect(finding(check, aDevice().observe('personal', email)).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().declares({}).observe('personal', email)).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().declares(inventory({}))).outcome).toBe('inconclusive')
    expect(
      finding(
        check,
        aDevice()
          .declares(inventory({}))
          .observe('personal', { ...email, peer: localPeer() }),
      ).outcome,
    ).toBe('inconclusive')
    expect(
      finding(
        check,
        aDevice()
          .declares(inventory({}))
          .observe('personal', { ...email, what: 'canary' }),
      ).outcome,
    ).toBe('inconclusive')
  })
})
