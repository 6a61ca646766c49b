import type { EntryRef } from '../../evidence/pointer.ts'
import { printable } from '../../decode/text.ts'
import type { Asker } from '../asker.ts'
import { header } from '../web.ts'
import type { Hosts } from './hosts.ts'
import { bodyText, bodyTrouble, certificateFault, getPage } from './page.ts'
import { textOf } from './records.ts'
import type { Resolver } from './resolver.ts'
import { isVersion, readTags } from './tags.ts'

/** RFC 8461: mail only over TLS, with a certificate that is verified. */
export interface MtaSts {
  id: string
  mode?: string
  maxAge?: number
  mx: string[]
  faults: string[]
}

/** The policy file (section 3.2): 'key: value' lines, of which only mx may stand twice. */
export function parsePolicy(text: string): Pick<MtaSts, 'mode' | 'maxAge' | 'mx' | 'faults'> {
  const policy: Pick<MtaSts, 'mode' | 'maxAge' | 'mx' | 'faults'> = { mx: [], faults: [] }
  const fields = new Map<string, string>()
  const lines = text.split('\n')
  for (const raw of lines.slice(0, 200)) {
    const line = raw.replace(/\r$/, '').trimEnd()
    if (line === '') continue
    const [, name, value] = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31})[ \t]*:[ \t]*(.*)$/.exec(line) ?? []
    if (name === undefined) policy.faults.push(`a line is no field: ${printable(line, 60)}`)
    else if (name === 'mx') policy.mx.push(printable(value!.toLowerCase(), 255))
    // section 3.2: of a field that stands twice the first counts
    else if (!fields.has(name)) fields.set(name, value!)
  }
  if (fields.get('version') !== 'STSv1') policy.faults.push('its version is not STSv1')
  const mode = fields.get('mode')
  if (mode === 'enforce' || mode === 'testing' || mode === 'none') policy.mode = mode
  else policy.faults.push('its mode is none of enforce, testing and none')
  const age = fields.get('max_age')
  if (age !== undefined && /^\d{1,10}$/.test(age) && Number(age) <= 31_557_600) policy.maxAge = Number(age)
  else policy.faults.push('its max_age is no number of seconds up to a year')
  if (policy.mx.length === 0 && mode !== 'none') policy.faults.push('it names no mail server (mx)')
  policy.mx.splice(64)
  return policy
}

/** Section 4.1: a wildcard stands for one label. */
export function matchesMx(pattern: string, mx: string): boolean {
  return pattern.startsWith('*.')
    ? mx.slice(mx.indexOf('.')) === pattern.slice(1) && mx.includes('.')
    : pattern.replace(/\.$/, '') === mx
}

export async function mtaStsOf(
  asker: Asker,
  resolver: Resolver,
  hosts: Hosts,
  domain: string,
  mx: readonly string[],
): Promise<{ sts?: MtaSts; trouble?: string; shown: EntryRef[] }> {
  const answer = await resolver.ask(`_mta-sts.${domain}`, 'TXT')
  const shown = [...answer.shown]
  if (answer.kind === 'trouble') return { trouble: answer.reason, shown }
  const texts = answer.kind === 'found' ? answer.records.map(textOf).filter((text) => isVersion(text, 'STSv1')) : []
  if (texts.length === 0) return { shown }
  const sts: MtaSts = { id: readTags(texts[0]!)?.get('id') ?? '', mx: [], faults: [] }
  if (texts.length > 1) sts.faults.push('there are several records, so senders take none (RFC 8461 section 3.1)')
  if (!/^[A-Za-z0-9]{1,32}$/.test(sts.id)) sts.faults.push('its record has no id')
  const host = `mta-sts.${domain}`
  // section 3.3: no redirect is followed, and the certificate must be good
  const page = await getPage(asker, hosts, `https://${host}/.well-known/mta-sts.txt`, {
    why: 'gets the MTA-STS policy',
    follow: false,
  })
  shown.push(...page.shown)
  const got = page.answer
  const lost = page.silent ? page.trouble : got?.status === undefined ? undefined : bodyTrouble(page)
  if (lost !== undefined) return { trouble: lost, shown }
  if (got?.status === undefined) {
    sts.faults.push(`its policy cannot be fetched: ${printable(page.trouble ?? 'nobody answered', 200)}`)
    return { sts, shown }
  }
  if (got.tls?.trouble !== undefined)
    sts.faults.push(`the certificate of ${host} is not valid: ${certificateFault(got.tls.trouble)}`)
  if (got.status !== 200) {
    sts.faults.push(`its policy cannot be fetched: ${host} answers with ${got.status}`)
    return { sts, shown }
  }
  if (!/^text\/plain\b/i.test(header(got, 'content-type') ?? '')) sts.faults.push('its policy is not sent as text/plain')
  const policy = got.cut ? undefined : bodyText(got)
  if (policy === undefined) {
    sts.faults.push('its policy is too long, or no text')
    return { sts, shown }
  }
  const { faults, ...rest } = parsePolicy(policy)
  Object.assign(sts, rest)
  sts.faults.push(...faults)
  const left = mx.filter((name) => !sts.mx.some((pattern) => matchesMx(pattern, name)))
  if (left.length > 0 && sts.mode !== 'none' && sts.mx.length > 0)
    sts.faults.push(`its policy leaves out the mail server ${left[0]}`)
  return { sts, shown }
}
