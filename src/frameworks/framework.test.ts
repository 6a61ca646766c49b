import { describe, expect, it } from 'vitest'
import { checks } from '../checks/index.ts'
import { aCatalog, aControl, aFinding } from '../testing/findings.ts'
import { type Control, type Framework, validated } from './framework.ts'
import { ota25 } from './ota-2.5.ts'
import { frameworkPage } from './page.ts'
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

  it('can settle every principle, and none on traffic alone', () => {
    expect(ota25.controls.filter(({ checks }) => !checks.some(({ role }) => role === 'settles'))).toEqual([])
    const all = checks.map(({ id }) => aFinding({ check: id, outcome: 'pass' }))
    expect(verdictsOf(ota25, all).filter(({ outcome }) => outcome !== 'pass')).toEqual([])
    const seen = all.map((finding) =>
      fromTraffic.includes(finding.check) ? finding : { ...finding, outcome: 'inconclusive' as const },
    )
    expect(verdictsOf(ota25, seen).filter(({ outcome }) => outcome !== 'inconclusive')).toEqual([])
  })

  it('is the page in docs', async () => {
    await expect(frameworkPage(ota25, checks)).toMatchFileSnapshot('../../docs/ota-2.5.md')
  })
})
