import { describe, expect, it } from 'vitest'
import type { Kinds } from '../../evidence/kinds.ts'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { backendAuthenticated as check } from './backend-authenticated.ts'

type Fact = Kinds['probe.impostor']

const OFFERS = ['self-signed', 'wrong-name', 'expired', 'unknown-ca', 'public-looking'] as const

const refused: Fact = {
  server: 'api.maker.example',
  port: 443,
  offer: 'self-signed',
  outcome: 'refused',
  sent: 0,
  alert: 'unknown_ca',
}
const accepted: Fact = { ...refused, outcome: 'accepted', alert: undefined, sent: 146, text: 'POST /up HTTP/1.1' }

const said = (...facts: Partial<Fact>[]) => {
  const device = aDevice()
  facts.forEach((fact, entry) =>
    device.observe('probe.impostor', { ...refused, ...fact }, { exemplars: [{ probe: 0, entry: entry + 1 }] as never }),
  )
  return finding(check, device)
}
const all = (given: Partial<Fact> = {}) => OFFERS.map((offer) => ({ ...given, offer }))

describe('backend-authenticated', () => {
  it('passes where every server that was called refused all five, and says what that does not show', () => {
    const one = said(...all())
    expect(one).toMatchObject({ outcome: 'pass', assurance: 'probed' })
    expect(one.evidence).toHaveLength(5)
    expect(one.reason).toBe(
      'Refused all five kinds of wrong certificate at the server that it called (api.maker.example:443). None came from an authority that it trusts, so whether a wrong name and a past date alone would be refused was not seen.',
    )
    expect(said(...all(), ...all({ server: 'mqtt.maker.example', port: 8883 })).reason).toContain('each of the 2 servers')
  })

  it('says no more than that where the fault was the only one', () => {
    expect(said(...all({ only: true })).reason).toBe(
      'Refused all five kinds of wrong certificate at the server that it called (api.maker.example:443).',
    )
  })

  it('says whether it went on with the true server, and does not pass who refuses that, too', () => {
    const on = said(...all({ only: true }), { offer: 'genuine', outcome: 'accepted' })
    expect(on).toMatchObject({ outcome: 'pass' })
    expect(on.reason).toBe(
      'Refused all five kinds of wrong certificate at the server that it called (api.maker.example:443), and went on with the true one at api.maker.example:443.',
    )
    expect(on.evidence).toHaveLength(6)
    const shy = said(...all(), { offer: 'genuine', outcome: 'refused' })
    expect(shy).toMatchObject({ outcome: 'inconclusive' })
    expect(shy.reason).toContain('and its true server, too: api.maker.example:443.')
    // one that it takes is enough: another may be down
    const other = { server: 'b.maker.example' }
    expect(
      said(...all(), ...all(other), { offer: 'genuine', outcome: 'accepted' }, { ...other, offer: 'genuine', outcome: 'refused' })
        .outcome,
    ).toBe('pass')
    // taking the true one is no fault
    expect(said({ ...accepted, offer: 'genuine', sent: 0 }).outcome).toBe('inconclusive')
  })

  it('fails on any that was accepted and told something, whatever else was refused', () => {
    for (const offer of OFFERS) {
      const one = said(...all(), { ...accepted, offer, server: 'b.maker.example' })
      expect(one).toMatchObject({ outcome: 'fail', severity: offer === 'expired' ? 'high' : 'critical', assurance: 'probed' })
      expect(one.evidence).toEqual([{ probe: 0, entry: 6 }])
    }
    expect(said({ ...accepted, secret: true }).reason).toBe(
      'Took an impostor for its server: api.maker.example:443 with a self-signed certificate. It sent 146 bytes to who was not api.maker.example:443, secrets among them: POST /up HTTP/1.1.',
    )
    expect(said(...all(accepted)).reason).toContain('api.maker.example:443 with every kind of wrong certificate.')
  })

  it('warns where it stayed and waited', () => {
    expect(said(...all(), { ...accepted, sent: 0, text: undefined })).toMatchObject({ outcome: 'warn', severity: 'high' })
  })

  it('is open where one was not tried, at any server', () => {
    const one = said(...all(), ...all({ server: 'b.maker.example' }).slice(1), {
      server: 'b.maker.example',
      outcome: 'not-tried',
    })
    expect(one).toMatchObject({ outcome: 'inconclusive' })
    expect(one.reason).toBe(
      'Refused 9 wrong certificates and accepted none, but not everything was tried: b.maker.example:443 (not tried: self-signed).',
    )
    expect(one.next).toContain('--for 10m')
    expect(said({ outcome: 'not-tried' }).outcome).toBe('inconclusive')
  })

  it('is open where nobody asked, and an error where it could not be asked', () => {
    expect(finding(check, aDevice())).toMatchObject({ outcome: 'inconclusive' })
    const trouble = { probe: 'impostor', about: '', reason: 'Root only.', next: 'sudo' }
    expect(finding(check, aDevice().observe('probe.trouble', trouble))).toMatchObject({
      outcome: 'error',
      reason: 'Root only.',
      next: 'sudo',
    })
    expect(finding(check, aDevice().observe('probe.trouble', { ...trouble, probe: 'scan' })).outcome).toBe('inconclusive')
  })

  it('does not pass beside a trouble: some servers were not tried', () => {
    const device = aDevice().observe('probe.trouble', { probe: 'impostor', about: 'servers', reason: 'Too many.', next: 'x' })
    for (const fact of all()) device.observe('probe.impostor', { ...refused, ...fact })
    expect(finding(check, device)).toMatchObject({ outcome: 'inconclusive' })
  })
})
