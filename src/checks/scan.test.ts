import { describe, expect, it } from 'vitest'
import { aDevice } from '../testing/device.ts'
import { addressOf, scanOf } from './scan.ts'

const at = (...ips: string[]) => aDevice({ ips }).build()

describe('the scan that a reader may run', () => {
  it('names an address that can be typed', () => {
    expect(addressOf(at('fe80::1', '2001:db8::1', '192.0.2.1'))).toBe('192.0.2.1')
    expect(addressOf(at('fe80::1', '2001:db8::1'))).toBe('2001:db8::1')
    expect(addressOf(at('fe80::1'))).toBe('fe80::1')
    expect(addressOf(at())).toBe('ADDRESS')
  })

  it('asks nmap for IPv6 where it must', () => {
    expect(scanOf(at('192.0.2.1'))).toBe('sudo nmap -sS -sU -p T:1-65535,U:1-1024 192.0.2.1')
    expect(scanOf(at('2001:db8::1'))).toContain('nmap -6 ')
  })
})
