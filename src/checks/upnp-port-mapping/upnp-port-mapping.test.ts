import { describe, expect, it } from 'vitest'
import { aDevice, localPeer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { upnpPortMapping as check } from './upnp-port-mapping.ts'

const asked = {
  role: 'client',
  peer: localPeer({ ip: '192.168.1.1', port: 5000 }),
  service: 'urn:schemas-upnp-org:service:WANIPConnection:1',
  action: 'AddPortMapping',
  externalPort: 50_100,
  internalPort: 50_100,
  mapProtocol: 'UDP',
  internalClient: '192.168.1.20',
} as const

describe('upnp-port-mapping', () => {
  it('fails on a mapping asked for', () => {
    expect(finding(check, aDevice().observe('upnp.action', asked))).toMatchObject({
      outcome: 'fail',
      severity: 'medium',
      reason: 'Asked the router to let the Internet in: UDP 50100 to 192.168.1.20 port 50100 (AddPortMapping).',
    })
  })

  it('fails harder where it opens administration or pictures', () => {
    expect(finding(check, aDevice().observe('upnp.action', { ...asked, internalPort: 554 })).severity).toBe('high')
  })

  it('knows NAT-PMP', () => {
    expect(
      finding(check, aDevice().observe('protocol', { protocol: 'nat-pmp', role: 'client', peer: localPeer(), detail: {} }))
        .outcome,
    ).toBe('fail')
  })

  it('is open on questions, on being asked, and on nothing', () => {
    expect(finding(check, aDevice().observe('upnp.action', { ...asked, action: 'GetExternalIPAddress' })).outcome).toBe(
      'inconclusive',
    )
    expect(finding(check, aDevice().observe('upnp.action', { ...asked, role: 'server' })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice()).outcome).toBe('inconclusive')
  })
})
