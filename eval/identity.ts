import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Shown, shownIn } from '../src/audit/shown.ts'
import { identify } from '../src/device/identity.ts'
import { corpus } from '../src/testing/corpus.ts'
import { labelledRuns, PEOPLE, type Run } from './captures.ts'
import { type Answer, ask, type Asked, ASKED, CONDITIONS, judge, knowledge, SURE, type Tally } from './measure.ts'
import { binned, reliabilitySvg } from './reliability.ts'
import { strangers } from './strangers.ts'

/*
 * How often the answer is right: npm run eval:identity [-- FILE.svg for the plot]. The shipped knowledge is judged on set-up runs that none of it was learnt from; then
 * again with what tells most withheld; then on data that no knowledge was taken from.
 */
const percent = (n: number, of: number) => (of === 0 ? '    –' : ((100 * n) / of).toFixed(1).padStart(5))

function row(name: string, tallies: Map<Asked, Tally>): string {
  const cells = ASKED.map((asked) => {
    const { of, answers } = tallies.get(asked) ?? { of: 0, answers: [] }
    const sure = answers.filter((a) => a.confidence >= SURE)
    const right = (list: readonly Answer[]) => list.filter((a) => a.right).length
    return `${percent(right(answers), answers.length)} of ${percent(answers.length, of)} (${percent(right(sure), sure.length)} of ${percent(sure.length, of)})`
  })
  return `| ${name.padEnd(24)} | ${cells.join(' | ')} |`
}

async function main(): Promise<void> {
  const runs = labelledRuns()
  if (runs.length === 0) {
    process.stderr.write(`eval:identity: no labelled captures: set ASSAY_CORPUS to the folder that holds iot-sentinel/\n`)
    process.exitCode = 2
    return
  }
  const shown = new Map<Run, Shown[]>()
  for (const run of runs) shown.set(run, await shownIn(run.path))
  const thing = (run: Run) => shown.get(run)!.find((d) => d.mac === run.label.mac)!
  const judged = runs.filter((r) => r.half === 'judge')
  const say = (text: string) => process.stdout.write(`${text}\n`)

  say(
    `Judged on ${judged.length} set-up runs of ${new Set(judged.map((r) => r.folder)).size} things that can be told apart; knowledge was learnt from the other ${runs.length - judged.length} runs of the same things.`,
  )
  say(`Each cell: % right of % answered; in brackets those given with a confidence of ${SURE} or more.\n`)
  say(`| what is known            | vendor | category | model |\n|--|--|--|--|`)
  const answers: Answer[] = []
  const wrong: string[] = []
  for (const condition of CONDITIONS) {
    const tallies = new Map<Asked, Tally>()
    for (const run of judged)
      judge(tallies, ask(thing(run), condition), run.label, `${condition.name}: ${run.path.split('/').slice(-2).join('/')}`)
    say(row(condition.name, tallies))
    const given = [...tallies.values()].flatMap((t) => t.answers)
    answers.push(...given)
    wrong.push(...given.filter((a) => !a.right).map((a) => a.what))
  }
  say(
    `| IoT Sentinel, published  | accuracy of the type, over 27 types, from the first packets: 81.5 (Miettinen et al., ICDCS 2017) | | |`,
  )
  forced(runs, thing, say)
  say('\nReliability: of the answers given with about this confidence, how many are right (all conditions above)')
  const bins = binned(answers)
  for (const bin of bins)
    say(
      `  ${bin.low.toFixed(2)}–${bin.high.toFixed(2)}  ${percent(bin.right, bin.answers)} % of ${String(bin.answers).padStart(4)}`,
    )
  const svg = process.argv[2]
  if (svg?.endsWith('.svg')) writeFileSync(svg, reliabilitySvg(bins))

  say('\nUnknown models: each model in turn is left out of what is known, and its own runs are asked by behaviour alone')
  for (const kin of [false, true]) {
    const { models, of, wrong } = strangers(runs, (run) => thing(run), kin)
    say(
      `  ${models} models ${kin ? 'with known siblings of the same maker' : 'of makers that are not known otherwise'}: of ${of} runs, wrongly answered ${ASKED.map((asked) => `${asked} ${wrong[asked].length}`).join(', ')}`,
    )
  }

  say("\nPeople's machines in the same captures (all runs)")
  people(runs, shown, say)

  say('\nData sets that no knowledge was taken from')
  mudFiles(say)

  say(`\nWrong answers (${wrong.length})`)
  for (const line of wrong) say(`  ${line}`)
}

