import { describe, expect, it } from 'vitest'
import { aDevice, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { undeclaredUpdatePath as check } from './undeclared-update-path.ts'

const image = {
  peer: peer({ name: 'fw.example.com', port: 80 }),
  url: 'http://fw.example.com/1.bin',
  protection: 'clear',
  what: 'image',
  why: 'path',
} as const
const safe = { ...image, peer: peer({ name: 'fw.example.com' }), protection: 'encrypted' } as const

describe('undeclared-update-path', () => {
  it('contradicts who says encrypted, and who names other hosts', () => {
    const device = aDevice()
      .declares({ updates: { available: true, encryptedTransport: true, hosts: ['updates.example.com'] } })
      .observe('firmware', image, { exemplars: [{ capture: 0, frame: 339 }] })
    const found = check.run(device.build(), undefined as never)
    expect(found.map(({ about, severity, contradiction }) => [about, severity, contradiction])).toEqual([
      ['in clear', 'high', true],
      ['elsewhere', 'high', true],
    ])
    expect(found.map(({ reason }) => reason)).toEqual([
      'The maker says that updates travel encrypted; frame 339 shows firmware from fw.example.com:80, in clear.',
      'The maker says that updates come from updates.example.com; frame 339 shows firmware from fw.example.com:80.',
    ])
    expect(found[0]!.evidence).toEqual([
      { capture: 0, frame: 339 },
      { document: 0, at: '/updates/encryptedTransport' },
    ])
  })

  it('contradicts who says that there are none', () => {
    expect(
      finding(
        check,
        aDevice()
          .declares({ updates: { available: false } })
          .observe('firmware', safe),
      ),
    ).toMatchObject({
      contradiction: true,
      severity: 'medium',
    })
  })

  it('passes where it came from a host that is named, and as it is said', () => {
    const said = { updates: { encryptedTransport: true, hosts: ['*.example.com'] } }
    expect(finding(check, aDevice().declares(said).observe('firmware', safe))).toMatchObject({
      outcome: 'pass',
      assurance: 'declared',
    })
    // what nobody said is no contradiction here: firmware-unprotected judges it
    expect(
      finding(
        check,
        aDevice()
          .declares({ updates: { hosts: ['fw.example.com'] } })
          .observe('firmware', image),
      ).outcome,
    ).toBe('pass')
  })

  it('is open where nothing is declared or seen', () => {
    expect(finding(check, aDevice().observe('firmware', image)).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().declares({}).observe('firmware', image)).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().declares({ updates: { hosts: ['fw.example.com'] } })).outcome).toBe('inconclusive')
    expect(
      finding(
        check,
        aDevice()
          .declares({ updates: { available: true } })
          .observe('firmware', safe),
      ).outcome,
    ).toBe('inconclusive')
  })
})
