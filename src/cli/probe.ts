import { readFile } from 'node:fs/promises'
import { ask, type AskingOptions, type Request, requestOf } from './asked.ts'
import { type DossierOptions, dossiersOf, unmatched } from './declarations.ts'
import { checkDelivery, type Delivery, deliver, jsonTarget } from './deliver.ts'
import type { DeviceProbe } from '../probe/probe.ts'
import type { AskedFact, Probed } from '../probe/run.ts'
import type { Exports } from './export.ts'
import { EXIT, Failure, systemReason } from './failure.ts'
import { met, parseFailOn } from './fail-on.ts'
import { knowledgeOf } from './knowledge.ts'
import { seconds } from './live.ts'
import { clean } from './output.ts'

export interface ProbeCommandOptions extends AskingOptions, DossierOptions, Exports {
  dryRun?: boolean
  impostor?: boolean
  trusted?: string[]
  cut?: boolean
  for?: string
  /** true: to standard output. */
  json?: string | true
  html?: string
  failOn?: string
  framework?: string[]
  knowledge?: string[]
  verbose?: boolean
}

/** Asks devices and makers, reports, gives the exit code. */
export async function probeCommand(given: readonly string[], options: ProbeCommandOptions): Promise<number> {
  const named = [...given]
  const json = jsonTarget(options.json, named)
  if (named.length === 0 && (options.site ?? []).length === 0)
    throw new Failure(
      EXIT.usage,
      'nobody to ask: no device is named',
      'For example: assay probe 192.168.1.7 (assay probe --help tells more)',
    )
  const { html, oscal, sarif, csv, stix, verbose = false, quiet = false } = options
  const delivery: Delivery = { json, html, exports: { oscal, sarif, csv, stix }, verbose, quiet }
  const failOn = options.failOn === undefined ? undefined : parseFailOn(options.failOn)
  const by = options.framework && (await import('./frameworks.ts')).knownAll(options.framework)
  await checkDelivery(delivery, [options.save])
  const request = await withPath(await requestOf(named, options, ON_ITS_WAY), options)
  if (options.dryRun) {
    const { dryRun } = await import('../probe/dry-run.ts')
    process.stdout.write(
      dryRun(request)
        .map((line) => `${clean(line)}\n`)
        .join(''),
    )
    return EXIT.audited
  }
  const knowledge = await knowledgeOf(options.knowledge ?? [])
  const declared = await dossiersOf(options)
  const probed = await ask(request, options, 0)
  const { audit } = await import('../audit/audit.ts')
  const found = await audit([], {
    probes: [probed],
    knowledge,
    ...declared,
    ...(by === undefined ? {} : { frameworks: by }),
    threads: 0,
  })
  await deliver(found, delivery)
  if (!probed.stopped) notThere(request, probed.targets.length)
  const idle = unmatched(found, declared)
  if (idle !== undefined) throw idle
  // a gate must not open because the device was off
  if (!probed.stopped && !probed.transcript.some(({ ended }) => HEARD.has(ended))) throw unheard(probed, named, options)
  return failOn && met(found, failOn) ? EXIT.found : EXIT.audited
}

/** How a question ends where somebody is there. */
const HEARD: ReadonlySet<string> = new Set(['answered', 'refused', 'cut-off', 'endless'])

/** Nobody answered, or nobody could be asked at all: why. */
function unheard({ transcript, facts }: Probed, named: readonly string[], { site = [] }: ProbeCommandOptions): Failure {
  const whom = [...named, ...site].join(', ')
  const trouble = facts.find((fact): fact is AskedFact<'probe.trouble'> => fact.kind === 'probe.trouble')?.data
  if (transcript.length === 0 && trouble)
    return new Failure(EXIT.input, `${whom} could not be asked: ${trouble.reason}`, trouble.next)
  return new Failure(
    EXIT.input,
    `nobody answered: ${whom}`,
    'See that it is switched on, and that it can be reached from this machine.',
  )
}

const ON_ITS_WAY = ['impostor', 'cut'] as const

/** What takes the device's way to the Internet is asked after all else, or, where --only names it, alone. */
async function withPath(request: Request, options: ProbeCommandOptions): Promise<Request> {
  const { trusted = [] } = options
  const [impostor, cut] = ON_ITS_WAY.map((id) => options[id] === true || request.only?.includes(id) === true)
  if (!impostor && !cut) {
    for (const [option, value] of [
      ['--for', options.for],
      ['--trusted', options.trusted],
    ] as const)
      if (value !== undefined)
        throw new Failure(
          EXIT.usage,
          `${option} is of --impostor${option === '--for' ? ' and --cut' : ''}`,
          'For example: assay probe 192.168.1.7 --impostor',
        )
    return request
  }
  if (request.targets.length === 0)
    throw new Failure(
      EXIT.usage,
      'whose way to the Internet? No device is named',
      'For example: assay probe 192.168.1.7 --impostor',
    )
  if (request.targets.some(({ sought }) => sought))
    throw new Failure(
      EXIT.usage,
      'the way of a range is not taken: name the devices',
      'For example: assay probe 192.168.1.7 --impostor',
    )
  const time = options.for === undefined ? undefined : seconds(options.for)
  if (time !== undefined && (time < 1 || time > 3600))
    throw new Failure(EXIT.usage, `--for ${options.for}: from a second to an hour`, 'For example: --for 2m')
  const say = options.quiet ? undefined : (said: string) => process.stderr.write(`${clean(said)}\n`)
  const more: DeviceProbe[] = []
  if (impostor) {
    const { impostor: probe, IMPOSTOR_SECONDS } = await import('../probe/impostor/impostor.ts')
    const { readTrusted } = await import('../probe/impostor/offers.ts')
    more.push(
      probe({
        seconds: time ?? IMPOSTOR_SECONDS,
        trusted: await Promise.all(trusted.map((path) => trustedFile(path, readTrusted))),
        ...(options.resolver === undefined ? {} : { resolver: options.resolver }),
        ...(say ? { onProgress: say } : {}),
      }),
    )
  }
  if (cut) {
    const { cut: probe, CUT_SECONDS } = await import('../probe/cut/cut.ts')
    more.push(probe({ seconds: time ?? CUT_SECONDS, ...(say ? { onProgress: say } : {}) }))
  }
  // the cut asks the services that these find
  return { ...request, ...(request.only && cut ? { only: [...request.only, 'scan', 'services'] } : {}), more }
}

async function trustedFile<T>(path: string, read: (pem: string) => T): Promise<T> {
  try {
    return read(await readFile(path, 'utf8'))
  } catch (error) {
    const reason = 'code' in (error as object) ? systemReason(error) : (error as Error).message
    throw new Failure(
      EXIT.input,
      `${path}: ${reason}`,
      'A PEM file with the certificate (of an authority that the device trusts, or a server of yours) and its private key',
    )
  }
}

/** Of ranges most addresses are nobody's. */
function notThere({ targets }: Request, there: number): void {
  const missing = targets.length - there
  if (missing > 0)
    process.stderr.write(`assay: of ${targets.length} addresses, ${there} answered; nobody was found at the others\n`)
}
