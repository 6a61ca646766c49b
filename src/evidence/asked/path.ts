/** What a device did when its way to the Internet was ours. */
export interface PathKinds {
  /** It called a server, and was offered a certificate that must be refused; key 'server:port offer'. */
  'probe.impostor': {
    /** By the name that it asked for, else its address. */
    server: string
    port: number
    /** 'genuine': none of ours; when it had met all others, its true server was let through to it. */
    offer: 'self-signed' | 'wrong-name' | 'expired' | 'unknown-ca' | 'public-looking' | 'genuine'
    /** 'accepted': it finished the handshake and sent data, or stayed (`sent` 0). */
    outcome: 'refused' | 'accepted' | 'not-tried'
    /** Application data, in bytes, after the handshake; of what was not for us, 0. */
    sent: number
    /** The beginning of it, printable, secrets masked. */
    text?: string
    /** A password, a token or the like was in it. */
    secret?: true
    /** With which it refused, by RFC 8446's name. */
    alert?: string
    /** What else there is to say of it, in plain words. */
    reason?: string
    /** This fault was the only one: the authority, or the rest of the certificate, is one that the device trusts. */
    only?: true
  }
  /** The Internet was taken away; key the service ('tcp/80'). */
  'probe.cut': {
    service: string
    protocol: string
    before: boolean
    during: boolean
    after: boolean
    /** How long it was away. */
    seconds: number
    /** Packets from the device to the Internet that were dropped meanwhile. */
    dropped: number
  }
}
