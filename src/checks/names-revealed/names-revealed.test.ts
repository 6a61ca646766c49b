import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { namesRevealed as check } from './names-revealed.ts'

const named = (name: string) => aDevice().observe('name', { via: 'mdns', name })

describe('names-revealed', () => {
  it.each(["Anna's camera", 'Anna’s TV', 'iPhone von Anna', 'phone-de-Anna'])('warns on %s', (name) => {
    expect(finding(check, named(name))).toMatchObject({
      outcome: 'warn',
      severity: 'low',
      reason: expect.stringContaining("seems to hold a person's name"),
    })
  })

  it('warns on the hardware address in a name', () => {
    expect(finding(check, named('plug-00-00-01')).reason).toContain('holds its hardware address')
  })

  it('is open on other names and on none', () => {
    expect(finding(check, named('living-room-lamp')).outcome).toBe('inconclusive')
    expect(finding(check, aDevice()).outcome).toBe('inconclusive')
  })
})
