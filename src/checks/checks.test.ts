import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { aDevice, aNetwork } from '../testing/device.ts'
import { checksPage } from './page.ts'
import { checks } from './index.ts'
import { statements } from './statements/statements.ts'

const here = new URL('.', import.meta.url)
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

describe('the list of checks', () => {
  it('has every folder, once', () => {
    const alone = checks.filter((check) => !statements.includes(check))
    expect([...alone.map(({ id }) => id), 'statements'].toSorted()).toEqual(folders.toSorted())
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length)
  })

  it.each(folders)('%s has definition and test', (folder) => {
    expect(readdirSync(new URL(folder, here))).toEqual(expect.arrayContaining([`${folder}.ts`, `${folder}.test.ts`]))
  })

  it('is the page in docs', async () => {
    await expect(checksPage()).toMatchFileSnapshot('../../docs/checks.md')
  })
})

const devices = {
  'nothing known': aDevice({ ips: [] }).watched(0).build(),
  'a day of silence': aDevice().watched(24).build(),
  'packets that nobody answered': aDevice()
    .endpoint({ answered: 0, protocol: '', protection: 'unknown', bytesIn: 0, packetsIn: 0 })
    .build(),
}

describe.each(Object.entries(devices))('on %s', (_, device) => {
  it.each(checks.map((check) => [check.id, check] as const))(
    '%s neither passes nor fails, and says what would settle it',
    (_, check) => {
      const said = check.run(device, aNetwork({ resolvers: [], gateways: [] }))
      expect(said.length).toBeGreaterThan(0)
      for (const finding of said) {
        expect(['inconclusive', 'not-applicable']).toContain(finding.outcome)
        if (finding.outcome === 'inconclusive') expect(finding.next?.length ?? 0).toBeGreaterThan(10)
        expect(finding.severity).toBe('info')
        expect(finding.reason).toMatch(/^[A-Z].*\.$/)
      }
    },
  )
})

describe.each(checks.map((check) => [check.id, check] as const))('%s', (id, check) => {
  it('is named in kebab case and says everything in sentences', () => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    for (const text of [check.looksFor, check.why, check.remedy, check.passNeeds]) expect(text).toMatch(/\S.{20,}\.$/)
    expect(check.title).toMatch(/^\S.*[^.]$/)
  })
})
