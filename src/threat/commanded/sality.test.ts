import { describe, expect, it } from 'vitest'
import { bytesOf } from '../../testing/datagrams.ts'
import { seeded } from '../../testing/seeded.ts'
import { readKrpc } from './mozi.ts'
import { readSality, readSalityRequest } from './sality.ts'

/** id2t's sality_botnet, the datagram to 58.40.150.204:5517. */
const DATAGRAM = '93a92a00d674de22d95a32fd1fb87261fd5e4d8579fedb78049fb62603a9b699facb676c4c397b9b43f4e3d68887'
const read = (b: Uint8Array) => readSality(b, 0, b.length)

describe("Sality's datagrams", () => {
  it('come out under the key that they begin with', () => {
    expect(read(bytesOf(DATAGRAM))).toEqual({ version: 2, list: 59, command: 3 })
  })

  it('are none where the length, or a byte of key or text, is another', () => {
    expect(read(bytesOf(`${DATAGRAM}00`))).toBeUndefined()
    expect(read(bytesOf(DATAGRAM.replace('93a9', '93aa')))).toBeUndefined()
    expect(read(bytesOf(DATAGRAM.replace('d674', 'f674')))).toBeUndefined()
    expect(read(bytesOf('93a90200ffff'))).toBeUndefined()
  })

  it('are not found in noise that tells its length', () => {
    const below = seeded(5)
    let found = 0
    for (let i = 0; i < 20_000; i++) {
      const b = Uint8Array.from({ length: 10 + below(60) }, () => below(256))
      b[2] = b.length - 4
      b[3] = 0
      if (read(b)) found++
    }
    expect(found).toBe(0)
  })
})

describe("Sality's requests", () => {
  const request = (target: string, agent: string) => `GET ${target} HTTP/1.1\r\nUser-Agent: ${agent}\r\nHost: example.org\r\n\r\n`

  it('are known by their agent', () => {
    expect(readSalityRequest(request('/logos.gif?1771c=480140', 'KUKU v5.06exp =7702064424'))).toEqual({
      host: 'example.org',
      path: '/logos.gif',
      agent: 'KUKU v5.06exp =7702064424',
    })
  })

  it('are likely by their counter and its product', () => {
    // 0x1771c × 5 = 480140
    expect(readSalityRequest(request('/logos.gif?1771c=480140', 'Mozilla/4.0'))).toEqual({
      host: 'example.org',
      path: '/logos.gif',
    })
    for (const target of ['/logos.gif?1771c=480141', '/logos.gif?1771c=96030000', '/a?bad=12', '/a?0000=1234', '/a'])
      expect([target, readSalityRequest(request(target, 'Mozilla/4.0'))]).toEqual([target, undefined])
  })
})

describe("a message of BitTorrent's DHT", () => {
  const krpc = (text: string) => {
    const b = Uint8Array.from(text, (c) => c.charCodeAt(0))
    return readKrpc(b, 0, b.length)
  }

  it("is Mozi's where the node's id is", () => {
    expect(krpc(`d1:ad2:id20:88888888${'\u00f1'.repeat(12)}e1:q4:ping1:t2:aa1:y1:qe`)).toBe('mozi')
    expect(krpc(`d1:rd2:id20:88888888${'\u00f1'.repeat(12)}5:nodes4:xxxxe1:t2:aa1:y1:re`)).toBe('mozi')
  })

  it("is another's with another id", () => {
    expect(krpc(`d1:ad2:id20:8888888${'\u00f1'.repeat(13)}e1:q4:ping1:t2:aa1:y1:qe`)).toBe('other')
    expect(krpc('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe')).toBe('other')
  })

  it('is none of other bencoded text', () => {
    expect(krpc('d1:ad6:target20:88888888888888888888e1:q4:pinge')).toBeUndefined()
    expect(krpc('d1:ad2:id20:8888')).toBeUndefined()
    expect(krpc('d8:announce40:http://tracker.example.org/announce....')).toBeUndefined()
  })
})
