import { describe, expect, it } from 'vitest'
import { figuresOf, inWords, table } from '../testing/agreement-figures.ts'
import { corpus } from '../testing/corpus.ts'
import { checkList, type Explained, readExplained, renewed } from '../testing/disagreements.ts'
import { ndpiAvailable, ndpiVersion } from '../testing/ndpi.ts'
import { capturesIn, compareCaptures, type ComparedFlow, FOLDERS, MORE_FOLDERS } from '../testing/protocol-agreement.ts'

// Which protocol each flow of nDPI's and Zeek's public captures is of, ours against nDPI's own reader (testing/protocol-agreement.ts
// says what counts). Every disagreement is in ndpi-disagreements.json with its reason; `npm run eval:protocols -- --write` renews the
// list, and leaves the reasons of what is new to be written. `ASSAY_ORACLE=all` takes the other captures too.

const missing =
  corpus('ndpi') === undefined || corpus('zeek') === undefined
    ? 'the public captures are not here'
    : ndpiAvailable()
      ? ''
      : 'ndpiReader is not installed (Debian: libndpi-bin)'
const every = process.env['ASSAY_ORACLE'] === 'all'

describe.skipIf(missing !== '')(`the protocol of each flow, held to nDPI${missing && ` (skipped: ${missing})`}`, () => {
  const captures = missing === '' ? capturesIn(every ? [...FOLDERS, ...MORE_FOLDERS] : FOLDERS) : []

  it(`agrees on ${captures.length} captures, but for what is listed`, { timeout: 600_000 }, async () => {
    const explained = readExplained()
    const compared = await compareCaptures(captures)
    const figures = figuresOf(compared, explained)
    console.log(`${table(compared)}\n${ndpiVersion()}: ${inWords(figures)}`)
    // the reasons are for this version's words
    if (ndpiVersion() === 'nDPI 4.2') expect(checkList(explained, compared, captures)).toEqual([])
    expect(figures.flows).toBeGreaterThan(700)
    expect(figures.ofNdpis).toBeGreaterThanOrEqual(0.98)
    expect(figures.withoutNdpisErrors).toBeGreaterThanOrEqual(0.98)
    // what nDPI itself misses counts against us here: QUIC version 2, SNMP that it takes for RX, CoAP for Dropbox
    expect(figures.raw).toBeGreaterThanOrEqual(0.96)
  })
})

describe('the list of disagreements', () => {
  const flow = (name: string, outcome: ComparedFlow['outcome'] = 'differ'): ComparedFlow => ({
    capture: 'a.pcap',
    flow: name,
    ours: 'coap',
    ndpi: 'Dropbox',
    named: { ours: new Set(['coap']), ndpi: new Set() },
    outcome,
  })
  const row = { capture: 'a.pcap', ours: 'coap', ndpi: 'Dropbox', flows: 2, flow: 'udp 1' }
  const list = (reason: string, disagreements: Explained['disagreements']): Explained[] => [
    { reason, right: 'ours', disagreements },
  ]
  const found = [flow('udp 1'), flow('udp 2')]

  it('is right when each is there once, with its reason', () => {
    expect(checkList(list('why', [row]), found, ['a.pcap'])).toEqual([])
    // it may speak of captures that were not compared
    expect(checkList(list('why', [row, { ...row, capture: 'b.pcap' }]), found, ['a.pcap'])).toEqual([])
  })

  it('is wrong when one is missing, stale, counted otherwise, said twice or without a reason', () => {
    const wrong = (explained: Explained[], compared = found) => checkList(explained, compared, ['a.pcap'])
    expect(wrong([])).toEqual([expect.stringContaining('not listed (udp 1)')])
    expect(wrong(list('why', [row]), [])).toEqual([expect.stringContaining('no longer so')])
    expect(wrong(list('why', [row]), [flow('udp 1', 'agree'), flow('udp 2', 'guessed')])).toHaveLength(1)
    expect(wrong(list('why', [row]), [flow('udp 1')])).toEqual([expect.stringContaining('1 flows, listed are 2')])
    expect(wrong(list('why', [{ ...row, flow: 'udp 3' }]))).toEqual([expect.stringContaining('udp 3 is none of them')])
    expect(wrong(list('why', [row, row]))).toEqual([expect.stringContaining('listed twice')])
    expect(wrong(list(' ', [row]))).toEqual([expect.stringContaining('no reason')])
    expect(wrong([...list('why', [row]), ...list('why', [])])).toEqual([expect.stringContaining('a reason for nothing')])
  })

  it('is renewed: what is stale leaves, what is new waits for its reason', () => {
    const stale = { ...row, ndpi: 'Viber' }
    const other = { ...row, capture: 'b.pcap' }
    expect(renewed(list('why', [stale, other]), found, ['a.pcap'])).toEqual([
      ...list('why', [other]),
      { reason: '', right: '', disagreements: [row] },
    ])
  })
})
