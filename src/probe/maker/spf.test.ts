import { describe, expect, it } from 'vitest'
import { isSpf, parseSpf, spfOf } from './spf.ts'
import type { Rr } from './message.ts'
import type { Resolver } from './resolver.ts'
import { txt } from '../../testing/dns-server.ts'

/** TXT records by name; names that are not there are not found. `fails`: no answer. */
function world(table: Record<string, string | string[]>, fails: readonly string[] = []): Resolver {
  const ask = (name: string, type: string) => {
    if (fails.includes(name)) return Promise.resolve({ kind: 'trouble', reason: `${name}: SERVFAIL`, shown: [] })
    const texts = type === 'TXT' ? [table[name] ?? []].flat() : name.startsWith('there') ? ['x'] : []
    const records = texts.map((text) => ({ type: 16, data: txt(text) }) as Rr)
    return Promise.resolve({ kind: records.length > 0 ? 'found' : 'none', nx: true, records, shown: [] })
  }
  return { ask } as unknown as Resolver
}

describe('SPF', () => {
  // RFC 7208: section 3, 4.6.1, 5.1, 6.1 and appendix A
  it.each([
    'v=spf1 +mx a:colo.example.com/28 -all',
    'v=spf1 +all',
    'v=spf1 a -all',
    'v=spf1 a:example.org -all',
    'v=spf1 mx -all',
    'v=spf1 mx:example.org -all',
    'v=spf1 mx mx:example.org -all',
    'v=spf1 mx/30 mx:example.org/30 -all',
    'v=spf1 ptr -all',
    'v=spf1 ip4:192.0.2.128/28 -all',
    'v=spf1 include:example.com include:example.net -all',
    'v=spf1 ip4:192.0.2.129 ip4:192.0.2.130 -all',
    'v=spf1 redirect=_spf.example.com',
    'v=spf1 mx:example.com -all exp=explain._spf.%{d}',
    'v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d} -all',
    'V=SPF1 A/24//64 IP6:2001:db8::/32 ?all',
    'v=spf1 a:example.com unknown-modifier=what -all',
  ])('reads %s', (text) => {
    expect(isSpf(text)).toBe(true)
    expect(parseSpf(text).faults).toEqual([])
  })

  it.each([
    'v=spf1 ipv4:192.0.2.1 -all',
    'v=spf1 ip4:192.0.2.256 -all',
    'v=spf1 ip4:192.0.2.1/33 -all',
    'v=spf1 ip6:192.0.2.1 -all',
    'v=spf1 include -all',
    'v=spf1 a:example.com/40 -all',
    'v=spf1 all:example.com',
    'v=spf1 mx, -all',
    'v=spf1 redirect=a.example redirect=b.example',
  ])('does not take %s', (text) => {
    expect(parseSpf(text).faults.length).toBeGreaterThan(0)
  })

  it('is not what only looks like it', () => {
    expect(['v=spf10 -all', 'v=spf1-all', 'spf1 -all', 'v=DMARC1'].filter(isSpf)).toEqual([])
  })

  it('counts look-ups through includes and redirects', async () => {
    const resolver = world({
      'maker.example': 'v=spf1 include:a.example include:b.example redirect=c.example',
      'a.example': 'v=spf1 a:there.example mx:there.example -all',
      'b.example': 'v=spf1 exists:%{i}.b.example ip4:192.0.2.0/24 ~all',
      'c.example': 'v=spf1 ip6:2001:db8::/32 -all',
    })
    const { spf, trouble } = await spfOf(resolver, 'maker.example')
    expect(trouble).toBeUndefined()
    expect(spf).toMatchObject({ lookups: 6, all: '-', faults: [], nobody: false })
  })

  it.each<[string, Record<string, string | string[]>, Record<string, unknown>]>([
    ['-all alone', { 'maker.example': 'v=spf1 -all' }, { all: '-', nobody: true, faults: [] }],
    ['nothing at the end', { 'maker.example': 'v=spf1 mx:there.example' }, { all: '?' }],
    ['all within an include', { 'maker.example': 'v=spf1 include:a.example', 'a.example': 'v=spf1 -all' }, { all: '?' }],
    ['redirect after all', { 'maker.example': 'v=spf1 ~all redirect=gone.example' }, { all: '~', lookups: 0, faults: [] }],
    ['terms after all', { 'maker.example': 'v=spf1 -all include:gone.example' }, { lookups: 0, faults: [] }],
  ])('takes %s for what it says', async (_, table, expected) => {
    expect((await spfOf(world(table), 'maker.example')).spf).toMatchObject(expected)
  })

  it.each<[string, Record<string, string | string[]>, RegExp]>([
    ['+all', { 'maker.example': 'v=spf1 all' }, /everybody may send/],
    ['?all', { 'maker.example': 'v=spf1 ?all' }, /others may not/],
    ['the whole Internet', { 'maker.example': 'v=spf1 ip4:0.0.0.0/0 -all' }, /great part/],
    ['an include of nothing', { 'maker.example': 'v=spf1 include:gone.example -all' }, /is no SPF record/],
    [
      'an include of several',
      { 'maker.example': 'v=spf1 include:a.example -all', 'a.example': ['v=spf1 -all', 'v=spf1 ~all'] },
      /are several/,
    ],
    ['a redirect to itself', { 'maker.example': 'v=spf1 redirect=maker.example' }, /leads back/],
    ['several records', { 'maker.example': ['v=spf1 -all', 'v=spf1 ~all'] }, /2 SPF records/],
    [
      'a fault below',
      { 'maker.example': 'v=spf1 include:a.example -all', 'a.example': 'v=spf1 nonsense -all' },
      /a\.example: nonsense is no term/,
    ],
  ])('finds fault with %s', async (_, table, fault) => {
    expect((await spfOf(world(table), 'maker.example')).spf?.faults.join('; ')).toMatch(fault)
  })

  it('stops where receivers stop', async () => {
    // every record includes all the others: without a bound that is 20 to the 20th
    const names = Array.from({ length: 20 }, (_, n) => `n${n}.example`)
    const table = Object.fromEntries(
      names.map((name) => [
        name,
        `v=spf1 ${names
          .filter((n) => n !== name)
          .map((n) => `include:${n}`)
          .join(' ')} -all`,
      ]),
    )
    const { spf } = await spfOf(world(table), 'n0.example')
    expect(spf?.faults.join()).toMatch(/more than 10 look-ups/)
    expect(spf?.lookups).toBeLessThan(40)
  })

  it('is not known where a question had no answer', async () => {
    expect(await spfOf(world({}, ['maker.example']), 'maker.example')).toMatchObject({
      trouble: expect.stringContaining('SERVFAIL'),
    })
    const { trouble } = await spfOf(world({ 'maker.example': 'v=spf1 include:a.example -all' }, ['a.example']), 'maker.example')
    expect(trouble).toContain('SERVFAIL')
    expect(await spfOf(world({}), 'maker.example')).toEqual({ records: [], shown: [] })
  })
})
