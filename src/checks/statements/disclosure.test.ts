import { describe, expect, it } from 'vitest'
import type { Dossier } from '../../dossier/dossier.ts'
import { aDevice, aNetwork } from '../../testing/device.ts'
import { statements } from './statements.ts'

/** What a check of statements finds in a dossier that says this. */
function found(check: string, says: Partial<Dossier>) {
  const device = { ...aDevice().build(), declared: { document: 0, dossier: says as Dossier } }
  return statements.find(({ id }) => id === check)!.run(device, aNetwork())
}

describe('states-disclosure-times', () => {
  const times = { acknowledgedWithin: 'P5D', statusUpdates: 'every 14 days, until it is mended' }

  it('passes where both times are promised, and shows where', () => {
    expect(found('states-disclosure-times', { disclosure: times })).toMatchObject([
      {
        outcome: 'pass',
        assurance: 'declared',
        evidence: [
          { document: 0, at: '/disclosure/acknowledgedWithin' },
          { document: 0, at: '/disclosure/statusUpdates' },
        ],
      },
    ])
  })

  it('is open where one is missing, and says which', () => {
    expect(found('states-disclosure-times', { disclosure: { acknowledgedWithin: 'P5D' } })).toMatchObject([
      { outcome: 'inconclusive', reason: 'The dossier does not say how who reported is told of its state.' },
    ])
  })
})

describe('states-advisories', () => {
  it('passes where they are published, and where is said', () => {
    const advisories = { published: true, url: 'https://maker.example/advisories' }
    expect(found('states-advisories', { advisories })).toMatchObject([{ outcome: 'pass' }])
  })

  it('fails where the maker publishes none, and is open where nothing is said', () => {
    expect(found('states-advisories', { advisories: { published: false } })).toMatchObject([
      { outcome: 'fail', reason: 'The maker says that it publishes no security advisories.' },
    ])
    expect(found('states-advisories', {})).toMatchObject([{ outcome: 'inconclusive' }])
  })
})
