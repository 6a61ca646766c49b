import { describe, expect, it } from 'vitest'
import type { Kinds } from '../../evidence/kinds.ts'
import { aDevice, aNetwork } from '../../testing/device.ts'
import { advisoriesPublished } from './advisories-published.ts'

type Facts = Kinds['site.csaf']
const good: Facts = {
  host: 'maker.example',
  found: true,
  publisher: 'Maker',
  role: 'csaf_provider',
  advisories: 3,
  newest: '2026-01-01T00:00:00Z',
  read: 'https://maker.example/csaf/m-3.json',
  faults: [],
}
const { read: _, ...unread } = good
const { advisories: __, ...unlisted } = good

function run(facts: Facts) {
  return advisoriesPublished.run(aDevice().observe('site.csaf', facts).build(), aNetwork())
}

describe('advisories-published', () => {
  it('passes what can be fetched', () => {
    expect(run(good)).toMatchObject([
      { outcome: 'pass', reason: expect.stringContaining('3 advisories, the newest of 2026-01-01') },
    ])
    expect(run({ ...unread, advisories: 0 })).toMatchObject([
      { outcome: 'pass', reason: expect.stringContaining('so far there is none') },
    ])
  })

  it.each<[string, Facts, string]>([
    ['no metadata', { host: 'maker.example', found: false, faults: [] }, 'warn'],
    ['metadata named and gone', { host: 'maker.example', found: false, faults: ['security.txt names it'] }, 'fail'],
    ['an advisory that is gone', { ...unread, faults: ['it answers with 404'] }, 'fail'],
    ['no list', unlisted, 'fail'],
    ['a breach of the standard', { ...good, faults: ['it names no publisher'] }, 'warn'],
  ])('does not pass %s', (_, facts, outcome) => {
    expect(run(facts)).toMatchObject([{ outcome }])
  })
})