/** As classifiers are compared: the most alike model, whatever the confidence. */
function forced(runs: readonly Run[], thing: (run: Run) => Shown, say: (text: string) => void): void {
  for (const condition of CONDITIONS.filter(({ name }) => name.startsWith('behaviour'))) {
    let right = 0
    let of = 0
    for (const run of runs.filter((r) => r.half === 'judge')) {
      const habits = thing(run)
        .habits.map((h) => h.trait)
        .filter((trait) => condition.habit(trait))
      of++
      if (knowledge.behaviours.compare(habits)[0]?.of.model === run.label.model) right++
    }
    say(
      `| ${condition.name}, forced | accuracy of the model, most alike of ${new Set(runs.map((r) => r.folder)).size}: ${percent(right, of)} | | |`,
    )
  }
}

function people(runs: readonly Run[], shown: Map<Run, Shown[]>, say: (text: string) => void): void {
  let of = 0
  let known = 0
  const bad: string[] = []
  for (const run of runs)
    for (const device of shown.get(run)!) {
      const truth = PEOPLE[device.mac]
      if (!truth) continue
      of++
      const got = ask(device, CONDITIONS[0]!)
      if (got.category !== undefined && got.category.includes(truth.category)) known++
      else if (got.category !== undefined) bad.push(`${run.path}: ${device.mac} called ${got.category}`)
      if (got.vendor !== undefined && got.vendor !== truth.vendor)
        bad.push(`${run.path}: ${device.mac} said to be of ${got.vendor}`)
    }
  say(
    `  ${of} times a phone or laptop: ${known} times known as one, ${of - known - bad.length} times left open, ${bad.length} wrong`,
  )
  for (const line of bad) say(`  ${line}`)
}

/** UNSW's MUD files name a thing's endpoints, and their own names say whose it is: as if those names had been asked for. */
function mudFiles(say: (text: string) => void): void {
  const folder = corpus('../mud')
  if (folder === undefined) return say('  none: there is no folder mud beside the captures')
  const tallies = new Map<Asked, Tally>()
  const lines: string[] = []
  for (const [file, vendor] of Object.entries(MUD_VENDORS)) {
    const path = find(folder, file)
    if (path === undefined) continue
    const names = [
      ...new Set(
        [...readFileSync(path, 'utf8').matchAll(/"ietf-acldns:(?:dst|src)-dnsname"\s*:\s*"([^"]+)"/g)].map((m) => m[1]!),
      ),
    ]
    const signals = names.map((value) => ({ kind: 'dns.name', value, count: 1, frames: [] }))
    const got = identify(signals, knowledge)
    judge(tallies, got, { vendor }, file)
    lines.push(`    ${file}: ${got.vendor ?? 'unknown'}${got.category === undefined ? '' : `, ${got.category}`}`)
  }
  const { of, answers } = tallies.get('vendor') ?? { of: 0, answers: [] }
  const right = answers.filter((a) => a.right).length
  say(`  UNSW's MUD files, vendor by the names of clouds alone: ${right} right of ${answers.length} answered, of ${of}`)
  for (const line of lines) say(line)
}

/** Whose the thing is, by the name of its file. */
const MUD_VENDORS: Record<string, string> = {
  'NetatmoWeatherStationMud.json': 'Netatmo',
  'SmartThingsMud.json': 'SmartThings',
  'augustdoorbellcamMud.json': 'August',
  'awairAirQualityMud.json': 'Awair',
  'belkincameraMud.json': 'Belkin',
  'blipcareBPmeterMud.json': 'Blipcare',
  'canaryCameraMud.json': 'Canary',
  'dropcamMud.json': 'Google',
  'hellobarbieMud.json': 'Mattel',
  'ihomepowerplugMud.json': 'iHome',
  'lifxbulbMud.json': 'LIFX',
  'nestsmokesensorMud.json': 'Google',
  'pixstarphotoframeMud.json': 'Pix-Star',
  'samsungsmartcamMud.json': 'Samsung',
  'tplinkcameraMud.json': 'TP-Link',
  'tribyspeakerMud.json': 'Invoxia',
  'wemomotionMud.json': 'Belkin',
  'wemoswitchMud.json': 'Belkin',
  'withingscardioMud.json': 'Withings',
  'withingssleepsensorMud.json': 'Withings',
}

function find(folder: string, name: string): string | undefined {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((e) =>
    e.isFile() && e.name === name ? [join(e.parentPath, e.name)] : [],
  )[0]
}

await main()
