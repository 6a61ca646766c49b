import { createHash } from 'node:crypto'
import { printable } from '../../decode/text.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import type { EntryRef } from '../../evidence/pointer.ts'
import type { Asker } from '../asker.ts'
import type { SiteAsking, SiteProbe } from '../probe.ts'
import { dkimOf, USUAL_SELECTORS } from './dkim.ts'
import { dmarcOf } from './dmarc.ts'
import type { Validator } from './dnssec.ts'
import { Hosts } from './hosts.ts'
import { mtaStsOf } from './mta-sts.ts'
import { mxOf, textOf, type Tlsa, tlsaOf } from './records.ts'
import { Resolver } from './resolver.ts'
import { domainOf, siteName, validator } from './site.ts'
import { askStartTls, type StartTls } from './smtp.ts'
import { spfOf } from './spf.ts'
import { isVersion, readTags } from './tags.ts'

type Mail = Kinds['mail.domain']

/** Mail servers of one domain that are asked; the rest are its spares. */
const MAX_SERVERS = 5

/** How a domain guards its name in mail, and its mail on the way. */
export const siteMail: SiteProbe = {
  of: 'site',
  id: 'site-mail',
  title: "The maker's mail",
  ms: 90_000,
  asks: () => [
    'asks DNS for MX, SPF, DKIM (usual selectors), DMARC, MTA-STS, TLS-RPT and TLSA of the domain',
    'gets the MTA-STS policy',
    'greets each mail server on port 25, asks for STARTTLS, looks at its certificate and leaves: no mail is sent',
  ],
  async run(asking) {
    const site = siteName(asking.site)
    const resolver = new Resolver(asking.asker, asking.resolver)
    const domain = domainOf(site)
    await ofDomain(asking, resolver, site, domain)
    if (site === domain) return
    // a host with mail of its own
    const own = await resolver.ask(site, 'MX')
    if (own.kind === 'found') await ofDomain(asking, resolver, site, site)
  },
}

async function ofDomain(asking: SiteAsking, resolver: Resolver, site: string, domain: string): Promise<void> {
  const { asker, note } = asking
  const mail: Mail = {
    domain,
    mx: [],
    nullMx: false,
    dkim: [],
    dkimNobody: false,
    selectorsTried: 0,
    dane: [],
    startTls: [],
    unanswered: [],
  }
  const shown: EntryRef[] = []
  const lost = (about: string, reason: string | undefined) => {
    if (reason !== undefined) mail.unanswered.push({ about, reason: printable(reason, 300) })
  }
  const hosts = new Hosts(asker, resolver, site)
  const mx = await resolver.ask(domain, 'MX')
  if (mx.kind === 'trouble') lost('mx', mx.reason)
  if (mx.kind === 'none' && mx.nx)
    return asking.trouble('', `there is no domain ${domain}`, 'Name a domain of the maker that exists', mx.shown)
  if (mx.kind === 'found') {
    const servers = mx.records.map(mxOf).filter((one) => one !== undefined)
    mail.nullMx = servers.length === 1 && servers[0]!.host === ''
    mail.mx = servers
      .filter(({ host }) => host !== '')
      .toSorted((a, b) => a.preference - b.preference || (a.host < b.host ? -1 : 1))
      .map(({ host }) => host)
      .slice(0, 32)
  }

  const [spf, dmarc] = await Promise.all([spfOf(resolver, domain), dmarcOf(resolver, domain)])
  if (mx.kind === 'trouble' && spf.trouble !== undefined && dmarc.trouble !== undefined)
    return asking.trouble('', mx.reason, `Ask again: assay probe --site ${site}`, mx.shown)
  lost('spf', spf.trouble)
  lost('dmarc', dmarc.trouble)
  if (spf.spf) mail.spf = { ...spf.spf, record: printable(spf.spf.record), faults: clean(spf.spf.faults) }
  if (dmarc.dmarc) mail.dmarc = { ...dmarc.dmarc, record: printable(dmarc.dmarc.record), faults: clean(dmarc.dmarc.faults) }

  const selectors = [...new Set([...(asking.selectors ?? []), ...USUAL_SELECTORS])].filter((s) =>
    /^[A-Za-z0-9._-]{1,63}$/.test(s),
  )
  const dkim = await dkimOf(resolver, domain, selectors)
  lost('dkim', dkim.trouble)
  mail.dkim = dkim.keys.map((key) => ({ ...key, keyType: printable(key.keyType, 20), faults: clean(key.faults) }))
  mail.dkimNobody = dkim.wildcard !== undefined && dkim.wildcard.keyBits === 0 && dkim.wildcard.faults.length === 0
  mail.selectorsTried = selectors.length

  const found: Promise<EntryRef[]>[] = []
  if (mail.mx.length > 0) found.push(ofTransport(asker, resolver, hosts, validator(asking, resolver), mail, lost))
  shown.push(
    ...mx.shown.slice(0, 1),
    ...spf.shown.slice(0, 1),
    ...dmarc.shown.slice(0, 1),
    ...dkim.shown.slice(0, 2),
    ...(await Promise.all(found)).flat(),
  )
  note('mail.domain', domain, mail, shown)
}

