import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { audit, type Audit } from '../src/index.ts'
import type { Truth } from './truth.ts'

/** `ASSAY_LAB` names another run's folder. */
const folder = process.env['ASSAY_LAB'] ?? fileURLToPath(new URL('../samples', import.meta.url))
const truth = JSON.parse(readFileSync(join(folder, 'home.truth.json'), 'utf8')) as Truth

/**
 * Where the audit is known to be wrong today: "device check". Such a test must fail (vitest's `it.fails`), so that whoever mends the
 * check is told to take the entry out.
 */
const WRONG = new Set<string>([])

/** The truth is the lab's, held by tshark (truth.test.ts): where these two differ, the audit is wrong until the truth is shown to be. */
describe('the audit finds in the sample what is true, and nothing else', () => {
  let result: Audit
  beforeAll(async () => {
    result = await audit([join(folder, truth.capture)])
  })

  it('has the devices of the home, and the gateway is none', () => {
    expect(result.devices.flatMap((d) => d.macs).sort()).toEqual(truth.devices.map((d) => d.mac).sort())
    expect(result.network.gateways.flatMap((g) => g.macs)).toEqual([truth.gateway.mac])
    expect(result.network.resolvers).toContain(truth.resolver)
  })

  it('shows no secret', () => {
    const text = JSON.stringify(result)
    for (const secret of truth.secrets) expect(text).not.toContain(secret)
  })

  for (const device of truth.devices) {
    describe(device.name, () => {
      const seen = (): Audit['devices'][number] => result.devices.find((d) => d.macs.includes(device.mac))!
      const told = (check: string): string =>
        seen()
          .findings.filter((f) => f.check === check)
          .map((f) => `${f.outcome} [${f.about}] ${f.reason}`)
          .join('\n')

      it('has its addresses', () => expect([...seen().ips].sort()).toEqual([...device.ips].sort()))

      it('is what it is, as far as can be known', () => {
        const { vendor, category } = seen().identity
        if (device.vendor) expect(vendor?.toLowerCase()).toContain(device.vendor.toLowerCase())
        // which of the two, with an address made up by software and nothing else to go by, cannot be known
        if (category) expect(category === 'phone or computer' ? ['phone', 'computer'] : [category]).toContain(device.category)
      })

      it('speaks with its endpoints', () => {
        for (const { name, ip, port, transport, protocol } of device.endpoints) {
          const there = seen().endpoints.filter((e) => e.port === port && e.transport === transport && e.ips.includes(ip))
          expect(there.map((e) => [e.name, e.protocol])).toContainEqual([name, protocol])
        }
      })

      it('speaks with nobody else on the Internet', () => {
        const others = seen().endpoints.filter((e) => e.scope === 'internet' && e.initiator === 'device')
        expect(
          others.filter(
            (e) =>
              !device.endpoints.some(
                (d) => d.port === e.port && (e.ips.includes(d.ip) || (d.name !== undefined && d.name === e.name)),
              ),
          ),
        ).toEqual([])
      })

      it('offers its services and no others', () => {
        const list = (of: { transport: string; port: number; protocol: string }[]): string[] =>
          of.map((s) => `${s.transport}/${s.port} ${s.protocol}`).sort()
        expect(list(seen().services)).toEqual(list(device.services))
      })

      for (const { check, outcome, about, says, because } of device.mustFind) {
        it(`finds ${check}: ${because}`, () => {
          const right = seen().findings.filter(
            (f) =>
              f.check === check &&
              outcome.some((o) => o === f.outcome) &&
              (about === undefined || f.about === about) &&
              (says === undefined || f.reason.includes(says)),
          )
          expect(right.length, told(check)).toBeGreaterThan(0)
        })
      }

      for (const { check, outcome, because } of device.mustNotFind) {
        const test = WRONG.has(`${device.name} ${check}`) ? it.fails : it
        test(`does not find ${check}: ${because}`, () => {
          const wrong = seen().findings.filter((f) => f.check === check && outcome.some((o) => o === f.outcome))
          expect(wrong.length, told(check)).toBe(0)
        })
      }

      it('fails and warns of nothing else', () => {
        const bad = seen().findings.filter((f) => f.outcome === 'fail' || f.outcome === 'warn')
        const listed = (f: (typeof bad)[number]): boolean =>
          device.mustFind.some(
            (m) =>
              m.check === f.check && m.outcome.some((o) => o === f.outcome) && (m.about === undefined || m.about === f.about),
          )
        const others = bad.filter((f) => !listed(f) && !WRONG.has(`${device.name} ${f.check}`))
        expect(others.map((f) => `${f.check} [${f.about}] ${f.reason}`)).toEqual([])
      })
    })
  }
})
