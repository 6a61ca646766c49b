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
      'Trust in connected things, measured with evidence: which devices are on a network,\nwhat each one does, and how each stands against the IoT Trust Framework and twelve more rule books.',
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
  assay probe 192.168.1.7                        ask a device of yours, print the report
  assay audit home.pcapng --dossier maker.yaml   hold a maker to what it says
  tcpdump -i eth0 -w - | assay audit -           audit until tcpdump ends (Ctrl-C)
  assay explain default-credentials              what a check looks for, and how to mend it
  assay extract r.json FINDING -o proof.pcapng   the packets that a finding rests on

Exit codes: 0 audited; 1 audited and --fail-on met; 2 wrong usage; 3 unreadable or damaged
input, or nobody answered. More: docs/cli.md`,
    )

  const audit = assay
    .command('audit')
    .description('audit captures (pcap, pcapng, also .gz and .zst; several are one network over time), or an interface')
    .argument('[capture...]', 'capture files, or - for standard input')
    .usage('[options] <capture...>  or  audit [options] --interface <name>')
    .option('-i, --interface <name>', 'capture on this interface, by dumpcap or tcpdump, until Ctrl-C', oneInterface)
    .option('--for <time>', 'end the live capture after 60s, 5m or 1h')
    .option('--filter <expression>', 'packets to capture, as tcpdump has it (man pcap-filter)')
    .option('--write <file.pcapng>', 'keep the live capture in a new file, which the evidence then points to')
    .option('--json [file.json]', 'write the audit as JSON, to standard output when no file is named')
    .option('--html <file.html>', 'write the report as one self-contained page')
    .option('--canary <text>', 'text you planted, to be found when a device sends it in clear (may be repeated)', collect)
    .option('--knowledge <file.json>', 'what you know of devices, beside what Assay does (may be repeated)', collect)
    .option('--rules <file>', "rules to look for: Suricata's, or YAML (may be repeated; see docs/rules.md)", collect)
    .option('--indicators <file>', 'list of harmful addresses, names, hashes: STIX, CSV, lines (may be repeated)', collect)
    .option('--probed <probe.json>', 'what was asked before, kept by assay probe --save (may be repeated)', collect)
    .option('--probe <host>', 'ask this device first, as assay probe does (may be repeated)', collect)
    .option(
      '--fail-on <what>',
      "exit with 1 when a device has it: 'fail', 'warn' (or worse), a grade A–F (or worse), 'threat' (high or worse), 'threat:medium'",
    )
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
  assay audit home.pcapng --dossier cam.yaml --osv osv/       and its components to what is known of them
  assay audit home.pcapng --rules local.rules --indicators feed.csv
  assay audit nightly.pcapng.zst --quiet --fail-on D     in CI: 1 when a device is graded D or worse
  ssh router tcpdump -w - -c 100000 | assay audit -`,
    )
    .action(async (captures: string[], options: import('./audit.ts').AuditCommandOptions) => {
      const { auditCommand } = await import('./audit.ts')
      process.exitCode = await auditCommand(captures, options)
    })
  asking(audit)
  judging(audit)
  declaring(audit)

  const probe = assay
    .command('probe')
    .description(
      'ask devices of yours what they are, what they offer and whom they let in, and judge the answers; nothing is changed',
    )
    .argument('[device|host...]', 'addresses, names, ids or hardware addresses of devices, ranges of private addresses')
    .usage('[options] <device|host...>  or  probe [options] --site <maker.example>')
    .option('--dry-run', 'print what would be asked, and send nothing')
  asking(probe)
  judging(probe)
  declaring(probe)
  probe
    .option('--impostor', 'of a device behind this machine: does it refuse wrong certificates? (root; see docs/impostor.md)')
    .option('--cut', 'of a device behind this machine: what still answers without the Internet? (root)')
    .option('--for <time>', 'how long its way to the Internet is taken: 60s, 5m')
    .option('--trusted <file.pem>', 'a certificate and key that the device trusts, for --impostor (may be repeated)', collect)
    .option('--json [file.json]', 'write the audit as JSON, to standard output when no file is named')
    .option('--html <file.html>', 'write the report as one self-contained page')
    .option('--knowledge <file.json>', 'what you know of devices, beside what Assay does (may be repeated)', collect)
    .option(
      '--fail-on <what>',
      "exit with 1 when a device has it: 'fail', 'warn' (or worse), a grade A–F (or worse), 'threat' (high or worse), 'threat:medium'",
    )
    .option('--verbose', 'every device, finding and verdict')
    .option('--quiet', 'no report on the terminal, no progress')
    .addHelpText(
      'after',
      `
Examples:
  assay probe 192.168.1.7 --dry-run              what would be asked
  assay probe 192.168.1.7 --html report.html
  assay probe 192.168.1.0/28 --full --save home.json
  assay audit home.pcapng --probed home.json     traffic and answers together
  assay probe mac-0017882476ff --report r.json   a device of a report
  assay probe --site www.maker.example           what a maker's public side says`,
    )
    .action(async (named: string[], options: import('./probe.ts').ProbeCommandOptions) => {
      const { probeCommand } = await import('./probe.ts')
      process.exitCode = await probeCommand(named, options)
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

  rulesCommands(assay)

  assay
    .command('explain')
    .description('what a check or a detector of threats looks for, why it matters, how to mend it')
    .argument('<check-or-finding>', "a check's name (see: assay checks), a detector's, or a finding's id from a report")
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
    .command('statement')
    .description(
      'fill in answers for a statement of compliance from a JSON report: what evidence settles, what a person must sign',
    )
    .argument('<report.json>', 'written by assay audit --json')
    .requiredOption('--framework <name>', 'psti, en303645, cra, or another (see: assay frameworks)')
    .requiredOption('-o, --output <file.md|file.docx>', 'where to write it; - for Markdown to standard output')
    .option('--device <id>', 'the device by id, address or name, where the report holds several')
    .addHelpText('after', '\nExample:\n  assay statement report.json --framework psti --device 192.168.1.7 -o statement.docx')
    .action(async (report: string, options: import('./statement.ts').StatementCommandOptions) => {
      const { statementCommand } = await import('./statement.ts')
      process.exitCode = await statementCommand(report, options)
    })

  assay
    .command('export')
    .description('write a JSON report in other forms: OSCAL, SARIF, CSV, STIX')
    .argument('<report.json>', 'written by assay audit --json')
    .option('--oscal <folder>', "NIST's OSCAL: catalogs, profile and assessment results")
    .option('--sarif <file.sarif>', 'SARIF 2.1.0, for code scanning')
    .option('--csv <file.csv>', 'findings and verdicts, for spreadsheets')
    .option('--stix <file.json>', 'threats as a STIX 2.1 bundle, for tools that share them')
    .addHelpText(
      'after',
      '\nExample:\n  assay export report.json --oscal oscal/ --sarif report.sarif --csv report.csv --stix threats.json',
    )
    .action(async (report: string, options: import('./export.ts').Exports) => {
      const { exportCommand } = await import('./export.ts')
      process.exitCode = await exportCommand(report, options)
    })

  assay
    .command('state')
    .description('what audits of your network come to over time: attacks, infected things, who, by which way, and the trend')
    .argument('<report.json...>', 'each written by assay audit --json')
    .option('--html <file.html>', 'write it as one self-contained page')
    .option('--json [file.json]', 'write it as JSON, to standard output when no file is named')
    .addHelpText('after', '\nExamples:\n  assay state monday.json tuesday.json\n  assay state audits/*.json --html state.html')
    .action(async (reports: string[], options: import('./state.ts').StateCommandOptions) => {
      const { stateCommand } = await import('./state.ts')
      process.exitCode = await stateCommand(reports, options)
    })

  assay
    .command('frameworks')
    .description('list the frameworks that an audit can judge by, or tell one with what settles each of its controls')
    .argument('[name]', 'one of them')
    .option('--json', 'as JSON')
    .option('--crosswalk <file.html>', 'write a page of which evidence settles which control of each')
    .addHelpText(
      'after',
      '\nExamples:\n  assay frameworks\n  assay frameworks en303645\n  assay frameworks --crosswalk crosswalk.html\n  assay audit home.pcapng --framework cra --framework psti',
    )
    .action(async (name: string | undefined, options: import('./frameworks.ts').FrameworksCommandOptions) => {
      const { frameworksCommand } = await import('./frameworks.ts')
      process.exitCode = await frameworksCommand(name, options)
    })

  assay
    .command('schema')
    .description('print the JSON Schema of the JSON report, of dossiers, or of other files')
    .argument('[of]', 'audit, dossier, probe, knowledge or state', 'audit')
    .action(async (of: string) => {
      const schema = Object.hasOwn(SCHEMAS, of) ? SCHEMAS[of as keyof typeof SCHEMAS] : undefined
      if (schema === undefined)
        throw new Failure(
          EXIT.usage,
          `no schema of ${of}`,
          `There are: ${Object.keys(SCHEMAS)
            .map((name) => `assay schema ${name}`)
            .join(', ')}.`,
        )
      const { renderSchema } = await import('../report/json.ts')
      process.stdout.write(renderSchema(await schema()))
    })
  return assay
}

/** What the user looks for. */
function rulesCommands(assay: Command): void {
  const rules = assay.command('rules').description('rules and lists of indicators, to be looked for in captures')
  rules
    .command('check')
    .description('how much of it is understood, and what not and why; exit code 1 where something is not')
    .argument('[file...]', "rules: Suricata's, or YAML or JSON")
    .option('--indicators <file>', 'a list of indicators: STIX, CSV, lines (may be repeated)', collect)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  assay rules check local.rules\n  assay rules check mine.yaml --indicators feed.csv --json\n  assay audit home.pcapng --rules local.rules --indicators feed.csv',
    )
    .action(async (files: string[], options: import('./rules.ts').RulesCheckOptions) => {
      const { rulesCheck } = await import('./rules.ts')
      process.exitCode = await rulesCheck(files, options)
    })
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
    .option('--osv <folder>', 'OSV records (*.json, or the archives of osv.dev) to hold its components against', oneOsv)
    .action(async (path: string, options: { osv?: string }) => {
      const { dossierCheck } = await import('./dossier.ts')
      process.exitCode = await dossierCheck(path, options)
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

/** Files that are written or read, by name. */
const SCHEMAS = {
  audit: async () => (await import('../report/model.ts')).AuditSchema,
  probe: async () => (await import('../probe/probed-file.ts')).ProbedFileSchema,
  dossier: async () => (await import('../dossier/dossier.ts')).DossierSchema,
  knowledge: async () => (await import('../device/read-knowledge.ts')).KnowledgeSchema,
  state: async () => (await import('../report/state/model.ts')).StateSchema,
}

/** Options of what makers declare. */
function declaring(command: Command): void {
  command
    .option(
      '--dossier <file[@device]>',
      'what its maker declares, of the device with this address or id, else of that vendor and model (may be repeated)',
      collect,
    )
    .option(
      '--dossier-key <file>',
      'public key or certificate (PEM, JWK) that must have signed dossiers (may be repeated)',
      collect,
    )
    .option('--dossier-ca <file.pem>', 'authorities whose certificates may have signed them (may be repeated)', collect)
    .option('--osv <folder>', 'OSV records (*.json, or the archives of osv.dev) to hold their components against', oneOsv)
}

/** By which rule books is judged, and in which other forms the report is written. */
function judging(command: Command): void {
  command
    .option(
      '--framework <name>',
      'judge by this rule book; the first one grades (may be repeated; see: assay frameworks)',
      collect,
    )
    .option('--oscal <folder>', "write it as NIST's OSCAL: catalogs, profile and assessment results")
    .option('--sarif <file.sarif>', 'write the findings as SARIF 2.1.0, for code scanning')
    .option('--csv <file.csv>', 'write findings and verdicts as CSV, for spreadsheets')
    .option('--stix <file.json>', 'write the threats as a STIX 2.1 bundle, for tools that share them')
}

/** Options of how devices are asked. */
function asking(command: Command): void {
  command
    .option('--ports <list>', "TCP ports to ask: '22,80,8000-9000', 'default' or 'all'")
    .option('--full', 'ask more ports and take longer')
    .option('--site <host>', "public host of the maker's, to be read as a browser does (may be repeated)", collect)
    .option('--resolver <ip[:port]>', "whom to ask for names of the maker's side")
    .option('--selector <name>', "DKIM selector that the maker's mail uses, beside the usual ones (may be repeated)", collect)
    .option('--anchor <record>', "DNSSEC trust anchor instead of the root's: 'lab. IN DS …' (may be repeated)", collect)
    .option('--only <probe>', 'only this probe, such as tls or logins (may be repeated; --dry-run lists them)', collect)
    .option('--rate <n>', 'new connections and datagrams a second to one host')
    .option('--report <report.json>', 'where addresses of devices named by id are found')
    .option('--i-am-allowed', 'public addresses, too: they are yours, or their owner lets you')
    .option('--save <probe.json>', 'keep what was asked and answered')
}

/** Of what is there once, a second would silently be taken instead of the first. */
function one(option: string, advice: string) {
  return (value: string, before?: string): string => {
    if (before === undefined) return value
    throw new Failure(EXIT.usage, `${option} ${before} and ${value}: one at a time`, advice)
  }
}

const oneInterface = one(
  '--interface',
  'Capture on each with --write, and audit the files together: assay audit first.pcapng second.pcapng',
)
const oneOsv = one('--osv', 'Put the archives into one folder: folders within it are read, too.')

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
        `For usage: assay${argv[2] && /^[a-z]+$/.test(argv[2]) && !(error.code === 'commander.unknownCommand' && argv[2] !== 'dossier' && argv[2] !== 'rules') ? ` ${argv[2]}` : ''} --help\n`,
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
    // what else is to be written, into files, still is
    if (error.code !== 'EPIPE') throw error
  })
}

/** What is missing from an older Node.js would look like a bug of ours. */
function checkNode(): void {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    engines: { node: string }
  }
  const oldest = engines.node.replace('>=', '')
  if (process.versions.node.localeCompare(oldest, 'en', { numeric: true }) < 0)
    throw new Failure(
      EXIT.usage,
      `Node.js ${process.versions.node} is too old`,
      `Install Node.js ${oldest} or newer: https://nodejs.org`,
    )
}

try {
  checkNode()
  await program().parseAsync()
} catch (error) {
  process.exitCode = report(error, process.argv)
}
