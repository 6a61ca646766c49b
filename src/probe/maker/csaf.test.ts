import { describe, expect, it } from 'vitest'
import { advisoryFaults, mendFeed, parseChanges, parseFeed, parseProvider, readJson } from './csaf.ts'

const URL_ = new URL('https://www.example.com/.well-known/csaf/provider-metadata.json')
// the standard's own example of a trusted provider (section 7.1.7, example 3)
const provider = {
  canonical_url: 'https://www.example.com/.well-known/csaf/provider-metadata.json',
  distributions: [
    { directory_url: 'https://www.example.com/.well-known/csaf/white/' },
    {
      rolie: {
        categories: ['https://www.example.com/.well-known/csaf/white/category.json'],
        feeds: [
          { summary: 'WHITE advisories', tlp_label: 'WHITE', url: 'https://www.example.com/.well-known/csaf/white/feed.json' },
          { summary: 'RED advisories', tlp_label: 'RED', url: 'https://www.example.com/.well-known/csaf/red/feed.json' },
        ],
      },
    },
  ],
  last_updated: '2021-07-12T20:20:56.169Z',
  list_on_CSAF_aggregators: true,
  metadata_version: '2.0',
  mirror_on_CSAF_aggregators: true,
  public_openpgp_keys: [{ fingerprint: '8F5F267907B2C4559DB360DB2294BA7D2B2298B1', url: 'https://keys.example.net/vks/v1/x' }],
  publisher: {
    category: 'vendor',
    contact_details: 'x',
    issuing_authority: 'x',
    name: 'Example Company',
    namespace: 'https://psirt.example.com',
  },
  role: 'csaf_trusted_provider',
}
const { canonical_url: _, ...nowhere } = provider

