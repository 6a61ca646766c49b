import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { identify as identifyWith, type Signal } from './identity.ts'
import { Knowledge, ownKnowledge } from './knowledge.ts'
import { isLocallyAdministered, vendorOf } from './vendors.ts'

const signal = (kind: string, value: string): Signal => ({ kind, value, count: 1, frames: [{ capture: 0, frame: 7 }] })

const knowledge = new Knowledge(ownKnowledge())
const identify = (signals: Signal[]) => identifyWith(signals, knowledge)

describe('identity', () => {
  it('says nothing of a device that gave no signal', () => {
    expect(identify([])).toEqual({ confidence: 0, signals: [] })
  })

  it('weighs independent signals up, and shows what each said', () => {
    const { vendor, model, category, name, confidence, signals } = identify([
      signal('mac', '00:17:88:24:76:ff'),
      signal('mdns.txt', 'md=BSB002'),
      signal('upnp.model', 'BSB002'),
      signal('dhcp.hostname', 'Philips-hue'),
      signal('dns.name', 'meethue.com'),
      signal('tls.ja4', 't13d1516h2_8daaf6152771_b0da82dd1658'),
    ])
    expect({ vendor, category, name }).toEqual({ vendor: 'Philips', category: 'hub', name: 'Philips-hue' })
    expect(model).toBe('Hue bridge BSB002')
    expect(confidence).toBeGreaterThan(0.8)
    expect(signals.reduce((sum, s) => sum + s.weight, 0)).toBeCloseTo(1, 1)
    expect(signals.find((s) => s.kind === 'mac')?.says).toBe('vendor: Philips, category: hub')
    // what said nothing weighs nothing, and is still shown
    expect(signals.find((s) => s.kind === 'tls.ja4')?.weight).toBe(0)
  })

  it('knows what makers of one kind of thing make, and what a device is called within a domain', () => {
    expect(identify([signal('mac', '00:21:b7:38:2e:2d')])).toMatchObject({ vendor: 'Lexmark', category: 'printer' })
    expect(identify([signal('mac', '40:a8:f0:b9:be:cf')]).category).toBeUndefined()
    const called = [signal('mac', '40:a8:f0:b9:be:cf'), signal('dhcp.hostname', 'NPIB9BECF.office.example')]
    expect(identify(called)).toMatchObject({ vendor: 'HP', category: 'printer' })
    expect(identify([signal('dns.name', 'NPIB9BECF.office.example')]).category).toBeUndefined()
    // the same of what a rule needs beside its own signal
    const rule = { signals: ['mac'], pattern: '^40:a8', needs: [{ signals: ['@called'], pattern: '^NPI[0-9A-F]+$' }] }
    const own = new Knowledge([
      { format: 'assay-knowledge-1', source: 'test', licence: '', rules: [{ ...rule, says: { name: ['ours', 0.9] } }] },
    ])
    expect(identifyWith(called, own).name).toBe('ours')
  })

  it('knows no maker of one kind of thing as one who builds for others, of whom nothing is said', () => {
    const names = readFileSync(new URL('../../data/vendors.txt', import.meta.url), 'utf8').split('\n')
    const known = names.filter((value) => knowledge.claims({ kind: 'mac.registrant', value }, []).length > 0)
    expect(known.length).toBeGreaterThan(40)
    expect(known.filter((name) => knowledge.buildsForOthers(name))).toEqual([])
  })

  it('takes an address that begins with zeros for made up, not for Xerox', () => {
    expect(identify([signal('mac', '00:00:00:e0:90:c7')]).vendor).toBeUndefined()
    expect(identify([signal('mac', '00:00:aa:e0:90:c7')])).toMatchObject({ vendor: 'Xerox', category: 'printer' })
  })

  it('says of an address only what is so', () => {
    const says = (...signals: Signal[]) => identify(signals).signals.find((s) => s.kind === 'mac')?.says
    expect(says(signal('mac', '5c:cf:7f:07:ae:fb'))).toBe('registered to Espressif Inc., who builds boards for others')
    // outweighed: TP-Link builds no boards for others
    const hue = [signal('upnp.model', 'Philips hue bridge 2015'), signal('hue.model', 'BSB002')]
    expect(identify([signal('mac', '50:c7:bf:07:ae:fb'), ...hue]).vendor).toBe('Philips')
    expect(says(signal('mac', '50:c7:bf:07:ae:fb'), ...hue)).toBe('registered to TP-LINK TECHNOLOGIES CO.,LTD.')
    expect(says(signal('mac', '00:00:00:e0:90:c7'))).toBe(
      'begins with zeros, which is mostly made up: it does not tell the maker',
    )
    expect(says(signal('mac', 'fc:ff:ff:00:00:01'))).toBe('not in the registry')
  })

  it("does not take the radio module's maker for the product's", () => {
    const { vendor, signals } = identify([signal('mac', '5c:cf:7f:07:ae:fb')])
    expect(vendor).toBeUndefined()
    expect(signals[0]?.says).toContain('Espressif')
  })

  it('answers unknown when signals of like weight contradict each other', () => {
    expect(identify([signal('dns.name', 'fitbit.com'), signal('tls.sni', 'api.withings.net')]).vendor).not.toBe('Fitbit')
    expect(identify([signal('dns.name', 'fitbit.com'), signal('http.host', 'tplinkcloud.com')]).vendor).toBeUndefined()
  })

  it('counts many names of one cloud once', () => {
    const one = identify([signal('dns.name', 'fitbit.com')])
    const ten = identify(Array.from({ length: 10 }, () => signal('dns.name', 'fitbit.com')))
    expect(ten.confidence).toBe(one.confidence)
  })

  it('tells a made-up hardware address', () => {
    expect(isLocallyAdministered('da:a1:19:00:00:01')).toBe(true)
    expect(vendorOf('da:a1:19:00:00:01')).toBeUndefined()
    expect(identify([signal('mac', 'da:a1:19:00:00:01')]).signals[0]?.says).toContain('made up')
  })

  it('knows the registry: 24, 28 and 36 bits', () => {
    // IEEE: MA-L 00-17-88, MA-S 70-B3-D5-12-3
    expect(vendorOf('00:17:88:00:00:01')).toMatch(/Philips/)
    expect(vendorOf('70:b3:d5:12:31:00')).toBeDefined()
    expect(vendorOf('00:00:5e:00:01:01')).toMatch(/IANA/i)
  })

  it('calls makers by the name people know', () => {
    expect(knowledge.brandOf('TP-LINK TECHNOLOGIES CO.,LTD.')).toBe('TP-Link')
    expect(knowledge.brandOf('Withings')).toBe('Withings')
    expect(knowledge.brandOf('ACMEWORKS ELECTRONICS CO., LTD.')).toBe('Acmeworks')
  })

  it('has only claims that are more often right than wrong', () => {
    for (const rule of ownKnowledge().flatMap((f) => f.rules ?? []))
      for (const [value, p] of Object.values(rule.says)) {
        expect(p, `${JSON.stringify(rule)}: ${value}`).toBeGreaterThan(0.5)
        expect(p, `${JSON.stringify(rule)}: ${value}`).toBeLessThan(1)
      }
  })

  it('takes text from the wire as it is', () => {
    expect(identify([signal('upnp.model', 'Cam $& $1 $$ x')]).model).toBe('Cam $& $1 $$ x')
  })
})
