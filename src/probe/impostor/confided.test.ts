import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { confided } from './confided.ts'

const SECRET = 'Xq7-Correct-Horse'
const said = (text: string) => confided(Buffer.from(text.replaceAll('SECRET', SECRET)))

describe('what was confided', () => {
  it.each([
    ['GET /up?key=SECRET&n=1 HTTP/1.1', 'GET /up?key=X…(17)&n=1 HTTP/1.1'],
    ['GET / HTTP/1.1\r\nAuthorization: Bearer SECRET\r\nHost: x', 'GET / HTTP/1.1 | Authorization: Bearer X…(17) | Host: x'],
    ['GET / HTTP/1.1\r\nCookie: sid=SECRET; theme=dark', 'GET / HTTP/1.1 | Cookie: s…(33)'],
    ['GET / HTTP/1.1\r\nX-Device-Token: SECRET', 'GET / HTTP/1.1 | X-Device-Token: X…(17)'],
    ['{"id":7, "wifiPassword": "SECRET", "on":true}', '{"id":7, "wifiPassword": X…(17), "on":true}'],
    ["{'pin': 'SECRET'}", "{'pin': X…(17)}"],
    ['<psk>SECRET</psk>', '<psk>X…(17)</psk>'],
    ['user=anna&passwd=SECRET', 'user=a…(4)&passwd=X…(17)'],
    ['GET http://anna:SECRET@maker.example/ HTTP/1.1', 'GET http://a…(22)@maker.example/ HTTP/1.1'],
    ['a1 LOGIN anna SECRET', 'a1 LOGIN anna X…(17)'],
    ['PASS SECRET', 'PASS X…(17)'],
    ['AUTH PLAIN SECRET', 'AUTH PLAIN X…(17)'],
    ['passcode:SECRET', 'passcode:X…(17)'],
  ])('masks the secret of %s', (text, shown) => {
    expect(said(text)).toEqual({ text: shown, secret: true })
  })

  it('masks what is as long and mixed as no word, wherever it stands', () => {
    expect(said('GET /v1/eyJhbGciOiJIUzI1NiJ9abc/state HTTP/1.1').text).toBe('GET /v1/e…(23)/state HTTP/1.1')
  })

  it('shows what is no secret as it is', () => {
    const text =
      'POST /v1/state HTTP/1.1 | Host: api.maker.example | User-Agent: lamp/1.2 | Content-Type: application/json | {"on":true}'
    expect(said(text.replaceAll(' | ', '\r\n'))).toEqual({ text, secret: false })
  })

  it('shows nothing of a protocol that it does not know', () => {
    const bytes = Buffer.from(`\u0000\u0001\u0002\u0003user\u0000${SECRET}\u0000`)
    expect(confided(bytes)).toEqual({ text: '27 bytes of a protocol that is not known', secret: false })
  })

  it('takes whatever comes, in time', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 5000 }), fc.string({ unit: 'grapheme-ascii', maxLength: 5000 })), (any) => {
        const { text } = confided(Buffer.from(any as string))
        expect(text.length).toBeLessThanOrEqual(300)
        // oxlint-disable-next-line no-control-regex
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
      }),
      { numRuns: 300 },
    )
    for (const hostile of [
      'key'.repeat(20_000),
      '"'.repeat(60_000),
      'a.'.repeat(30_000),
      '<key '.repeat(10_000),
      '://'.repeat(20_000),
    ]) {
      const began = performance.now()
      confided(Buffer.from(hostile))
      expect(performance.now() - began).toBeLessThan(500)
    }
  })
})
