import type { Observation } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { fail, pass, unanswered, warn } from '../finding.ts'
import { ofSites } from '../sites.ts'

export const dmarcEnforced: Check = {
  id: 'dmarc-enforced',
  title: 'DMARC is enforced',
  facet: 'security',
  looksFor: 'Whether the DMARC policy is quarantine or reject, for all mail.',
  why: 'A policy of none asks receivers to let forged mail in.',
  remedy: 'Service operator: move to quarantine, then reject.',
  passNeeds: 'p=quarantine or p=reject, for all mail, of every named domain.',
  of: ['maker'],
  run(device) {
    return ofSites(device, 'mail.domain', 'site-mail', [''], (domains) => domains.map(judged))
  },
}

function judged(mail: Observation<'mail.domain'>): Finding {
  const { domain, dmarc, unanswered: lost } = mail.data
  const why = lost.find(({ about }) => about === 'dmarc')?.reason
  if (why !== undefined)
    return unanswered(`DMARC of ${domain} is not known: ${why}.`, `Ask again: assay probe --site ${domain}`, [mail], domain)
  if (dmarc === undefined) return fail('medium', `${domain} has no DMARC record: receivers let forged mail in.`, [mail], domain)
  const { policy, subdomains, percent, at } = dmarc
  if (policy === 'none')
    return fail('medium', `The DMARC policy of ${domain} is none: receivers are asked to let forged mail in.`, [mail], domain)
  if (percent < 100)
    return warn(
      'medium',
      `The DMARC policy of ${domain} is ${policy} for ${percent} % of what fails: the rest is let in.`,
      [mail],
      domain,
    )
  if (subdomains === 'none')
    return warn(
      'medium',
      `The DMARC policy of ${domain} is ${policy}, and none for all names below it: those can be forged.`,
      [mail],
      domain,
    )
  return pass(`The DMARC policy of ${domain} is ${policy}, for all mail (${at}).`, [mail], domain)
}
