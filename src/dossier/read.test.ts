import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, describe, expect, it } from 'vitest'
import { DossierSchema } from './dossier.ts'
import { DossierError, parseDossier, type Problem, readDossier } from './read.ts'
import { template } from './template.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-dossier-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const HEAD = 'schema: assay-dossier-1\nproduct: { vendor: Example, model: Cam 2 }\n'

function problems(text: string | Uint8Array): readonly Problem[] {
  try {
    parseDossier(typeof text === 'string' ? Buffer.from(text) : text)
  } catch (error) {
    if (error instanceof DossierError) return error.problems
    throw error
  }
  return []
}

describe('a dossier', () => {
  it('is YAML or JSON, and says the same in both', () => {
    const yaml = `${HEAD}support:\n  end: 2030-12-31 # promised\nupdates: { signed: false, hosts: [u.example.com] }\n`
    const json = JSON.stringify(
      {
        updates: { hosts: ['u.example.com'], signed: false },
        support: { end: '2030-12-31' },
        product: { model: 'Cam 2', vendor: 'Example' },
        schema: 'assay-dossier-1',
      },
      null,
      '\t',
    )
    const one = parseDossier(Buffer.from(yaml))
    expect(one).toEqual(parseDossier(Buffer.from(json)))
    expect(one.dossier.updates?.signed).toBe(false)
    expect(one.dossier.support?.end).toBe('2030-12-31')
  })

  it('has its published schema up to date (else: assay schema dossier > docs/schema/dossier-1.json)', () => {
    const published = JSON.parse(readFileSync(new URL('../../docs/schema/dossier-1.json', import.meta.url), 'utf8')) as object
    expect(published).toEqual(
      JSON.parse(JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...DossierSchema })),
    )
    // another reader of JSON Schema takes it, and judges alike
    const valid = new Ajv2020({ strict: true, allErrors: true }).compile(published)
    const { value } = parseDossier(Buffer.from(filled()))
    expect(valid(value), JSON.stringify(valid.errors)).toBe(true)
    expect(valid({ ...(value as object), suport: {} })).toBe(false)
  })

  it('may share parts by aliases, a few', () => {
    const { dossier } = parseDossier(
      Buffer.from(`${HEAD}responsible:\n  manufacturer: &us { name: Example Ltd }\n  dataController: *us\n`),
    )
    expect(dossier.responsible?.dataController?.name).toBe('Example Ltd')
  })

  it('holds no text that could steer a terminal: line ends become spaces, controls are replaced', () => {
    const { dossier, value } = parseDossier(
      Buffer.from(
        `schema: assay-dossier-1\nproduct: { vendor: "Ex\\u202eample\\u001b[31m", model: Cam }\npairing:\n  how: |\n    press\n    the button\n`,
      ),
    )
    expect(dossier.product.vendor).toBe('Ex\uFFFDample\uFFFD[31m')
    expect(dossier.pairing?.how).toBe('press the button')
    // what a signature is over stays as it was written
    expect((value as typeof dossier).product.vendor).toContain('\u202e')
  })

  it('tells every mistake with its place, its line, and what there is', () => {
    expect(
      problems(
        'schema: assay-dossier-1\nproduct:\n  vendor: 1\npenetrationTest: {}\nupdates:\n  how: sometimes\nsupport:\n  end: 2026-02-30\n  start: soon\nservices:\n  - { transport: tcp, port: 70000, purpose: web }\n',
      ),
    ).toMatchObject([
      { at: '/product', line: 2, what: 'it lacks model' },
      { at: '/product/vendor', line: 3, what: expect.stringContaining('no text') as string },
      {
        at: '/penetrationTest',
        line: 4,
        unknown: { name: 'penetrationTest', known: expect.arrayContaining(['penetrationTests']) as string[] },
      },
      { at: '/updates/how', line: 6, what: '"sometimes" is not one of automatic, approved, manual, undisclosed' },
      { at: '/support/end', line: 8, what: '2026-02-30 is in no calendar' },
      { at: '/support/start', line: 9, what: expect.stringContaining('when the period begins') as string },
      { at: '/services/0/port', line: 11 },
    ])
  })

  it.each([
    ['', /it is empty/],
    ['# nothing\n', /it is empty/],
    ['- 1\n', /a list is no object/],
    ['{ "schema": "assay-dossier-1", ', /neither YAML nor JSON/],
    [`${HEAD}---\n${HEAD}`, /neither YAML nor JSON/],
    [`${HEAD}mud: !!js/function x\n`, /neither YAML nor JSON.*tag/i],
    [`%YAML 1.1\n---\n${HEAD}reset: { possible: yes }\n`, /\/reset\/possible: "yes" is no true or false/],
    [`%YAML 1.1\n---\n${HEAD}reset: &r { possible: true }\npairing: { <<: *r }\n`, /\/pairing\/<<: there is no such field/],
    [`${HEAD}sites: [a.example]\nsites: [b.example]\n`, /\/sites: it stands there twice/],
    [`${HEAD}1: x\n`, /name is no text/],
    [`${HEAD}? [a]\n: b\n`, /name is no text/],
    [HEAD.replace('dossier-1', 'dossier-9'), /assay-dossier-9.*is not assay-dossier-1/],
    [`${HEAD}pairing: { confirmed: true, how: … }\n`, /\/pairing\/how: it is still to be filled in/],
    [`${HEAD}pairing: { how: "\\ud83d" }\n`, /\/pairing\/how: it holds half of a character/],
    [`${HEAD}updates: { available: false, how: automatic }\n`, /\/updates\/how: .*says that there are none/],
    [`${HEAD}data: { collected: false, inventory: [{ what: a, why: b }] }\n`, /\/data\/inventory: /],
    [`${HEAD}thirdParties: { any: false, parties: [{ name: a, purpose: b }] }\n`, /\/thirdParties\/parties: /],
    [`${HEAD}support: { start: 2026-01-01, end: 2025-01-01 }\n`, /\/support\/end: it lies before/],
    // it could not be signed
    [`${HEAD}updates: { keys: [{ kty: OKP, x: .inf }] }\n`, /\/updates\/keys\/0\/x: it is no number of JSON/],
    [`${HEAD}updates: { keys: [{ kty: OKP, x: 1e999 }] }\n`, /\/updates\/keys\/0\/x: it is no number of JSON/],
    [`${HEAD}services: [{ transport: tcp, port: 10, to: 9, purpose: x }]\n`, /\/services\/0\/to: the range ends/],
    [`${HEAD}regions: { countries: [Germany] }\n`, /\/regions\/countries\/0: "Germany" cannot be/],
    [`${HEAD}policies: { privacy: { url: "javascript:alert(1)" } }\n`, /\/policies\/privacy\/url/],
    [`${HEAD}updates: { keys: [1] }\n`, /\/updates\/keys\/0: "1" is nothing that may stand here/],
  ])('refuses %j', (text, message) => {
    expect(() => parseDossier(Buffer.from(text))).toThrow(message)
  })

  it('is read from a file of bounded size', () => {
    const path = join(folder, 'maker.yaml')
    writeFileSync(path, HEAD)
    expect(readDossier(path)).toMatchObject({ path, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string })
    writeFileSync(path, `${HEAD}${'#'.repeat(1 << 20)}`)
    expect(() => readDossier(path)).toThrow('larger than 1 MiB')
    // what has no size and no end
    expect(() => readDossier('/dev/zero')).toThrow('larger than 1 MiB')
    expect(() => readDossier(folder)).toThrow(/EISDIR/)
    expect(() => parseDossier(Uint8Array.of(0xff, 0xfe, 0x41))).toThrow('not UTF-8')
  })
})

