import { type Certificate, readCertificate } from './x509.ts'

/** What a server showed: its own certificate, those of its issuers as far as they are kept, and how many it sent in all. */
export interface CertificateChain {
  certificate?: Certificate
  issuers: Certificate[]
  length: number
}

const MAX_CHAIN = 32
/** Issuers that are kept: honest chains have one or two. */
const MAX_ISSUERS = 4

/**
 * The body of a Certificate, bytes[start, end) (RFC 5246 section 7.4.2): lengths of 24 bits, of the list and of each certificate, the
 * server's own first. What a cut leaves incomplete is counted and not read.
 */
export function readChain(bytes: Uint8Array, start: number, end: number): CertificateChain {
  const chain: CertificateChain = { issuers: [], length: 0 }
  for (let at = start + 3; at + 3 <= end && chain.length < MAX_CHAIN;) {
    const stop = at + 3 + ((bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!)
    chain.length++
    if (stop <= end && chain.length <= 1 + MAX_ISSUERS) {
      const certificate = readCertificate(bytes.subarray(at + 3, stop))
      if (certificate !== undefined) {
        if (chain.length === 1) chain.certificate = certificate
        else chain.issuers.push(certificate)
      }
    }
    at = stop
  }
  return chain
}
