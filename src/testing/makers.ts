import { createHash, type KeyObject } from 'node:crypto'
import type { AskedFact } from '../probe/run.ts'
import type { Entry } from '../probe/transcript.ts'

/** A maker's side of maker-world.ts: a zone, a site, and how the zone is signed. */
export interface Maker {
  domain: string
  /** What is asked for, where it is not the domain. */
  site?: string
  /** Its records, without SOA and NS. */
  zone: string
  dnssec?:
    | 'unsigned'
    | {
        algorithm?: string
        dates?: string[]
        nsec3?: string[]
        tamper?: (signed: string) => string
        ds?: (ds: string) => string
      }
  web?: {
    ip?: string
    headers: Record<string, string>
    files: Record<string, string>
    /** Content types by path. */
    types?: Record<string, string>
    certificate?: 'good' | 'expired' | 'wrong-name' | 'unknown' | 'none'
    /** nginx's words for plain HTTP, and more for HTTPS. */
    plain?: string
    locations?: string
  }
}

export interface WorldResult {
  facts: readonly AskedFact[]
  transcript: readonly Entry[]
  /** Milliseconds. */
  took: number
  /** What delv says of each domain's SOA. */
  delv: Record<string, string>
}

/** A DKIM selector that nobody would guess. */
export const ODD_SELECTOR = 'a7f3-2026'
export const WEB = '127.0.0.2'
export const HEADERS = {
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'Content-Security-Policy': "default-src 'self'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

const soon = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 19) + 'Z'

/** Line by line, so that one can be changed or left out. */
type Lines = Record<string, string | undefined>

function zoneOf(domain: string, change: Lines, key: string): string {
  const lines: Lines = {
    a: `@ A ${WEB}`,
    www: `www A ${WEB}`,
    sts: `mta-sts A ${WEB}`,
    mx: '@ MX 10 mx',
    mxA: 'mx A 127.0.0.3',
    spf: '@ TXT "v=spf1 mx -all"',
    dkim: `s1._domainkey TXT ${quoted(`v=DKIM1; k=rsa; p=${key}`)}`,
    dmarc: `_dmarc TXT "v=DMARC1; p=reject; rua=mailto:reports@${domain}"`,
    mtaSts: '_mta-sts TXT "v=STSv1; id=20260101"',
    tlsRpt: `_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@${domain}"`,
    tlsa: '_25._tcp.mx TLSA TLSA-OF-MX',
    caa: '@ CAA 0 issue "ca.example"',
    ...change,
  }
  return `${Object.values(lines)
    .filter((line) => line !== undefined)
    .join('\n')}\n`
}

/** Character-strings of at most 255 octets. */
function quoted(text: string): string {
  return (text.match(/.{1,250}/g) ?? []).map((piece) => `"${piece}"`).join(' ')
}

export function securityTxt(domain: string): string {
  return `# ours\r\nContact: mailto:security@${domain}\r\nContact: https://${domain}/report\r\nExpires: ${soon}\r\nCanonical: https://${domain}/.well-known/security.txt\r\nPolicy: https://${domain}/policy\r\nPreferred-Languages: en, de\r\nCSAF: https://${domain}/.well-known/csaf/provider-metadata.json\r\n`
}

function provider(domain: string): Record<string, unknown> {
  return {
    canonical_url: `https://${domain}/.well-known/csaf/provider-metadata.json`,
    distributions: [
      { rolie: { feeds: [{ summary: 'all', tlp_label: 'WHITE', url: `https://${domain}/csaf/feed.json` }] } },
      { directory_url: `https://${domain}/csaf/` },
    ],
    last_updated: '2026-10-01T10:00:00Z',
    list_on_CSAF_aggregators: true,
    mirror_on_CSAF_aggregators: true,
    metadata_version: '2.0',
    public_openpgp_keys: [],
    publisher: { category: 'vendor', name: 'Maker & Sons', namespace: `https://${domain}` },
    role: 'csaf_provider',
  }
}

function feed(domain: string): unknown {
  const entry = (id: string, updated: string) => ({
    id,
    title: id,
    updated,
    published: updated,
    link: [{ rel: 'self', href: `https://${domain}/csaf/2026/${id.toLowerCase()}.json` }],
    content: { type: 'application/json', src: `https://${domain}/csaf/2026/${id.toLowerCase()}.json` },
  })
  return {
    feed: {
      id: 'all',
      title: 'all',
      updated: '2026-10-01T10:00:00Z',
      entry: [entry('M-1', '2026-03-01T10:00:00Z'), entry('M-2', '2026-10-01T10:00:00Z')],
    },
  }
}

