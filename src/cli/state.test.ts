import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderJson } from '../report/json.ts'
import { auditFixture } from '../testing/audit-fixture.ts'
import { withThreats } from '../testing/threat-fixture.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
let folder: string

function state(...args: string[]) {
  const env = { ...process.env, NO_COLOR: '1' }
  const run = spawnSync(process.execPath, [main, 'state', ...args], { encoding: 'utf8', cwd: folder, timeout: 60_000, env })
  return { code: run.status, out: run.stdout, err: run.stderr }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-state-'))
  writeFileSync(join(folder, 'monday.json'), renderJson(withThreats(auditFixture())))
  const tuesday = auditFixture()
  tuesday.captures[0]!.sha256 = 'd'.repeat(64)
  writeFileSync(join(folder, 'tuesday.json'), renderJson(tuesday))
  writeFileSync(join(folder, 'none.json'), '{}')
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('assay state', { timeout: 60_000 }, () => {
  it('prints, and writes a page and JSON', () => {
    const run = state('monday.json', 'tuesday.json', '--html', 'state.html', '--json=state.json')
    expect(run).toMatchObject({ code: 0, err: '' })
    expect(run.out).toContain('Signs of attack, 1 critical, 2 high')
    expect(run.out).toContain('Kitchen camera')
    expect(readFileSync(join(folder, 'state.html'), 'utf8')).toContain('state of your things')
    expect(JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'))).toMatchObject({ schema: 'assay-state-1' })
    // a state gives way to a state
    expect(state('monday.json', '--json', 'state.json')).toMatchObject({ code: 0 })
    expect(JSON.parse(state('monday.json', '--json').out)).toMatchObject({ schema: 'assay-state-1' })
  })

  it('never writes over a report', () => {
    const before = readFileSync(join(folder, 'monday.json'), 'utf8')
    expect(state('monday.json', '--json', 'monday.json')).toMatchObject({ code: 2, err: expect.stringContaining('exists') })
    // what looks like a report to read is not taken for a file to write
    expect(state('--json', 'tuesday.json', 'monday.json')).toMatchObject({ code: 2, err: expect.stringContaining('exists') })
    expect(readFileSync(join(folder, 'monday.json'), 'utf8')).toBe(before)
  })

  it.each([
    [[], /missing required argument/],
    [['none.json'], /not a report of assay audit/],
    [['monday.json', '--html', 'state.txt'], /ends in \.html/],
    [['monday.json', '--html', 'no/such/state.html'], /no folder/],
    [['nowhere.json'], /cannot read the report nowhere\.json/],
  ] as const)('%j: %s', (args, says) => {
    const run = state(...args)
    expect(run.code).toBeGreaterThan(1)
    expect(run.err).toMatch(says)
    expect(existsSync(join(folder, 'state.txt'))).toBe(false)
  })
})
