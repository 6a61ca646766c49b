/** What the maker's side answered. Keys: the site or domain, with what was asked of it. */
export interface MakerKinds {
  /** HTTPS of a site. */
  'site.https': {
    host: string
    /** Where plain HTTP leads: 'https', 'http', 'none' (nobody answers there). */
    plain: 'https' | 'http' | 'none'
    /** What is wrong with its certificate. */
    certificate?: string
    version?: string
    hsts?: { maxAge: number; includeSubDomains: boolean; preload: boolean }
  }
  /** Security headers of its first page: those there, and those missing or wrong. */
  'site.headers': { host: string; present: string[]; faults: string[] }
  /** RFC 9116. `faults` in plain words; none: it is sound. */
  'site.security-txt': {
    host: string
    found: boolean
    url?: string
    contacts: string[]
    expires?: string
    policy?: string
    signed?: 'valid' | 'invalid' | 'unverified'
    canonical: string[]
    faults: string[]
  }
  /** CSAF 2.0, section 7: provider metadata and what it leads to. */
  'site.csaf': {
    host: string
    found: boolean
    url?: string
    publisher?: string
    role?: string
    advisories?: number
    newest?: string
    faults: string[]
  }
  /** A domain's mail: what DNS says. Undefined where there is no record. `trouble`: the question had no answer. */
  'mail.domain': {
    domain: string
    mx: string[]
    spf?: { record: string; all: string; lookups: number; faults: string[] }
    dkim: { selector: string; keyType: string; keyBits: number; faults: string[] }[]
    dmarc?: { record: string; policy: string; subdomains?: string; percent: number; reports: boolean; faults: string[] }
    mtaSts?: { id: string; mode?: string; maxAge?: number; mx: string[]; faults: string[] }
    tlsRpt?: { record: string; faults: string[] }
    dane: { mx: string; records: number; faults: string[] }[]
    startTls: { mx: string; offered: boolean; certificate?: string; trouble?: string }[]
    trouble?: string
  }
  /** DNSSEC and CAA of a domain. `dnssec`: signed and validated, signed and broken, not signed, or not known. */
  'site.dns': { domain: string; dnssec: 'secure' | 'bogus' | 'insecure' | 'unknown'; caa: string[]; faults: string[] }
}
