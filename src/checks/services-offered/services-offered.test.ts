import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { servicesOffered as check } from './services-offered.ts'

describe('services-offered', () => {
  it('tells what answered, most used first, and leaves need open', () => {
    const said = finding(check, aDevice().service({ answered: 1 }).service({ port: 8009, protocol: 'tls', answered: 9 }))
    expect(said).toMatchObject({ outcome: 'inconclusive', assurance: 'observed', next: expect.stringContaining('nmap') })
    expect(said.reason).toBe(
      'Answered on 2 ports: tcp/8009 (tls) and tcp/80 (http). Whether operation needs them, only the maker can say.',
    )
  })

  it('says how many were asked, and then wants the maker to speak', () => {
    const scan = { transport: 'tcp', asked: 330, open: 1, closed: 329, silent: 0, which: 'the usual' } as const
    const said = finding(check, aDevice().service().observe('probe.ports', scan))
    expect(said).toMatchObject({ outcome: 'inconclusive', next: expect.stringContaining('--dossier') })
    expect(said.reason).toContain('Answered on 1 port, of 330 TCP ports that were asked: tcp/80 (http).')
    const closed = finding(check, aDevice().observe('probe.ports', { ...scan, open: 0, closed: 330 }))
    expect(closed).toMatchObject({
      outcome: 'inconclusive',
      reason: 'Of 330 TCP ports that were asked none answered; others may.',
    })
  })

  it('does not take silence for closed ports', () => {
    expect(finding(check, aDevice())).toMatchObject({ outcome: 'inconclusive', evidence: [], assurance: 'none' })
  })
})
