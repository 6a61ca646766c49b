import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RuleReader, RulesError } from './read.ts'
import { BUFFERS } from './rule.ts'

const read = (text: string, path = 'mine.yaml') => new RuleReader().parse(Buffer.from(text), path)
const rule = (more: string) =>
  `format: assay-rules-1\nrules:\n  - id: a\n    title: A\n    severity: low\n${more.replaceAll(/^/gm, '    ')}\n`

describe('rules of our own', () => {
  it('are read with all that they may say', () => {
    const { rules, refused } = read(`
format: assay-rules-1
about: The house of an example.
rules:
  - id: hub-talks-telnet
    title: The hub calls telnet on the Internet
    severity: high
    stage: scanning
    says: It has no reason to.
    remedy: Unplug it.
    techniques: [T1046, T1110.001]
    transport: tcp
    direction: from device
    role: client
    peer: internet
    ports: [23, 2323, 8000-8010]
    flags: S
    threshold: { count: 5, seconds: 60, by: source }
  - id: 17
    title: Asks for a name, and says a word
    severity: info
    protocol: http
    direction: either
    name: [Example.com, '*.example.net']
    ja4: t13d1516h2_8daaf6152771_e5627efa2ab1
    content:
      - shell
      - { hex: 7f 45 4c 46, in: http.request_body, offset: 0, depth: 4 }
      - { text: wget, in: http.request_body, nocase: true, distance: 0, within: 100 }
      - { text: 'no', not: true }
    regex: { pattern: 'busy[a-z]+', in: http.request_body, after: true, nocase: true }
`)
    expect(refused).toEqual([])
    expect(rules).toMatchObject([
      {
        id: 'hub-talks-telnet',
        line: 5,
        stage: 'scanning',
        device: 'source',
        role: 'client',
        peer: { some: ['away'], not: [] },
        called: {
          some: [
            { least: 23, most: 23 },
            { least: 2323, most: 2323 },
            { least: 8000, most: 8010 },
          ],
          not: [],
        },
        flags: { value: 2 },
        threshold: { count: 5, seconds: 60, by: 'source' },
      },
      {
        id: '17',
        tests: [
          {},
          { offset: 0 },
          { nocase: true, within: 100 },
          { not: true },
          { kind: 'pattern', relative: true },
          { kind: 'name', domains: ['example.com', 'example.net'] },
          { kind: 'one-of' },
        ],
      },
    ])
    expect(rules[1]!.device).toBeUndefined()
  })

  it.each([
    ['severity: grave\ncontent: a', 'severity'],
    ['contents: a', 'contents'],
    ['', 'content'],
    ['content: { text: a, hex: 00 }', 'content'],
    ['content: { hex: 0 }', 'hex'],
    ['content: { text: a, in: http.urn }', 'in'],
    ['content: { text: a, nocase: 1 }', 'nocase'],
    ['content: { text: a, offset: -1 }', 'offset'],
    ['regex: (a', 'regex'],
    ['ports: 70000', 'ports'],
    ['peer: example', 'peer'],
    ['ja4: abc', 'ja4'],
    ['name: "a b"', 'name'],
    ['content: a\nthreshold: { count: 2 }', 'threshold'],
    ['content: a\nflags: S', 'flags'],
    ['content: a\nstage: gone', 'stage'],
    ['content: a\ntechniques: [1046]', 'techniques'],
    ['size: { min: 3, max: 2 }', 'size'],
  ])('are refused with their line and the field: %s', (more, field) => {
    // a field that is there twice would be no YAML
    const text = more.startsWith('severity') ? rule(more).replace('    severity: low\n', '') : rule(more)
    const { rules, refused } = read(text)
    expect(rules).toEqual([])
    expect(refused).toMatchObject([{ line: 3, keyword: field }])
  })

  it.each([
    ['{', 'neither YAML nor JSON'],
    ['format: assay-rules-2\nrules: []', 'format: assay-rules-1'],
    ['format: assay-rules-1\nrules: 3', 'no list'],
    ['format: assay-rules-1\nrules: []', 'holds no rule'],
    ['format: assay-rules-1\nrulse: []', 'rulse'],
    ['\0', 'no text'],
    [`format: assay-rules-1\nrules: ${'['.repeat(100)}`, 'nested'],
    [`format: assay-rules-1\nrules:\n${'  - a\n'.repeat(60_000)}`, 'more parts'],
    [`format: assay-rules-1\na: &a [x]\nrules: [*a, *a]`, 'refers to parts'],
  ])('a file that is none says why: %#', (text, why) => {
    expect(() => read(text)).toThrow(RulesError)
    expect(() => read(text)).toThrow(why)
  })

  it('are understood as docs/rules.md writes them', () => {
    const page = readFileSync('docs/rules.md', 'utf8')
    const example = /```yaml\n(.*?)```/s.exec(page)![1]!
    const { rules, refused } = read(example)
    expect(refused).toEqual([])
    expect(rules.length).toBeGreaterThan(3)
    for (const buffer of BUFFERS) expect(page).toContain(buffer)
  })

  it('are told apart from those of Suricata by name, or by how they begin', () => {
    expect(read('# c\nalert tcp any any -> any 23 (msg:"a"; sid:1;)', 'noname').format).toBe('suricata')
    expect(read(rule('content: a'), 'noname').format).toBe('assay')
  })

  it('of one name the first is taken, in all files together', () => {
    const reader = new RuleReader()
    const said = Buffer.from('alert tcp any any -> any 23 (msg:"a"; sid:1;)\n')
    expect(reader.parse(said, 'a.rules').rules).toHaveLength(1)
    expect(reader.parse(said, 'b.rules').refused).toMatchObject([
      { line: 1, keyword: 'sid', why: expect.stringContaining('a.rules, line 1') as string },
    ])
  })
})
