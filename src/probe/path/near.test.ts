import { describe, expect, it } from 'vitest'
import { isNear } from './near.ts'

describe('what is near', () => {
  const near = isNear({ v4: ['10.77.1.1/24'], v6: ['fd77:1::1/64'] })

  it.each([
    '10.77.1.9',
    'fd77:1::9',
    '127.0.0.1',
    '127.8.8.8',
    '::1',
    '::',
    '0.0.0.0',
    '169.254.1.1',
    'fe80::1%eth0',
    '224.0.0.251',
    '255.255.255.255',
    'ff02::fb',
    '::ffff:127.0.0.1',
    '::ffff:192.0.2.7',
  ])('is %s', (ip) => expect(near(ip)).toBe(true))

  it.each(['10.77.2.2', '192.0.2.7', '8.8.8.8', '192.168.1.1', '2001:db8::7', 'fd77:2::2', '223.255.255.255'])(
    'is not %s',
    (ip) => expect(near(ip)).toBe(false),
  )
})
