import type { Observation } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, pass, unanswered, warn } from '../finding.ts'
import { ofSites, told } from '../sites.ts'
import { list, plural } from '../words.ts'

export const mailAuthenticated: Check = {
  id: 'mail-authenticated',
  title: 'Mail is authenticated',
  facet: 'security',
  looksFor: 'SPF, DKIM and DMARC of the domains that write to users.',
  why: "Without them anybody writes in the maker's name.",
  remedy: 'Service operator: publish SPF with -all, DKIM keys and a DMARC record, for parked domains too.',
  passNeeds: 'SPF, DKIM and DMARC records of every named domain, all sound.',
  of: ['maker'],
  run(device) {
    return ofSites(device, 'mail.domain', 'site-mail', [''], (domains) => domains.map(judged))
  },
}

/** Receivers must not take shorter RSA keys (RFC 8301 section 3.2). */
const MIN_RSA = 1024

function judged(mail: Observation<'mail.domain'>): Finding {
  const { domain, spf, dkim, dkimNobody, dmarc, mx, nullMx, selectorsTried, unanswered: lost } = mail.data
  const reason = (about: string) => lost.find((one) => one.about === about)?.reason
  const missing: string[] = []
  if (spf === undefined && reason('spf') === undefined) missing.push('no SPF record')
  if (dmarc === undefined && reason('dmarc') === undefined) missing.push('no DMARC record')
  if (missing.length > 0)
    return fail('high', `Anybody can write in the name of ${domain}: there is ${list(missing)}.`, [mail], domain)
  if (spf !== undefined && spf.faults.length > 0) return fail('medium', `SPF of ${domain}: ${told(spf.faults)}.`, [mail], domain)
  const keys = dkim.filter(({ keyBits }) => keyBits > 0)
  const weak = dkim.filter(
    ({ keyType, keyBits, faults }) => faults.length > 0 && (keyBits === 0 || (keyType === 'rsa' && keyBits < MIN_RSA)),
  )
  if (weak.length > 0) return fail('medium', `DKIM of ${domain}: ${told(weak.flatMap(keyFaults))}.`, [mail], domain)
  const again = `Ask again: assay probe --site ${domain}`
  for (const about of ['mx', 'spf', 'dkim', 'dmarc']) {
    const why = reason(about)
    if (why !== undefined) return unanswered(`The mail of ${domain} is not known: ${why}.`, again, [mail], domain)
  }
  const odd = [...dkim.flatMap(keyFaults), ...dmarc!.faults.map((fault) => `DMARC: ${fault}`)]
  const enforced = dmarc!.policy !== 'none' && dmarc!.percent === 100
  if (spf!.all === '~' && !enforced) odd.push('SPF says ~all, and no DMARC policy makes it count: receivers let forged mail in')
  // nobody sends: there is nothing to sign
  const parked = (nullMx || mx.length === 0) && spf!.nobody
  if (odd.length > 0) return warn('low', `Mail of ${domain}: ${told(odd)}.`, [mail], domain)
  if (parked) {
    const revoked = dkimNobody ? ', all its DKIM keys are taken back' : ''
    return pass(
      `Nobody may write in the name of ${domain}: SPF says so${revoked}, and DMARC holds receivers to it.`,
      [mail],
      domain,
    )
  }
  if (keys.length === 0)
    return inconclusive(
      `SPF and DMARC of ${domain} are sound; none of ${plural(selectorsTried, 'usual DKIM selector')} has a key, and others cannot be listed.`,
      'Take the selector from a mail of the maker (s= in its DKIM-Signature), and ask again with --selector NAME',
      [mail],
      domain,
    )
  return pass(
    `Mail of ${domain} is authenticated: SPF ends with ${spf!.all}all, DKIM keys under ${list(keys.map(({ selector }) => selector))}, and a DMARC record.`,
    [mail],
    domain,
  )
}

function keyFaults({ selector, faults }: { selector: string; faults: string[] }): string[] {
  return faults.map((fault) => `selector ${selector}: ${fault}`)
}
