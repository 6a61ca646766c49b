import { certificateProblems } from '../../decode/protocols/x509.ts'
import type { TlsWeakness } from '../../evidence/asked/tls.ts'
import type { Survey } from './survey.ts'
import { isAead, isWeakGroup } from './suites.ts'

type Severity = TlsWeakness['severity']

/** `by`: what shows it, as `Survey.shownBy` names it. */
export type Weakness = TlsWeakness & { by: string }

/** Suites by what is wrong with them: the first rule that fits a suite is what is said of it. */
const SUITE_RULES: readonly { id: string; severity: Severity; fits: RegExp; says: string }[] = [
  {
    id: 'null-cipher',
    severity: 'critical',
    fits: /_WITH_NULL_|^TLS_SHA\d+_SHA/,
    says: 'nothing is encrypted (RFC 9325 section 4.1)',
  },
  {
    id: 'anonymous',
    severity: 'high',
    fits: /_anon_/,
    says: 'nobody is authenticated: whoever stands in between reads all (RFC 9325 section 4.1)',
  },
  {
    id: 'export',
    severity: 'high',
    fits: /EXPORT/,
    says: 'keys of export grade are found in hours (FREAK, CVE-2015-0204; RFC 9325 section 4.1)',
  },
  { id: 'rc4', severity: 'high', fits: /_RC4_/, says: 'RC4 gives away what it hides (RFC 7465)' },
  {
    id: 'des',
    severity: 'high',
    fits: /_DES_(?!192)|_DES40_|_RC2_/,
    says: 'keys of 56 bits and fewer can be searched (RFC 9325 section 4.1)',
  },
  {
    id: 'sweet32',
    severity: 'medium',
    fits: /_3DES_|_DES_192_|_IDEA_|_28147_|_MAGMA_/,
    says: 'blocks of 64 bits repeat within hours of traffic (SWEET32, CVE-2016-2183; RFC 9325 section 4.1)',
  },
]

/**
 * RFC 9325 section 4.1, and RFC 8446 section 1.2: what TLS 1.3 left out. Keys that were shared beforehand are another matter: RFC 7925
 * section 4.2 is made of them.
 */
const FORWARD = /^TLS_(EC)?DHE_|^TLS_(EC)?DH_anon_|^TLS_(ECCPWD|ECJPAKE|SRP|CECPQ1)_|^TLS_(AES|CHACHA20|SM4|SHA)|_MGM_|_PSK_/

/**
 * What is wrong with a service, in plain words. Of what was shown only: what was not asked is not held against it.
 * @param at microseconds since 1970: when its certificates were seen
 */
export function weaknesses(found: Survey, at: number): Weakness[] {
  return [...ofVersions(found), ...ofSuites(found), ...ofKeys(found), ...ofHandshakes(found), ...ofCertificates(found, at)]
}

function ofVersions({ versions }: Survey): Weakness[] {
  const list: Weakness[] = []
  const has = (version: string) => versions.includes(version)
  if (has('SSL 2.0'))
    list.push(
      say(
        'ssl-2.0',
        'high',
        'version SSL 2.0',
        'It speaks SSL 2.0, which lets keys of its other versions be found, too (DROWN, CVE-2016-0800; RFC 6176 forbids it).',
      ),
    )
  if (has('SSL 3.0'))
    list.push(
      say(
        'ssl-3.0',
        'high',
        'version SSL 3.0',
        'It speaks SSL 3.0, of which cookies and passwords can be read (POODLE, CVE-2014-3566; RFC 7568 forbids it).',
      ),
    )
  const old = versions.filter((version) => version === 'TLS 1.0' || version === 'TLS 1.1')
  if (old.length > 0)
    list.push(
      say(
        'old-tls',
        'medium',
        `version ${old.at(-1)!}`,
        `It speaks ${old.toReversed().join(' and ')} (RFC 8996 forbids ${old.length > 1 ? 'both' : 'it'}).`,
      ),
    )
  if (versions.length > 0 && !has('TLS 1.2') && !has('TLS 1.3'))
    list.push(
      say(
        'no-current-tls',
        'high',
        `version ${versions[0]!}`,
        'It speaks neither TLS 1.2 nor TLS 1.3, and nothing else is allowed (RFC 9325 section 3.1.1, RFC 8996).',
      ),
    )
  return list
}

