import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checks } from '../checks/index.ts'
import { aCatalog, aControl, aFinding } from '../testing/findings.ts'
import { type Control, type Framework, validated } from './framework.ts'
import { cra } from './cra.ts'
import { en303645 } from './en303645.ts'
import { frameworks } from './index.ts'
import { ota25 } from './ota-2.5.ts'
import { frameworkList, frameworkPage } from './page.ts'
import { psti } from './psti.ts'
import { verdictsOf } from './verdict.ts'

function framework(...controls: Control[]): Framework {
  const decides = new Set(controls.flatMap((control) => control.checks.map(({ id }) => id)))
  return {
    id: 'test',
    ...aCatalog,
    title: 'Test',
    controls,
    informational: checks.map(({ id }) => id).filter((id) => !decides.has(id)),
  }
}

describe('a catalog is refused', () => {
  it.each([
    ['a number given twice', [aControl({ id: '1' }), aControl({ id: '1' })], 'test 1: number given twice'],
    [
      'a check that does not exist',
      [aControl({ checks: [{ id: 'no-such-check', role: 'can-fail' }] })],
      'test 1: no check is called no-such-check',
    ],
    [
      'a check named twice',
      [
        aControl({
          checks: [
            { id: 'trackers', role: 'can-fail' },
            { id: 'trackers', role: 'settles' },
          ],
        }),
      ],
      'test 1: a check is named twice',
    ],
    [
      'a pass on less than is asked',
      [aControl({ checks: [{ id: 'trackers', role: 'settles' }], unseen: 'the rest' })],
      "test 1: has checks that settle it and an 'unseen' part that forbids a pass",
    ],
    ['an unnamed gap', [aControl({ unseen: '' })], "test 1: no check settles it, and 'unseen' does not say what is missing"],
    ['nothing to do next', [aControl({ next: ' ' })], 'test 1: topic and next must be said'],
  ])('for %s', (_, controls, message) => {
    expect(() => validated(framework(...controls), checks)).toThrow(message)
  })

  it('for a check that is forgotten, counted twice or not there', () => {
    const all = checks.map(({ id }) => id)
    expect(() => validated({ ...framework(aControl()), informational: all.slice(1) }, checks)).toThrow(
      `test: ${all[0]} must either decide a control or be informational`,
    )
    const both = { ...framework(aControl({ checks: [{ id: all[0]!, role: 'can-fail' }] })), informational: all }
    expect(() => validated(both, checks)).toThrow(`test: ${all[0]} must either`)
    expect(() => validated({ ...framework(aControl()), informational: [...all, 'no-such-check'] }, checks)).toThrow(
      'test: no check is called no-such-check',
    )
  })

  it('with every fault named', () => {
    expect(() => validated(framework(aControl({ next: '' }), aControl({ unseen: '' })), checks)).toThrow(
      /topic and next[^]*given twice[^]*unseen/,
    )
  })
})

/** Checks that look at traffic and nothing else. */
const fromTraffic = [
  'cleartext-internet',
  'cleartext-local',
  'tls-weak',
  'certificate-not-verified',
  'credentials-in-clear',
  'default-credentials',
  'brute-force-tolerated',
  'attacks-others',
  'dangerous-services',
  'web-without-login',
  'services-offered',
  'reached-from-internet',
  'upnp-port-mapping',
  'broken-lan-protocol',
  'firmware-unprotected',
  'update-traffic-seen',
  'hardcoded-resolver',
  'unauthenticated-time',
  'personal-data-in-clear',
  'trackers',
  'third-parties',
  'unencrypted-dns',
  'names-revealed',
  'hardware-address-revealed',
  'open-standards',
  'countries-contacted',
  'data-footprint',
  'idle-chatter',
]

/** Every check passed. */
const passed = checks.map(({ id }) => aFinding({ check: id, outcome: 'pass' }))

