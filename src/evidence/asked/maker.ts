/** What the maker's side answered. Keys: the site or domain. `faults` are in plain words; none: it is sound. */
export interface MakerKinds {
  /** HTTPS of a site; key the host. */
  'site.https': {
    host: string
    /** Where plain HTTP leads: 'https', 'http' (a page is served that anybody on the way can change), 'none' (nobody answers there). */
    plain: 'https' | 'http' | 'none'
    /** HTTPS answered. */
    secure: boolean
    /** Of the first answer over HTTPS. */
    status?: number
    /** What is wrong with its certificate. */
    certificate?: string
    /** 'TLSv1.3', as OpenSSL writes it. */
    version?: string
    /** RFC 6797; seconds. */
    hsts?: { maxAge: number; includeSubDomains: boolean; preload: boolean }
    /** Host of another owner to which it leads. */
    leadsTo?: string
    faults: string[]
  }
  /** Security headers of its first page: those that are sound, those that are not there, and those that are wrong. */
  'site.headers': { host: string; url: string; present: string[]; missing: string[]; faults: string[] }
  /** RFC 9116; key the host. */
  'site.security-txt': {
    host: string
    found: boolean
    url?: string
    contacts: string[]
    /** As it stands there. */
    expires?: string
    policy?: string
    /** Its signature: 'unverified' where its key is not to be had. */
    signed?: 'valid' | 'invalid' | 'unverified'
    canonical: string[]
    /** It breaks the RFC, or serves nobody. */
    faults: string[]
    /** The RFC recommends otherwise. */
    notes: string[]
  }
  /** CSAF 2.0, section 7: provider metadata and what it leads to; key the host. */
  'site.csaf': {
    host: string
    found: boolean
    url?: string
    publisher?: string
    role?: string
    /** How many its feeds or indexes list. */
    advisories?: number
    /** The list is longer than is read: there are more. */
    more?: boolean
    /** When the newest was changed last, RFC 3339. */
    newest?: string
    /** Address of the advisory that was read. */
    read?: string
    /** Its signature, where the provider is a trusted one, who must sign. */
    signed?: 'valid' | 'invalid' | 'unverified'
    faults: string[]
  }
  /** A domain's mail: what DNS and its servers say; key the domain. Undefined where there is no record. */
  'mail.domain': {
    domain: string
    /** By preference. */
    mx: string[]
    /** It says that it takes no mail (RFC 7505). */
    nullMx: boolean
    /** `all`: the qualifier of what nothing else matches. `nobody`: nobody may send. */
    spf?: { record: string; all: string; lookups: number; nobody: boolean; faults: string[] }
    /** Of selectors that are known; selectors cannot be listed. `keyBits` 0: taken back. */
    dkim: { selector: string; keyType: string; keyBits: number; faults: string[] }[]
    /** Every selector's key is taken back: no mail is signed. */
    dkimNobody: boolean
    selectorsTried: number
    dmarc?: {
      record: string
      /** Where it was found: '_dmarc.maker.example'. */
      at: string
      /** For the domain that was asked for: 'none', 'quarantine', 'reject'. */
      policy: string
      /** For its subdomains: `sp`, else as `policy`. */
      subdomains: string
      /** Of mail that fails, to how much of it the policy applies. */
      percent: number
      /** Reports are asked for, so that somebody sees who sends. */
      reports: boolean
      faults: string[]
    }
    mtaSts?: { id: string; mode?: string; maxAge?: number; mx: string[]; faults: string[] }
    tlsRpt?: { record: string; faults: string[] }
    /** RFC 7672. `secure`: its records are signed (DNSSEC), without which they do not count. `matches`: the certificate that was shown. */
    dane: { mx: string; records: number; secure: boolean; matches: boolean; faults: string[] }[]
    /** `certificate`: what is wrong with it, for the server's own name. `fault`: it is offered and does not work. */
    startTls: { mx: string; offered: boolean; version?: string; certificate?: string; fault?: string; trouble?: string }[]
    /** Questions that had no answer: 'mx', 'spf', 'dkim', 'dmarc', 'mta-sts', 'tls-rpt'. */
    unanswered: { about: string; reason: string }[]
  }
  /** DNSSEC and CAA of a domain; key the domain. */
  'site.dns': {
    domain: string
    /** Signed and validated, signed and broken, not signed, or not known. */
    dnssec: 'secure' | 'bogus' | 'insecure' | 'unknown'
    /** Why it is not secure. */
    reason?: string
    /** RFC 8659: 'issue ca.example', and the name at which they stand. */
    caa: string[]
    caaAt?: string
    faults: string[]
    unanswered: { about: string; reason: string }[]
  }
}
