import { ask, type AskingOptions, type Request, requestOf } from './asked.ts'
import { checkDelivery, type Delivery, deliver, jsonTarget } from './deliver.ts'
import { EXIT, Failure } from './failure.ts'
import { met, parseFailOn } from './fail-on.ts'
import { knowledgeOf } from './knowledge.ts'
import { clean } from './output.ts'

export interface ProbeCommandOptions extends AskingOptions {
  dryRun?: boolean
  /** true: to standard output. */
  json?: string | true
  html?: string
  failOn?: string
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
  const delivery: Delivery = {
    json,
    html: options.html,
    verbose: options.verbose ?? false,
    quiet: options.quiet ?? false,
  }
  const failOn = options.failOn === undefined ? undefined : parseFailOn(options.failOn)
  await checkDelivery(delivery, [options.save])
  const request = await requestOf(named, options)
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
  const probed = await ask(request, options, 0)
  const { audit } = await import('../audit/audit.ts')
  const found = await audit([], { probes: [probed], knowledge, threads: 0 })
  await deliver(found, delivery)
  notThere(request, probed.targets.length)
  return failOn && met(found, failOn) ? EXIT.found : EXIT.audited
}

/** Of ranges most addresses are nobody's. */
function notThere({ targets }: Request, there: number): void {
  const missing = targets.length - there
  if (missing > 0)
    process.stderr.write(`assay: of ${targets.length} addresses, ${there} answered; nobody was found at the others\n`)
}
