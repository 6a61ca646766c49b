import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ListError, parseList } from './list.ts'
import { Lookup } from './lookup.ts'

const read = (text: string) => parseList(Buffer.from(text), 'list')
const values = (text: string) =>
  read(text).listed.map(({ type, value, line, label }) => [type, value, line, ...(label ? [label] : [])])

describe('parseList', () => {
  it('reads a line each', () => {
    expect(
      values(`# feed of an example
192.0.2.1
198.51.100.0/24
2001:DB8:0:0::1
2001:db8:5::/48
Bad.Example.
*.worse.example   # twice seen
0.0.0.0 hosts.example
hxxp://bad[.]example:8080/A?b=1
t13d1516h2_8daaf6152771_e5627efa2ab1
${'AB'.repeat(32)}
${'cd'.repeat(16)}
${'ef'.repeat(20)}
`),
    ).toEqual([
      ['ip', '192.0.2.1', 2],
      ['network', '198.51.100.0/24', 3],
      ['ip', '2001:db8::1', 4],
      ['network', '2001:db8:5::/48', 5],
      ['domain', 'bad.example', 6],
      ['domain', 'worse.example', 7],
      ['domain', 'hosts.example', 8],
      ['url', 'bad.example:8080/A?b=1', 9],
      ['ja4', 't13d1516h2_8daaf6152771_e5627efa2ab1', 10],
      ['sha256', 'ab'.repeat(32), 11],
      ['md5', 'cd'.repeat(16), 12],
      ['sha1', 'ef'.repeat(20), 13],
    ])
  })

  it('reads CSV by its heads, and without', () => {
    expect(values('first_seen,ioc,ioc_type,malware\n2026-01-01,192.0.2.9,ip,"Mirai, loader"\n')).toEqual([
      ['ip', '192.0.2.9', 2, 'Mirai, loader'],
    ])
    expect(values('2026-01-01;bad.example;Mozi\n')).toEqual([['domain', 'bad.example', 1, 'Mozi']])
  })

  it('reads comparisons of STIX, any of several, and says which are more', () => {
    const indicator = (id: number, pattern: string, more: object = {}) => ({
      type: 'indicator',
      id: `indicator--${id}`,
      pattern_type: 'stix',
      pattern,
      ...more,
    })
    const { listed, refused } = read(
      JSON.stringify(
        {
          type: 'bundle',
          objects: [
            { type: 'malware', id: 'malware--1' },
            indicator(1, "[ipv4-addr:value = '192.0.2.4' OR domain-name:value = 'bad.example']", { name: 'C2' }),
            indicator(2, `[file:hashes.'SHA-256' = '${'a1'.repeat(32)}'] OR [url:value = 'http://x.example/a\\'b']`),
            indicator(3, "[ipv4-addr:value ISSUBSET '198.51.100.0/24']"),
            indicator(4, "[ipv4-addr:value = '192.0.2.5' AND network-traffic:dst_port = 23]"),
            indicator(5, "[ipv4-addr:value = '192.0.2.6']", { revoked: true }),
            indicator(6, 'alert tcp', { pattern_type: 'suricata' }),
          ],
        },
        undefined,
        1,
      ),
    )
    expect(listed.map(({ value }) => value)).toEqual([
      '192.0.2.4',
      'bad.example',
      'a1'.repeat(32),
      "x.example/a'b",
      '198.51.100.0/24',
    ])
    expect(listed[0]).toMatchObject({ label: 'C2', line: 10 })
    expect(refused).toHaveLength(2)
    expect(refused[0]!.why).toContain('comparisons for equality')
  })

  it('says what is no indicator, and where', () => {
    expect(read('192.0.2.1\n0.0.0.0/0\nlocalhost\n300.1.1.1\n').refused.map(({ line }) => line)).toEqual([2, 3, 4])
    for (const text of ['', '{"type":"report"}', '{', '\0\0']) expect(() => read(text), text).toThrow(ListError)
    expect(parseList(Buffer.from('192.0.2.1\n192.0.2.2'), 'x', 1).refused).toMatchObject([
      { line: 2, why: expect.stringContaining('room') as string },
    ])
  })

  it('never fails otherwise', () => {
    const word = fc.constantFrom(
      '{',
      '}',
      '"',
      ',',
      ';',
      '\n',
      '\t',
      'ioc',
      '192.0.2.1',
      '/',
      '24',
      'http://',
      'a.example',
      '[.]',
      '::',
      '%',
      '#',
      '\\',
    )
    fc.assert(
      fc.property(fc.array(word), (words) => {
        try {
          const { listed } = read(words.join(''))
          expect(new Lookup(listed).listed).toBe(listed)
        } catch (error) {
          expect(error).toBeInstanceOf(ListError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('Lookup', () => {
  const lookup = new Lookup(
    read('192.0.2.1\n198.51.100.0/24\n198.51.100.128/25\n2001:db8::1\n2001:db8:5::/47\nbad.example\n').listed,
  )
  const value = (at: number | undefined) => (at === undefined ? undefined : lookup.listed[at]!.value)
  const v4 = (ip: string) =>
    value(
      lookup.address(
        ip.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0),
        () => '',
      ),
    )
  const v6 = (ip: string) => value(lookup.address(2 ** 32 + 9, () => ip))

  it('finds addresses, and the narrowest network', () => {
    expect(v4('192.0.2.1')).toBe('192.0.2.1')
    expect(v4('192.0.2.2')).toBeUndefined()
    expect(v4('198.51.100.5')).toBe('198.51.100.0/24')
    expect(v4('198.51.100.200')).toBe('198.51.100.128/25')
    expect(v6('2001:db8::1')).toBe('2001:db8::1')
    expect(v6('2001:db8:4:1::9')).toBe('2001:db8:5::/47')
    expect(v6('2001:db8:6::9')).toBeUndefined()
    expect(v6('(more IPv6 addresses: internet)')).toBeUndefined()
  })

  it('finds names below those that are listed, and no others', () => {
    expect(value(lookup.domain('a.b.bad.example'))).toBe('bad.example')
    expect(lookup.domain('notbad.example')).toBeUndefined()
    expect(lookup.domain('example')).toBeUndefined()
  })
})
