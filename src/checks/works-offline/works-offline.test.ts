import { describe, expect, it } from 'vitest'
import type { Kinds } from '../../evidence/kinds.ts'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { worksOffline as check } from './works-offline.ts'

type Fact = Kinds['probe.cut']

const kept: Fact = { service: 'tcp/80', protocol: 'http', before: true, during: true, after: true, seconds: 60, dropped: 12 }
const lost: Fact = { ...kept, service: 'tcp/554', protocol: 'rtsp', during: false }

const said = (...facts: Fact[]) => {
  const device = aDevice()
  for (const fact of facts) device.observe('probe.cut', fact, { exemplars: [{ probe: 0, entry: 1 }] as never })
  return finding(check, device)
}

describe('works-offline', () => {
  it('passes where all that answered before still did', () => {
    expect(said(kept)).toMatchObject({
      outcome: 'pass',
      assurance: 'probed',
      reason:
        'Everything that answered before still did after 60 seconds without the Internet, to which 12 packets of it were sent in vain: tcp/80 (HTTP).',
    })
  })

  it('fails where nothing did, and warns where some did not', () => {
    expect(said(lost)).toMatchObject({ outcome: 'fail', severity: 'medium' })
    expect(said(lost).reason).toBe(
      'Nothing answered as before after 60 seconds without the Internet, to which 12 packets of it were sent in vain: not tcp/554 (RTSP). All came back with it.',
    )
    expect(said(kept, lost)).toMatchObject({ outcome: 'warn', severity: 'low' })
    expect(said(kept, { ...lost, after: false }).reason).toContain('With the Internet back, tcp/554 (RTSP) did not answer')
  })

  it('is open where nothing came back: it may have been switched off', () => {
    const gone = said({ ...lost, after: false })
    expect(gone).toMatchObject({ outcome: 'inconclusive' })
    expect(gone.reason).toContain('Whether that was for want of the Internet is not shown')
  })

  it('is open where nothing was taken away, whatever answered', () => {
    expect(said({ ...kept, dropped: 0 }).outcome).toBe('inconclusive')
    expect(said({ ...lost, dropped: 0 }).outcome).toBe('inconclusive')
  })

  it('is open where nobody asked, and an error where it could not be asked', () => {
    expect(finding(check, aDevice())).toMatchObject({ outcome: 'inconclusive' })
    const trouble = { probe: 'cut', about: '', reason: 'Root only.', next: 'sudo' }
    expect(finding(check, aDevice().observe('probe.trouble', trouble))).toMatchObject({ outcome: 'error', next: 'sudo' })
    expect(said({ ...kept, before: false, during: false }).outcome).toBe('inconclusive')
  })
})
