import { describe, expect, it } from 'vitest'
import { answerTo, record, txt, wireName } from '../../testing/dns-server.ts'
import { seeded } from '../../testing/seeded.ts'
import { advisoryFaults, parseChanges, parseFeed, parseProvider, readJson } from './csaf.ts'
import { parseDkim } from './dkim.ts'
import { parseDmarc } from './dmarc.ts'
import { parseHsts, securityHeaders } from './headers.ts'
import { question, readMessage, TYPES } from './message.ts'
import { parsePolicy } from './mta-sts.ts'
import { nameBytes } from './name.ts'
import { readCleartext, verifyCleartext } from './openpgp.ts'
import { addressOf, caaOf, dsOf, keyOf, mxOf, nsec3Of, nsecOf, signatureOf, targetOf, textOf, tlsaOf } from './records.ts'
import { parseSecurityTxt } from './security-txt.ts'
import { parseSpf } from './spf.ts'

const CASES = Number(process.env['ASSAY_FUZZ_CASES'] ?? 20_000)

const SIGNED = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

Contact: mailto:a@b.example
-----BEGIN PGP SIGNATURE-----

iHUEARYKAB0WIQQAAAAAAAAAAAAAAAAAAAAAAAAAAAUCZgAAAAAKCRAAAAAAAAAAAAAAAP9a
-----END PGP SIGNATURE-----
`

/** Texts of each kind, to be broken, and what reads them. */
const TEXTS: Record<string, [string, (text: string) => unknown]> = {
  spf: ['v=spf1 +mx a:colo.example.com/28 include:%{d}.x redirect=_spf.example.com exp=x ip6:2001:db8::/32 -all', parseSpf],
  dkim: ['v=DKIM1; k=ed25519; h=sha256; t=y:s; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=', (t) => parseDkim('s', t)],
  dmarc: [
    'v=DMARC1; p=quarantine; sp=none; rua=mailto:a@b.example!10m,mailto:c@d.example; pct=25; adkim=s',
    (t) => parseDmarc(t, '', true),
  ],
  sts: ['version: STSv1\r\nmode: enforce\r\nmx: *.example.net\r\nmax_age: 604800\r\n', parsePolicy],
  hsts: ['max-age="31536000"; includeSubDomains; preload', parseHsts],
  csp: [
    "default-src 'self'; script-src 'nonce-x' 'strict-dynamic' https:; frame-ancestors 'none'",
    (t) => securityHeaders([['content-security-policy', t]], t),
  ],
  html: ['<meta http-equiv="Content-Security-Policy" content="default-src *">', (t) => securityHeaders([], t)],
  securityTxt: [
    '# x\nContact: mailto:a@b.example\nExpires: 2027-01-01T00:00:00Z\nPreferred-Languages: en, de\n',
    (t) => parseSecurityTxt(t),
  ],
  signed: [
    SIGNED,
    (t) => {
      parseSecurityTxt(t)
      const read = readCleartext(t)
      return read && verifyCleartext(read, Buffer.from(t, 'latin1'))
    },
  ],
  changes: [
    '"2020/a.json","2020-07-01T10:09:07Z"\r\n2018/b.json,2018-08-01T10:09:07Z\r\n',
    (t) => parseChanges(t, 'https://a.example/'),
  ],
  json: [
    '{"feed":{"id":"x","entry":[{"updated":"2026-01-01T00:00:00Z","link":[{"rel":"self","href":"x"}]}]},"document":{"tracking":{"id":"x","revision_history":[{"number":"1"}]}},"distributions":[{"rolie":{"feeds":[{"tlp_label":"WHITE","url":"x"}]}}],"publisher":{"name":"x"}}',
    (t) => {
      const json = readJson(t)
      if (json === undefined) return undefined
      parseFeed(json)
      advisoryFaults(json, 'x.json')
      return parseProvider(json, new URL('https://a.example/'))
    },
  ],
}

const PIECES = [
  '',
  ';',
  '=',
  '%',
  '"',
  '\\',
  '\n',
  '\r',
  '\u0000',
  '\u202e',
  '9'.repeat(20),
  '/',
  ':',
  '-',
  '['.repeat(40),
  'é',
  ' '.repeat(50),
]

describe.each(Object.entries(TEXTS))('a broken text of %s', (_, [good, read]) => {
  it('never throws, and takes no time', () => {
    const random = seeded(9116)
    const began = performance.now()
    for (let n = 0; n < CASES / 10; n++) {
      let text = good
      for (let changes = 1 + random(4); changes > 0; changes--) {
        const at = random(text.length + 1)
        text = text.slice(0, at) + PIECES[random(PIECES.length)]! + text.slice(at + random(6))
      }
      read(text)
    }
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  it('that is long takes no time', () => {
    const began = performance.now()
    for (const piece of [...PIECES.filter((p) => p !== ''), good, 'a', 'a ', 'a=b; ', '-----BEGIN PGP ', '<meta ']) {
      read(piece.repeat(Math.ceil(200_000 / piece.length)))
      read(good + piece.repeat(Math.ceil(200_000 / piece.length)))
    }
    expect(performance.now() - began).toBeLessThan(5000)
  })
})

describe('a broken DNS message', () => {
  const q = question(1, 'www.maker.example', TYPES.A, true)!
  const name = Buffer.from([0xc0, 12])
  const good = answerTo(q, {
    records: [
      record(name, TYPES.CNAME, wireName('a.example')),
      record(name, TYPES.MX, Buffer.concat([Buffer.from([0, 10]), wireName('mx.example')])),
      record(name, TYPES.TXT, txt('v=spf1 -all')),
      record(name, TYPES.SOA, Buffer.concat([wireName('ns.example'), wireName('a.example'), Buffer.alloc(20)])),
      record(name, TYPES.RRSIG, Buffer.concat([Buffer.alloc(18, 1), wireName('example'), Buffer.alloc(64)])),
      record(name, TYPES.NSEC, Buffer.concat([wireName('z.example'), Buffer.from([0, 2, 0x40, 1])])),
      record(name, TYPES.NSEC3, Buffer.from([1, 1, 0, 5, 2, 0xaa, 0xbb, 3, 1, 2, 3, 0, 1, 0x40])),
      record(name, TYPES.DNSKEY, Buffer.alloc(40, 1)),
      record(name, TYPES.DS, Buffer.alloc(36, 1)),
      record(name, TYPES.TLSA, Buffer.alloc(35, 1)),
      record(name, TYPES.CAA, Buffer.concat([Buffer.from([0, 5]), Buffer.from('issueca.example')])),
    ],
  })
  const readers = [addressOf, caaOf, dsOf, keyOf, mxOf, nsec3Of, nsecOf, signatureOf, targetOf, textOf, tlsaOf]

  it('is whole before it is broken', () => {
    const message = readMessage(good)!
    expect(message.answers.length).toBe(11)
    expect(message.answers.map(({ name: owner }) => owner)).toEqual(Array.from({ length: 11 }, () => 'www.maker.example'))
    expect(mxOf(message.answers[1]!)).toEqual({ preference: 10, host: 'mx.example' })
    expect(nsecOf(message.answers[5]!)).toEqual({ next: 'z.example', types: new Set([1, 15]) })
    expect(nsec3Of(message.answers[6]!)).toMatchObject({ optOut: true, iterations: 5, types: new Set([1]) })
    expect(caaOf(message.answers[10]!)).toEqual({ critical: false, tag: 'issue', value: 'ca.example' })
  })

  it('never throws, whoever reads it', () => {
    const random = seeded(1035)
    let whole = 0
    for (let n = 0; n < CASES; n++) {
      const bytes = Buffer.from(good.subarray(0, random(8) === 0 ? random(good.length + 1) : good.length))
      for (let changes = 1 + random(4); changes > 0 && bytes.length > 0; changes--) bytes[random(bytes.length)] = random(256)
      const message = readMessage(bytes)
      if (message === undefined) continue
      whole++
      for (const one of [...message.answers, ...message.authorities]) for (const read of readers) read(one)
    }
    expect(whole).toBeGreaterThan(CASES / 10)
    expect(whole).toBeLessThan(CASES)
  })

  it('names come back as they were', () => {
    const random = seeded(4343)
    for (let n = 0; n < 2000; n++) {
      const labels = Array.from({ length: 1 + random(4) }, () =>
        Buffer.from(Array.from({ length: 1 + random(20) }, () => random(256))),
      )
      const wire = Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)])
      const bytes = Buffer.concat([q.subarray(0, 4), Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]), wire, Buffer.from([0, 1, 0, 1])])
      const read = readMessage(bytes)!.question!.name
      const small = Buffer.from(wire.map((b) => b))
      for (let at = 0; small[at] !== 0; at += 1 + small[at]!)
        for (let i = at + 1; i <= at + small[at]!; i++) if (small[i]! >= 65 && small[i]! <= 90) small[i] = small[i]! + 32
      expect(nameBytes(read)).toEqual(small)
    }
  })
})
