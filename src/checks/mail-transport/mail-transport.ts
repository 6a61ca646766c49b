import type { Observation } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, notApplicable, pass, unanswered, warn } from '../finding.ts'
import { ofSites, told } from '../sites.ts'
import { list, plural } from '../words.ts'

export const mailTransport: Check = {
  id: 'mail-transport',
  title: 'Mail travels encrypted',
  facet: 'security',
  looksFor: 'STARTTLS of its mail servers, MTA-STS, TLS-RPT and DANE.',
  why: 'Mail without them can be read and turned aside on the way.',
  remedy: 'Service operator: STARTTLS with a valid certificate, and MTA-STS (RFC 8461) or DANE (RFC 7672).',
  passNeeds: 'Every mail server offers STARTTLS, and MTA-STS or DANE make it binding.',
  of: ['maker'],
  run(device) {
    return ofSites(device, 'mail.domain', 'site-mail', [''], (domains) => domains.map(judged))
  },
}

function judged(mail: Observation<'mail.domain'>): Finding {
  const { domain, mx, nullMx, startTls, mtaSts, tlsRpt, dane, unanswered: lost } = mail.data
  const again = `Ask again: assay probe --site ${domain}`
  const reason = (about: string) => lost.find((one) => one.about === about)?.reason
  if (reason('mx') !== undefined)
    return unanswered(`The mail servers of ${domain} are not known: ${reason('mx')}.`, again, [mail], domain)
  if (nullMx) return notApplicable(`${domain} takes no mail, and says so (RFC 7505).`, [mail], domain)
  if (mx.length === 0)
    return inconclusive(
      `${domain} names no mail server, and does not say that it takes no mail.`,
      'Service operator: publish a null MX (RFC 7505) where the domain takes no mail',
      [mail],
      domain,
    )
  const open = startTls.filter(({ offered, trouble }) => !offered && trouble === undefined)
  if (open.length > 0)
    return fail(
      'high',
      `Mail to ${domain} travels in clear: ${list(open.map((one) => one.mx))} offers no STARTTLS.`,
      [mail],
      domain,
    )
  const vain = startTls.filter(({ trouble }) => trouble !== undefined)
  const broken = startTls.filter(({ fault }) => fault !== undefined)
  if (broken.length > 0)
    return fail(
      'high',
      `Mail to ${domain} cannot travel encrypted: ${told(broken.map((one) => `${one.mx}: ${one.fault}`))}.`,
      [mail],
      domain,
    )
  const faults = [
    ...(mtaSts?.faults ?? []).map((fault) => `MTA-STS: ${fault}`),
    ...dane.flatMap((one) => one.faults.map((fault) => `${one.mx}: ${fault}`)),
  ]
  if (dane.some(({ secure, matches, faults: of }) => secure && !matches && of.length > 0))
    return fail('medium', `Mail to ${domain}: ${told(faults)}.`, [mail], domain)
  const byDane = mx.every((name) => dane.some((one) => one.mx === name && one.secure && one.matches && one.faults.length === 0))
  const bySts = mtaSts?.mode === 'enforce' && mtaSts.faults.length === 0
  // who holds the server to its own certificate needs no authority for it
  const bad = startTls.filter(({ certificate }) => certificate !== undefined && !byDane)
  if (bad.length > 0) {
    const what = told(bad.map((one) => `the certificate of ${one.mx} is not valid: ${one.certificate}`))
    return bySts
      ? fail('medium', `Mail to ${domain} is refused: ${what}.`, [mail], domain)
      : warn('medium', `Mail to ${domain} can be turned aside: ${what}.`, [mail], domain)
  }
  if (vain.length > 0)
    return unanswered(
      `A mail server of ${domain} could not be asked: ${told(vain.map((one) => `${one.mx}: ${one.trouble}`))}.`,
      NEXT_25,
      [mail],
      domain,
    )
  const old = startTls.filter(({ version }) => version !== undefined && /^(SSLv|TLSv1(\.1)?$)/.test(version))
  if (old.length > 0)
    return warn('medium', `${old[0]!.mx} agreed on ${old[0]!.version} only, which RFC 8996 forbids.`, [mail], domain)
  if (!byDane && !bySts) {
    const lostSts = reason('mta-sts')
    if (lostSts !== undefined)
      return unanswered(`Whether mail to ${domain} must travel encrypted is not known: ${lostSts}.`, again, [mail], domain)
    const why =
      faults.length > 0
        ? told(faults)
        : mtaSts !== undefined
          ? `its MTA-STS policy is ${mtaSts.mode}`
          : 'there is neither MTA-STS nor DANE'
    return warn(
      'medium',
      `Mail servers of ${domain} offer STARTTLS, and nothing makes it binding, so that it can be taken away on the way: ${why}.`,
      [mail],
      domain,
    )
  }
  const unasked = mx.length - startTls.length
  if (unasked > 0)
    return inconclusive(
      `${plural(startTls.length, 'mail server')} of ${domain} ${startTls.length === 1 ? 'offers' : 'offer'} STARTTLS; ${unasked} more ${unasked === 1 ? 'was' : 'were'} not asked.`,
      'Ask the others by hand: openssl s_client -starttls smtp -connect HOST:25',
      [mail],
      domain,
    )
  if (tlsRpt !== undefined && tlsRpt.faults.length > 0)
    return warn('low', `TLS-RPT of ${domain}: ${told(tlsRpt.faults)}.`, [mail], domain)
  const how = [...(bySts ? ['MTA-STS'] : []), ...(byDane ? ['DANE'] : [])]
  const quiet = tlsRpt === undefined ? ' Nobody hears of failures: there is no TLS-RPT record.' : ''
  return pass(
    `Mail to ${domain} must travel encrypted: every mail server offers STARTTLS, and ${list(how)} ${how.length === 1 ? 'makes' : 'make'} it binding.${quiet}`,
    [mail],
    domain,
  )
}

const NEXT_25 = 'Ask from a network that lets port 25 out: many homes are not allowed to'
