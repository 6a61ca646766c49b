import { describe, expect, it } from 'vitest'
import { aDevice, aNetwork, localPeer, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { dangerousServices as check } from './dangerous-services.ts'

describe('dangerous-services', () => {
  it.each([
    ['telnet', 23, 'high'],
    ['ftp', 21, 'high'],
    ['adb', 5555, 'high'],
    ['rtsp', 554, 'medium'],
  ] as const)('fails on %s at home', (protocol, port, severity) => {
    expect(finding(check, aDevice().service({ protocol, port }))).toMatchObject({
      outcome: 'fail',
      severity,
      about: `tcp/${port}`,
    })
  })

  it('is one step worse where the Internet reached it', () => {
    expect(
      finding(check, aDevice().service({ protocol: 'telnet', port: 2323 }).endpoint({ initiator: 'peer', port: 2323 })).severity,
    ).toBe('critical')
    expect(
      finding(check, aDevice().service({ protocol: 'rtsp', port: 554 }).endpoint({ initiator: 'peer', port: 554 })).severity,
    ).toBe('high')
    // an answer that nobody asked for: to a forged sender
    const forged = aDevice()
      .service({ protocol: 'rtsp', port: 554, reachedFrom: ['internet'] })
      .endpoint({ initiator: 'peer', port: 554, packetsIn: 0 })
    expect(finding(check, forged).severity).toBe('medium')
  })

  it('knows them on any port by their bytes, and only warns on a port without', () => {
    expect(finding(check, aDevice().service({ protocol: 'telnet', port: 9999 })).outcome).toBe('fail')
    expect(finding(check, aDevice().service({ protocol: '', protection: 'unknown', port: 23 })).outcome).toBe('warn')
    expect(finding(check, aDevice().service({ protocol: 'http', port: 23 })).outcome).toBe('inconclusive')
  })

  it('has no verdict on who would not say what it is', () => {
    const trouble = { probe: 'services', reason: 'it went on for more than 5 seconds', next: 'Ask it again' }
    const silent = () => aDevice().service({ protocol: '', protection: 'unknown', port: 23 })
    for (const about of ['tcp/23', 'all'])
      expect(finding(check, silent().observe('probe.trouble', { ...trouble, about }))).toMatchObject({
        outcome: 'error',
        about: 'tcp/23',
      })
    expect(finding(check, silent().observe('probe.trouble', { ...trouble, about: 'tcp/80' })).outcome).toBe('warn')
  })

  it('does not blame what turned to encryption', () => {
    expect(finding(check, aDevice().service({ protocol: 'ftp', port: 21, protection: 'encrypted' })).outcome).toBe('inconclusive')
  })

  it('gives one finding a service', () => {
    const said = check.run(
      aDevice().service({ protocol: 'telnet', port: 23 }).service({ protocol: 'ftp', port: 21 }).build(),
      aNetwork(),
    )
    expect(said.map(({ about }) => about)).toEqual(['tcp/23', 'tcp/21'])
  })

  it('tells SNMPv3 from its forebears', () => {
    const snmp = (version: string) =>
      aDevice()
        .service({ protocol: 'snmp', transport: 'udp', port: 161 })
        .observe('protocol', { protocol: 'snmp', role: 'server', peer: localPeer(), detail: { version } })
    expect(finding(check, snmp('2c')).outcome).toBe('fail')
    expect(finding(check, snmp('3')).outcome).toBe('inconclusive')
  })

  it('is harder on RTSP that shows pictures to anyone', () => {
    const open = aDevice()
      .service({ protocol: 'rtsp', port: 554 })
      .observe('protocol', { protocol: 'rtsp', role: 'server', peer: localPeer(), detail: { open: 'rtsp://192.168.1.20/live' } })
    expect(finding(check, open)).toMatchObject({ outcome: 'fail', severity: 'high' })
  })

  it('fails on brokers that let anyone in', () => {
    const session = {
      role: 'server',
      peer: localPeer(),
      clientId: 'x',
      version: '3.1.1',
      hasPassword: false,
      result: 'accepted',
    } as const
    expect(finding(check, aDevice().observe('mqtt.session', session))).toMatchObject({
      outcome: 'fail',
      severity: 'high',
      about: 'mqtt',
    })
    expect(finding(check, aDevice().observe('mqtt.session', { ...session, peer: peer() })).severity).toBe('critical')
    expect(finding(check, aDevice().observe('mqtt.session', { ...session, hasPassword: true })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().observe('mqtt.session', { ...session, result: 'not authorized' })).outcome).toBe(
      'inconclusive',
    )
    expect(finding(check, aDevice().observe('mqtt.session', { ...session, role: 'client' })).outcome).toBe('inconclusive')
  })

  it('fails on UPnP actions that change something', () => {
    const action = {
      role: 'server',
      peer: localPeer(),
      service: 'urn:schemas-upnp-org:service:SwitchPower:1',
      action: 'SetTarget',
    } as const
    expect(finding(check, aDevice().observe('upnp.action', action))).toMatchObject({
      outcome: 'fail',
      severity: 'medium',
      about: 'upnp-control',
    })
    expect(finding(check, aDevice().observe('upnp.action', { ...action, action: 'GetStatus' })).outcome).toBe('inconclusive')
  })

  it('fails on machines that obey anyone, and says so once', () => {
    const asked = {
      role: 'server',
      peer: localPeer(),
      protocol: 'modbus',
      deed: 'write',
      operation: 'Write Single Coil',
      outcome: 'done',
      authentication: 'none',
    } as const
    const machine = () => aDevice().service({ protocol: 'modbus', port: 502 })
    expect(finding(check, machine())).toMatchObject({ outcome: 'fail', severity: 'medium', about: 'tcp/502' })
    const said = finding(check, machine().observe('control', asked))
    expect(said).toMatchObject({ outcome: 'fail', severity: 'high', about: 'control-modbus' })
    expect(said.reason).toContain('by Modbus without any log-in: Write Single Coil')
    expect(finding(check, aDevice().observe('control', { ...asked, peer: peer() })).severity).toBe('critical')
    // read only, refused, or by whoever showed who he is; and whoever asks is not to blame
    for (const other of [{ deed: 'read' }, { outcome: 'refused' }, { authentication: 'used' }, { role: 'client' }] as const)
      expect(finding(check, aDevice().observe('control', { ...asked, ...other })).outcome).toBe('inconclusive')
  })

  it('does not blame KNX that is secured', () => {
    const knx = () => aDevice().service({ protocol: 'knxip', transport: 'udp', port: 3671 })
    expect(finding(check, knx())).toMatchObject({ outcome: 'fail', severity: 'medium' })
    const detail = { 'secured services': 'yes' }
    const secured = knx().observe('protocol', { protocol: 'knxip', role: 'server', peer: localPeer(), detail })
    expect(finding(check, secured).outcome).toBe('inconclusive')
  })

  it('takes what it gave when it was asked', () => {
    const gave = { port: 554, what: 'rtsp://192.168.1.20/live: video', gives: 'stream' } as const
    const camera = aDevice()
      .service({ protocol: 'rtsp', port: 554 })
      .observe('probe.interface', { protocol: 'rtsp', ...gave })
    expect(finding(check, camera)).toMatchObject({ outcome: 'fail', severity: 'high', about: 'tcp/554' })
    // the stream of another port is no reason
    const other = aDevice()
      .service({ protocol: 'rtsp', port: 554 })
      .observe('probe.interface', { protocol: 'rtsp', ...gave, port: 8554 })
    expect(finding(check, other).severity).toBe('medium')
    const offers = (protocol: string, gives: 'read' | 'control') =>
      finding(check, aDevice().observe('probe.interface', { protocol, port: 1, what: 'x', gives }))
    expect(offers('mqtt', 'read')).toMatchObject({ outcome: 'fail', severity: 'high', about: 'mqtt' })
    expect(offers('upnp', 'control')).toMatchObject({ outcome: 'fail', severity: 'medium', about: 'upnp-control' })
    expect(offers('upnp', 'read').outcome).toBe('inconclusive')
  })

  it('does not pass because other services answered', () => {
    const said = finding(check, aDevice().service())
    expect(said).toMatchObject({ outcome: 'inconclusive', next: expect.stringContaining('nmap') })
    expect(said.reason).toContain('others may be open')
  })
})
