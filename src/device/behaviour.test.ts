import { describe, expect, it } from 'vitest'
import { Behaviours, learnBehaviour, probabilities } from './behaviour.ts'
import { identify } from './identity.ts'
import { Knowledge } from './knowledge.ts'
import { FORMAT } from './knowledge-format.ts'

const at = { capture: 0, frame: 5 }
const habitsOf = (name: string, n = 12) => Array.from({ length: n }, (_, i) => `sends tcp/80 ${name}${i}`)
const cam = learnBehaviour({ vendor: 'Acme', model: 'Cam', category: 'camera' }, [habitsOf('c'), habitsOf('c'), habitsOf('c')])
const plug = learnBehaviour({ vendor: 'Acme', model: 'Plug', category: 'plug' }, [habitsOf('p'), habitsOf('p')])
const other = learnBehaviour({ vendor: 'Best', model: 'Hub', category: 'hub' }, [habitsOf('h'), habitsOf('h')])
const knowledge = new Knowledge([{ format: FORMAT, source: 'test', licence: 'test', behaviours: [cam, plug, other] }])
const seen = (habits: string[], more: { kind: string; value: string }[] = []) =>
  identify(
    more.map((s) => ({ ...s, count: 1, frames: [at] })),
    knowledge,
    habits.map((trait) => ({ trait, frame: at })),
  )

describe('behaviour', () => {
  it('keeps what most runs show, and forgets chance', () => {
    const learnt = learnBehaviour({ vendor: 'Acme' }, [
      ['a', 'b', 'x1'],
      ['a', 'b', 'x2'],
      ['a', 'x3'],
      ['a', 'b', 'x4'],
    ])
    expect(learnt).toEqual({ vendor: 'Acme', runs: 4, habits: { a: 4, b: 3 } })
    expect(learnBehaviour({ vendor: 'Acme' }, [['a', 'a']]).habits).toEqual({ a: 1 })
  })

  it('knows a model again by what it does alone, and shows the packets', () => {
    const { vendor, model, category, signals } = seen(habitsOf('c'))
    expect({ vendor, model, category }).toEqual({ vendor: 'Acme', model: 'Cam', category: 'camera' })
    expect(signals[0]).toMatchObject({ kind: 'behaviour', frames: [at, at, at, at] })
    expect(signals[0]!.value).toMatch(/% like Acme Cam/)
  })

  it('says nothing of what behaves like nothing known, nor of too little', () => {
    expect(seen(habitsOf('z', 40)).vendor).toBeUndefined()
    expect(seen(habitsOf('c').slice(0, 2))).toMatchObject({ confidence: 0 })
    expect(seen([...habitsOf('c', 4), ...habitsOf('z', 60)]).vendor).toBeUndefined()
    expect(seen([])).toEqual({ confidence: 0, signals: [] })
  })

  it('between two models that share all habits says only what they have in common', () => {
    const twin = { ...cam, model: 'Cam 2' }
    const both = new Knowledge([{ format: FORMAT, source: 'test', licence: 'test', behaviours: [cam, twin] }])
    const got = identify(
      [],
      both,
      habitsOf('c').map((trait) => ({ trait, frame: at })),
    )
    expect(got).toMatchObject({ vendor: 'Acme', category: 'camera' })
    expect(got.model).toBeUndefined()
  })

  it("gives way to a sibling's own word for its model", () => {
    const rule = { signals: ['upnp.model'], pattern: '^(.+)$', says: { model: ['$1', 0.95] as [string, number] } }
    const told = new Knowledge([{ format: FORMAT, source: 'test', licence: 'test', behaviours: [cam], rules: [rule] }])
    const got = identify(
      [{ kind: 'upnp.model', value: 'Cam Pro X', count: 1, frames: [at] }],
      told,
      habitsOf('c').map((trait) => ({ trait, frame: at })),
    )
    expect(got.model).toBe('Cam Pro X')
    const another = identify(
      [{ kind: 'upnp.model', value: 'Doorbell', count: 1, frames: [at] }],
      told,
      habitsOf('c').map((trait) => ({ trait, frame: at })),
    )
    expect(another.model).toBe('Doorbell')
  })

  it('gives probabilities that leave room for the unknown', () => {
    const all = [...probabilities(new Behaviours([cam, plug, other]).compare(habitsOf('c')), 'model').values()]
    expect(all.reduce((a, b) => a + b, 0)).toBeLessThan(1)
    expect(probabilities([], 'model').size).toBe(0)
  })
})
