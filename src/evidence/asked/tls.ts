/** TLS of a service, asked in every way that matters. Key 'tcp/443'. */
export interface TlsKinds {
  'probe.tls': {
    port: number
    name?: string
    /** Said by its answers: 'SSL 2.0' … 'TLS 1.3'. */
    versions: string[]
    /** IANA names by version, in the order of the server's preference where it has one. */
    suites: { version: string; suites: string[]; serverPrefers: boolean }[]
    groups: string[]
    certificate?: {
      subject: string
      issuer: string
      names: string[]
      notBefore: string
      notAfter: string
      keyType: string
      keyBits: number
      signatureAlgorithm: string
      sha256: string
      chainLength: number
    }
    secureRenegotiation?: boolean
    clientRenegotiation?: boolean
    compression?: boolean
    fallbackScsv?: boolean
    /** In plain words, each with how grave it is and the RFC or publication that says so. */
    weaknesses: { id: string; severity: 'low' | 'medium' | 'high' | 'critical'; says: string }[]
  }
}
