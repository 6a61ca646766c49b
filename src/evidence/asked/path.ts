/** What a device did when its way to the Internet was ours. */
export interface PathKinds {
  /** Offered a certificate that must be refused; key '<server> <offer>'. `sent`: application data, in bytes, after the handshake. */
  'probe.impostor': {
    server: string
    port: number
    offer: 'self-signed' | 'wrong-name' | 'expired' | 'unknown-ca' | 'public-looking'
    outcome: 'refused' | 'accepted' | 'not-tried'
    sent: number
    /** What it sent, printable, secrets masked. */
    text?: string
    alert?: string
  }
  /** The Internet was taken away; key the service. */
  'probe.cut': { service: string; before: boolean; during: boolean; after: boolean; seconds: number }
}
