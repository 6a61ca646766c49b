import { createColors } from 'picocolors'
import { billOfMaterials } from '../checks/bill-of-materials/bill-of-materials.ts'
import type { Check, Finding } from '../checks/check.ts'
import { knownVulnerabilities } from '../checks/known-vulnerabilities/known-vulnerabilities.ts'
import { list } from '../checks/words.ts'
import { statements } from '../checks/statements/statements.ts'
import { updateSigned } from '../checks/update-signed/update-signed.ts'
import type { Dossier } from '../dossier/dossier.ts'
import type { Supplied } from '../dossier/supplied-model.ts'
import type { Declared } from '../evidence/declared.ts'
import { frameworks } from '../frameworks/index.ts'
import { fold } from './width.ts'
import { clean, outcomeMark, sentence } from './words.ts'

/**
 * A dossier for a person at a terminal: what it settles, what it says against its maker, what it does not say and for which principles
 * that counts, and what will be held against what is seen.
 * @param now microseconds since 1970: dates are judged on that day
 * @param supplied what the files say that it leads to
 */
export function renderDossier(
  path: string,
  dossier: Dossier,
  now: number,
  { colour, width }: { colour: boolean; width: number },
  supplied?: Supplied,
): string {
  const c = createColors(colour)
  const { vendor, model } = dossier.product
  const device = nobody({ document: 0, dossier, ...(supplied === undefined ? {} : { supplied }) }, now)
  const found = [...statements, ...ofFiles(dossier)].flatMap((check) =>
    check.run(device, nothing(now)).map((finding) => ({ check, finding })),
  )
  const lines: string[] = [`${c.bold(clean(path))}: a sound dossier of ${clean(vendor)} ${clean(model)}`]
  const section = (title: string, outcomes: readonly Finding['outcome'][], text: (one: Finding) => string) => {
    const of = found.filter(({ finding }) => outcomes.includes(finding.outcome))
    if (of.length === 0) return
    lines.push('', c.bold(`${title} (${of.length})`))
    for (const { check, finding } of of) {
      lines.push(`  ${outcomeMark[finding.outcome]} ${clean(check.title)}${principles(check.id)}`)
      for (const line of fold(clean(sentence(text(finding))), width - 4)) lines.push(`    ${c.dim(line)}`)
    }
  }
  section('Says so itself', ['fail', 'warn'], ({ reason }) => reason)
  section('Says', ['pass', 'not-applicable'], ({ reason }) => reason)
  section('Does not say', ['inconclusive', 'error'], ({ reason, next }) => `${reason} ${next?.replace(ASK, 'Fields: ') ?? ''}`)
  lines.push('', c.bold('Will be held against what is seen'))
  for (const claim of claims(dossier))
    fold(clean(claim), width - 4).forEach((l, i) => lines.push(`  ${i === 0 ? '- ' : '  '}${l}`))
  return `${lines.join('\n')}\n`
}

/** Checks of files that it leads to. */
function ofFiles({ sbom, updates }: Dossier): Check[] {
  return [
    ...(sbom === undefined ? [] : [billOfMaterials, knownVulnerabilities]),
    ...(updates?.manifest === undefined ? [] : [updateSigned]),
  ]
}

/** Who checks a dossier is mostly who writes it. */
const ASK = 'Ask the maker to say it in its dossier: '

/** ' (principle 19)', where a framework counts it. */
function principles(check: string): string {
  const of = frameworks[0]!.controls.filter(({ checks }) => checks.some(({ id }) => id === check)).map(({ id }) => id)
  return of.length === 0 ? '' : ` (principle${of.length === 1 ? '' : 's'} ${of.join(', ')})`
}

/** What a capture or a probe can show to be otherwise. */
function claims({
  domains,
  thirdParties,
  regions,
  data,
  updates,
  services,
  encryption,
  credentials,
  offline,
  authentication,
}: Dossier): string[] {
  const out: string[] = []
  if (thirdParties?.any === false) out.push(`it talks to its maker alone${domains === undefined ? '' : `: ${list(domains, 6)}`}`)
  else if (thirdParties?.parties !== undefined)
    out.push(`it talks to ${list([...(domains ?? []), ...thirdParties.parties.map(({ name }) => name)], 8)} and nobody else`)
  if (regions?.countries !== undefined) out.push(`in these countries alone: ${list(regions.countries, 12)}`)
  if (data?.collected === false) out.push('no personal data is collected')
  else if (data?.inventory?.length === 0) out.push('no personal data is collected: its inventory is empty')
  else if (data?.inventory !== undefined)
    out.push(
      `it collects no more than ${list(
        data.inventory.map(({ what }) => what),
        8,
      )}`,
    )
  if (updates?.hosts !== undefined) out.push(`updates come from ${list(updates.hosts, 6)}`)
  if (updates?.encryptedTransport === true) out.push('updates travel encrypted')
  if (services !== undefined)
    out.push(
      services.length === 0
        ? 'no port answers'
        : `these ports answer and no other: ${list(
            services.map(({ transport, port, to }) => `${transport}/${port}${to === undefined ? '' : `–${to}`}`),
            12,
          )}`,
    )
  if (encryption?.inTransit?.used === true) out.push('everything travels encrypted')
  if (authentication?.services?.authenticated === true) out.push('no impostor is taken for its services')
  if (credentials?.first !== undefined && credentials.first !== 'shared') out.push('no published password lets anybody in')
  if (offline?.works === true) out.push('it works without the Internet')
  return out.length === 0 ? ['nothing: it says nothing yet that traffic or a probe could show to be otherwise'] : out
}

/** Nothing was seen of it: only what the dossier says decides. */
function nobody(declared: Declared, now: number): Parameters<(typeof statements)[number]['run']>[0] {
  return {
    id: 'dossier',
    macs: [],
    ips: [],
    identity: { confidence: 0, signals: [] },
    endpoints: [],
    services: [],
    packets: 0,
    bytesOut: 0,
    bytesIn: 0,
    first: now,
    last: now,
    declared,
    of: () => [],
  }
}

function nothing(now: number): Parameters<(typeof statements)[number]['run']>[1] {
  return { gateways: [], resolvers: [], first: now, last: now, deviceOf: () => undefined }
}
