import { describe, expect, it } from 'vitest'
import { relate } from './related.ts'

const threat = (device: string, peer?: string, ...indicators: [type: string, value: string][]) => ({
  id: `${device}/recruitment`,
  device,
  steps: [
    {
      ...(peer === undefined ? {} : { peer: { ip: peer } }),
      indicators: indicators.map(([type, value]) => ({ type, value, role: 'x' })),
    },
  ],
})
const DEVICES: Record<string, string> = { '192.168.1.5': 'a', '192.168.1.6': 'b' }
const related = (...threats: ReturnType<typeof threat>[]) => {
  relate(threats, (ip) => DEVICES[ip])
  return threats.map((t) => ('related' in t ? t.related : []))
}

describe('related threats', () => {
  it('are those of who attacks whom', () => {
    expect(related(threat('a', '192.168.1.6'), threat('b'), threat('c', '203.0.113.1'))).toEqual([['b/recruitment'], [], []])
  })

  it('are those that have a command server or a file in common, and not those that tried the same password', () => {
    const [a, b, c, d] = related(
      threat('a', undefined, ['ip', '203.0.113.1'], ['credential', 'r…(4)']),
      threat('b', undefined, ['ip', '203.0.113.1']),
      threat('c', undefined, ['sha256', 'ff']),
      threat('d', undefined, ['credential', 'r…(4)'], ['sha256', 'fe']),
    )
    expect([a, b, c, d]).toEqual([['b/recruitment'], ['a/recruitment'], [], []])
  })

  it('are not those of who met the same device here', () => {
    expect(related(threat('c', undefined, ['ip', '192.168.1.5']), threat('d', undefined, ['ip', '192.168.1.5']))).toEqual([
      [],
      [],
    ])
  })

  it('are bounded', () => {
    const many = Array.from({ length: 3000 }, (_, i) => threat(`d${i}`, undefined, ['ip', '203.0.113.1']))
    for (const list of related(...many)) expect(list).toHaveLength(16)
  })
})
