import { describe, expect, it } from 'vitest'
import { answerable, authorization, challenges } from './digest.ts'

/** RFC 7616, section 3.9.1: both answers to one request. */
const OFFERED = [
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
]
const MUFASA = { user: 'Mufasa', password: 'Circle of Life' }
const CNONCE = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ'

describe('Digest', () => {
  it('answers as RFC 7616 does, by SHA-256 before MD5', () => {
    const [sha, md5] = challenges(OFFERED)
    expect(answerable([md5!, sha!])).toBe(sha)
    const said = (challenge: typeof sha) => authorization(challenge!, MUFASA, 'GET', '/dir/index.html', CNONCE)
    expect(said(md5)).toContain('response="8ca523f5e9506fed4657c9700eebdbec"')
    expect(said(sha)).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"')
  })

  it('answers as RFC 2617 does, and without qop as RFC 2069', () => {
    const [challenge] = challenges([
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    ])
    const pair = { user: 'Mufasa', password: 'Circle Of Life' }
    expect(authorization(challenge!, pair, 'GET', '/dir/index.html', '0a4f113b')).toContain(
      'response="6629fae49393a05397450978507c4ef1"',
    )
    const [old] = challenges(['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'])
    expect(authorization(old!, pair, 'GET', '/dir/index.html')).toContain('response="670fd8c2df070c60b045671b8b24ff02"')
  })

  it('reads several challenges in one header, and leaves what it cannot answer', () => {
    const offered = challenges(['Negotiate, Basic realm="a, b", Digest realm="c", algorithm=SHA-512-256, nonce="n"'])
    expect(offered.map(({ scheme }) => scheme)).toEqual(['negotiate', 'basic', 'digest'])
    expect(answerable(offered)?.parameters.get('realm')).toBe('a, b')
    expect(answerable(challenges(['Bearer']))).toBeUndefined()
  })

  it('ends no line with what a realm says', () => {
    const realm = {
      scheme: 'digest',
      parameters: new Map([
        ['realm', 'a\r\nX: y"'],
        ['nonce', 'n'],
      ]),
    }
    expect(authorization(realm, MUFASA, 'GET', '/')).not.toMatch(/[\r\n]/)
  })
})
