import { describe, expect, it } from 'vitest'
import { checks } from '../checks/index.ts'
import type { Dossier } from '../dossier/dossier.ts'
import { aDevice, aNetwork } from '../testing/device.ts'
import { aFinding } from '../testing/findings.ts'
import { examine, frameworkOf } from './index.ts'
import { verdictsOf } from './verdict.ts'

type Said = Omit<Dossier, 'schema' | 'product'>

/** Verdicts where every check passes but those named, which find what they find in a device of which this is said and known. */
function verdicts(framework: string, looked: readonly string[], device = aDevice()) {
  const found = examine(device.build(), aNetwork())
  const findings = checks.flatMap(({ id }, i) =>
    looked.includes(id)
      ? found[i]!.map((one, n) => aFinding({ ...one, evidence: undefined, check: id, id: `${id}/${n}` } as never))
      : [aFinding({ check: id, id, outcome: 'pass' })],
  )
  return new Map(verdictsOf(frameworkOf(framework)!, findings as never).map(({ control, outcome }) => [control, outcome]))
}

const statements = checks.map(({ id }) => id).filter((id) => id.startsWith('states-'))
const says = (said: Said) => aDevice().declares(said)

describe('a control does not pass on less than it asks', () => {
  it('unique first passwords may be guessed all the same', () => {
    const label = says({ credentials: { used: true, first: 'unique', how: 'The serial number.' } })
    for (const [framework, control] of [
      ['psti', '1(3)'],
      ['en303645', '5.1-2'],
      ['cls', '5.1-2'],
      ['en18031-1', 'AUM-5-1'],
      ['en18031-1', 'AUM-5-2'],
      ['isvs', '2.1.7'],
    ] as const)
      expect([framework, control, verdicts(framework, statements, label).get(control)]).toEqual([
        framework,
        control,
        'inconclusive',
      ])
    const random = says({ credentials: { used: true, first: 'unique', how: 'Drawn at random.', unguessable: true } })
    expect(verdicts('psti', statements, random).get('1(3)')).toBe('pass')
    const counted = says({ credentials: { used: true, first: 'unique', how: 'Counted up.', unguessable: false } })
    expect(verdicts('psti', statements, counted).get('1(3)')).toBe('fail')
    // there is none to be guessed
    const own = says({ credentials: { used: true, first: 'set-by-user', how: 'On first use.' } })
    expect(verdicts('psti', statements, own).get('1(3)')).toBe('not-applicable')
    expect(verdicts('psti', statements, own).get('1(2)')).toBe('pass')
  })

  it('updates that the user must look for are not automatic', () => {
    const manual = says({
      updates: { available: true, how: 'manual', userAction: 'Look for them.', signed: true, checkedOnDevice: true },
    })
    expect(verdicts('ota-2.5', statements, manual).get('6')).toBe('warn')
    for (const [framework, control] of [
      ['en18031-1', 'SUM-3'],
      ['isvs', '3.4.2'],
      ['cra', 'I(2)(c)'],
    ] as const)
      expect([control, verdicts(framework, statements, manual).get(control)]).toEqual([control, 'warn'])
    // that they are said to be so is all that these ask
    expect(verdicts('ota-2.5', statements, manual).get('8')).toBe('pass')
    expect(verdicts('cybertrustmark', statements, manual).get('R3')).toBe('pass')
  })

  it('a password without TLS, or a page, is no encrypted communication', () => {
    const page = { url: 'http://192.168.1.20/', status: 200, login: 'form', headers: [], cookies: [], leaks: [] }
    const device = aDevice()
      .asked('probe.service', 'tcp/80', { transport: 'tcp', port: 80, protocol: 'http' })
      .asked('probe.page', page.url, page)
    for (const [framework, control] of [
      ['en303645', '5.5-1'],
      ['en303645', '5.1-3'],
      ['cra', 'I(2)(e)'],
      ['en18031-1', 'SCM-1'],
      ['en18031-1', 'SCM-3'],
      ['nistir8425', 'DP-3'],
      ['iot-top10', 'I7'],
      ['isvs', '4.1.1'],
      ['isvs', '4.2.1'],
    ] as const)
      expect([framework, control, verdicts(framework, ['pages-encrypted'], device).get(control)]).toEqual([
        framework,
        control,
        'fail',
      ])
  })

  it('a support period that nobody can read is not published', () => {
    const told = says({ support: { provided: true, end: '2030-12-31' } })
    for (const [framework, control] of [
      ['psti', '3(2)'],
      ['en303645', '5.3-13'],
    ] as const)
      expect(verdicts(framework, statements, told).get(control)).toBe('inconclusive')
  })

  it('what a law asks of the manner, the fact does not settle', () => {
    const open = (framework: string) =>
      [...verdicts(framework, [])].filter(([, outcome]) => outcome !== 'pass').map(([control]) => control)
    expect(open('psti')).toEqual(expect.arrayContaining(['2(4)', '3(4)']))
    expect(open('cra')).toEqual(expect.arrayContaining(['I(2)(c)', 'I(2)(g)', 'I(2)(h)']))
    expect(open('en303645')).toEqual(expect.arrayContaining(['6-5']))
    expect(open('en18031-1')).toEqual(expect.arrayContaining(['RLM-1']))
    expect(open('cybertrustmark')).toEqual(expect.arrayContaining(['R1', 'PEA-1']))
    expect(open('iot-top10')).toEqual(['I3'])
    expect(open('isvs')).toEqual(expect.arrayContaining(['2.2.3']))
  })

  it('a signature by whatever algorithm is no current cryptography', () => {
    const signed = says({ updates: { available: true, signed: true, checkedOnDevice: true } })
    expect(verdicts('en303645', [...statements, 'update-signed'], signed).get('5.3-7')).toBe('inconclusive')
    // nor does it say how updates travel
    const way = ['firmware-unprotected', 'undeclared-update-path']
    expect(verdicts('isvs', [...statements, ...way], signed).get('3.4.12')).toBe('inconclusive')
  })

  it('who keeps no passwords may keep other secrets', () => {
    const none = says({ credentials: { used: false }, data: { collected: false } })
    expect(verdicts('en303645', statements, none).get('5.4-1')).toBe('inconclusive')
    expect(verdicts('en18031-1', statements, none).get('SSM-3')).toBe('inconclusive')
  })

  it('TLS that it uses is judged where it serves none', () => {
    const scan = { transport: 'tcp', which: 'all', asked: 1000, open: 0, closed: 1000, silent: 0 } as const
    const device = aDevice().asked('probe.ports', 'tcp', scan).asked('probe.tls-ports', 'x', { speak: [], asked: [] })
    const of = verdicts('isvs', ['services-tls', 'tls-weak'], device)
    expect(of.get('4.1.2')).toBe('inconclusive')
    expect(verdicts('en18031-1', ['services-tls', 'tls-weak'], device).get('CRY-1')).toBe('inconclusive')
  })
})
