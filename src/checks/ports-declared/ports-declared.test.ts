import { describe, expect, it } from 'vitest'
import type { Dossier } from '../../dossier/dossier.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import { aDevice, aNetwork, type DeviceBuilder } from '../../testing/device.ts'
import { portsDeclared as check } from './ports-declared.ts'

const SCAN: Kinds['probe.ports'] = { transport: 'tcp', asked: 330, open: 1, closed: 329, silent: 0, which: 'the usual' }
const ASKED = { exemplars: [{ probe: 0, entry: 7 }] as never[] }
const HTTPS = { transport: 'tcp', port: 443, protocol: 'https', purpose: 'its page', reach: 'local' } as const

/** What it says of a device whose maker declares these services; `null`: there is no dossier. */
function run(device: DeviceBuilder, services: Dossier['services'] | null) {
  const dossier = {
    schema: 'assay-dossier-1',
    product: { vendor: 'Maker', model: 'One' },
    ...(services ? { services } : {}),
  } as Dossier
  return check.run({ ...device.build(), ...(services === null ? {} : { declared: { document: 0, dossier } }) }, aNetwork())
}

const secure = () => aDevice().service({ port: 443, protocol: 'tls', protection: 'encrypted', exemplars: ASKED.exemplars })

describe('ports-declared', () => {
  it('passes where a scan found what is declared, and nothing else', () => {
    const [said, ...more] = run(secure().observe('probe.ports', SCAN, ASKED), [HTTPS])
    expect(more).toEqual([])
    expect(said).toMatchObject({
      outcome: 'pass',
      assurance: 'declared',
      reason: 'All that answered (tcp/443 (TLS)) are declared, of 330 TCP ports that were asked.',
      evidence: [
        { probe: 0, entry: 7 },
        { document: 0, at: '/services' },
      ],
    })
  })

  it('holds one port more against the maker, with both places', () => {
    const telnet = secure().service({ port: 23, protocol: 'telnet' }).observe('probe.ports', SCAN, ASKED)
    const said = run(telnet, [HTTPS])
    expect(said).toMatchObject([
      {
        outcome: 'fail',
        contradiction: true,
        severity: 'medium',
        about: 'tcp/23',
        reason: 'tcp/23 (Telnet) answered, and the maker declares other ports only: tcp/443.',
      },
    ])
    expect(said[0]!.evidence).toContainEqual({ document: 0, at: '/services' })
    expect(run(telnet, [])[0]!.reason).toContain('declares that no port does')
  })

  it('knows ranges, transports, what is encrypted and who may reach it', () => {
    const scanned = (device: DeviceBuilder) => device.observe('probe.ports', SCAN, ASKED)
    const range = [{ transport: 'tcp', port: 8000, to: 8010, purpose: 'x' }] as const
    expect(run(scanned(aDevice().service({ port: 8010 })), [...range])[0]!.outcome).toBe('pass')
    expect(run(scanned(aDevice().service({ port: 8011 })), [...range])[0]!.outcome).toBe('fail')
    expect(run(scanned(aDevice().service({ port: 8010, transport: 'udp' })), [...range])[0]!.outcome).toBe('fail')
    const clear = scanned(aDevice().service({ port: 443, protocol: 'http', protection: 'clear' }))
    expect(run(clear, [HTTPS])).toMatchObject([{ about: 'tcp/443 encryption', severity: 'high', contradiction: true }])
    const abroad = scanned(
      aDevice().service({ port: 443, protocol: 'tls', protection: 'encrypted', reachedFrom: ['local', 'internet'] }),
    )
    expect(run(abroad, [HTTPS])).toMatchObject([{ about: 'tcp/443 reach', contradiction: true }])
  })

  it('does not take a range of everything for a declaration', () => {
    const all = { transport: 'tcp', port: 1, to: 65_535, purpose: 'everything' } as const
    const device = secure().observe('probe.ports', SCAN, ASKED)
    expect(run(device, [all])).toMatchObject([
      {
        outcome: 'inconclusive',
        reason: 'tcp/443 (TLS) answered, and the maker declares it by a range of more than 1,024 ports alone.',
      },
    ])
    expect(run(device, [all, HTTPS])[0]!.outcome).toBe('pass')
    // the narrower is meant, whichever comes first
    const clear = aDevice().service({ port: 443, protocol: 'http', protection: 'clear' }).observe('probe.ports', SCAN, ASKED)
    expect(run(clear, [all, HTTPS])).toMatchObject([{ about: 'tcp/443 encryption', contradiction: true }])
  })

  it('does not pass where nothing at all came back', () => {
    const silent = aDevice().observe('probe.ports', { ...SCAN, open: 0, closed: 0, silent: 330 }, ASKED)
    expect(run(silent, [HTTPS])[0]!.outcome).toBe('inconclusive')
    const closed = aDevice().observe('probe.ports', { ...SCAN, open: 0, closed: 330 }, ASKED)
    expect(run(closed, [HTTPS])[0]!.outcome).toBe('pass')
  })

  it('does not pass without a scan, without a dossier, or by asking three ports', () => {
    expect(run(aDevice(), null)).toMatchObject([
      { outcome: 'inconclusive', reason: 'It was not asked which of its ports are open.' },
    ])
    expect(run(secure(), [HTTPS])).toMatchObject([
      { outcome: 'inconclusive', reason: expect.stringContaining('others may be open') },
    ])
    expect(run(secure().observe('probe.ports', { ...SCAN, asked: 3 }), [HTTPS])[0]!.outcome).toBe('inconclusive')
    for (const none of [null, undefined])
      expect(run(secure().observe('probe.ports', SCAN), none)).toMatchObject([
        {
          outcome: 'inconclusive',
          reason: expect.stringMatching(/^1 port answered, of 330 TCP ports that were asked: tcp\/443 \(TLS\)\./),
        },
      ])
  })

  it('has no verdict on who did not answer', () => {
    const trouble = { probe: 'scan', about: 'tcp', reason: 'nobody answered', next: 'See that it is on' }
    for (const services of [null, [], [HTTPS]] as const)
      expect(run(aDevice().observe('probe.trouble', trouble), services && [...services])).toMatchObject([
        { outcome: 'error', reason: 'Nobody answered.', next: 'See that it is on' },
      ])
  })
})
