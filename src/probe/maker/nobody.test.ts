import { describe, expect, it } from 'vitest'
import { checks } from '../../checks/index.ts'
import type { DeviceEvidence } from '../../evidence/evidence.ts'
import { aNetwork } from '../../testing/device.ts'
import { answerTo, dnsServer } from '../../testing/dns-server.ts'
import { siteProbes } from '../index.ts'
import { probe } from '../run.ts'

const IDS = [
  'site-https',
  'site-headers',
  'security-txt',
  'advisories-published',
  'mail-authenticated',
  'dmarc-enforced',
  'mail-transport',
  'names-protected',
]

/** What every check of the maker's side says after asking that resolver. */
async function verdicts(resolver: string) {
  const asked = await probe({ targets: [], sites: ['www.maker.example'], ports: [], resolver, refusal: () => undefined })
  const facts = asked.facts.map((f) => ({ ...f, count: 1, bytes: 0, first: f.at, last: f.at, exemplars: f.shown }))
  const device = { of: (kind: string) => facts.filter((f) => f.kind === kind) } as unknown as DeviceEvidence
  return IDS.flatMap((id) => checks.find((check) => check.id === id)!.run(device, aNetwork()))
}

describe('of a maker of whom nothing can be known', () => {
  it('nothing is said where the resolver takes no questions', async () => {
    const server = await dnsServer(() => [])
    server.close()
    const said = await verdicts(server.at)
    expect(said.map(({ outcome }) => outcome)).toEqual(IDS.map(() => 'error'))
    expect(said.every(({ reason }) => reason.includes('takes no questions'))).toBe(true)
  })

  it('nothing is said where the resolver fails', async () => {
    const server = await dnsServer((q) => [answerTo(q, { rcode: 2 })])
    const said = await verdicts(server.at)
    server.close()
    expect(said.map(({ outcome }) => outcome)).toEqual(IDS.map(() => 'error'))
    expect(said.every(({ reason }) => reason.includes('SERVFAIL'))).toBe(true)
    // once that is clear it is not asked a hundred times
    expect(server.asked.length).toBeLessThan(40)
  })

  it('nothing is said where there is no such domain', async () => {
    const server = await dnsServer((q) => [answerTo(q, { rcode: 3 })])
    const said = await verdicts(server.at)
    server.close()
    expect(said.map(({ outcome }) => outcome)).toEqual(IDS.map(() => 'error'))
  })
})

it('what is no host name is trouble, and is not asked', async () => {
  const asked = await probe({ targets: [], sites: ['not a name'], ports: [], resolver: '127.0.0.1:1', refusal: () => undefined })
  expect(asked.transcript).toEqual([])
  expect(asked.facts.map(({ kind }) => kind)).toEqual(siteProbes.map(() => 'probe.trouble'))
})
