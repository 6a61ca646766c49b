import { describe, expect, it } from 'vitest'
import { aDevice, localPeer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { openStandards as check } from './open-standards.ts'

const matter = { type: '_matter._tcp.local', instance: 'x', txt: {} }

describe('open-standards', () => {
  it('warns on proprietary protocols', () => {
    const own = { protocol: 'tuya', role: 'server', peer: localPeer(), protection: 'encrypted', detail: {} } as const
    expect(finding(check, aDevice().observe('mdns.service', matter).observe('lan', own))).toMatchObject({
      outcome: 'warn',
      severity: 'low',
    })
    expect(
      finding(
        check,
        aDevice().observe('mdns.service', matter).endpoint({ protocol: 'high-entropy', protection: 'unknown', port: 9000 }),
      ),
    ).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('203.0.113.10:9000') })
    // a phone speaks the language of what it controls
    expect(finding(check, aDevice().observe('lan', { ...own, role: 'client' })).outcome).toBe('inconclusive')
  })

  it('tells a protocol that its maker has published from one that he keeps', () => {
    const own = { protocol: 'lifx', role: 'server', peer: localPeer(), protection: 'clear', detail: {} } as const
    expect(finding(check, aDevice().observe('lan', own))).toMatchObject({
      outcome: 'pass',
      reason: "Offers published interfaces: LIFX's LAN protocol; nothing it said was in an unknown protocol.",
    })
    expect(
      finding(
        check,
        aDevice()
          .observe('lan', own)
          .observe('lan', { ...own, protocol: 'wiz' }),
      ),
    ).toMatchObject({
      outcome: 'warn',
      reason: 'Is operated on the local network by a proprietary protocol: WiZ.',
    })
  })

  it('passes on a published standard for local use', () => {
    expect(finding(check, aDevice().observe('mdns.service', matter)).reason).toContain('Matter')
    expect(finding(check, aDevice().service({ protocol: 'mqtt', port: 1883 })).outcome).toBe('pass')
    expect(
      finding(check, aDevice().observe('upnp.device', { deviceType: 'urn:schemas-upnp-org:device:MediaRenderer:1' })).outcome,
    ).toBe('pass')
  })

  it('does not pass on TLS to the maker alone, or on a type that no registry has', () => {
    expect(finding(check, aDevice().endpoint()).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().observe('mdns.service', { ...matter, type: '_maker._tcp.local' })).outcome).toBe(
      'inconclusive',
    )
    expect(finding(check, aDevice().observe('upnp.device', { deviceType: 'urn:Belkin:device:controllee:1' })).outcome).toBe(
      'inconclusive',
    )
  })
})
