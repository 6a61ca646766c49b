import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameworks } from '../../src/frameworks/index.ts'
import { ota25 } from '../../src/frameworks/ota-2.5.ts'
import { verdictsOf } from '../../src/frameworks/verdict.ts'
import type { Audit, AuditDevice } from '../../src/report/model.ts'
import { type Maker, makers, things } from './names.ts'

const root = process.platform === 'linux' && process.getuid?.() === 0
const missing = root ? ['nft', 'named', 'dnsmasq', 'tcpdump', 'telnetd', 'curl'].filter((name) => !found(name)) : []
const why = root
  ? missing.length > 0
    ? `needs ${missing.join(', ')}: sh lab/setup.sh`
    : ''
  : 'needs root on Linux: sudo npm test'

function found(name: string): boolean {
  return ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((dir) => existsSync(join(dir, name)))
}

/** Every principle passes once and fails once, from what was seen, asked and declared: nothing here is made by hand. */
describe.skipIf(why !== '')(`the twins (${why || 'in namespaces'})`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'assay-twins-'))
  const audits = {} as Record<Maker, Audit>
  const devices = {} as Record<Maker, AuditDevice>

  beforeAll(async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('run.ts', import.meta.url)), '--out', dir], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-4000)))
    const code = await new Promise((done) => child.on('exit', done))
    expect(code, said).toBe(0)
    for (const maker of makers) {
      audits[maker] = JSON.parse(readFileSync(join(dir, `${maker}.json`), 'utf8')) as Audit
      devices[maker] = audits[maker].devices.find(({ ips }) => ips.includes(things[maker].ip))!
    }
  }, 300_000)
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const verdict = (maker: Maker, control: string) => devices[maker].verdicts.find((v) => v.control === control)!
  const findings = (maker: Maker, ids: readonly string[]) => devices[maker].findings.filter(({ id }) => ids.includes(id))

  it.each(ota25.controls.map(({ id, topic }) => [id, topic]))('principle %s passes and fails: %s', (id) => {
    const good = verdict('sound', id)
    expect(good.outcome, good.reason).toBe('pass')
    const bad = verdict('poor', id)
    expect(['fail', 'warn'], bad.reason).toContain(bad.outcome)
    for (const [maker, { findings: ids }] of [
      ['sound', good],
      ['poor', bad],
    ] as const) {
      expect(ids.length).toBeGreaterThan(0)
      for (const { evidence, reason } of findings(maker, ids)) expect(evidence.length, reason).toBeGreaterThan(0)
    }
  })

  it('has grades that say so', () => {
    expect([devices.sound.grade.letter, devices.sound.grade.settled]).toEqual(['A', 40])
    expect([devices.poor.grade.letter, devices.poor.grade.settled]).toEqual(['F', 40])
  })

  it('finds nothing bad in the sound one, and no question went wrong', () => {
    const bad = devices.sound.findings.filter(({ outcome }) => outcome === 'fail' || outcome === 'warn' || outcome === 'error')
    expect(bad.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([])
  })

  it.each(frameworks.map((framework) => [framework.id, framework]))(
    'by %s, too, finds nothing bad in the one and nothing good in the other',
    (_, framework) => {
      const outcomes = (maker: Maker) => new Set(verdictsOf(framework, devices[maker].findings).map(({ outcome }) => outcome))
      const good = outcomes('sound')
      expect(good).toContain('pass')
      for (const bad of ['fail', 'warn', 'error'] as const) expect(good).not.toContain(bad)
      const poor = outcomes('poor')
      expect(poor).toContain('fail')
      expect(poor).not.toContain('pass')
    },
  )

  it('holds the poor maker to its word, each time with a packet or an answer', () => {
    const lies = devices.poor.findings.filter((f) => f.contradiction)
    expect(new Set(lies.map(({ check }) => check))).toEqual(
      new Set([
        'ports-declared',
        'states-app-authentication',
        'states-encryption-in-transit',
        'states-offline-behaviour',
        'states-unique-passwords',
        'undeclared-country',
        'undeclared-data',
        'undeclared-third-party',
        'undeclared-update-path',
      ]),
    )
    for (const { evidence, reason } of lies) {
      expect(
        evidence.some((e) => 'frames' in e || 'entries' in e),
        reason,
      ).toBe(true)
      expect(
        evidence.some((e) => 'places' in e),
        reason,
      ).toBe(true)
    }
  })

  it('every pointer leads somewhere', () => {
    for (const maker of makers) {
      const { captures, probes = [], documents = [] } = audits[maker]
      for (const { evidence, id } of devices[maker].findings)
        for (const e of evidence) {
          if ('frames' in e)
            expect(
              e.frames.every((n) => n <= captures[e.capture]!.packets),
              id,
            ).toBe(true)
          else if ('entries' in e)
            expect(
              e.entries.map((n) => probes[e.probe]!.transcript[n - 1]?.n),
              id,
            ).toEqual(e.entries)
          else expect(documents[e.document], id).toBeDefined()
        }
    }
  })

  it('shows no password', () => {
    for (const maker of makers) {
      const text = readFileSync(join(dir, `${maker}.json`), 'utf8')
      for (const secret of ['kVm3-9xQp-77Lw', 'xc3511']) expect(text).not.toContain(secret)
    }
  })
})