describe('provider metadata', () => {
  it('is read, and what is not for everybody is left', () => {
    expect(parseProvider(provider, URL_)).toEqual({
      publisher: 'Example Company',
      role: 'csaf_trusted_provider',
      feeds: ['https://www.example.com/.well-known/csaf/white/feed.json'],
      folders: ['https://www.example.com/.well-known/csaf/white/'],
      keys: ['https://keys.example.net/vks/v1/x'],
      faults: [],
    })
  })

  it.each<[Record<string, unknown>, RegExp]>([
    [nowhere, /no canonical_url/],
    [{ ...provider, canonical_url: 'https://other.example/provider-metadata.json' }, /another's/],
    [{ ...provider, metadata_version: '1.0' }, /metadata_version/],
    [{ ...provider, last_updated: 'yesterday' }, /last_updated/],
    [{ ...provider, publisher: { ...provider.publisher, category: 'maker' } }, /category/],
    [{ ...provider, publisher: { ...provider.publisher, namespace: 'psirt' } }, /namespace/],
    [{ ...provider, role: 'boss' }, /role/],
    [{ ...provider, public_openpgp_keys: [] }, /OpenPGP keys/],
    [{ ...provider, distributions: [] }, /neither feed nor folder/],
    [{ ...provider, distributions: [{ directory_url: 'http://www.example.com/' }] }, /not under https/],
    [{ ...provider, list_on_CSAF_aggregators: 'yes' }, /list_on/],
  ])('has its faults told %#', (metadata, fault) => {
    expect(parseProvider(metadata, URL_).faults.join('; ')).toMatch(fault)
  })
})

describe('lists of advisories', () => {
  it('are feeds', () => {
    const entry = (n: number, updated: string) => ({
      id: `${n}`,
      updated,
      link: [{ rel: 'self', href: `https://a.example/${n}.json` }],
    })
    const feed = {
      feed: {
        id: 'x',
        entry: [entry(1, '2026-01-01T00:00:00Z'), entry(2, '2026-01-01T01:00:00+02:00'), entry(3, '2025-01-01T00:00:00Z')],
      },
    }
    expect(parseFeed(feed)).toEqual({ count: 3, newest: '2026-01-01T00:00:00Z', link: 'https://a.example/1.json', faults: [] })
    expect(parseFeed({ feed: { id: 'x', entry: [] } })).toEqual({ count: 0, faults: [] })
    expect(parseFeed({}).faults).toEqual(['the feed is no ROLIE feed'])
    expect(parseFeed({ feed: { id: 'x', entry: [1, {}, null] } }).faults.length).toBe(2)
  })

  it('may be longer than is read', () => {
    const entries = [1, 2, 3].map((n) => ({
      id: `}"]${n}`,
      updated: `2026-01-0${n}T00:00:00Z`,
      link: [{ rel: 'self', href: 'https://a.example/x.json' }],
    }))
    const text = JSON.stringify({ feed: { id: 'x', link: [{ rel: 'self' }], entry: entries } })
    const cut = text.slice(0, text.lastIndexOf('"updated"') + 5)
    expect(readJson(cut)).toBeUndefined()
    expect(parseFeed(readJson(mendFeed(cut))!)).toMatchObject({ count: 2, newest: '2026-01-02T00:00:00Z', faults: [] })
    expect(mendFeed('nonsense')).toBe('nonsense')
  })

  it('are tables of changes', () => {
    const text = '"2020/a.json","2020-07-01T10:09:07Z"\r\n2018/b.json,2018-08-01T10:09:07Z\r\n'
    expect(parseChanges(text, 'https://a.example/csaf/')).toEqual({
      count: 2,
      newest: '2020-07-01T10:09:07Z',
      link: 'https://a.example/csaf/2020/a.json',
      faults: [],
    })
    expect(parseChanges('<html>\n', 'https://a.example/').faults.length).toBe(1)
  })
})

const advisory = {
  document: {
    category: 'csaf_vex',
    csaf_version: '2.0',
    title: 'x',
    publisher: { category: 'vendor', name: 'x', namespace: 'https://a.example' },
    tracking: {
      id: 'Example Company - 2019-YH3234',
      status: 'final',
      version: '2',
      initial_release_date: '2026-01-01T00:00:00Z',
      current_release_date: '2026-01-02T00:00:00Z',
      revision_history: [{ number: '1' }, { number: '2' }],
    },
  },
  product_tree: {},
  vulnerabilities: [{}],
}
const changed = (change: object) => ({ ...advisory, document: { ...advisory.document, ...change } })
const tracked = (change: object) => changed({ tracking: { ...advisory.document.tracking, ...change } })

describe('an advisory', () => {
  // the file's name is the example of section 5.1
  const FILE = 'example_company_-_2019-yh3234.json'
  it('is sound', () => expect(advisoryFaults(advisory, FILE)).toEqual([]))

  it.each<[Record<string, unknown>, RegExp]>([
    [{}, /no document part/],
    [changed({ category: undefined }), /category/],
    [changed({ category: 'csaf_poem' }), /category/],
    [changed({ csaf_version: '1.2' }), /version of CSAF/],
    [changed({ title: '' }), /title/],
    [changed({ publisher: {} }), /publisher/],
    [tracked({ id: 'other' }), /tracking id/],
    [tracked({ status: 'done' }), /status/],
    [tracked({ version: '3' }), /history/],
    [tracked({ current_release_date: 'now' }), /current_release_date/],
    [{ ...advisory, vulnerabilities: [] }, /vulnerability/],
    [{ ...advisory, product_tree: undefined }, /products/],
  ])('has its faults told %#', (value, fault) => expect(advisoryFaults(value, FILE).join('; ')).toMatch(fault))
})

it('JSON of others is bounded and never throws', () => {
  for (const text of ['', 'x', '[]', '1', 'null', '['.repeat(200_000), '{"a":'.repeat(100_000), '{"__proto__":{"feed":1}}'])
    expect(() => {
      const json = readJson(text)
      if (json) parseFeed(json)
    }).not.toThrow()
  expect(readJson('[]')).toBeUndefined()
})
