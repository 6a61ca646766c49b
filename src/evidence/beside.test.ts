import { describe, expect, it } from 'vitest'
import type { Dossier } from '../dossier/dossier.ts'
import { declaredOf, type GivenDossier } from './beside.ts'

const camera = {
  id: 'mac-020000000001',
  macs: ['02:00:00:00:00:01'],
  ips: ['192.168.1.20', '2001:db8::1'],
  identity: { vendor: 'Example', model: 'Cam 2', confidence: 0.9, signals: [] },
}

function given(document: number, product: Partial<Dossier['product']>, of?: string): GivenDossier {
  const dossier: Dossier = { schema: 'assay-dossier-1', product: { vendor: 'Other', model: 'Thing', ...product } }
  return { document, dossier, ...(of === undefined ? {} : { of }) }
}
const found = (dossiers: GivenDossier[], alone = false) => declaredOf(camera, { asked: new Map(), dossiers, alone })?.document

describe('whom a dossier is about', () => {
  it.each(['mac-020000000001', '02:00:00:00:00:01', '02-00-00-00-00-01', '192.168.1.20', '2001:DB8::1', ' 192.168.1.20 '])(
    'is said by %s',
    (of) => expect(found([given(0, {}, of)])).toBe(0),
  )

  it('is nobody else by any name', () => {
    for (const of of ['192.168.1.2', '02:00:00:00:00:02', 'camera', ''])
      expect(found([given(0, { vendor: 'Example', model: 'Cam 2' }, of)])).toBeUndefined()
  })

  it('is told by vendor and model, or by their aliases', () => {
    expect(found([given(0, { vendor: 'example ', model: 'CAM 2' })])).toBe(0)
    expect(found([given(0, { vendor: 'Example Ltd', model: 'C2', aliases: { vendors: ['Example'], models: ['Cam 2'] } })])).toBe(
      0,
    )
    expect(found([given(0, { vendor: 'Example', model: 'Cam 3' })])).toBeUndefined()
    expect(found([given(0, { vendor: 'Other', model: 'Cam 2' })])).toBeUndefined()
  })

  it('is the only device there is, but what names it comes first', () => {
    expect(found([given(0, {})])).toBeUndefined()
    expect(found([given(0, {})], true)).toBe(0)
    expect(found([given(0, {}), given(1, { vendor: 'Example', model: 'Cam 2' })], true)).toBe(1)
    expect(found([given(0, {}), given(1, { vendor: 'Example', model: 'Cam 2' }), given(2, {}, '192.168.1.20')], true)).toBe(2)
    expect(found([given(0, {}, '192.168.1.99')], true)).toBeUndefined()
  })
})
