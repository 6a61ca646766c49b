#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { EXIT, Failure } from './failure.ts'
import { clean } from './output.ts'

/** The engine is loaded by the command that needs it, so that help and errors come at once. */
function program(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  const assay = new Command('assay')
    .description(
      'Trust in connected things, measured with evidence: which devices are on a network,\nwhat each one does, and how each stands against the 40 principles of the IoT Trust Framework.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 100, 100) })
    .configureOutput({ outputError: (text, write) => write(clean(text).replace(/^error: /, 'assay: ')) })
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  assay audit home.pcapng                        audit a capture, print the report
  assay audit home.pcapng --html report.html     and write it as a page
  assay audit mon.pcap tue.pcap.gz --json r.json several captures of one network
  assay audit --interface eth0 --for 5m          capture for five minutes, and audit that
  tcpdump -i eth0 -w - | assay audit -           audit until tcpdump ends (Ctrl-C)
  assay explain default-credentials              what a check looks for, and how to mend it
  assay extract r.json FINDING -o proof.pcapng   the packets that a finding rests on

Exit codes: 0 audited; 1 audited and --fail-on met; 2 wrong usage; 3 unreadable or damaged input.`,
    )

  assay
    .command('audit')
    .description('audit captures (pcap, pcapng, also .gz and .zst; several are one network over time), or an interface')
    .argument('[capture...]', 'capture files, or - for standard input')
    .usage('[options] <capture...>  or  audit [options] --interface <name>')
    .option('-i, --interface <name>', 'capture on this interface, by dumpcap or tcpdump, until Ctrl-C', one)
    .option('--for <time>', 'end the live capture after 60s, 5m or 1h')
    .option('--filter <expression>', 'packets to capture, as tcpdump has it (man pcap-filter)')
    .option('--write <file.pcapng>', 'keep the live capture in a new file, which the evidence then points to')
    .option('--json [file.json]', 'write the audit as JSON, to standard output when no file is named')
    .option('--html <file.html>', 'write the report as one self-contained page')
    .option('--canary <text>', 'text you planted, to be found when a device sends it in clear (may be repeated)', collect)
    .option('--knowledge <file.json>', 'what you know of devices, beside what Assay does (may be repeated)', collect)
    .option(
      '--dossier <file[@device]>',
      'what its maker declares, of the device with this address or id, else of that vendor and model (may be repeated)',
      collect,
    )
    .option(
      '--dossier-key <file>',
      'public key or certificate (PEM, JWK) that must have signed the dossiers (may be repeated)',
      collect,
    )
    .option('--dossier-ca <file.pem>', 'certification authorities whose certificates may have (may be repeated)', collect)
    .option(
      '--osv <folder>',
      'OSV records (*.json, or the archives of osv.dev) that components of dossiers are held against',
      one,
    )
    .option('--fail-on <what>', "exit with 1 when a device has it: 'fail', 'warn' (or worse), or a grade A–F (or worse)")
    .option('--verbose', 'every device, finding and verdict')
    .option('--quiet', 'no report on the terminal, no progress')
    .addHelpText(
      'after',
      `
Examples:
  assay audit home.pcapng --html report.html
  assay audit setup.pcap --canary "MyWifiPassword" --json setup.json
  assay audit --interface eth0 --for 10m --write live.pcapng --html report.html
  assay audit home.pcapng --dossier cam.yaml@192.168.1.20     hold the maker to what it says
  assay audit home.pcapng --dossier cam.yaml --osv osv/         and its components to what is known of them
  assay audit nightly.pcapng.zst --quiet --fail-on D     in CI: 1 when a device is graded D or worse
  ssh router tcpdump -w - -c 100000 | assay audit -`,
    )
    .action(async (captures: string[], options: import('./audit.ts').AuditCommandOptions) => {
      const { auditCommand } = await import('./audit.ts')
      process.exitCode = await auditCommand(captures, options)
    })

  assay
    .command('learn')
    .description(
      'learn how a model behaves from captures of it, to know it again under another address and with its DNS encrypted',
    )
    .argument('<capture...>', 'each a run of the device: setting it up, starting it, a day of use')
    .requiredOption('--device <mac>', 'hardware address of the device in them')
    .requiredOption('--vendor <name>', 'who makes it')
    .option('--model <name>', 'which model it is')
    .option('--category <kind>', 'what it is: camera, plug, hub…')
    .requiredOption('-o, --output <file.json>', 'where to write what was learnt')
    .addHelpText(
      'after',
      '\nExamples:\n  assay learn setup*.pcap --device 20:f8:5e:ca:91:52 --vendor Fitbit --model Aria --category scale -o aria.json\n  assay audit home.pcapng --knowledge aria.json',
    )
    .action(async (captures: string[], options: import('./learn.ts').LearnCommandOptions) => {
      const { learnCommand } = await import('./learn.ts')
      process.exitCode = await learnCommand(captures, options)
    })

  dossierCommands(assay)

  assay
    .command('explain')
    .description('what a check looks for, why it matters, how to mend it')
    .argument('<check-or-finding>', "a check's name (see: assay checks), or a finding's id from a report")
    .option('--report <file.json>', 'the report that holds the finding: shows what was found, and where')
    .addHelpText('after', '\nExamples:\n  assay explain cleartext-internet\n  assay explain FINDING --report report.json')
    .action(async (subject: string, options: { report?: string }) => {
      const { explainCommand } = await import('./explain.ts')
      process.exitCode = await explainCommand(subject, options)
    })

  assay
    .command('extract')
    .description('cut the packets that a finding rests on out of the captures')
    .argument('<report.json>', 'written by assay audit --json')
    .argument('<finding>', 'id of a finding in it')
    .requiredOption('-o, --output <file.pcapng>', 'where to write the packets')
    .addHelpText('after', '\nExample:\n  assay extract report.json FINDING -o proof.pcapng && wireshark proof.pcapng')
    .action(async (report: string, finding: string, options: { output: string }) => {
      const { extractCommand } = await import('./extract.ts')
      process.exitCode = await extractCommand(report, finding, options.output)
    })

  assay
    .command('checks')
    .description('list the checks')
    .action(async () => {
      const { checksCommand } = await import('./checks.ts')
      process.exitCode = await checksCommand()
    })

  assay
    .command('schema')
    .description('print the JSON Schema of the JSON report, of dossiers, or of files of knowledge')
    .argument('[of]', 'audit, dossier or knowledge', 'audit')
    .action(async (of: string) => {
      const { renderSchema } = await import('../report/json.ts')
      if (of === 'audit') process.stdout.write(renderSchema())
      else if (of === 'dossier') process.stdout.write(renderSchema((await import('../dossier/dossier.ts')).DossierSchema))
      else if (of === 'knowledge')
        process.stdout.write(renderSchema((await import('../device/read-knowledge.ts')).KnowledgeSchema))
      else
        throw new Failure(
          EXIT.usage,
          `no schema of ${of}`,
          'There are: assay schema audit, assay schema dossier, assay schema knowledge.',
        )
    })
  return assay
}

/** What makers declare. */
function dossierCommands(assay: Command): void {
  const dossier = assay
    .command('dossier')
    .description("a maker's dossier: what it declares of a product, to be held against what is seen")
    .addHelpText(
      'after',
      `
Examples:
  assay dossier init -o maker.yaml                a template with every field explained
  assay dossier check maker.yaml                  is it sound, what does it settle, what is missing
  assay dossier sign maker.yaml --key key.pem     writes maker.yaml.jws
  assay dossier verify maker.yaml --key pub.pem   who signed it, and when
  assay audit home.pcapng --dossier maker.yaml`,
    )
  dossier
    .command('init')
    .description('write a template with every field explained')
    .option('-o, --output <file.yaml>', 'where to write it; by default to standard output')
    .action(async (options: { output?: string }) => {
      const { dossierInit } = await import('./dossier.ts')
      process.exitCode = await dossierInit(options.output)
    })
  dossier
    .command('check')
    .description('is it sound, to what will its maker be held, and what does it not say')
    .argument('<dossier>', 'YAML or JSON')
    .action(async (path: string) => {
      const { dossierCheck } = await import('./dossier.ts')
      process.exitCode = await dossierCheck(path)
    })
  dossier
    .command('sign')
    .description('sign it (JWS over its canonical form, RFC 8785), into a file beside it')
    .argument('<dossier>', 'YAML or JSON')
    .requiredOption('--key <key.pem>', 'private key: P-256, Ed25519, or RSA of 2048 bits or more')
    .option('--certificate <chain.pem>', 'certificate of the key, and those that lead to its authority')
    .option('--algorithm <name>', 'of RSA keys: PS256 or RS256', 'PS256')
    .option('-o, --output <file.jws>', 'where to write the signature; by default beside the dossier, with .jws behind its name')
    .action(async (path: string, options: import('./dossier.ts').SignOptions) => {
      const { dossierSign } = await import('./dossier.ts')
      process.exitCode = await dossierSign(path, options)
    })
  dossier
    .command('verify')
    .description('who signed it and when, or why that cannot be believed')
    .argument('<dossier>', 'YAML or JSON')
    .option('--signature <file.jws>', 'by default beside the dossier, with .jws behind its name')
    .option('--key <file>', 'public key or certificate (PEM, JWK) that must have signed it (may be repeated)', collect)
    .option('--ca <file.pem>', 'certification authorities whose certificates may have (may be repeated)', collect)
    .action(async (path: string, options: { signature?: string; key?: string[]; ca?: string[] }) => {
      const { dossierVerify } = await import('./dossier.ts')
      process.exitCode = await dossierVerify(path, options)
    })
}

/** Of what is there once, a second would silently be taken instead of the first. */
function one(value: string, before?: string): string {
  if (before === undefined) return value
  throw new Failure(
    EXIT.usage,
    `--interface ${before} and ${value}: one at a time`,
    'Capture on each with --write, and audit the files together: assay audit first.pcapng second.pcapng',
  )
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

/** Prints what went wrong as 'what, where' and 'what to do'; gives the exit code. */
function report(error: unknown, argv: readonly string[]): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.audited
    const word = argv[2]
    if (error.code === 'commander.unknownCommand' && word !== undefined && existsSync(word))
      process.stderr.write(`To audit it: assay audit ${clean(word)}\n`)
    else if (error.code !== 'commander.help')
      process.stderr.write(
        `For usage: assay${argv[2] && /^[a-z]+$/.test(argv[2]) && error.code !== 'commander.unknownCommand' ? ` ${argv[2]}` : ''} --help\n`,
      )
    return EXIT.usage
  }
  if (process.env['ASSAY_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  if (error instanceof Failure) {
    process.stderr.write(`assay: ${clean(error.message)}\n${error.advice ? `  ${clean(error.advice)}\n` : ''}`)
    return error.code
  }
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(
    `assay: internal error: ${clean(message)}\n  This is a bug in Assay. Run again with ASSAY_DEBUG=1 to see where, and please report it.\n`,
  )
  return 70
}

// a reader that has seen enough (| head) is no error of ours
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}

try {
  await program().parseAsync()
} catch (error) {
  process.exitCode = report(error, process.argv)
}