const advisory = {
  document: {
    category: 'csaf_security_advisory',
    csaf_version: '2.0',
    title: 'A hole',
    publisher: { category: 'vendor', name: 'Maker & Sons', namespace: 'https://good.example' },
    tracking: {
      id: 'M-2',
      status: 'final',
      version: '1',
      initial_release_date: '2026-10-01T10:00:00Z',
      current_release_date: '2026-10-01T10:00:00Z',
      revision_history: [{ number: '1', date: '2026-10-01T10:00:00Z', summary: 'first' }],
    },
  },
  product_tree: { full_product_names: [{ name: 'Lamp', product_id: 'L' }] },
  vulnerabilities: [{ cve: 'CVE-2026-0001' }],
}

function filesOf(domain: string, change: Record<string, string | undefined>): Record<string, string> {
  const files: Record<string, string | undefined> = {
    '/.well-known/security.txt': securityTxt(domain),
    '/.well-known/mta-sts.txt': `version: STSv1\r\nmode: enforce\r\nmx: mx.${domain}\r\nmax_age: 604800\r\n`,
    '/.well-known/csaf/provider-metadata.json': JSON.stringify(provider(domain)),
    '/csaf/feed.json': JSON.stringify(feed(domain)),
    '/csaf/changes.csv': '"2026/m-2.json","2026-10-01T10:00:00Z"\n"2026/m-1.json","2026-03-01T10:00:00Z"\n',
    '/csaf/2026/m-2.json': JSON.stringify(advisory),
    ...change,
  }
  return Object.fromEntries(Object.entries(files).filter((file): file is [string, string] => file[1] !== undefined))
}

interface Change {
  zone?: Lines
  files?: Record<string, string | undefined>
  headers?: Record<string, string | undefined>
  web?: Partial<NonNullable<Maker['web']>> | null
  dnssec?: Maker['dnssec']
  tld?: string
  site?: string
}

/** One key, and texts signed with it. */
export interface OpenPgp {
  publicKey: string
  sign(text: string): string
  /** In a file of its own. */
  detached(text: string): string
}