/** A mebibyte made to hurt, and what is said of it. Some took minutes before they were bounded. */
const MEBI = 1 << 20
const HOSTILE: readonly (readonly [name: string, text: () => string, said: RegExp])[] = [
  ['lists in lists', () => '['.repeat(MEBI), /nested deeper|parts/],
  ['objects in objects', () => '{a: '.repeat(MEBI / 4), /nested deeper/],
  ['levels by indentation', () => Array.from({ length: 1400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), /nested deeper/],
  ['lists in lists by dashes', () => '- '.repeat(MEBI / 2), /nested deeper/],
  ['keys in keys', () => '? '.repeat(MEBI / 2), /nested deeper/],
  [
    'levels just below what is refused at once',
    () => Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    /levels deep/,
  ],
  ['very many keys', () => Array.from({ length: 120_000 }, (_, i) => `a${i}:`).join('\n'), /parts/],
  ['as many keys as pass', () => Array.from({ length: 24_000 }, (_, i) => `a${i}:`).join('\n'), /a0: there is no such field/],
  ['very many comments', () => '#\n'.repeat(MEBI / 2), /parts/],
  ['very many commas', () => `[${','.repeat(MEBI - 2)}]`, /parts/],
  ['very many errors', () => ']\n'.repeat(MEBI / 2), /parts/],
  ['very many documents', () => '---\n'.repeat(MEBI / 4), /parts/],
  [
    'very many anchors and aliases',
    () => `${Array.from({ length: 40_000 }, (_, i) => `- &a${i} 1`).join('\n')}\n${'- *a1\n'.repeat(40_000)}`,
    /anchors/,
  ],
  ['very many aliases', () => `a: &a [1]\nb: [${'*a,'.repeat(20_000)}]`, /aliases/],
  [
    'a billion laughs',
    () =>
      `a: &a [1,1,1,1,1,1,1,1,1]\n${Array.from('bcdefghij', (c, i) => `${c}: &${c} [${Array.from({ length: 9 }, () => `*${'abcdefghij'[i]}`).join()}]`).join('\n')}`,
    /aliases/,
  ],
  ['an alias within its own anchor', () => `${HEAD}sites: &a [*a]\n`, /levels deep/],
  ['an alias to nothing', () => `${HEAD}sites: *nothing\n`, /neither YAML|aliases/],
  ['one text of a mebibyte', () => `${HEAD}pairing: { how: ${'x'.repeat(MEBI - 200)} }\n`, /\/pairing\/how/],
  ['one key of a mebibyte', () => `${HEAD}"${'k'.repeat(MEBI - 200)}": 1\n`, /neither YAML/],
  ['text that never ends', () => `${HEAD}pairing: { how: "${'x\n '.repeat(300_000)}`, /neither YAML/],
  ['the prototype', () => `${HEAD}__proto__: { polluted: true }\n`, /\/__proto__: there is no such field/],
  ['the prototype below', () => `${HEAD}support: { __proto__: { end: 2030-01-01 } }\n`, /\/support\/__proto__/],
  ['the constructor', () => `${HEAD}constructor: { prototype: { polluted: true } }\n`, /\/constructor: there is no such field/],
  ['merge keys', () => `${HEAD}support: { "<<": { end: 2030-01-01 } }\n`, /\/support\/<<: there is no such field/],
]

describe('a hostile dossier', () => {
  it.each(HOSTILE)('of %s is refused in bounded time', (_, text, said) => {
    const begun = performance.now()
    expect(() => parseDossier(Buffer.from(text()))).toThrow(said)
    // a few times what the slowest takes here; unbounded it was minutes
    expect(performance.now() - begun).toBeLessThan(8000)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('with one field a hundred times is told of twenty', () => {
    expect(problems(`${HEAD}updates:\n${'  how: manual\n'.repeat(100)}`)).toHaveLength(20)
  })

  it('says what is wrong in a text that is safe to print and not long', () => {
    for (const text of [`${HEAD}"\\u202e\\u001b[2J": 1\n`, `${HEAD}pairing: { how: "\\u202e", confirmed: "\\u001b" }\n`])
      for (const { at, what, unknown } of problems(text))
        expect(`${at} ${what} ${unknown?.name}`).toMatch(/^[^\p{Cc}\u202a-\u202e]{5,600}$/u)
    expect(problems(`${HEAD}${Array.from({ length: 500 }, (_, i) => `x${i}: 1\n`).join('')}`)).toHaveLength(20)
  })
})

describe('the template', () => {
  it('checks as it is', () => {
    expect(problems(template())).toEqual([])
  })

  it('has every field of the schema; with all of them on, only what nobody filled in is left', () => {
    const all = uncommented()
    const left = problems(all)
    expect(left.length).toBeGreaterThan(0)
    for (const { what } of left) expect(what).toBe('it is still to be filled in')
    expect(problems(filled())).toEqual([])
    const { value } = parseDossier(Buffer.from(filled()))
    expect(missing(DossierSchema as Schema, value)).toEqual([])
  })
})

/** The template with every field on. Its prose begins with '# ' at the margin. */
function uncommented(): string {
  return template()
    .split('\n')
    .filter((line) => !/^# \S/.test(line))
    .map((line) => line.replace(/^#/, ''))
    .join('\n')
}

function filled(): string {
  return uncommented().replaceAll('…', 'text')
}

interface Schema {
  properties?: Record<string, Schema>
  items?: Schema
}

function missing(schema: Schema, value: unknown, at = ''): string[] {
  if (schema.items !== undefined) return missing(schema.items, (value as unknown[])[0], `${at}/0`)
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    typeof value === 'object' && value !== null && name in value
      ? missing(inner, (value as Record<string, unknown>)[name], `${at}/${name}`)
      : [`${at}/${name}`],
  )
}
