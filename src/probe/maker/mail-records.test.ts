import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseDkim } from './dkim.ts'
import { parseDmarc } from './dmarc.ts'
import { matchesMx, parsePolicy } from './mta-sts.ts'
import { isVersion, readTags } from './tags.ts'

describe('DKIM keys', () => {
  it('are read as RFC 6376 (appendix C) and RFC 8463 (appendix A) publish them', () => {
    const rsa =
      'v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt' +
      'IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhi' +
      'tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB'
    expect(parseDkim('brisbane', rsa)).toMatchObject({ keyType: 'rsa', keyBits: 1024, faults: [expect.stringContaining('2048')] })
    const ed = 'v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='
    expect(parseDkim('brisbane', ed)).toMatchObject({ keyType: 'ed25519', keyBits: 256, faults: [] })
  })

  it('may be bare RSA keys, as the RFC says', () => {
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'pkcs1', format: 'der' })
    expect(parseDkim('s', `p=${key.toString('base64')}`)).toMatchObject({ keyBits: 2048, faults: [] })
  })

  it.each([
    ['v=DKIM1; p=', { keyBits: 0, faults: [] }],
    ['v=DKIM1; p=AAAA', { keyBits: 0, faults: [expect.stringContaining('cannot be read')] }],
    ['v=DKIM1; k=dsa; p=AAAA', { keyBits: 0, faults: [expect.stringContaining('cannot be read')] }],
    ['v=DKIM1; k=ed25519; p=AAAA', { keyBits: 0, faults: [expect.stringContaining('cannot be read')] }],
    [
      'v=DKIM1; h=sha1; k=ed25519; t=y:s; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
      { faults: [expect.stringContaining('SHA-256'), expect.stringContaining('test')] },
    ],
  ])('%s', (text, expected) => {
    expect(parseDkim('s', text)).toMatchObject(expected)
  })

  it('are not other texts', () => {
    for (const text of ['v=DKIM2; p=AAAA', 'hello', 'v=DKIM1; k=rsa', 'v=DKIM1; p=A; p=B', ''])
      expect(parseDkim('s', text)).toBeUndefined()
  })
})

describe('DMARC records', () => {
  const of = (text: string, own = true) => parseDmarc(text, '_dmarc.maker.example', own)

  it('are read as RFC 7489 (appendix B) writes them', () => {
    expect(of('v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com; ruf=mailto:auth-reports@example.com')).toMatchObject({
      policy: 'none',
      percent: 100,
      reports: true,
      faults: [],
    })
    const b24 = 'v=DMARC1; p=quarantine; rua=mailto:dmarc-feedback@example.com,mailto:tld-test@thirdparty.example.net!10m; pct=25'
    expect(of(b24)).toMatchObject({ policy: 'quarantine', subdomains: 'quarantine', percent: 25, reports: true, faults: [] })
  })

  it('of the organisation hold for those below it', () => {
    expect(of('v=DMARC1; p=reject; sp=none; rua=mailto:a@b.example', false)).toMatchObject({ policy: 'none' })
    expect(of('v=DMARC1; p=reject; rua=mailto:a@b.example', false)).toMatchObject({ policy: 'reject' })
  })

  it.each([
    ['v=DMARC1; rua=mailto:a@b.example', /no policy/],
    ['v=DMARC1; p=block; rua=mailto:a@b.example', /none of none/],
    ['v=DMARC1; p=reject; pct=half; rua=mailto:a@b.example', /pct/],
    ['v=DMARC1; p=reject; sp=hard; rua=mailto:a@b.example', /sp/],
    ['v=DMARC1; p=reject; rua=a@b.example', /rua/],
    ['v=DMARC1; p=reject; adkim=x; rua=mailto:a@b.example', /adkim/],
    ['v=DMARC1; p=reject', /no reports/],
    ['v=DMARC1; p=reject; p=none', /no list of tags/],
  ])('%s has a fault', (text, fault) => {
    expect(of(text)?.faults.join('; ')).toMatch(fault)
  })

  it('that are broken enforce nothing', () => {
    expect(of('v=DMARC1; p=reject; p=none')).toMatchObject({ policy: 'none' })
    expect(of('v=DMARC1; p=reject; t=y; rua=mailto:a@b.example')).toMatchObject({ percent: 0 })
  })

  it('are not other texts', () => {
    for (const text of ['v=DMARC2; p=reject', 'p=reject; v=DMARC1', 'v=spf1 -all', '']) expect(of(text)).toBeUndefined()
  })
})

describe('MTA-STS policies', () => {
  it('are read as RFC 8461 (section 3.2) writes them', () => {
    const text =
      'version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: backupmx.example.com\r\nmax_age: 604800\r\n'
    expect(parsePolicy(text)).toEqual({
      mode: 'enforce',
      maxAge: 604_800,
      mx: ['mail.example.com', '*.example.net', 'backupmx.example.com'],
      faults: [],
    })
  })

  it.each([
    ['version: STSv2\nmode: enforce\nmx: a.example\nmax_age: 1', /version/],
    ['version: STSv1\nmode: on\nmx: a.example\nmax_age: 1', /mode/],
    ['version: STSv1\nmode: enforce\nmax_age: 1', /no mail server/],
    ['version: STSv1\nmode: enforce\nmx: a.example', /max_age/],
    ['version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 99999999', /max_age/],
    ['<html>', /no field/],
  ])('%j has a fault', (text, fault) => {
    expect(parsePolicy(text).faults.join('; ')).toMatch(fault)
  })

  it('match one label by a star (section 4.1)', () => {
    expect(matchesMx('*.example.net', 'mx.example.net')).toBe(true)
    expect(matchesMx('*.example.net', 'a.mx.example.net')).toBe(false)
    expect(matchesMx('*.example.net', 'example.net')).toBe(false)
    expect(matchesMx('mx.example.net', 'mx.example.net')).toBe(true)
  })
})

describe('tags', () => {
  it('are a list, each once', () => {
    expect([...readTags(' a = 1 ;b=2=3; c=;')!]).toEqual([
      ['a', '1'],
      ['b', '2=3'],
      ['c', ''],
    ])
    for (const bad of ['a', 'a=1; a=2', '=1', 'a b=1']) expect(readTags(bad)).toBeUndefined()
  })

  it('begin with their version', () => {
    expect(isVersion('v=STSv1; id=1', 'STSv1')).toBe(true)
    expect(isVersion('v = STSv1', 'STSv1')).toBe(true)
    expect(isVersion('v=STSv10; id=1', 'STSv1')).toBe(false)
  })
})