/** All of them: 'good.example' and its twins, which differ from it in what their names say. */
export function makers(keys: Record<'rsa512' | 'rsa1024' | 'rsa2048' | 'ed25519', KeyObject>, openpgp: OpenPgp): Maker[] {
  const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'der' }).toString('base64')
  const good = spki(keys.rsa2048)
  const signed = (d: string, how: (text: string) => string) => ({
    '/.well-known/security.txt': how(`${securityTxt(d)}Encryption: https://${d}/key.asc\n`),
    '/key.asc': openpgp.publicKey,
  })
  const trusted = (d: string, text: string) => ({
    '/.well-known/csaf/provider-metadata.json': JSON.stringify({
      ...provider(d),
      role: 'csaf_trusted_provider',
      public_openpgp_keys: [{ url: `https://${d}/key.asc` }],
    }),
    '/key.asc': openpgp.publicKey,
    '/csaf/2026/m-2.json': text,
    '/csaf/2026/m-2.json.sha512': `${createHash('sha512').update(text).digest('hex')}  m-2.json\n`,
    '/csaf/2026/m-2.json.asc': openpgp.detached(text),
  })
  const key = (text: string) => `s1._domainkey TXT ${quoted(text)}`
  const changes: Record<string, Change | ((domain: string) => Change)> = {
    // those that take longest begin
    mute: { zone: { a: '@ A 127.0.0.29' }, web: null },
    'mute-mx': { zone: { mxA: 'mx A 127.0.0.29' } },
    // what no server should do: see `hostileWeb` of maker-world.ts
    drip: { zone: { a: '@ A 127.0.0.30' }, web: null },
    flood: { zone: { a: '@ A 127.0.0.30' }, web: null },
    bomb: { zone: { a: '@ A 127.0.0.30' }, web: null },
    deep: { zone: { a: '@ A 127.0.0.30' }, web: null },
    headers: { zone: { a: '@ A 127.0.0.30' }, web: null },
    'not-http': { zone: { a: '@ A 127.0.0.30' }, web: null },
    maze: { zone: { a: '@ A 127.0.0.30' }, web: null },
    good: {},
    // the web
    'no-https': { web: { ip: '127.0.0.4', certificate: 'none', plain: '' } },
    'plain-http': { web: { plain: '' } },
    'expired-certificate': { web: { certificate: 'expired' } },
    'wrong-name': { web: { certificate: 'wrong-name' } },
    'unknown-authority': { web: { certificate: 'unknown' } },
    'no-hsts': { headers: { 'Strict-Transport-Security': undefined } },
    'short-hsts': { headers: { 'Strict-Transport-Security': 'max-age=86400' } },
    'broken-hsts': { headers: { 'Strict-Transport-Security': 'max-age=31536000; max-age=1' } },
    'no-csp': { headers: { 'Content-Security-Policy': undefined, 'X-Frame-Options': 'DENY' } },
    'weak-csp': { headers: { 'Content-Security-Policy': "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'" } },
    'no-nosniff': { headers: { 'X-Content-Type-Options': undefined } },
    framed: { headers: { 'Content-Security-Policy': "default-src 'self'" } },
    'no-referrer': { headers: { 'Referrer-Policy': undefined } },
    'round-and-round': { web: { locations: 'location = / { return 302 /; }' } },
    elsewhere: { web: { locations: 'location = / { return 302 https://good.example/; }' } },
    'odd-port': { web: { locations: 'location = / { return 302 https://good.example:8443/; }' } },
    dead: { zone: { a: '@ A 127.0.0.28' }, web: null },
    'no-address': { zone: { a: undefined }, web: null },
    // security.txt
    'no-security-txt': { files: { '/.well-known/security.txt': undefined } },
    'old-place': (d) => ({ files: { '/.well-known/security.txt': undefined, '/security.txt': securityTxt(d) } }),
    past: (d) => ({ files: { '/.well-known/security.txt': securityTxt(d).replace(soon, '2025-01-01T00:00:00Z') } }),
    'no-contact': (d) => ({ files: { '/.well-known/security.txt': securityTxt(d).replaceAll(/Contact:.*\r\n/g, '') } }),
    'signed-text': (d) => ({ files: signed(d, (text) => openpgp.sign(text)) }),
    'forged-text': (d) => ({ files: signed(d, (text) => openpgp.sign(text).replace('security@', 'forger@')) }),
    'signed-unknown': (d) => ({ files: { ...signed(d, (text) => openpgp.sign(text)), '/key.asc': undefined } }),
    'no-policy': (d) => ({ files: { '/.well-known/security.txt': securityTxt(d).replace(/Policy:.*\r\n/, '') } }),
    'twice-expires': (d) => ({ files: { '/.well-known/security.txt': `${securityTxt(d)}Expires: ${soon}\r\n` } }),
    'not-ours': (d) => ({
      files: {
        '/.well-known/security.txt': securityTxt(d).replace(
          /Canonical:.*\r\n/,
          'Canonical: https://good.example/.well-known/security.txt\r\n',
        ),
      },
    }),
    'as-html': { web: { types: { '/.well-known/security.txt': 'text/html' } } },
    'as-json': { web: { types: { '/.well-known/security.txt': 'application/json' } } },
    'everything-found': {
      files: { '/.well-known/security.txt': undefined, '/.well-known/csaf/provider-metadata.json': undefined },
      web: { locations: 'error_page 404 =200 /index.html;' },
    },
    'server-error': { web: { locations: 'location = /.well-known/security.txt { return 503; }' } },
    // CSAF
    'no-csaf': (d) => ({
      files: {
        '/.well-known/csaf/provider-metadata.json': undefined,
        '/.well-known/security.txt': securityTxt(d).replace(/CSAF:.*\r\n/, ''),
      },
    }),
    'csaf-missing': { files: { '/.well-known/csaf/provider-metadata.json': undefined } },
    'csaf-by-dns': (d) => ({
      zone: { csaf: `csaf.data.security A ${WEB}` },
      web: { locations: 'if ($host ~ "^csaf[.]") { rewrite ^/$ /provider.json last; }' },
      files: {
        '/provider.json': JSON.stringify(provider(d)),
        '/.well-known/csaf/provider-metadata.json': undefined,
        '/.well-known/security.txt': securityTxt(d).replace(/CSAF:.*\r\n/, ''),
      },
    }),
    'csaf-folder': (d) => ({
      files: {
        '/.well-known/csaf/provider-metadata.json': JSON.stringify({
          ...provider(d),
          distributions: [{ directory_url: `https://${d}/csaf` }],
        }),
      },
    }),
    'csaf-trusted': (d) => ({ files: trusted(d, JSON.stringify(advisory)) }),
    'csaf-forged': (d) => ({
      files: {
        ...trusted(d, JSON.stringify(advisory)),
        '/csaf/2026/m-2.json': JSON.stringify(advisory).replace('A hole', 'No hole'),
      },
    }),
    'csaf-unsigned': (d) => ({ files: { ...trusted(d, JSON.stringify(advisory)), '/csaf/2026/m-2.json.asc': undefined } }),
    'csaf-no-publisher': (d) => ({
      files: { '/.well-known/csaf/provider-metadata.json': JSON.stringify({ ...provider(d), publisher: undefined }) },
    }),
    'csaf-gone': { files: { '/csaf/2026/m-2.json': undefined } },
    'csaf-other-id': { files: { '/csaf/2026/m-2.json': JSON.stringify(advisory).replace('"M-2"', '"M-3"') } },
    // mail: who may write
    'no-spf': { zone: { spf: undefined } },
    'plus-all': { zone: { spf: '@ TXT "v=spf1 mx +all"' } },
    'two-spf': { zone: { spf2: '@ TXT "v=spf1 -all"' } },
    ptr: { zone: { spf: '@ TXT "v=spf1 ptr -all"' } },
    'deep-spf': (d) => ({
      zone: {
        spf: `@ TXT "v=spf1 include:i0.${d} -all"`,
        ...Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`i${i}`, `i${i} TXT "v=spf1 include:i${i + 1}.${d} -all"`])),
        i11: 'i11 TXT "v=spf1 -all"',
      },
    }),
    'loop-spf': (d) => ({
      zone: { spf: `@ TXT "v=spf1 include:other.${d} -all"`, other: `other TXT "v=spf1 include:${d} -all"` },
    }),
    'void-spf': { zone: { spf: '@ TXT "v=spf1 a:n1.void-spf.example a:n2.void-spf.example a:n3.void-spf.example -all"' } },
    'redirect-spf': { zone: { spf: '@ TXT "v=spf1 redirect=_spf.redirect-spf.example"', to: '_spf TXT "v=spf1 mx -all"' } },
    'soft-spf': { zone: { spf: '@ TXT "v=spf1 mx ~all"' } },
    'no-dkim': { zone: { dkim: undefined } },
    'dkim-768': { zone: { dkim: key(`v=DKIM1; p=${spki(keys.rsa512)}`) } },
    'dkim-1024': { zone: { dkim: key(`v=DKIM1; p=${spki(keys.rsa1024)}`) } },
    'dkim-ed25519': { zone: { dkim: key(`v=DKIM1; k=ed25519; p=${spki(keys.ed25519).slice(16)}`) } },
    'dkim-every': { zone: { dkim: key(`v=DKIM1; p=${good}`).replace('s1.', '*.') } },
    'odd-selector': { zone: { dkim: key(`v=DKIM1; p=${good}`).replace('s1.', `${ODD_SELECTOR}.`) } },
    'dkim-test': { zone: { dkim: key(`v=DKIM1; t=y; p=${good}`) } },
    'no-dmarc': { zone: { dmarc: undefined } },
    'two-dmarc': { zone: { dmarc2: '_dmarc TXT "v=DMARC1; p=none"' } },
    'dmarc-none': { zone: { dmarc: '_dmarc TXT "v=DMARC1; p=none; rua=mailto:r@dmarc-none.example"' } },
    'dmarc-half': { zone: { dmarc: '_dmarc TXT "v=DMARC1; p=reject; pct=50; rua=mailto:r@dmarc-half.example"' } },
    'dmarc-sp': { zone: { dmarc: '_dmarc TXT "v=DMARC1; p=reject; sp=none; rua=mailto:r@dmarc-sp.example"' } },
    'dmarc-away': { zone: { dmarc: '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:r@good.example"' } },
    parked: {
      zone: {
        mx: '@ MX 0 .',
        mxA: undefined,
        spf: '@ TXT "v=spf1 -all"',
        dkim: '*._domainkey TXT "v=DKIM1; p="',
        mtaSts: undefined,
        tlsRpt: undefined,
        tlsa: undefined,
        dmarc: '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:r@parked.example"',
      },
    },
    'parked-open': {
      zone: {
        mx: '@ MX 0 .',
        mxA: undefined,
        spf: undefined,
        dkim: undefined,
        dmarc: undefined,
        mtaSts: undefined,
        tlsRpt: undefined,
        tlsa: undefined,
      },
    },
    // mail: on the way
    'no-starttls': { zone: { mxA: 'mx A 127.0.0.21' } },
    'strange-mx': { zone: { mxA: 'mx A 127.0.0.22', tlsa: undefined } },
    'refuses-tls': { zone: { mxA: 'mx A 127.0.0.23' } },
    'flood-mx': { zone: { mxA: 'mx A 127.0.0.24' } },
    'cut-mx': { zone: { mxA: 'mx A 127.0.0.25' } },
    'no-tls-mx': { zone: { mxA: 'mx A 127.0.0.26' } },
    refused: { web: { locations: 'location = / { return 403; }' } },
    'dead-mx': { zone: { mxA: 'mx A 127.0.0.28' } },
    'sts-only': { zone: { tlsa: undefined } },
    'dane-only': { zone: { mtaSts: undefined } },
    'dane-unsigned': { zone: { mtaSts: undefined }, dnssec: 'unsigned' },
    'dane-wrong': { zone: { tlsa: `_25._tcp.mx TLSA 3 1 1 ${'00'.repeat(32)}` } },
    opportunistic: { zone: { mtaSts: undefined, tlsa: undefined } },
    'sts-testing': (d) => ({
      zone: { tlsa: undefined },
      files: { '/.well-known/mta-sts.txt': `version: STSv1\nmode: testing\nmx: mx.${d}\nmax_age: 604800\n` },
    }),
    'sts-other-mx': {
      zone: { tlsa: undefined },
      files: { '/.well-known/mta-sts.txt': 'version: STSv1\nmode: enforce\nmx: mail.good.example\nmax_age: 604800\n' },
    },
    'sts-redirect': {
      zone: { tlsa: undefined },
      web: { locations: 'location = /.well-known/mta-sts.txt { return 301 https://good.example/.well-known/mta-sts.txt; }' },
    },
    'no-tls-rpt': { zone: { tlsRpt: undefined } },
    // names
    unsigned: { dnssec: 'unsigned' },
    'late-signature': { dnssec: { dates: ['-s', 'now-864000', '-e', 'now-86400'] } },
    'wrong-ds': { dnssec: { ds: (ds) => ds.replace(/[0-9A-F]{8}$/, '00000000') } },
    tampered: { dnssec: { tamper: (signed) => signed.replace('admin.example. (', 'forger.example. (') } },
    stripped: { dnssec: { tamper: (signed) => signed.replaceAll(/^.*\bRRSIG\s+SOA\b[^(]*\([^)]*\)\n/gm, '') } },
    nsec3: { dnssec: { nsec3: ['-3', 'c0ffee', '-H', '5'] } },
    rsa: { dnssec: { algorithm: 'RSASHA512' } },
    sha1: { dnssec: { algorithm: 'NSEC3RSASHA1', nsec3: ['-3', '-'] } },
    ed448: { dnssec: { algorithm: 'ED448' } },
    'left-out': { dnssec: 'unsigned', tld: 'test' },
    signed: { tld: 'test' },
    // asked for by a host that takes mail itself
    'www-mail': { site: 'www.www-mail.example', zone: { wwwMx: 'www MX 10 mx', wwwSpf: 'www TXT "v=spf1 ?all"' } },
    'no-caa': { zone: { caa: undefined } },
    'empty-caa': { zone: { caa: '@ CAA 0 iodef "mailto:x@good.example"' } },
  }
  return Object.entries(changes).map(([name, given]) => {
    const domain = `${name}.${(typeof given === 'object' && given.tld) || 'example'}`
    const change = typeof given === 'function' ? given(domain) : given
    const headers = Object.entries({ ...HEADERS, ...change.headers }).filter((h): h is [string, string] => h[1] !== undefined)
    const maker: Maker = {
      domain,
      zone: zoneOf(domain, { ...change.zone, ...(change.web?.ip === undefined ? {} : { a: `@ A ${change.web.ip}` }) }, good),
      ...(change.dnssec === undefined ? {} : { dnssec: change.dnssec }),
      ...(change.site === undefined ? {} : { site: change.site }),
    }
    if (change.web !== null)
      maker.web = { headers: Object.fromEntries(headers), files: filesOf(domain, change.files ?? {}), ...change.web }
    return maker
  })
}
