import type { Observation } from '../../evidence/evidence.ts'
import type { Check } from '../check.ts'
import { fail, inconclusive, pass, warn } from '../finding.ts'
import { list, plural, tlsServer } from '../words.ts'

const UNTRUSTED = new Set(['expired', 'not-yet-valid', 'self-signed', 'wrong-name'])
/** What a client says when it refuses a certificate (RFC 8446 section 6.2). */
const REFUSALS = new Set([
  'bad_certificate',
  'unsupported_certificate',
  'certificate_revoked',
  'certificate_expired',
  'certificate_unknown',
  'unknown_ca',
])

export const certificateNotVerified: Check = {
  id: 'certificate-not-verified',
  title: 'Verification of certificates',
  facet: 'security',
  looksFor:
    'TLS connections that the device set up although the certificate was expired, not yet valid, self-signed or for another name.',
  why: 'Encryption without knowing the other end protects from nobody who can stand in between: they simply answer in its place.',
  remedy:
    'Maker: verify chain, validity and name (RFC 9525) against the roots the product needs, and refuse the rest. Where certificates are pinned, say so in the documentation. Owner: update the device; if that changes nothing, give it nothing that you would not tell a stranger.',
  passNeeds:
    'At least one bad certificate that the device was shown and refused, and none that it accepted. A good certificate accepted says nothing. In TLS 1.3 certificates are hidden.',
  run(device) {
    const shown = device.of('tls.client').filter(({ data }) => problems(data.certificate).length > 0)
    const accepted = shown.filter(({ data }) => data.completed)
    const abroad = accepted.filter(({ data }) => data.peer.scope === 'internet')
    if (abroad.length > 0) {
      // high: anyone on the path can read and change everything; needs a place on the path, so not critical
      return [
        fail(
          'high',
          `Went on with ${count(abroad)} although the certificate was wrong: ${describe(abroad)}.${pinned(abroad)}`,
          abroad,
        ),
      ]
    }
    if (accepted.length > 0) {
      // low: things at home can hardly have a public certificate, and may have met when they were paired
      return [
        warn(
          'low',
          `Went on with ${count(accepted)} on the local network although the certificate was wrong: ${describe(accepted)}. Whether it knew that certificate from pairing cannot be seen.`,
          accepted,
        ),
      ]
    }
    const refused = shown.filter(({ data }) => data.alert?.by === 'client' && REFUSALS.has(data.alert.name))
    if (refused.length > 0)
      return [pass(`Refused ${count(refused)} with a wrong certificate, and accepted none: ${describe(refused)}.`, refused)]
    const met = device.of('tls.client')
    const reason =
      met.length === 0
        ? 'No TLS connection of the device was seen.'
        : 'No server showed it a bad certificate, so whether it would refuse one is open.'
    return [
      inconclusive(
        reason,
        'Route the device through a TLS-intercepting proxy such as mitmproxy whose root it does not know, and capture what it does.',
        met,
      ),
    ]
  },
}

function problems(certificate: { problems: readonly string[] } | undefined): string[] {
  return certificate?.problems.filter((problem) => UNTRUSTED.has(problem)) ?? []
}

function describe(handshakes: readonly Observation<'tls.client'>[]): string {
  const each = handshakes.map(({ data }) => {
    const { certificate } = data
    const faults = problems(certificate).map((problem) => WORDS[problem]?.(certificate!.names, certificate!.notAfter) ?? problem)
    return `${tlsServer(data)} (${list(faults)})`
  })
  return list(each, 2)
}

function count(handshakes: readonly Observation<'tls.client'>[]): string {
  return plural(
    handshakes.reduce((sum, handshake) => sum + handshake.count, 0),
    'connection',
  )
}

const WORDS: Record<string, (names: readonly string[], notAfter: number) => string> = {
  expired: (_, notAfter) => `expired ${new Date(notAfter / 1000).toISOString().slice(0, 10)}`,
  'not-yet-valid': () => 'not yet valid',
  'self-signed': () => 'self-signed',
  'wrong-name': (names) => `for another name: ${list(names.slice(0, 2))}`,
}

function pinned(handshakes: readonly Observation<'tls.client'>[]): string {
  const only = handshakes.every(({ data }) => problems(data.certificate).every((problem) => problem === 'self-signed'))
  return only ? ' Sound only if it holds a copy of exactly that certificate, which traffic cannot show.' : ''
}
