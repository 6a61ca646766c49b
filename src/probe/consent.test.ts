import { describe, expect, it } from 'vitest'
import { isManycast, isPrivate, placeOf, publicOnly, targetsOnly } from './consent.ts'

describe('consent', () => {
  it('knows addresses of own networks, and those of many', () => {
    for (const ip of [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.7.7',
      '127.0.0.1',
      '::1',
      'fe80::1%eth0',
      'fd00::1',
      '::ffff:10.0.0.1',
      '::ffff:a00:1',
    ])
      expect(isPrivate(ip), ip).toBe(true)
    for (const ip of ['8.8.8.8', '172.32.0.1', '2001:db8::1', '::ffff:8.8.8.8', '::ffff:808:808', 'example.com', ''])
      expect(isPrivate(ip), ip).toBe(false)
    for (const ip of [
      '224.0.0.1',
      '239.255.255.250',
      'ff02::1',
      '255.255.255.255',
      '0.0.0.0',
      '::',
      '::ffff:224.0.0.1',
      '::ffff:e000:1',
    ])
      expect(isManycast(ip), ip).toBe(true)
    for (const ip of ['192.168.1.1', 'fe80::1', '100.64.0.1']) expect(isManycast(ip), ip).toBe(false)
  })

  it('asks devices where they were named, and nowhere else', () => {
    const refusal = targetsOnly(['192.168.1.7'])
    expect(refusal('192.168.1.7', 80)).toBeUndefined()
    expect(refusal('192.168.1.8', 80)).toBe('nobody named it')
  })

  it('follows no name of the public side into a private network', () => {
    const refusal = publicOnly(['192.168.1.1', '9.9.9.9:5353'], false)
    expect(refusal('203.0.113.9', 443)).toBeUndefined()
    for (const ip of ['10.0.0.1', '127.0.0.1', '169.254.169.254', '::1', '::ffff:192.168.1.1'])
      expect(refusal(ip, 80), ip).toContain('private network')
    expect(refusal('224.0.0.1', 80)).toContain('many')
    // the resolver of this network answers names, and nothing else is asked of it
    expect(refusal('192.168.1.1', 53)).toBeUndefined()
    expect(refusal('192.168.1.1', 80)).toContain('private network')
    // a private resolver that the user named makes a lab
    expect(publicOnly(['127.0.0.1:5300'], true)('127.0.0.5', 443)).toBeUndefined()
    expect(publicOnly(['9.9.9.9'], true)('127.0.0.5', 443)).toContain('private network')
  })

  it('reads where a resolver is', () => {
    expect(placeOf('192.0.2.1')).toEqual({ ip: '192.0.2.1', port: 53 })
    expect(placeOf('192.0.2.1:5353')).toEqual({ ip: '192.0.2.1', port: 5353 })
    expect(placeOf('[2001:db8::1]:53')).toEqual({ ip: '2001:db8::1', port: 53 })
    expect(placeOf('2001:db8::1')).toEqual({ ip: '2001:db8::1', port: 53 })
  })
})