function clean(faults: readonly string[]): string[] {
  return faults.slice(0, 16).map((fault) => printable(fault, 300))
}

/** STARTTLS of each server, and what makes it binding: MTA-STS and DANE. */
async function ofTransport(
  asker: Asker,
  resolver: Resolver,
  hosts: Hosts,
  trusted: Validator,
  mail: Mail,
  lost: (about: string, reason: string | undefined) => void,
): Promise<EntryRef[]> {
  const { domain } = mail
  const sts = await mtaStsOf(asker, resolver, hosts, domain, mail.mx)
  lost('mta-sts', sts.trouble)
  if (sts.sts) mail.mtaSts = { ...sts.sts, id: printable(sts.sts.id, 64), faults: clean(sts.sts.faults) }

  const rpt = await resolver.ask(`_smtp._tls.${domain}`, 'TXT')
  if (rpt.kind === 'trouble') lost('tls-rpt', rpt.reason)
  const reports = rpt.kind === 'found' ? rpt.records.map(textOf).filter((text) => isVersion(text, 'TLSRPTv1')) : []
  if (reports.length > 0) mail.tlsRpt = tlsRpt(reports)

  // without DNSSEC of the MX records themselves a TLSA record binds nobody (RFC 7672 section 2.2.1)
  const mxSecure = await trusted.check(domain, 'MX')
  const shown: EntryRef[] = []
  await Promise.all(
    mail.mx.slice(0, MAX_SERVERS).map(async (mx) => {
      const { ips, trouble, shown: asked } = await hosts.addresses(mx)
      const said: StartTls =
        ips.length === 0
          ? { offered: false, chain: [], trouble: trouble ?? 'it has no address', shown: asked }
          : await askStartTls(asker, ips[0]!, mx)
      shown.push(...said.shown.slice(0, 1))
      const { offered, version, certificate, fault, trouble: why } = said
      mail.startTls.push({
        mx,
        offered,
        ...(version === undefined ? {} : { version }),
        ...(certificate === undefined ? {} : { certificate }),
        ...(fault === undefined ? {} : { fault: printable(fault, 200) }),
        ...(why === undefined ? {} : { trouble: printable(why, 200) }),
      })
      const tlsa = await resolver.ask(`_25._tcp.${mx}`, 'TLSA', { aliases: false })
      if (tlsa.kind !== 'found') return
      shown.push(...tlsa.shown)
      const records = tlsa.records.map(tlsaOf).filter((one) => one !== undefined)
      const verdict = await trusted.check(`_25._tcp.${mx}`, 'TLSA')
      const secure = verdict.status === 'secure' && mxSecure.status === 'secure'
      const usable = records.filter(isUsable)
      const matches = usable.some((record) => matchesTlsa(record, said.chain))
      const faults: string[] = []
      if (!secure)
        faults.push(`its TLSA records do not count without DNSSEC (${(verdict.status === 'secure' ? mxSecure : verdict).reason})`)
      if (usable.length === 0) faults.push('none of its TLSA records is of a kind for mail (RFC 7672 section 3.1)')
      else if (said.chain.length > 0 && !matches)
        faults.push('its certificate is not the one that its TLSA records name: mail is refused')
      mail.dane.push({ mx, records: records.length, secure, matches, faults: clean(faults) })
    }),
  )
  const order = (a: { mx: string }, b: { mx: string }) => mail.mx.indexOf(a.mx) - mail.mx.indexOf(b.mx)
  mail.startTls.sort(order)
  mail.dane.sort(order)
  return shown
}

/** RFC 8460 section 3. */
function tlsRpt(texts: readonly string[]): NonNullable<Mail['tlsRpt']> {
  const faults: string[] = []
  if (texts.length > 1) faults.push('there are several records, so senders take none (RFC 8460 section 3)')
  const rua = (readTags(texts[0]!)?.get('rua') ?? '').split(',').map((uri) => uri.trim())
  if (!rua.every((uri) => /^(mailto:[^@\s]+@[^@\s]+|https:\/\/\S+)$/i.test(uri)))
    faults.push('its rua is no mailto or https address')
  return { record: printable(texts[0]!), faults }
}

/** RFC 7672 section 3.1: 2 (an authority of one's own) and 3 (the server's own certificate). */
function isUsable({ usage, selector, matching }: Tlsa): boolean {
  return (usage === 2 || usage === 3) && selector <= 1 && matching <= 2
}

/** RFC 6698 section 2.1. */
function matchesTlsa({ usage, selector, matching, data }: Tlsa, chain: StartTls['chain']): boolean {
  return (usage === 3 ? chain.slice(0, 1) : chain.slice(1)).some(({ raw, spki }) => {
    const whole = selector === 0 ? raw : spki
    const shown =
      matching === 0
        ? whole
        : createHash(matching === 1 ? 'sha256' : 'sha512')
            .update(whole)
            .digest()
    return shown.equals(data)
  })
}
