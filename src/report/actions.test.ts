import { describe, expect, it } from 'vitest'
import { auditFixture } from '../testing/audit-fixture.ts'
import { firstActions } from './actions.ts'

describe('what to do first', () => {
  it('goes by severity, then by how many devices it helps, and names them and who is responsible', () => {
    const actions = firstActions(auditFixture())
    expect(actions.map((a) => a.check)).toEqual(['default-credentials', 'clear-text-internet', 'trackers'])
    expect(actions[0]!.responsible).toEqual(['maker'])
    expect(actions[1]!.where.map((w) => w.device.id)).toEqual(['mac-74da38807a08', 'mac-50c7bf00fca3'])
    // old TLS is as severe as trackers, on fewer devices
    expect(firstActions(auditFixture(), 9).map((a) => a.check)).toEqual([
      'default-credentials',
      'clear-text-internet',
      'trackers',
      'weak-tls',
      'proprietary-lan',
    ])
  })

  it('names first the device where it is worst', () => {
    const audit = auditFixture()
    for (const finding of audit.devices[0]!.findings)
      if (finding.check === 'clear-text-internet' && finding.outcome === 'fail') finding.severity = 'low'
    const action = firstActions(audit).find((a) => a.check === 'clear-text-internet')
    expect(action?.severity).toBe('high')
    expect(action?.where.map((w) => w.device.id)).toEqual(['mac-50c7bf00fca3', 'mac-74da38807a08'])
  })

  it('says who can do what, the owner first', () => {
    const audit = auditFixture()
    for (const finding of audit.devices[0]!.findings) finding.remedy = 'Maker: sign images. Owner: keep it inside.'
    expect(firstActions(audit)[0]!.steps).toEqual([
      { party: 'Owner', text: 'Keep it inside.' },
      { party: 'Maker', text: 'Sign images.' },
    ])
  })

  it('has nothing to say where nothing failed', () => {
    const audit = auditFixture()
    audit.devices = audit.devices.filter((d) => d.grade.letter === 'A')
    expect(audit.devices).toHaveLength(1)
    expect(firstActions(audit)).toEqual([])
  })
})
