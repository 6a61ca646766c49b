import type { Kinds } from '../evidence/kinds.ts'

/**
 * Requests that are in clear because their standard or purpose wants it so; a device is not blamed for these alone.
 * - OCSP answers and revocation lists are signed by the authority; fetching them over TLS could need themselves
 *   (RFC 6960 appendix A, RFC 5280 section 8: "CAs SHOULD NOT include URIs that specify https" in CRL locations).
 * - Certificates of authorities are public and signed too (RFC 5280 section 4.2.2.1 fetches them by HTTP).
 * - Connectivity checks look for a captive portal, which can only answer what it can read and replace (RFC 8952 section 1).
 */
export function byDesign(request: Kinds['http.client']): 'certificate status' | 'connectivity check' | undefined {
  const host = (request.host ?? request.peer.name ?? '').toLowerCase().replace(/:\d+$/, '')
  // observers write long numbers in paths as '*'
  const path = request.path.toLowerCase().split('?', 1)[0]!
  const type = (request.contentType ?? '').toLowerCase()
  if (type.startsWith('application/ocsp-response') || type.startsWith('application/pkix-crl')) return 'certificate status'
  if (/^(ocsp|crl|crls)\d*\./.test(host) && (request.method === 'GET' || request.method === 'POST')) return 'certificate status'
  // what carries something away is no mere question
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
  if (path.endsWith('.crl') && !type.startsWith('text/')) return 'certificate status'
  if (/\.(crt|cer|p7c)$/.test(path) && !type.startsWith('text/')) return 'certificate status'
  if (CONNECTIVITY.has(host)) return 'connectivity check'
  return /^\/gen(erate)?_(204|\*)$/.test(path) ? 'connectivity check' : undefined
}

/** Hosts that serve nothing else. Android and ChromeOS, Apple, Windows, Firefox, Linux desktops, Amazon. */
const CONNECTIVITY = new Set([
  'connectivitycheck.gstatic.com',
  'connectivitycheck.android.com',
  'captive.apple.com',
  'www.msftconnecttest.com',
  'ipv6.msftconnecttest.com',
  'www.msftncsi.com',
  'detectportal.firefox.com',
  'nmcheck.gnome.org',
  'connectivity-check.ubuntu.com',
  'network-test.debian.org',
  'spectrum.s3.amazonaws.com',
])
