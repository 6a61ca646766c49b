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

  it('does not take silence for closed ports', () => {
    expect(finding(check, aDevice())).toMatchObject({ outcome: 'inconclusive', evidence: [], assurance: 'none' })
  })
})
