import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { AskedFact, Probed } from '../probe/run.ts'
import { audit } from './audit.ts'
import { addTargets } from './targets.ts'

const home = fileURLToPath(new URL('../../samples/home.pcapng.gz', import.meta.url))
const CAMERA = '192.168.50.148'

/** Somebody was asked, and answered on port 9. */
function asked(target: Probed['targets'][number], sites: string[] = []): Probed {
  const entry = {
    n: 1,
    at: '2026-11-30T00:00:00.000000Z',
    transport: 'tcp',
    port: 9,
    why: 'asks',
    ms: 1,
    ended: 'silent',
    sent: 0,
    received: 0,
    said: [],
  } as const
  return {
    targets: [target],
    sites,
    began: 1_796_000_000_000_000,
    ended: 1_796_000_001_000_000,
    stopped: false,
    facts: [
      {
        of: target.ip,
        kind: 'probe.service',
        key: 'tcp/9',
        data: { transport: 'tcp', port: 9, protocol: 'discard' },
        at: 1_796_000_000_000_000,
        shown: [{ probe: 0, entry: 1 }],
      },
    ],
    transcript: [{ ...entry, ip: target.ip, said: [] }],
  }
}

const devicesOf = async (probes: Probed[]) => (await audit([home], { threads: 0, probes })).devices

describe('who was asked', () => {
  it('is the device of the capture that has its address, or its hardware address', async () => {
    const alone = await devicesOf([])
    const { macs } = alone.find(({ ips }) => ips.includes(CAMERA))!
    for (const target of [{ ip: CAMERA }, { ip: '192.168.50.99', mac: macs[0]! }]) {
      const devices = await devicesOf([asked(target)])
      expect(devices).toHaveLength(alone.length)
      const { services } = devices.find((d) => d.macs[0] === macs[0])!
      expect(services.find(({ port }) => port === 9)).toMatchObject({
        protocol: 'discard',
        evidence: [{ probe: 0, entries: [1] }],
      })
      // what the capture shows of it is there, too
      expect(services.length).toBeGreaterThan(1)
    }
  })

  it('is a device of its own where the capture does not show it, and has nothing of the others', async () => {
    const alone = await devicesOf([])
    for (const target of [{ ip: '192.168.50.250' }, { ip: '127.0.0.1' }, { ip: '192.168.50.251', mac: '02:00:00:00:00:99' }]) {
      const devices = await devicesOf([asked(target)])
      expect(devices).toHaveLength(alone.length + 1)
      const own = devices.find(({ id }) => id === (target.mac === undefined ? `ip-${target.ip}` : 'mac-020000000099'))!
      expect(own).toMatchObject({ ips: [target.ip], packets: 0, endpoints: [] })
      expect(own.services.map(({ port }) => port)).toEqual([9])
      expect(own.observations.map(({ kind }) => kind)).toEqual(['probe.service'])
    }
  })

  it('is told of a domain once, whichever of its sites led there, and last what was answered last', async () => {
    const probed = asked({ ip: '192.168.50.250' }, ['maker.example', 'www.maker.example'])
    const dns = (dnssec: 'secure' | 'bogus', of: string, at: number): AskedFact => ({
      of,
      kind: 'site.dns',
      key: 'maker.example',
      data: { domain: 'maker.example', dnssec, caa: [], faults: [], unanswered: [] },
      at,
      shown: [{ probe: 0, entry: 1 }],
    })
    const facts = [dns('secure', 'www.maker.example', probed.began + 2), dns('bogus', 'maker.example', probed.began + 1)]
    const devices = await devicesOf([{ ...probed, facts: [...probed.facts, ...facts] }])
    const own = devices.find(({ id }) => id === 'ip-192.168.50.250')!
    const told = own.observations.filter(({ kind }) => kind === 'site.dns')
    expect(told.map(({ data }) => data)).toMatchObject([{ dnssec: 'secure' }])
    const findings = own.findings.filter(({ check }) => check === 'names-protected')
    expect(findings.length).toBe(1)
  })

  it('costs no more for each where there are many', () => {
    const many = 10_000
    const ip = (n: number) => `10.1.${n >> 8}.${n & 255}`
    const first = asked({ ip: ip(0) })
    const facts = Array.from({ length: many }, (_, n) =>
      Array.from({ length: 10 }, (__, k) => ({ ...first.facts[0]!, of: ip(n), key: `tcp/${k}` })),
    ).flat()
    const probe: Probed = { ...first, targets: Array.from({ length: many }, (_, n) => ({ ip: ip(n) })), facts }
    const found = { things: [], network: { devices: new Map() } } as unknown as Parameters<typeof addTargets>[0]
    const began = performance.now()
    const told = addTargets(found, [probe], 0)
    // a second on a machine that does other things; looking each up among all took twenty
    expect(performance.now() - began).toBeLessThan(3000)
    expect(found.things).toHaveLength(many)
    expect(found.network.devices.size).toBe(many)
    expect([...told.values()].every((of) => of.length === 10)).toBe(true)
  })
})
