import type { X509Certificate } from 'node:crypto'
import { printable } from '../decode/text.ts'
import { extensionsOf } from './extensions.ts'

/**
 * Why a chain does not lead from its first certificate to an authority of the user's; undefined where it does (RFC 5280, section 6.1: the
 * signatures, names, times and basic constraints; no revocation, as nothing is asked of the network).
 * @param now in milliseconds since 1970
 */
export function chainFault(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: number,
): string | undefined {
  for (const [i, certificate] of chain.entries()) {
    const what = i === 0 ? 'it' : `its issuer ${commonName(certificate)}`
    if (now < certificate.validFromDate.getTime()) return `${what} is not valid yet`
    if (now > certificate.validToDate.getTime()) return `${what} ran out on ${certificate.validToDate.toISOString().slice(0, 10)}`
    if (extensionsOf(certificate.raw).unknownCritical.length > 0)
      return `${what} demands what is not understood here (a critical extension)`
    if (authorities.some((one) => leadsTo(certificate, i, one, now))) return useFault(chain[0]!)
    const issuer = chain[i + 1]
    if (issuer === undefined) return 'it does not lead to an authority that you named'
    if (!issued(issuer, certificate)) return `${what} was not issued by ${commonName(issuer)}, which follows it`
    if (!mayHaveBelow(issuer, i)) return `${commonName(issuer)} may not certify others that certify`
  }
  return undefined
}

/** Any; code; mail; documents (RFC 5280, section 4.2.1.12; RFC 9336). */
const SIGNING = new Set(['2.5.29.37.0', '1.3.6.1.5.5.7.3.3', '1.3.6.1.5.5.7.3.4', '1.3.6.1.5.5.7.3.36'])

/** Who has a certificate for a web site is no maker for that. */
function useFault(leaf: X509Certificate): string | undefined {
  if (extensionsOf(leaf.raw).signs === false) return 'it is for other uses than signing (key usage)'
  // Node's types have a text, where it gives a list of them, or nothing
  const uses = leaf.keyUsage as unknown as readonly string[] | undefined
  return uses === undefined || uses.some((use) => SIGNING.has(use))
    ? undefined
    : 'it is for other uses than signing documents or code (extended key usage)'
}

/** 'Example Ltd (certified by Example CA)'; of a certificate that was itself named, its name alone. Only for a chain without fault. */
export function nameOf(chain: readonly X509Certificate[], authorities: readonly X509Certificate[]): string {
  const [leaf] = chain
  for (const certificate of chain) {
    const authority = authorities.find((one) => one.raw.equals(certificate.raw) || issued(one, certificate))
    if (authority !== undefined)
      return authority.raw.equals(leaf!.raw) ? commonName(leaf!) : `${commonName(leaf!)} (certified by ${commonName(authority)})`
  }
  return commonName(leaf!)
}

/** An authority is this certificate, the `below`-th of a chain, or issued it. */
function leadsTo(certificate: X509Certificate, below: number, authority: X509Certificate, now: number): boolean {
  if (authority.raw.equals(certificate.raw)) return true
  const valid = now >= authority.validFromDate.getTime() && now <= authority.validToDate.getTime()
  return valid && issued(authority, certificate) && mayHaveBelow(authority, below)
}

/** RFC 5280, section 4.2.1.9: how many intermediates may follow. */
function mayHaveBelow(issuer: X509Certificate, intermediates: number): boolean {
  return (extensionsOf(issuer.raw).pathLength ?? Infinity) >= intermediates
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  try {
    return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  } catch {
    return false
  }
}

/** How a certificate calls its holder: organisation and common name, else all of its subject. */
function commonName({ subject }: X509Certificate): string {
  const field = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(subject)?.[1]
  const [organisation, common] = [field('O'), field('CN')]
  const both =
    organisation !== undefined && common !== undefined && organisation !== common ? `${organisation}, ${common}` : undefined
  return printable(both ?? common ?? organisation ?? subject.replaceAll('\n', ', '), 200)
}
