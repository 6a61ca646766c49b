import { describe, expect, it } from 'vitest'
import { aDevice, aNetwork, localPeer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { brokenLanProtocol as check } from './broken-lan-protocol.ts'

const kasa = { protocol: 'kasa', role: 'server', peer: localPeer(), protection: 'broken', detail: {} } as const

describe('broken-lan-protocol', () => {
  it('fails on control that anyone can have', () => {
    expect(finding(check, aDevice().observe('lan', kasa, { count: 4 }))).toMatchObject({
      outcome: 'fail',
      severity: 'high',
      about: 'kasa',
      reason:
        'Anyone on the network can control it: it speaks TP-Link Kasa, which has encryption that is publicly broken. 192.168.1.30 did, 4 messages.',
    })
  })

  it('gives one finding a protocol', () => {
    const said = check.run(
      aDevice()
        .observe('lan', kasa)
        .observe('lan', { ...kasa, protocol: 'wemo', protection: 'clear' })
        .build(),
      aNetwork(),
    )
    expect(said.map(({ about }) => about)).toEqual(['kasa', 'wemo'])
  })

  it('says what an announcement shows, and that a readable password keeps out only who does not listen', () => {
    const lamp = { ...kasa, protocol: 'yeelight', protection: 'clear' } as const
    const group = localPeer({ ip: '239.255.255.250', scope: 'multicast' })
    expect(finding(check, aDevice().observe('lan', { ...lamp, peer: group }, { count: 2 })).reason).toBe(
      'Anyone on the network can control it: it speaks Yeelight LAN control, which has no encryption. It announces that to everyone, 2 messages.',
    )
    const node = { ...kasa, protocol: 'esphome', protection: 'clear', detail: { password: 'required' } } as const
    expect(finding(check, aDevice().observe('lan', node)).reason).toMatch(
      /^Whoever listens on the network can control it: it speaks the ESPHome API, /,
    )
    expect(finding(check, aDevice().observe('lan', { ...node, protection: 'encrypted', detail: {} })).outcome).toBe(
      'inconclusive',
    )
  })

  it('leaves who controls others to what is found of those, and knows a broadcast', () => {
    const asks = { ...kasa, role: 'client' } as const
    expect(finding(check, aDevice().observe('lan', asks))).toMatchObject({
      outcome: 'inconclusive',
      reason:
        'Controls 192.168.1.30 by TP-Link Kasa, without real protection: the thing that obeys answers for that. Nobody was seen to control this one.',
    })
    for (const ip of ['192.168.1.255', '255.255.255.255'])
      expect(finding(check, aDevice().observe('lan', { ...asks, peer: localPeer({ ip }) })).reason).toMatch(
        /^Asked everyone on the network by TP-Link Kasa, /,
      )
    // a mask other than /24: somebody has that address
    const taken = aNetwork({ deviceOf: () => 'mac-1' })
    expect(
      check.run(
        aDevice()
          .observe('lan', { ...asks, peer: localPeer({ ip: '10.0.0.255' }) })
          .build(),
        taken,
      )[0]?.reason,
    ).toMatch(/^Controls 10\.0\.0\.255 /)
  })

  it('does not pass on what looks encrypted', () => {
    expect(finding(check, aDevice().observe('lan', { ...kasa, protocol: 'tuya', protection: 'encrypted' })).outcome).toBe(
      'inconclusive',
    )
  })
})
