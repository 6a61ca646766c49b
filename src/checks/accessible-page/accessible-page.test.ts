import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { accessiblePage as check } from './accessible-page.ts'

const url = 'http://192.168.1.20/'
const clean = { url, violations: [], passes: 31 }
const label = { rule: 'label', impact: 'critical', count: 2, help: 'Form elements must have labels' }

describe('accessible-page', () => {
  it('warns of what shuts people out', () => {
    const said = finding(check, aDevice().asked('probe.accessibility', url, { ...clean, violations: [label] }))
    expect(said).toMatchObject({ outcome: 'warn', severity: 'medium', assurance: 'probed' })
    expect(said.reason).toBe(`${url} shuts people out: label (2 places: Form elements must have labels).`)
    const serious = { ...label, impact: 'serious' }
    expect(finding(check, aDevice().asked('probe.accessibility', url, { ...clean, violations: [serious] })).severity).toBe('low')
  })

  it('passes where nothing grave was found', () => {
    expect(finding(check, aDevice().asked('probe.accessibility', url, clean))).toMatchObject({ outcome: 'pass' })
    const moderate = { ...label, rule: 'region', impact: 'moderate' }
    expect(finding(check, aDevice().asked('probe.accessibility', url, { ...clean, violations: [moderate] })).reason).toContain(
      'region',
    )
  })

  it('is open where no browser looked, and says why it could not', () => {
    expect(finding(check, aDevice()).outcome).toBe('inconclusive')
    const trouble = { probe: 'accessibility', about: url, reason: 'Chromium is not installed.', next: 'Install Chromium.' }
    expect(finding(check, aDevice().asked('probe.trouble', 'x', trouble))).toMatchObject({
      outcome: 'error',
      next: 'Install Chromium.',
    })
  })

  it('stays open, and is no error, where there was nothing to look at', () => {
    const behind = {
      probe: 'accessibility',
      about: 'http://192.168.1.20/',
      reason: 'It asks for a log-in first.',
      next: 'Log in by hand.',
    }
    const say = (more: object) =>
      finding(check, aDevice().asked('probe.trouble', 'accessibility x', { ...behind, ...more })).outcome
    expect([say({ unseen: true }), say({})]).toEqual(['inconclusive', 'error'])
  })
})
