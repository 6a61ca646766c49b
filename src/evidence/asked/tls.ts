/** TLS of its services, asked in every way that matters. */
export interface TlsKinds {
  /** One service; key 'tcp/443'. */
  'probe.tls': {
    port: number
    /** By which it was asked (SNI). */
    name?: string
    /** The protocol that begins in clear and was changed to TLS (STARTTLS). */
    upgraded?: string
    /** Said by its answers, latest first: 'TLS 1.3' … 'SSL 2.0'. */
    versions: string[]
    /**
     * IANA names by version, in the order in which it chose them where it `serverPrefers`. Without that it was offered them in an order
     * of ours and kept to it, or has only one.
     */
    suites: { version: string; suites: string[]; serverPrefers?: boolean }[]
    /** IANA names, in the order in which it chose them. */
    groups: string[]
    /** The smallest prime of a Diffie-Hellman exchange that it showed, in bits. */
    dhBits?: number
    /** Its own certificates: one for each kind of key that it has. */
    certificates: AskedCertificate[]
    /** RFC 5746; this and what follows undefined where it could not be asked (TLS 1.3 alone has none of it). */
    secureRenegotiation?: boolean
    /** It did a second handshake when we asked for one. */
    clientRenegotiation?: boolean
    compression?: boolean
    /** RFC 7507: it refuses an earlier version from who says that this is not the best one it has. */
    fallbackScsv?: boolean
    /** RFC 6520. */
    heartbeat?: boolean
    /** RFC 7627. */
    extendedMasterSecret?: boolean
    handshakes: number
    /** All questions were put and answered. Else nothing follows from what is not said here. */
    complete: boolean
    /** What is known of servers and was not asked, and why. */
    untested: string[]
    weaknesses: TlsWeakness[]
  }
  /** Which open ports were asked for TLS, and which of them speak it; key 'tcp'. */
  'probe.tls-ports': { asked: number[]; speak: number[] }
}

export interface AskedCertificate {
  subject: string
  issuer: string
  names: string[]
  /** RFC 3339. */
  notBefore: string
  notAfter: string
  keyType: string
  keyBits: number
  signatureAlgorithm: string
  sha256: string
  /** How many it sent, its own among them. */
  chainLength: number
  /**
   * What its chain leads to: 'self-signed': itself; 'public': a root of Mozilla's; 'private': another root, which it sent; 'incomplete': an
   * issuer that it did not send; 'out-of-order': the second did not issue the first, and so on.
   */
  chain: 'self-signed' | 'public' | 'private' | 'incomplete' | 'out-of-order'
}

/** In plain words, with how grave it is and the RFC or publication that says so. */
export interface TlsWeakness {
  id: string
  severity: 'low' | 'medium' | 'high' | 'critical'
  says: string
}
