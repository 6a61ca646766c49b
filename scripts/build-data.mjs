// Turns published data (npm packages, see NOTICE) into the small files under data/ that lookups read: sorted arrays for binary
// search instead of megabytes of JSON at every start.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = (name) => join(root, 'node_modules', name)
const out = (name, data) => writeFileSync(join(root, 'data', name), data)

export function buildData() {
  mkdirSync(join(root, 'data'), { recursive: true })
  vendors()
  countries()
  thirdParties()
}

/** IEEE assignments of 24, 28 and 36 bits: {sizes: {bits: [prefixes, indexes into names]}}, as sorted typed arrays. */
function vendors() {
  const entries = Object.entries(JSON.parse(readFileSync(join(folder('oui-data'), 'index.json'), 'utf8')))
  const names = new Map()
  const sizes = { 6: [], 7: [], 9: [] }
  for (const [prefix, address] of entries) {
    const name = address.split('\n')[0].trim()
    // "Private" says nothing; "IEEE Registration Authority" stands for the smaller blocks within
    if (!sizes[prefix.length] || name === '' || name === 'Private' || name === 'IEEE Registration Authority') continue
    if (!names.has(name)) names.set(name, names.size)
    sizes[prefix.length].push([Number.parseInt(prefix, 16), names.get(name)])
  }
  const parts = []
  const header = { names: names.size, sizes: {} }
  for (const [digits, list] of Object.entries(sizes)) {
    list.sort((a, b) => a[0] - b[0])
    header.sizes[digits] = list.length
    parts.push(Buffer.from(Float64Array.from(list, (e) => e[0]).buffer), Buffer.from(Uint32Array.from(list, (e) => e[1]).buffer))
  }
  out('vendors.json', JSON.stringify(header))
  out('vendors.bin', Buffer.concat(parts))
  out('vendors.txt', [...names.keys()].join('\n'))
}

/** Ranges by country as sorted starts and one code each; what no range covers has the code 0. */
function countries() {
  const dir = folder('@ip-location-db/geo-whois-asn-country')
  const codes = ['']
  const index = (cc) => {
    const i = codes.indexOf(cc)
    return i >= 0 ? i : codes.push(cc) - 1
  }
  const read = (file, parse) => {
    const starts = []
    const at = []
    let expected
    for (const line of readFileSync(join(dir, file), 'utf8').split('\n')) {
      const [from, to, cc] = line.split(',')
      if (!cc) continue
      const [start, end] = [parse(from), parse(to)]
      if (isSpecial(from)) continue
      if (expected !== undefined && start > expected) push(expected, 0)
      push(start, index(cc.trim()))
      expected = end + 1n
    }
    if (expected !== undefined) push(expected, 0)
    function push(start, code) {
      if (at.length > 0 && at.at(-1) === code) return
      if (starts.at(-1) === start) at[at.length - 1] = code
      else {
        starts.push(start)
        at.push(code)
      }
    }
    return { starts, at }
  }
  const four = read('geo-whois-asn-country-ipv4-num.csv', BigInt)
  // registries assign IPv6 in blocks of /64 and larger: the upper half of the address decides
  const six = read('geo-whois-asn-country-ipv6-num.csv', (n) => BigInt(n) >> 64n)
  const four32 = Uint32Array.from(four.starts.map((v) => Number(v > 0xffffffffn ? 0xffffffffn : v)))
  const sixHigh = Uint32Array.from(six.starts.map((v) => Number((v >> 32n) & 0xffffffffn)))
  const sixLow = Uint32Array.from(six.starts.map((v) => Number(v & 0xffffffffn)))
  out('countries.json', JSON.stringify({ codes, four: four32.length, six: sixHigh.length }))
  out(
    'countries.bin',
    Buffer.concat([four32, sixHigh, sixLow, Uint8Array.from(four.at), Uint8Array.from(six.at)].map((a) => Buffer.from(a.buffer))),
  )
}

/** Private, shared, loopback and link-local IPv4 (RFC 6890): nobody's, though some operators publish locations for them. */
function isSpecial(first) {
  const ip = first.length > 10 ? -1 : Number(first)
  const within = (base, bits) => ip >= base && ip < base + 2 ** (32 - bits)
  return (
    within(0, 8) ||
    within(0x0a000000, 8) ||
    within(0x64400000, 10) ||
    within(0x7f000000, 8) ||
    within(0xa9fe0000, 16) ||
    within(0xac100000, 12) ||
    within(0xc0a80000, 16) ||
    ip >= 0xe0000000
  )
}

/** Domain ("*." for all below) to [company, category]. */
function thirdParties() {
  const entities = JSON.parse(readFileSync(join(folder('third-party-web'), 'dist', 'entities-nostats.json'), 'utf8'))
  const domains = {}
  for (const { name, company, category, categories, domains: list } of entities) {
    for (const domain of list) domains[domain] ??= [company ?? name, category ?? categories?.[0] ?? 'other']
  }
  out('third-parties.json', JSON.stringify(domains))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildData()
