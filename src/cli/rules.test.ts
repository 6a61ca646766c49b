import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'assay-rules-'))
const main = resolve('src/cli/main.ts')

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return name
}

function assay(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { code: status, out: stdout, err: stderr }
}

const good = 'alert tcp any any -> any any (msg:"g"; content:"abc"; sid:1;)\n'
const bad = 'alert tcp any any -> any any (msg:"b"; lua:x; sid:2;)\n'
const home = resolve('samples/home.pcapng.gz')

describe('assay rules check', { timeout: 30_000 }, () => {
  it('says how much is understood, and what not and why', () => {
    expect(assay('rules', 'check', file('good.rules', good), '--indicators', file('good.txt', '192.0.2.1\n'))).toEqual({
      code: 0,
      out: 'good.rules: 1 of 1 rules understood\n\ngood.txt: 1 of 1 indicators understood\n',
      err: '',
    })
    expect(assay('rules', 'check', file('bad.rules', good + bad))).toEqual({
      code: 1,
      out: 'bad.rules: 1 of 2 rules understood, 1 not\n  line 2 (sid:2): lua: a keyword that is not understood\n',
      err: '',
    })
    expect(JSON.parse(assay('rules', 'check', 'bad.rules', '--json').out)).toEqual({
      files: [
        {
          path: 'bad.rules',
          kind: 'rules',
          understood: 1,
          refused: [{ line: 2, id: 'sid:2', keyword: 'lua', why: 'a keyword that is not understood' }],
        },
      ],
    })
  })

  it('says what is wrong with a file as a whole, and what to do', () => {
    expect(assay('rules', 'check', 'missing.rules')).toMatchObject({
      code: 2,
      err: expect.stringContaining('missing.rules: cannot be taken as rules: no such file') as string,
    })
    expect(assay('rules', 'check')).toMatchObject({ code: 2, err: expect.stringContaining('no file is named') as string })
  })
})

describe('assay audit with rules', { timeout: 60_000 }, () => {
  it('goes on without those of others that are not understood, and says so', () => {
    file('mixed.rules', good + bad)
    const { code, err } = assay('audit', home, '--rules', 'mixed.rules', '--quiet')
    expect(code).toBe(0)
    expect(err).toBe(
      'assay: mixed.rules: 1 of 2 rules are not understood, and not looked for\n  line 2: lua: a keyword that is not understood\n  assay rules check mixed.rules lists them all\n',
    )
  })

  it('ends at a mistake in rules of our own, and at lists that are none', () => {
    file('mine.yaml', 'format: assay-rules-1\nrules:\n  - { id: a, title: A, severity: low, contnet: x }\n')
    expect(assay('audit', home, '--rules', 'mine.yaml')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^assay: mine\.yaml, line 3: contnet: there is no such field/) as string,
    })
    file('none.txt', 'no indicator at all\n')
    expect(assay('audit', home, '--indicators', 'none.txt')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^assay: none\.txt, line 1: .*\n {2}docs\/rules\.md/) as string,
    })
  })
})