function ofSuites({ suites, versions }: Survey): Weakness[] {
  const list: Weakness[] = []
  const all = [...new Set(suites.flatMap((one) => one.suites))]
  const ruleOf = (suite: string) => SUITE_RULES.find(({ fits }) => fits.test(suite))
  for (const rule of SUITE_RULES) {
    const which = all.filter((suite) => ruleOf(suite) === rule)
    if (which.length > 0) list.push(say(rule.id, rule.severity, `suite ${which[0]!}`, `It takes ${some(which)}: ${rule.says}.`))
  }
  // what is said of SSL 2.0 is said: it has nothing of this
  const modern = suites.filter(({ version }) => version !== 'SSL 2.0')
  const sound = modern.flatMap((one) => one.suites).filter((suite) => ruleOf(suite) === undefined)
  const lasting = [...new Set(sound.filter((suite) => !FORWARD.test(suite)))]
  if (lasting.length > 0) {
    const only = sound.every((suite) => lasting.includes(suite))
    list.push(
      only
        ? say(
            'no-forward-secrecy',
            'medium',
            `suite ${lasting[0]!}`,
            'None of its cipher suites has forward secrecy: who gets its key later can read all that was recorded (RFC 9325 section 4.1).',
          )
        : say(
            'static-key-exchange',
            'low',
            `suite ${lasting[0]!}`,
            `It takes ${some(lasting)}: who gets its key later can read what was recorded (no forward secrecy; RFC 9325 section 4.1 advises against it).`,
          ),
    )
  }
  const early = modern.filter(({ version }) => version === 'TLS 1.0' || version === 'SSL 3.0')
  if (early.some((one) => one.suites.some((suite) => suite.includes('_CBC_'))))
    list.push(
      say(
        'beast',
        'low',
        `version ${early.at(-1)!.version}`,
        `It takes cipher suites with CBC in ${early.map(({ version }) => version).join(' and ')}, whose initialisation vectors are known beforehand (BEAST, CVE-2011-3389; RFC 4346 section 1.1).`,
      ),
    )
  const twelve = modern.find(({ version }) => version === 'TLS 1.2')
  if (twelve && !versions.includes('TLS 1.3') && !twelve.suites.some(isAead))
    list.push(
      say(
        'no-aead',
        'low',
        'version TLS 1.2',
        'None of its cipher suites has authenticated encryption (RFC 9325 section 4.2 recommends only such).',
      ),
    )
  return list
}

function ofKeys({ dhBits, groups }: Survey): Weakness[] {
  const list: Weakness[] = []
  if (dhBits !== undefined && dhBits < 2048)
    list.push(
      say(
        'small-dh',
        dhBits <= 1024 ? 'high' : 'medium',
        'dh',
        `It exchanges keys by Diffie-Hellman with a prime of ${dhBits} bits (Logjam, CVE-2015-4000; RFC 9325 section 4.5 and RFC 7919 ask for 2048).`,
      ),
    )
  const small = groups.filter(isWeakGroup)
  if (small.length > 0)
    list.push(
      say(
        'small-curve',
        'medium',
        `group ${small[0]!}`,
        `It exchanges keys on curves of fewer than 224 bits: ${some(small)} (RFC 9325 section 4.5; RFC 8422 dropped them).`,
      ),
    )
  return list
}

