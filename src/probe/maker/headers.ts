/** HTTP Strict Transport Security (RFC 6797 section 6.1). Undefined where the field breaks its grammar: then browsers leave it. */
export function parseHsts(value: string): { maxAge: number; includeSubDomains: boolean; preload: boolean } | undefined {
  const seen = new Map<string, string>()
  for (const part of value.split(';')) {
    if (part.trim() === '') continue
    const [, name, quoted, bare = ''] =
      /^\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s"]*))\s*)?$/.exec(part) ?? []
    if (name === undefined || seen.has(name.toLowerCase())) return undefined
    seen.set(name.toLowerCase(), quoted ?? bare)
  }
  const age = seen.get('max-age')
  if (age === undefined || !/^\d{1,15}$/.test(age)) return undefined
  return { maxAge: Number(age), includeSubDomains: seen.has('includesubdomains'), preload: seen.has('preload') }
}

/** What a page's security headers are, and what they are not. */
export interface SecurityHeaders {
  present: string[]
  missing: string[]
  /** There, and wrong or without effect. */
  faults: string[]
}

/** A policy by directive, of which the first of a name counts (CSP3 section 2.2.1). */
type Policy = Map<string, string[]>

function parseCsp(value: string): Policy {
  const policy: Policy = new Map()
  for (const part of value.split(';')) {
    const [name, ...sources] = part.trim().split(/\s+/)
    if (name && !policy.has(name.toLowerCase()))
      policy.set(
        name.toLowerCase(),
        sources.map((s) => (/^'(nonce|sha\d+)-/i.test(s) ? s : s.toLowerCase())),
      )
  }
  return policy
}

/** Why a policy does not keep foreign scripts out; undefined where it does. */
function scriptFault(policy: Policy): string | undefined {
  const sources = policy.get('script-src') ?? policy.get('default-src')
  if (sources === undefined) return 'says nothing of scripts'
  const chosen = sources.some((s) => /^'(nonce|sha(256|384|512))-/i.test(s))
  if (sources.includes("'unsafe-inline'") && !chosen) return "lets any script in the page run ('unsafe-inline')"
  // with strict-dynamic hosts and schemes do not count (CSP3 section 8.2)
  if (chosen && sources.includes("'strict-dynamic'")) return undefined
  const anybody = sources.find((s) => ['*', 'http:', 'https:', 'data:'].includes(s))
  return anybody === undefined ? undefined : `lets scripts come from anywhere (${anybody})`
}

/**
 * @param headers names in lower case, repeated as they were sent
 * @param html the page, for policies that stand in it
 */
export function securityHeaders(headers: readonly (readonly [string, string])[], html: string): SecurityHeaders {
  const found: SecurityHeaders = { present: [], missing: [], faults: [] }
  const all = (name: string) => headers.filter(([n]) => n === name).map(([, value]) => value.trim())
  const judge = (name: string, fault: string | undefined) => {
    if (fault === undefined) found.present.push(name)
    else if (fault === '') found.missing.push(name)
    else found.faults.push(`${name} ${fault}`)
  }
  // each field may hold several policies, and all of them hold
  const sent = all('content-security-policy')
    .flatMap((value) => value.split(','))
    .map(parseCsp)
  const policies = [...sent, ...metaPolicies(html).map(parseCsp)].filter((policy) => policy.size > 0)
  const weak = policies.map(scriptFault)
  judge('Content-Security-Policy', policies.length === 0 ? '' : weak.includes(undefined) ? undefined : weak[0])
  const nosniff = all('x-content-type-options')
  judge(
    'X-Content-Type-Options',
    nosniff.length === 0 ? '' : nosniff.every((v) => v.toLowerCase() === 'nosniff') ? undefined : 'is not nosniff',
  )
  const referrer = all('referrer-policy')
    .flatMap((v) =>
      v
        .toLowerCase()
        .split(',')
        .map((p) => p.trim()),
    )
    .filter((p) => REFERRERS.has(p))
  const last = referrer.at(-1)
  judge(
    'Referrer-Policy',
    last === undefined
      ? ''
      : last === 'unsafe-url' || last === 'no-referrer-when-downgrade'
        ? `tells other sites the whole address (${last})`
        : undefined,
  )
  const ancestors = sent.map((policy) => policy.get('frame-ancestors')).filter((list) => list !== undefined)
  const options = all('x-frame-options').map((v) => v.toLowerCase())
  const frame =
    ancestors.length > 0
      ? ancestors.every((list) => list.some((s) => ['*', 'http:', 'https:'].includes(s)))
        ? 'lets anybody frame the page (frame-ancestors)'
        : undefined
      : options.length === 0
        ? ''
        : options.every((v) => v === 'deny' || v === 'sameorigin')
          ? undefined
          : 'is neither DENY nor SAMEORIGIN (RFC 7034)'
  judge(ancestors.length > 0 || frame === '' ? 'frame-ancestors' : 'X-Frame-Options', frame)
  return found
}

const REFERRERS = new Set([
  'no-referrer',
  'no-referrer-when-downgrade',
  'same-origin',
  'origin',
  'strict-origin',
  'origin-when-cross-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
])

/** In the head of the page; frame-ancestors does not count there (CSP3 section 3.3). */
function metaPolicies(html: string): string[] {
  const policies: string[] = []
  for (const [tag] of html.slice(0, 65_536).matchAll(/<meta\s[^>]{0,4000}>/gi)) {
    if (!/http-equiv\s*=\s*["']?content-security-policy["'\s>]/i.test(tag)) continue
    const content = /content\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(tag)
    if (content !== null && policies.length < 8) policies.push(content[1] ?? content[2]!)
  }
  return policies
}
