import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { identify } from './identity.ts'
import { Knowledge, ownKnowledge } from './knowledge.ts'
import { KnowledgeSchema, patternFault, readKnowledge } from './read-knowledge.ts'

const own = fileURLToPath(new URL('../../knowledge/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'assay-knowledge-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const GOOD = { format: 'assay-knowledge-1', source: 'my flat', licence: 'CC0-1.0' }

function read(content: unknown) {
  const path = join(folder, 'k.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return readKnowledge(path)
}

describe('files of knowledge', () => {
  it('are valid where Assay ships them, each with its source and licence', () => {
    const names = readdirSync(own)
    expect(names.length).toBeGreaterThan(3)
    for (const name of names) {
      const { file } = readKnowledge(join(own, name))
      expect(file.source.length, name).toBeGreaterThan(10)
      expect(file.licence, name).toMatch(/Apache-2\.0/)
    }
  })

  it('have their published schema up to date (else: see docs/identity.md)', () => {
    const published = readFileSync(new URL('../../docs/schema/knowledge-1.json', import.meta.url), 'utf8')
    expect(JSON.parse(published)).toEqual(
      JSON.parse(JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...KnowledgeSchema })),
    )
  })

  it("add to Assay's, and what users say of a thing is heard", () => {
    const { file, sha256 } = read({
      ...GOOD,
      rules: [
        {
          signals: ['dhcp.hostname'],
          pattern: '^gate-(\\d+)$',
          says: { vendor: ['Gatekeeper', 0.97], model: ['Gate $1', 0.95], category: ['lock', 0.96] },
        },
        { signals: ['@names'], domains: ['gate.example'], says: { vendor: ['Gatekeeper', 0.9] } },
      ],
    })
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    const signals = [
      { kind: 'dhcp.hostname', value: 'gate-12', count: 1, frames: [] },
      { kind: 'dns.name', value: 'api.gate.example', count: 1, frames: [] },
    ]
    expect(identify(signals, new Knowledge([...ownKnowledge(), file]))).toMatchObject({
      vendor: 'Gatekeeper',
      model: 'Gate 12',
      category: 'lock',
    })
    expect(identify(signals, new Knowledge(ownKnowledge())).vendor).toBeUndefined()
  })

  it.each([
    ['{', /not JSON/],
    [{ ...GOOD, format: 'assay-knowledge-9' }, /\/format/],
    [{ format: GOOD.format, source: 'x' }, /licence/],
    [{ ...GOOD, rules: [{ signals: ['mac'], is: ['a'], says: { vendor: ['X', 1.5] } }] }, /\/rules\/0\/says\/vendor/],
    [{ ...GOOD, rules: [{ signals: ['mac'], is: ['a'], says: { vendor: ['X', 0.2] } }] }, /\/rules\/0\/says\/vendor/],
    [{ ...GOOD, rules: [{ signals: ['mac'], says: { vendor: ['X', 0.9] } }] }, /\/rules\/0: give one of/],
    [{ ...GOOD, rules: [{ signals: ['mac'], is: ['a'], pattern: 'a', says: { vendor: ['X', 0.9] } }] }, /give one of/],
    [
      { ...GOOD, rules: [{ signals: ['mac'], pattern: '(a+)+$', says: { vendor: ['X', 0.9] } }] },
      /\/rules\/0: the pattern .* for ever/,
    ],
    [{ ...GOOD, rules: [{ signals: ['mac'], pattern: '(', says: { vendor: ['X', 0.9] } }] }, /no regular expression/],
    [{ ...GOOD, rulez: 1, rules: [{ signals: ['mac'], is: ['a'], says: {} }] }, /\/rules\/0\/says/],
    [{ ...GOOD, behaviours: [{ vendor: 'X', runs: 1, habits: { 'sends udp/53 40': 2 } }] }, /2 times in 1 runs/],
  ])('are refused with what is wrong and where: %j', (content, message) => {
    expect(() => read(content)).toThrow(message)
  })

  it('hold patterns only that take linear time, near enough', () => {
    for (const bad of ['(a*)*', '(a|b+)+', '((?:x{2,})y)*', '(?<=a)b', '(a)\\1', 'a*b*c*', '(a{1,9}){2,}'])
      expect(patternFault(bad), bad).toBeDefined()
    // choices between what begins alike, and repeats that may be left out or have an end, are as slow: the first takes ten seconds on 28 letters
    for (const bad of ['^(?:a|a)*$', '^(?:a?a?)+$', '(?:a|ab?){20}$', 'a{0,99}'.repeat(4), 'a?'.repeat(26), '(?:a|a)'.repeat(26)])
      expect(patternFault(bad), bad).toBeDefined()
    for (const good of ['^abc[+*]{2}$', '^(?:a|b)+$', '(ab)+c*', '\\(\\+\\)+', '^.{2,60}$', '(?!x)y', '.*a.*', '[)(*+]*[]|x'])
      expect(patternFault(good), good).toBeUndefined()
  })
})
