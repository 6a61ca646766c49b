import { describe, expect, it } from 'vitest'
import { parseSecurityTxt, rfc3339 } from './security-txt.ts'

const NOW = Date.UTC(2021, 5, 1)
// RFC 9116 section 2.6 and 2.3, with line ends and comments of all kinds
const UNSIGNED = `# Our security address
Contact: mailto:security@example.com

# Our OpenPGP key
Encryption: https://example.com/pgp-key.txt

# Our security policy
Policy: https://example.com/security-policy.html

# Our security acknowledgments page
Acknowledgments: https://example.com/hall-of-fame.html

Expires: 2021-12-31T18:37:07z
`

describe('security.txt', () => {
  it('is read as RFC 9116 writes it', () => {
    expect(parseSecurityTxt(UNSIGNED, NOW)).toEqual({
      contacts: ['mailto:security@example.com'],
      expires: '2021-12-31T18:37:07z',
      policy: ['https://example.com/security-policy.html'],
      encryption: ['https://example.com/pgp-key.txt'],
      canonical: [],
      csaf: [],
      faults: [],
      notes: [],
    })
    expect(parseSecurityTxt(UNSIGNED.replaceAll('\n', '\r\n'), NOW).faults).toEqual([])
  })

  it.each([
    'Contact: tel:+1-201-555-0123',
    'CONTACT: https://example.com/report',
    'Encryption: dns:5d2d37ab76d47d36._openpgpkey.example.com?type=OPENPGPKEY',
    'Encryption: openpgp4fpr:5f2de5521c63a801ab59ccb603d49de44b29100f',
    'Preferred-Languages: en, es, fr',
    'Hiring: https://example.com/jobs.html',
    'Some-Extension: anything, at all',
  ])('may hold %s', (line) => expect(parseSecurityTxt(`${UNSIGNED}${line}\n`, NOW).faults).toEqual([]))

  it.each<[string, string, RegExp]>([
    ['no contact', UNSIGNED.replace(/Contact.*\n/, ''), /no contact/],
    ['a bare address', UNSIGNED.replace('mailto:', ''), /no address \(URI\)/],
    [
      'a page in clear',
      UNSIGNED.replace('https://example.com/security-policy', 'http://example.com/security-policy'),
      /not under https/,
    ],
    ['no end', UNSIGNED.replace(/Expires.*\n/, ''), /until when/],
    ['two ends', `${UNSIGNED}Expires: 2021-11-30T00:00:00Z\n`, /more than once/],
    ['an end that is past', UNSIGNED.replace('2021-12', '2021-01'), /expired on 2021-01-31/],
    ['an end in other words', UNSIGNED.replace('2021-12-31T18:37:07z', 'Thu, 31 Dec 2021 18:37:07 -0700'), /RFC 3339/],
    ['languages twice', `${UNSIGNED}Preferred-Languages: en\nPreferred-Languages: de\n`, /more than once/],
    ['languages that are none', `${UNSIGNED}Preferred-Languages: English & German\n`, /language tags/],
    ['a line that is nothing', `${UNSIGNED}<html>\n`, /neither field nor comment/],
    ['half a signature', `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${UNSIGNED}`, /signature is broken/],
  ])('is told that it has %s', (_, text, fault) => {
    expect(parseSecurityTxt(text, NOW).faults.join('; ')).toMatch(fault)
  })

  it('is told what the RFC recommends', () => {
    expect(parseSecurityTxt(UNSIGNED.replace('2021-12', '2031-12'), NOW)).toMatchObject({
      faults: [],
      notes: [expect.stringContaining('more than a year')],
    })
  })

  it('is bounded', () => {
    const { contacts, faults } = parseSecurityTxt(`Contact: mailto:a@b.example\n`.repeat(100_000), NOW)
    expect(contacts.length).toBe(16)
    expect(faults.join()).toMatch(/more than 1000 lines/)
    expect(JSON.stringify(parseSecurityTxt('\u202e\u0007x\n'.repeat(50), NOW))).not.toMatch(/\u202e|\\u0007/)
  })

  it('knows days', () => {
    expect(rfc3339('2024-02-29T00:00:00Z')).toBe(Date.UTC(2024, 1, 29))
    expect(rfc3339('2024-01-01t00:00:00.5+01:00')).toBe(Date.UTC(2023, 11, 31, 23) + 500)
    for (const bad of [
      '2023-02-29T00:00:00Z',
      '2024-01-01',
      '2024-13-01T00:00:00Z',
      '2024-01-01T25:00:00Z',
      '2024-01-01T00:00:00',
      'x',
    ])
      expect(rfc3339(bad), bad).toBeUndefined()
  })
})
