import { describe, expect, it } from 'vitest'
import { headEnd, readAnswered, readAsked } from './http-head.ts'

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))
const asked = (text: string) => readAsked(bytes(text), 0, text.length)

describe("a request's head", () => {
  it('says what is asked of whom, without what may be secret', () => {
    expect(asked('GET /bins/x.mips?token=s3cret#y HTTP/1.1\r\nUser-Agent: Wget\r\nHOST: 192.0.2.1:81\r\n\r\n')).toEqual({
      method: 'GET',
      path: '/bins/x.mips',
      host: '192.0.2.1:81',
      agent: 'Wget',
    })
    expect(asked('GET http://192.0.2.1/a HTTP/1.0\r\n\r\n')).toMatchObject({ path: '/a', host: '192.0.2.1', agent: '' })
    expect(asked('GET http://example.org HTTP/1.0\r\n\r\n')).toMatchObject({ path: '/', host: 'example.org' })
  })

  it('is cut where only its first bytes are kept, and none where it is none', () => {
    expect(asked('GET /a HTTP/1.1\r\nHost: exam')).toMatchObject({ path: '/a', host: 'exam' })
    expect(asked('GET /a\r\n\r\n')).toBeUndefined()
    expect(asked('GET /\u0007\u001b[2J HTTP/1.1\r\n\r\n')!.path).toBe('/\ufffd\ufffd[2J')
  })
})

describe("a response's head", () => {
  const answered = (fields: string, status = 200) => readAnswered(`HTTP/1.1 ${status} X\r\n${fields}`)

  it('says how its body ends', () => {
    expect(answered('Content-Length: 12\r\nContent-Type: a/b')).toEqual({
      status: 200,
      length: 12,
      chunked: false,
      whole: true,
      type: 'a/b',
    })
    // RFC 9112, section 6.3: chunks count, whatever the length says
    expect(answered('Content-Length: 12\r\nTransfer-Encoding: gzip, chunked')).toMatchObject({ chunked: true })
    expect(answered('Content-Length: 12\r\nTransfer-Encoding: chunked')).not.toHaveProperty('length')
    expect(answered('Content-Length: -1')).not.toHaveProperty('length')
  })

  it('says whether it is all of the file', () => {
    expect(answered('Content-Range: bytes 0-99/100', 206)).toMatchObject({ whole: true })
    for (const range of ['bytes 0-98/100', 'bytes 1-99/100', 'bytes 0-99/*', 'x'])
      expect(answered(`Content-Range: ${range}`, 206)).toMatchObject({ whole: false })
    expect(answered('Content-Encoding: gzip')).toMatchObject({ whole: false })
  })

  it('ends with an empty line', () => {
    const end = (text: string) => headEnd(bytes(text), 0, text.length)
    expect(end('A\r\nB\r\n\r\nC')).toBe(8)
    expect(end('A\nB\n\nC')).toBe(5)
    expect(end('A\r\nB\r\n\r')).toBe(-1)
    expect(end('A')).toBe(-1)
  })
})
