import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderJson } from '../report/json.ts'
import type { Audit } from '../report/model.ts'
import { judgedFixture } from '../testing/judged-audit.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const capture = fileURLToPath(new URL('../../samples/home.pcapng.gz', import.meta.url))
let folder: string

/** The command as a shell runs it, in a folder of its own that holds r.json, a report. */
function assay(...args: string[]) {
  const env = { ...process.env, NO_COLOR: '1' }
  const run = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: folder, timeout: 60_000, env })
  return { code: run.status, out: run.stdout, err: run.stderr }
}

const text = (file: string) => readFileSync(join(folder, file), 'utf8')

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-frameworks-'))
  writeFileSync(join(folder, 'r.json'), renderJson(judgedFixture()))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('frameworks on the command line', { timeout: 60_000 }, () => {
  it.each([
    [
      ['audit', capture, '--framework', 'en303654'],
      /no framework 'en303654'[^]*Did you mean: en303645[^]*There are: ota-2\.5, en303645/,
    ],
    [['export', 'r.json'], /nothing to export to[^]*--csv/],
    [['export', 'r.json', '--csv', 'r.pcap'], /--csv r\.pcap[^]*ends in \.csv/],
    [['export', 'r.json', '--sarif', 'no/such/r.sarif'], /no folder[^]*mkdir/],
    [['audit', capture, '--quiet', '--oscal', '/proc/assay'], /cannot (?:make|write) \/proc\/assay/],
    [['audit', capture, '--oscal', 'r.json'], /r\.json: it is a file[^]*folder/],
    [['statement', 'r.json', '--framework', 'psti', '-o', 'r.txt'], /-o r\.txt[^]*\.md or \.docx/],
    [['statement', 'r.json', '--framework', 'pst', '-o', 'r.md'], /no framework 'pst'[^]*Did you mean: psti/],
    [
      ['statement', 'r.json', '--framework', 'psti', '-o', '-', '--device', '192.0.2.8'],
      /no device '192\.0\.2\.8'[^]*Did you mean: 192\.0\.2\.7/,
    ],
  ])('%j is wrong usage (2): what, and what to do', (args, said) => {
    const { code, out, err } = assay(...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(said)
  })

  it('lists the frameworks and tells one, also as JSON', () => {
    expect(assay('frameworks').out).toMatch(/^ota-2\.5 +40 principles, 40 can be settled/)
    expect(assay('frameworks', 'psti').out).toMatch(/settled by [^]*\(default-login\)/)
    const told = JSON.parse(assay('frameworks', 'psti', '--json').out) as { controls: { id: string }[] }
    expect(told.controls.map(({ id }) => id)).toContain('3(2)')
    expect(assay('frameworks', '--crosswalk', 'c.html')).toMatchObject({ code: 0, err: '' })
    expect(text('c.html')).toMatch(/^<!doctype html>/)
    expect(assay('frameworks', '--crosswalk', 'c.txt').err).toMatch(/ends in \.html/)
  })

  it('judges by those that are named, the first of which grades, and writes it in other forms: the same as from its JSON', () => {
    const forms = (name: string) => ['--oscal', name, '--sarif', `${name}.sarif`, '--csv', `${name}.csv`]
    const by = ['--framework', 'psti', '--framework', 'cra', '--framework', 'psti']
    const { code, out, err } = assay('audit', capture, ...by, '--json', 'home.json', ...forms('one'))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/ of 9\s+requirements could be judged/)
    expect(out).toContain('EU Cyber Resilience Act, Annex I and Article 14: 27 requirements')
    expect(out).toContain(join(folder, 'one.sarif'))
    const audit = JSON.parse(text('home.json')) as Audit
    expect(audit.frameworks.map(({ id, word }) => [id, word])).toEqual([
      ['psti', 'requirement'],
      ['cra', 'requirement'],
    ])
    for (const { verdicts, grade } of audit.devices) expect([verdicts.length, grade.applicable]).toEqual([9 + 27, 9])
    expect(assay('export', 'home.json', ...forms('two'))).toMatchObject({ code: 0, err: '' })
    for (const file of ['.csv', '.sarif', '/catalog-cra.json', '/catalog-psti.json', '/profile.json', '/assessment-results.json'])
      expect(text(`two${file}`)).toBe(text(`one${file}`))
    const several = assay('statement', 'home.json', '--framework', 'psti', '-o', '-')
    expect(several).toMatchObject({ code: 2, out: '' })
    expect(several.err).toMatch(/holds 10 devices[^]*--device: mac-/)
  })

  it('exports no report that was judged by another version of a framework', () => {
    writeFileSync(join(folder, 'old.json'), text('r.json').replace('"Regulation (EU) 2024/2847"', '"another"'))
    const { code, err } = assay('export', 'old.json', '--oscal', 'three')
    expect(code).toBe(3)
    expect(err).toMatch(/judges by cra another[^]*Audit again/)
  })

  it('fills in a statement for a device, as Markdown or DOCX', () => {
    const { code, out } = assay('statement', 'r.json', '--framework', 'psti', '-o', '-')
    expect(code).toBe(0)
    expect(out).toMatch(/^# Statement of compliance \(UK PSTI\)/)
    const word = assay('statement', 'r.json', '--framework', 'en303645', '-o', 's.docx', '--device', '02:00:00:00:00:01')
    expect(word.out).toMatch(/A person must still sign for \d+\./)
    expect(readFileSync(join(folder, 's.docx')).subarray(0, 2).toString()).toBe('PK')
  })
})
