import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSuricata } from './suricata.ts'
import type { Rule } from './rule.ts'

const one = (rule: string): Rule => {
  const { rules, refused } = readSuricata(rule, 'x.rules')
  expect(refused).toEqual([])
  return rules[0]!
}
const options = (said: string, head = 'alert tcp any any -> any any') => `${head} (msg:"x"; sid:7; ${said})`
const refusal = (rule: string) => readSuricata(rule, 'x.rules').refused[0]

describe('readSuricata', () => {
  it('reads a rule as people write them', () => {
    const { rules, refused } = readSuricata(
      String.raw`# ours
alert http $EXTERNAL_NET any -> $HOME_NET [80,8080:8090,!8085] (msg:"Camera \"X\" takes commands\; in ping"; \
    flow:established,to_server; http.method; content:"POST"; http.uri; content:"/ping.cgi"; startswith; nocase; fast_pattern; \
    http.request_body; content:"host="; content:"|3b|wget"; distance:0; within:40; pcre:"/busybox\s+\w+/Ri"; \
    reference:url,example.com/a; classtype:attempted-admin; metadata:created_at 2026_01_02, mitre_technique_id T1190; sid:1000001; rev:3;)
`,
      'ours.rules',
    )
    expect(refused).toEqual([])
    expect(rules[0]).toMatchObject({
      id: 'sid:1000001',
      title: 'Camera "X" takes commands; in ping',
      severity: 'high',
      techniques: ['T1190'],
      line: 2,
      transport: 'tcp',
      protocols: ['http'],
      from: { some: [], not: ['home'] },
      to: { some: ['home'], not: [] },
      toPorts: {
        some: [
          { least: 80, most: 80 },
          { least: 8080, most: 8090 },
        ],
        not: [{ least: 8085, most: 8085 }],
      },
      way: 'to-server',
      established: true,
      tests: [
        { kind: 'content', in: 'http.method' },
        { in: 'http.uri', offset: 0, depth: 9, nocase: true, fast: true },
        { in: 'http.request_body' },
        { distance: 0, within: 40 },
        { kind: 'pattern', in: 'http.request_body', source: String.raw`busybox\s+\w+`, relative: true, nocase: true },
      ],
    })
    expect(Buffer.from((rules[0]!.tests[3] as { bytes: Uint8Array }).bytes).toString()).toBe(';wget')
  })

  it('reads bytes, escapes and what must not be there', () => {
    const rule = one(options(String.raw`content:!"a|00 FF|\;\"\|b";`))
    expect(rule.tests).toEqual([
      { kind: 'content', in: 'payload', not: true, bytes: Uint8Array.from([0x61, 0, 0xff, 0x3b, 0x22, 0x7c, 0x62]) },
    ])
    expect((one(options('content:"é😀";')).tests[0] as { bytes: Uint8Array }).bytes).toEqual(Uint8Array.from(Buffer.from('é😀')))
  })

  it('reads headers, thresholds, bits and sizes', () => {
    expect(one(options('flags:S,CE; threshold:type both, track by_src, count 30, seconds 60;'))).toMatchObject({
      flags: { value: 2, mask: 0x3f, how: 'equal' },
      threshold: { count: 30, seconds: 60, by: 'source' },
    })
    expect(one(options('flags:SA+;')).flags).toMatchObject({ value: 18, how: 'all' })
    expect(one(options('content:"a"; threshold:type limit, track by_src, count 1, seconds 60;')).threshold).toBeUndefined()
    expect(one(options('content:"a"; detection_filter:track by_dst, count 4, seconds 9;')).threshold).toMatchObject({
      count: 5,
      by: 'target',
    })
    expect(one(options('content:"a"; flowbits:set,in.it; flowbits:noalert;'))).toMatchObject({
      silent: true,
      bits: [{ do: 'set', names: ['in.it'] }],
    })
    expect(one(options('content:"a"; dsize:10<>20;', 'alert udp any any <> 192.0.2.0/24 ![53,5353]'))).toMatchObject({
      size: { least: 11, most: 19 },
      both: true,
      to: { some: ['192.0.2.0/24'], not: [] },
      toPorts: {
        some: [],
        not: [
          { least: 53, most: 53 },
          { least: 5353, most: 5353 },
        ],
      },
    })
    expect(one(options('itype:8; icode:0;', 'alert icmp any any -> any any'))).toMatchObject({ type: { least: 8, most: 8 } })
  })

  it.each([
    ['lua', options('lua:x.lua;'), 'not understood'],
    ['byte_test', options('content:"a"; byte_test:4,>,1000,0;'), 'not understood'],
    ['pcre', options(String.raw`pcre:"/(a)\1/";`), 'a reference back'],
    ['pcre', options('pcre:"/a/K";'), 'flag K'],
    ['flow', options('flow:not_established; content:"a";'), 'not understood'],
    ['flags', options('flags:S; content:"a";'), 'put together'],
    ['dsize', options('dsize:>5; content:"a";'), 'put together'],
    ['distance', options('content:"a"; distance:1;'), 'nothing stands before'],
    ['nocase', options('nocase;'), 'after no content'],
    ['content', options('content:"|0|";'), 'pairs of hexadecimal'],
    ['content', options('content:"";'), 'empty'],
    ['within', options('content:"a"; content:"abc"; within:2;'), 'shorter'],
    [
      'http.stat_code',
      options('http.uri; content:"a"; http.stat_code; content:"2";', 'alert http any any -> any any'),
      'one by one',
    ],
    ['pass', options('content:"a";', 'pass tcp any any -> any any'), 'only alert'],
    ['rdp', options('content:"a";', 'alert rdp any any -> any any'), 'protocol'],
    ['$MY_NET', options('content:"a";', 'alert tcp $MY_NET any -> any any'), 'variable'],
    ['999.1.1.1', options('content:"a";', 'alert tcp 999.1.1.1 any -> any any'), 'no address'],
    ['70000', options('content:"a";', 'alert tcp any 70000 -> any any'), 'no port'],
    ['=>', options('content:"a";', 'alert tcp any any => any any'), 'direction'],
    ['sid', 'alert tcp any any -> any any (msg:"x"; content:"a";)', 'needs one'],
    ['content', 'alert tcp any any -> any any (msg:"x"; sid:1; content:"a', 'action protocol'],
  ])('refuses by name: %s', (keyword, rule, why) => {
    const said = refusal(rule)!
    expect(said.why).toContain(why)
    if (said.keyword !== undefined) expect(said.keyword).toBe(keyword)
    expect(said.line).toBe(1)
  })

  it('goes on after what it does not understand, and tells where that stands', () => {
    const { rules, refused } = readSuricata(`\n\n${options('lua:x;')}\nnonsense\n${options('content:"a";')}`, 'x.rules')
    expect(rules.map((r) => r.line)).toEqual([5])
    expect(refused.map(({ line, id, keyword }) => [line, id, keyword])).toEqual([
      [3, 'sid:7', 'lua'],
      [4, undefined, undefined],
    ])
  })

  it('takes bounded time for what is made to take long', () => {
    const deep = `alert tcp ${'['.repeat(30_000)}any -> any any any (sid:1;)`
    const many = options('content:"a"; '.repeat(4000))
    const long = options(`content:"${'a'.repeat(100_000)}";`)
    const nested = options(`pcre:"/${'('.repeat(900)}a${')+'.repeat(900)}/";`)
    for (const rule of [deep, many, long, nested]) expect(readSuricata(rule, 'x').rules).toEqual([])
  })

  it('never throws, whatever it is given', () => {
    const word = fc.constantFrom(
      'alert',
      'tcp',
      'http',
      'any',
      '->',
      '[',
      ']',
      '!',
      '$HOME_NET',
      '(',
      ')',
      ';',
      ':',
      '"',
      '\\',
      '|',
      'content:',
      'pcre:"/',
      '/R"',
      'msg:"x";',
      'sid:1;',
      'distance:1;',
      'flowbits:',
      'flags:S;',
      'threshold:',
      'track by_src',
      ' ',
      '\n',
      ',',
      '1',
      '99999',
      '__proto__',
      'é',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.boolean(), (words, whole) => {
        const text = whole ? `alert tcp any any -> any any (msg:"x"; sid:1; ${words.join('')})` : words.join('')
        const { rules, refused } = readSuricata(text, 'x')
        expect(rules.length + refused.length).toBeLessThanOrEqual(words.length + 1)
      }),
      { numRuns: 2000 },
    )
  })
})