describe.each(frameworks.map((framework) => [framework.id, framework] as const))('%s', (id, framework) => {
  it('says whose it is, from when, where to read it, and what it calls its controls', () => {
    expect(framework.source).toMatch(/^https:\/\/[a-z0-9.-]+\//)
    expect(framework.published).toMatch(/^20\d\d(-\d\d(-\d\d)?)?$/)
    for (const text of [framework.title, framework.version, framework.publisher, framework.word, framework.about])
      expect(text.trim()).not.toBe('')
  })

  it('passes nothing on traffic alone, and all that can be settled when every check passes', () => {
    const seen = passed.map((finding) =>
      fromTraffic.includes(finding.check) ? finding : { ...finding, outcome: 'inconclusive' as const },
    )
    expect(verdictsOf(framework, seen).filter(({ outcome }) => outcome !== 'inconclusive')).toEqual([])
    const open = new Set(framework.controls.filter(({ unseen }) => unseen !== undefined).map((control) => control.id))
    for (const { control, outcome } of verdictsOf(framework, passed))
      expect([control, outcome]).toEqual([control, open.has(control) ? 'inconclusive' : 'pass'])
  })

  it('says of what no check settles who or what would', () => {
    for (const { id, unseen, next, signedBy } of framework.controls)
      if (unseen !== undefined) expect([id, next.length > 10, signedBy === undefined]).toEqual([id, true, false])
  })

  // the first one has its page in docs, which is held above
  if (id !== 'ota-2.5')
    it('is its page in docs/frameworks', async () => {
      await expect(frameworkPage(framework, checks, '../')).toMatchFileSnapshot(`../../docs/frameworks/${id}.md`)
    })
})

it('docs/frameworks.md lists them all', () => {
  const page = readFileSync(new URL('../../docs/frameworks.md', import.meta.url), 'utf8')
  for (const line of frameworkList(frameworks)) expect(page).toContain(line)
})

describe('ETSI EN 303 645', () => {
  // table B.1 of v3.1.3: M mandatory, R recommended, C of a condition, F of a feature
  const TABLE =
    '5.0-1 M, 5.1-1 MF(a), 5.1-2 MF(b), 5.1-2A R, 5.1-3 MF(c), 5.1-4 MF(d), 5.1-5 MCF(14,e), 5.2-1 M, 5.2-2 R, 5.2-3 R, 5.3-1 RF(f), 5.3-2 MC(15), 5.3-3 MF(g), 5.3-4A RF(g), 5.3-4B RF(h), 5.3-5 RF(g), 5.3-6A RF(h), 5.3-6B RF(i), 5.3-7 MF(g), 5.3-8 MC(12), 5.3-9 RF(g), 5.3-10 MF(j), 5.3-11 RC(12), 5.3-12 RC(12), 5.3-13 M, 5.3-14 RC(3), 5.3-15A RC(3), 5.3-15B RC(3), 5.3-16 M, 5.4-1 MF(k), 5.4-2 MF(l), 5.4-3 M, 5.4-4 MF(m), 5.5-1 M, 5.5-2 R, 5.5-3 R, 5.5-4 R, 5.5-5 MF(n), 5.5-6 RF(o), 5.5-7 MF(o), 5.5-8 MC(16), 5.6-1 MF(p), 5.6-2 M, 5.6-3 R, 5.6-4A MF(q), 5.6-4B RF(r), 5.6-5 R, 5.6-6 R, 5.6-7 R, 5.6-8 R, 5.6-9 R, 5.7-1 R, 5.7-2 RF(s), 5.8-1 RF(t), 5.8-2 MF(u), 5.8-3 MF(v), 5.9-1 R, 5.9-2 R, 5.9-3 R, 5.10-1 RF(w), 5.11-1 M, 5.11-2 RF(x), 5.11-3 R, 5.11-4 R, 5.12-1 R, 5.12-2 R, 5.12-3 R, 5.13-1A M, 5.13-1B M, 6-1 M, 6-2 MF(y), 6-3A MF(y), 6-3B MF(y), 6-4 RF(w), 6-5 MF(w), 6-6 MF(z), 6-7 RF(aa), 6-8 RF(z)'

  it('has the provisions, levels and conditions of its conformance statement', () => {
    expect(en303645.controls.map(({ id, mark }) => `${id} ${mark!.replaceAll(' ', '')}`).join(', ')).toBe(TABLE)
    for (const { id, level, mark, appliesWhen } of en303645.controls)
      expect([id, level, appliesWhen !== undefined]).toEqual([
        id,
        mark!.startsWith('M') ? 'required' : 'recommended',
        /[CF]/.test(mark!),
      ])
  })
})

describe('the laws', () => {
  it('have all points of the Cyber Resilience Act, Annex I', () => {
    const letters = Array.from('abcdefghijklm', (letter) => `I(2)(${letter})`)
    const numbers = Array.from({ length: 8 }, (_, i) => `II(${i + 1})`)
    expect(cra.controls.map(({ id }) => id).slice(0, 22)).toEqual(['I(1)', ...letters, ...numbers])
  })

  it('have the three requirements of PSTI', () => {
    expect([...new Set(psti.controls.map((control) => control.block))]).toHaveLength(3)
  })
})

describe('the IoT Trust Framework', () => {
  it('has all 40 principles, in order and in four blocks', () => {
    expect(ota25.controls.map(({ id }) => id)).toEqual(Array.from({ length: 40 }, (_, i) => String(i + 1)))
    const blocks = Map.groupBy(ota25.controls, ({ block }) => block)
    expect([...blocks.values()].map((of) => `${of[0]!.id}-${of.at(-1)!.id}`)).toEqual(['1-12', '13-17', '18-33', '34-40'])
  })

  it('claims a level for 34 and 35 only', () => {
    const known = ota25.controls.filter(({ level }) => level !== 'unknown').map(({ id, level }) => [id, level])
    expect(known).toEqual([
      ['34', 'required'],
      ['35', 'recommended'],
    ])
  })

  it('names only checks that exist, and every check decides something or is said to be informational', () => {
    expect(validated(ota25, checks)).toBe(ota25)
  })

  it('can settle every principle', () => {
    expect(ota25.controls.filter(({ checks }) => !checks.some(({ role }) => role === 'settles'))).toEqual([])
    expect(verdictsOf(ota25, passed).filter(({ outcome }) => outcome !== 'pass')).toEqual([])
  })

  it('is the page in docs', async () => {
    await expect(frameworkPage(ota25, checks)).toMatchFileSnapshot('../../docs/ota-2.5.md')
  })
})
