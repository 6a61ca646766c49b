import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { openWithoutLogin as check } from './open-without-login.ts'

const closed = { protocol: 'telnet', port: 23, transport: 'tcp', scheme: 'prompt', tried: 4, refused: 4 } as const
const service = { transport: 'tcp', port: 23, protocol: 'telnet' } as const
const open = (gives: 'shell' | 'control' | 'stream' | 'read', what: string) => ({
  ...closed,
  scheme: 'none',
  tried: 0,
  refused: 0,
  open: { gives, what },
})

describe('open-without-login', () => {
  it.each([
    ['shell', 'fail', 'critical'],
    ['control', 'fail', 'high'],
    ['stream', 'fail', 'high'],
    ['read', 'warn', 'low'],
  ] as const)('%s for anybody is %s, %s', (gives, outcome, severity) => {
    expect(finding(check, aDevice().asked('probe.login', 'telnet tcp/23', open(gives, 'something')))).toMatchObject({
      outcome,
      severity,
      assurance: 'probed',
      reason: 'Telnet on tcp/23 gives anybody something, without a log-in.',
    })
  })

  it('hears of interfaces, too, but not of what announces itself', () => {
    const relay = { protocol: 'kasa', port: 9999, what: 'a relay', gives: 'control' } as const
    expect(finding(check, aDevice().asked('probe.interface', 'kasa', relay))).toMatchObject({ outcome: 'fail', severity: 'high' })
    const announced = { protocol: 'mdns', port: 5353, what: 'its name', gives: 'read' } as const
    expect(finding(check, aDevice().asked('probe.interface', 'mdns', announced)).outcome).toBe('inconclusive')
  })

  it('tells once of a service of which two probes know', () => {
    const broker = { ...open('control', 'its message broker'), protocol: 'mqtt', port: 1883 }
    const topics = { protocol: 'mqtt', port: 1883, what: 'a broker that shows every topic', gives: 'read' } as const
    const both = aDevice().asked('probe.login', 'mqtt tcp/1883', broker).asked('probe.interface', 'mqtt tcp/1883', topics)
    expect(finding(check, both)).toMatchObject({
      outcome: 'fail',
      severity: 'high',
      reason: 'MQTT on tcp/1883 gives anybody its message broker, without a log-in. A broker that shows every topic.',
      evidence: [{ entry: 1 }, { entry: 2 }],
    })
  })

  it('passes only where every open port was asked', () => {
    const asked = aDevice().asked('probe.service', 'tcp/23', service).asked('probe.login', 'telnet tcp/23', closed)
    expect(finding(check, asked)).toMatchObject({ outcome: 'pass', assurance: 'probed' })
    const resolver = { transport: 'udp', port: 53, protocol: 'dns' } as const
    expect(finding(check, asked.asked('probe.service', 'udp/53', resolver)).outcome).toBe('pass')
    const more = asked.asked('probe.service', 'tcp/9000', { transport: 'tcp', port: 9000, protocol: '' })
    expect(finding(check, more)).toMatchObject({
      outcome: 'inconclusive',
      reason: 'Nobody is let in by Telnet on tcp/23; what tcp/9000 (unknown) gives to anybody is not known.',
    })
  })

  it('does not arise where every port is closed, and is open where none answers', () => {
    const ports = { transport: 'tcp', asked: 330, open: 0, closed: 330, silent: 0, which: '330 ports' } as const
    expect(finding(check, aDevice().asked('probe.ports', 'tcp', ports)).outcome).toBe('not-applicable')
    expect(finding(check, aDevice().asked('probe.ports', 'tcp', { ...ports, closed: 0, silent: 330 })).outcome).toBe(
      'inconclusive',
    )
    expect(finding(check, aDevice().asked('probe.ports', 'tcp', { ...ports, closed: 329, silent: 1 })).outcome).toBe(
      'inconclusive',
    )
  })

  it('is open where few ports were asked, and an error where the scan could not tell what is open', () => {
    const few = { transport: 'tcp', asked: 1, open: 0, closed: 1, silent: 0, which: '9' } as const
    expect(finding(check, aDevice().asked('probe.ports', 'tcp', few)).outcome).toBe('inconclusive')
    const trouble = { probe: 'scan', about: 'tcp', reason: 'It takes connections on every port.', next: 'Ask from elsewhere.' }
    const tarpit = aDevice()
      .asked('probe.login', 'snmp udp/161', { ...closed, protocol: 'snmp', port: 161, transport: 'udp', scheme: 'community' })
      .asked('probe.trouble', 'scan tcp', trouble)
    expect(finding(check, tarpit).outcome).toBe('error')
  })

  it('says what did not answer', () => {
    const trouble = { probe: 'logins', about: 'telnet tcp/23', reason: 'It said nothing.', next: 'Ask it again, this alone.' }
    const device = aDevice().asked('probe.service', 'tcp/23', service).asked('probe.trouble', 'logins telnet tcp/23', trouble)
    expect(finding(check, device)).toMatchObject({ outcome: 'error', reason: 'Telnet on tcp/23: It said nothing.' })
    // that a pair had no clear answer is no matter here
    expect(finding(check, device.asked('probe.login', 'telnet tcp/23', closed)).outcome).toBe('pass')
  })
})