function ofHandshakes(found: Survey): Weakness[] {
  const list: Weakness[] = []
  const { versions } = found
  if (found.secureRenegotiation === false)
    list.push(
      say(
        'insecure-renegotiation',
        'medium',
        'renegotiation',
        'It does not know secure renegotiation: a stranger can put words before those of a client (CVE-2009-3555; RFC 5746 and RFC 9325 section 3.5 demand it).',
      ),
    )
  if (found.clientRenegotiation)
    list.push(
      say(
        'client-renegotiation',
        'low',
        'client renegotiation',
        'It does a new handshake whenever a client asks for one, which keeps it busy at little cost (CVE-2011-1473).',
      ),
    )
  if (found.compression)
    list.push(
      say(
        'compression',
        'medium',
        'compression',
        'It compresses what it encrypts, which gives away secrets by their length (CRIME, CVE-2012-4929; RFC 9325 section 3.3).',
      ),
    )
  if (found.fallbackScsv === false && versions.some((version) => version !== 'TLS 1.2' && version !== 'TLS 1.3'))
    list.push(
      say(
        'no-fallback-scsv',
        'low',
        'fallback',
        'It lets who stands in between talk a client down to an earlier version (it does not know TLS_FALLBACK_SCSV, RFC 7507).',
      ),
    )
  if (found.heartbeat)
    list.push(
      say(
        'heartbeat',
        'low',
        'compression',
        'It offers heartbeats (RFC 6520), which TLS over TCP does not need; whether it has Heartbleed (CVE-2014-0160) was not tried.',
      ),
    )
  return list
}

function ofCertificates({ certificates, name }: Survey, at: number): Weakness[] {
  return certificates.flatMap(({ facts: certificate, read }) => {
    const { keyBits, keyType, signatureAlgorithm } = certificate
    const its = certificates.length > 1 ? `Its certificate with the ${keyType} key` : 'Its certificate'
    return certificateProblems(read, at, name)
      .flatMap((problem): Weakness[] => {
        switch (problem) {
          case 'expired':
            return [
              say(
                'certificate-expired',
                'medium',
                `certificate ${certificate.sha256}`,
                `${its} expired on ${certificate.notAfter.slice(0, 10)} (RFC 5280 section 4.1.2.5).`,
              ),
            ]
          case 'not-yet-valid':
            return [
              say(
                'certificate-not-yet-valid',
                'medium',
                `certificate ${certificate.sha256}`,
                `${its} is valid only from ${certificate.notBefore.slice(0, 10)} on (RFC 5280 section 4.1.2.5).`,
              ),
            ]
          case 'wrong-name':
            return [
              say(
                'certificate-wrong-name',
                'medium',
                `certificate ${certificate.sha256}`,
                `${its} does not name ${name}, but ${some(certificate.names)} (RFC 9525).`,
              ),
            ]
          case 'weak-key':
            return [
              say(
                'certificate-weak-key',
                keyType !== 'EC' && keyBits > 1024 ? 'medium' : 'high',
                `certificate ${certificate.sha256}`,
                `${its} has a key of ${keyBits} bits (${keyType}; RFC 9325 section 4.5).`,
              ),
            ]
          case 'weak-signature':
            return [
              say(
                'certificate-weak-signature',
                'medium',
                `certificate ${certificate.sha256}`,
                `${its} is signed by ${signatureAlgorithm}, which can be forged (RFC 9325 section 4.5).`,
              ),
            ]
        }
        // things at home can hardly have another than a self-signed one: told as a fact, held against nobody
        return []
      })
      .concat(
        certificate.chain === 'out-of-order'
          ? [
              say(
                'chain-out-of-order',
                'low',
                `certificate ${certificate.sha256}`,
                `${its} is followed by one that did not issue it, or the chain breaks later (RFC 5246 section 7.4.2).`,
              ),
            ]
          : [],
      )
  })
}

function say(id: string, severity: Severity, by: string, says: string): Weakness {
  return { id, severity, by, says }
}

/** At most three, and how many more. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown
}
