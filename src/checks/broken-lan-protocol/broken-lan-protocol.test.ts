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
      reason: 'Takes control by TP-Link Kasa with encryption that is publicly broken from 192.168.1.30, 4 messages.',
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

  it('only warns about who controls others so', () => {
    expect(finding(check, aDevice().observe('lan', { ...kasa, role: 'client' }))).toMatchObject({
      outcome: 'warn',
      severity: 'low',
    })
  })

  it('does not pass on what looks encrypted', () => {
    expect(finding(check, aDevice().observe('lan', { ...kasa, protocol: 'tuya', protection: 'encrypted' })).outcome).toBe(
      'inconclusive',
    )
  })
})
