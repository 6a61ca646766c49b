import { describe, expect, it } from 'vitest'
import { parseHsts, securityHeaders } from './headers.ts'

describe('Strict-Transport-Security', () => {
  // RFC 6797 section 6.2
  it.each([
    ['max-age=31536000', { maxAge: 31_536_000, includeSubDomains: false, preload: false }],
    ['max-age=15768000 ; includeSubDomains', { maxAge: 15_768_000, includeSubDomains: true, preload: false }],
    ['max-age="31536000"', { maxAge: 31_536_000, includeSubDomains: false, preload: false }],
    ['max-age=0; includeSubDomains', { maxAge: 0, includeSubDomains: true, preload: false }],
    ['INCLUDESUBDOMAINS;preload;Max-Age=1;;future=x', { maxAge: 1, includeSubDomains: true, preload: true }],
  ])('%s', (value, expected) => expect(parseHsts(value)).toEqual(expected))

  it.each([
    '',
    'includeSubDomains',
    'max-age',
    'max-age=x',
    'max-age=-1',
    'max-age=1; max-age=2',
    'max-age=1 2',
    'max-age=1, x=2',
  ])('is nothing to browsers as %j', (value) => expect(parseHsts(value)).toBeUndefined())
})

const GOOD: [string, string][] = [
  ['content-security-policy', "default-src 'self'; frame-ancestors 'none'"],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
]
const csp = (value: string) => securityHeaders([['content-security-policy', value], ...GOOD.slice(1)], '')

describe('security headers', () => {
  it('that are sound are told', () => {
    expect(securityHeaders(GOOD, '')).toEqual({
      present: ['Content-Security-Policy', 'X-Content-Type-Options', 'Referrer-Policy', 'frame-ancestors'],
      missing: [],
      faults: [],
    })
    expect(securityHeaders([], '').missing.length).toBe(4)
  })

  it.each([
    "script-src 'nonce-R4nd0m' 'unsafe-inline' 'strict-dynamic' https:; frame-ancestors 'self'",
    "default-src 'none'; script-src 'self' cdn.example; frame-ancestors a.example",
    "script-src 'sha256-AbCd=' 'unsafe-inline'; frame-ancestors 'none'",
  ])('%s keeps scripts out', (value) => expect(csp(value)).toMatchObject({ missing: [], faults: [] }))

  it.each([
    ["default-src 'self' 'unsafe-inline'; frame-ancestors 'none'", /unsafe-inline/],
    ["default-src *; frame-ancestors 'none'", /anywhere \(\*\)/],
    ["script-src https:; frame-ancestors 'none'", /anywhere \(https:\)/],
    ["img-src 'self'; frame-ancestors 'none'", /nothing of scripts/],
    ["default-src 'self'; frame-ancestors *", /anybody frame/],
    // the first of a name counts
    ["script-src *; script-src 'self'; frame-ancestors 'none'", /anywhere/],
  ])('%s does not', (value, fault) => expect(csp(value).faults.join('; ')).toMatch(fault))

  it('hold together: one policy that is sound is enough', () => {
    expect(csp("default-src *, default-src 'self'; frame-ancestors 'none'").faults).toEqual([])
  })

  it('may stand in the page, but for frames', () => {
    const html = `<head><meta http-equiv="Content-Security-Policy" content="default-src 'self'; frame-ancestors 'none'"></head>`
    expect(securityHeaders(GOOD.slice(1), html)).toMatchObject({ missing: ['frame-ancestors'], faults: [] })
  })

  it('that are wrong are told', () => {
    const of = (name: string, value: string) =>
      securityHeaders([...GOOD.filter(([n]) => n !== name), [name, value]], '').faults.join()
    expect(of('x-content-type-options', 'no')).toMatch(/nosniff/)
    expect(of('referrer-policy', 'unsafe-url')).toMatch(/whole address/)
    expect(of('referrer-policy', 'no-referrer, strict-origin')).toBe('')
    const frames = (value: string) =>
      securityHeaders(
        [
          ['content-security-policy', "default-src 'self'"],
          ['x-frame-options', value],
        ],
        '',
      )
    expect(frames('ALLOW-FROM a.example').faults.join()).toMatch(/DENY/)
    expect(frames('SameOrigin').present).toContain('X-Frame-Options')
  })
})
