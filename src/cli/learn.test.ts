import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawnSync } from 'node:child_process'
import { afterAll, describe, expect, it } from 'vitest'
import type { Audit } from '../report/model.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const sample = fileURLToPath(new URL('../../samples/home.pcapng.gz', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'assay-learn-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The lab's sensor: it says nothing of what it is. */
const SENSOR = '5c:cf:7f:25:35:4b'

function assay(args: string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, XDG_CONFIG_HOME: join(folder, 'none'), ...env },
  })
}

function identityOf(audit: string) {
  const { devices, knowledge } = JSON.parse(audit) as Audit
  return { knowledge, ...devices.find((d) => d.macs[0] === SENSOR)!.identity }
}

describe('assay learn', () => {
  const learnt = join(folder, 'sensor.json')

  it('learns a model from captures, and the audit knows it by that', () => {
    expect(identityOf(assay(['audit', sample, '--json', '-']).stdout)).toMatchObject({ confidence: 0 })
    const args = [
      'learn',
      sample,
      '--device',
      SENSOR.toUpperCase(),
      '--vendor',
      'Airsense',
      '--model',
      'AQ1',
      '--category',
      'sensor',
      '-o',
      learnt,
    ]
    const { status, stdout } = assay(args)
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/Learnt \d+ habits from 1 capture/) as string,
    })
    const got = identityOf(assay(['audit', sample, '--json', '-', '--knowledge', learnt]).stdout)
    expect(got).toMatchObject({ vendor: 'Airsense', model: 'AQ1', category: 'sensor' })
    expect(got.knowledge).toEqual([
      {
        path: learnt,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        source: expect.stringContaining(SENSOR) as string,
        licence: expect.any(String) as string,
      },
    ])
    // what is there is not overwritten
    expect(assay(args)).toMatchObject({ status: 2, stderr: expect.stringContaining('there already') as string })
  })

  it("takes the user's folder of knowledge without being told", () => {
    const config = join(folder, 'config')
    const at = join(config, 'assay', 'knowledge')
    spawnSync('mkdir', ['-p', at])
    writeFileSync(join(at, 'mine.json'), readFileSync(learnt))
    expect(identityOf(assay(['audit', sample, '--json', '-'], { XDG_CONFIG_HOME: config }).stdout)).toMatchObject({
      vendor: 'Airsense',
    })
  })

  it('says what is wrong, and what to do', () => {
    const bad = join(folder, 'bad.json')
    writeFileSync(bad, '{"format":"assay-knowledge-1","source":"x"}')
    expect(assay(['audit', sample, '--knowledge', bad])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/bad\.json: cannot be taken as knowledge: .*licence[\s\S]*identity\.md/) as string,
    })
    expect(assay(['audit', sample, '--knowledge', join(folder, 'gone.json')])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no such file') as string,
    })
    const to = ['--vendor', 'X', '-o', join(folder, 'x.json')]
    expect(assay(['learn', sample, '--device', 'nonsense', ...to])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('not a hardware address') as string,
    })
    expect(assay(['learn', sample, '--device', '00:11:22:33:44:55', ...to])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(SENSOR) as string,
    })
    expect(assay(['learn', main, '--device', SENSOR, ...to])).toMatchObject({ status: 3 })
    expect(assay(['schema', 'nothing'])).toMatchObject({ status: 2 })
  })
})
