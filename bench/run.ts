#!/usr/bin/env node
/**
 * `npm run bench [-- --runs N] [--slow-runs N] [--quick] [--replicas N] [--only assay,nfpcapd]`: an audit beside the tools that
 * people would otherwise run over the same capture (docs/benchmarks.md). Writes bench/RESULTS.md, except where it is --quick or
 * --only a part.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { countPackets, largeCapture, smallCapture } from './captures.ts'
import { measure, type Measure, median } from './measure.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    'slow-runs': { type: 'string', default: '1' },
    replicas: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const runs = Number(values.quick ? Math.min(3, Number(values.runs)) : values.runs)
const slowRuns = Number(values['slow-runs'])
const replicas = Number(values.replicas ?? (values.quick ? 8 : 40))
if (![runs, slowRuns, replicas].every((n) => Number.isInteger(n) && n > 0)) {
  console.error('--runs, --slow-runs and --replicas take a number from 1')
  process.exit(2)
}

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, '.cache')
const assay = join(root, 'dist', 'cli', 'main.js')
const { path: large, origin } = largeCapture(replicas)
const flowFiles = join(cache, 'nfpcapd')

interface Tool {
  name: string
  what: string
  command: string
  args: string[]
  /** Debian's package. */
  from: string
  /** Takes minutes on the large capture. */
  slow?: boolean
  /** The most that an audit may take of this tool's time. */
  goal?: number
}

const auditOf = (capture: string) => [assay, 'audit', capture]
const tools: Tool[] = [
  { name: 'assay', what: 'the whole audit, with its report', command: process.execPath, args: auditOf(large), from: '' },
  {
    name: 'read',
    what: 'reads the file from the page cache, no more',
    command: 'dd',
    args: [`if=${large}`, 'of=/dev/null', 'bs=1M'],
    from: 'coreutils',
  },
  {
    name: 'tcpdump',
    what: 'copies the packets',
    command: 'tcpdump',
    args: ['-r', large, '-w', '/dev/null'],
    from: 'tcpdump',
    goal: 2,
  },
  {
    name: 'nfpcapd',
    what: 'writes flow records',
    command: 'nfpcapd',
    args: ['-r', large, '-w', flowFiles],
    from: 'nfdump',
    goal: 1 / 3,
  },
  {
    name: 'ndpiReader',
    what: 'classifies flows by protocol',
    command: 'ndpiReader',
    args: ['-q', '-i', large],
    from: 'libndpi-bin',
    slow: true,
    goal: 1 / 20,
  },
  {
    name: 'tshark',
    what: 'dissects, lists conversations',
    command: 'tshark',
    args: ['-q', '-r', large, '-z', 'conv,ip'],
    from: 'tshark',
    slow: true,
    goal: 1 / 75,
  },
]

const wanted = values.only?.split(',')
const strange = wanted?.find((name) => !tools.some((t) => t.name === name))
if (strange !== undefined) {
  console.error(`There is no ${strange} here; there are ${tools.map((t) => t.name).join(', ')}.`)
  process.exit(2)
}
const chosen = tools.filter((t) => wanted === undefined || wanted.includes(t.name))
const missing = chosen.filter((t) => t.from !== '' && !installed(t.command))
for (const t of missing) console.log(`${t.name} is not installed, and left out: apt-get install -y ${t.from}`)
const present = chosen.filter((t) => !missing.includes(t))

const lines: string[] = []
const say = (line = '') => {
  console.log(line)
  lines.push(line)
}

const packets = countPackets(large)
const bytes = statSync(large).size
const [load] = loadavg()
say('# Benchmark')
say()
say(`${new Date().toISOString().slice(0, 10)}, Assay at ${commit()}. How to run it, and what it means: docs/benchmarks.md.`)
say()
say(`- Capture: ${origin}: ${number(packets)} packets, ${number(Math.round(bytes / 1e6))} MB.`)
say(
  `- Machine: ${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB; ${platform()} ${release()} ${arch()}.`,
)
say(`- Load before the start: ${load!.toFixed(2)}${load! > 0.7 ? ' (**busy: these figures are not to be quoted**)' : ''}.`)
say(
  `- Versions: Node ${process.versions.node}${present
    .filter((t) => t.from !== '')
    .map((t) => `, ${t.from} ${version(t.from)}`)
    .join('')}.`,
)
say(`- Runs: ${runs} each, alternating${present.some((t) => t.slow) ? `; ${slowRuns} of the slow ones` : ''}. Medians.`)
say()

// into the page cache, before anyone is measured
await measure('dd', [`if=${large}`, 'of=/dev/null', 'bs=1M'])
const measured = new Map<string, Measure[]>(present.map((t) => [t.name, []]))
for (let round = 0; round < runs; round++)
  for (const tool of present) {
    if (tool.slow && round >= slowRuns) continue
    if (tool.name === 'nfpcapd') {
      rmSync(flowFiles, { recursive: true, force: true })
      mkdirSync(flowFiles, { recursive: true })
    }
    const m = await measure(tool.command, tool.args)
    process.stderr.write(
      `${tool.name}: ${m.seconds.toFixed(2)} s, ${m.peak.toFixed(0)} MB${m.code === 0 ? '' : `, ended with ${m.code}`}\n`,
    )
    if (m.code === 0) measured.get(tool.name)!.push(m)
  }
rmSync(flowFiles, { recursive: true, force: true })

const own = measured.get('assay') ?? []
const ours = median(own.map((m) => m.seconds))
say('| | what it does | wall s | spread | CPU s | peak MB | packets/s | assay takes | aim |')
say('|--|--|--:|--|--:|--:|--:|--:|--|')
for (const tool of present) {
  const all = measured.get(tool.name)!
  if (all.length === 0) {
    say(`| ${tool.name} | ${tool.what} | failed | | | | | | |`)
    continue
  }
  const seconds = all.map((m) => m.seconds)
  const wall = median(seconds)
  const ratio = ours / wall
  const aim =
    tool.goal === undefined
      ? ''
      : `at most ${tool.goal >= 1 ? `${tool.goal} ×` : `1/${Math.round(1 / tool.goal)}`}: ${ratio <= tool.goal ? 'met' : '**missed**'}`
  const cells = [
    tool.name,
    tool.what,
    wall.toFixed(2),
    `${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`,
    median(all.map((m) => m.cpu)).toFixed(1),
    peakOf(all),
    number(Math.round(packets / wall)),
    tool.name === 'assay' || own.length === 0 ? '' : ratio >= 1 ? `${ratio.toFixed(2)} ×` : `1/${(1 / ratio).toFixed(1)}`,
    aim,
  ]
  say(`| ${cells.join(' | ')} |`)
}
say()

if (own.length > 0) {
  const peak = Number(peakOf(own))
  say('| Assay alone | measured | aim |')
  say('|--|--|--|')
  say(`| peak memory on the large capture | ${peak.toFixed(0)} MB | at most 256 MB: ${met(peak <= 256)} |`)
  const help = await several([assay, '--help'], 11)
  say(`| \`assay --help\` | ${help.toFixed(3)} s | under 0.2 s: ${met(help < 0.2)} |`)
  const small = smallCapture(large, 100_000)
  const little = await several(auditOf(small), 7)
  say(`| audit of ${number(statSync(small).size)} bytes | ${little.toFixed(3)} s | under 0.6 s: ${met(little < 0.6)} |`)
  if (replicas >= 4) {
    // start-up is taken off: what is asked is whether a packet costs more in a larger capture
    const quarter = largeCapture(Math.round(replicas / 4)).path
    const few = countPackets(quarter)
    const part = await several(auditOf(quarter), runs)
    const per = (seconds: number, n: number) => ((seconds - little) / n) * 1e6
    const [less, more] = [per(part, few), per(ours, packets)]
    say(
      `| a packet, start-up taken off | ${less.toFixed(3)} µs of ${number(few)}, ${more.toFixed(3)} µs of ${number(packets)} | linear (at most 1.05 ×): ${(more / less).toFixed(2)} × ${met(more / less <= 1.05)} |`,
    )
  }
  say()
}
if (values.quick || wanted !== undefined) console.log('bench/RESULTS.md stays as it is: only a full run is written there.')
else {
  writeFileSync(join(root, 'bench', 'RESULTS.md'), `${lines.join('\n').trimEnd()}\n`)
  console.log('Written to bench/RESULTS.md.')
}

async function several(args: readonly string[], times: number): Promise<number> {
  const seconds: number[] = []
  for (let i = 0; i < times; i++) {
    const m = await measure(process.execPath, args)
    if (m.code !== 0) throw new Error(`assay ${args.slice(1).join(' ')} ended with ${m.code}`)
    seconds.push(m.seconds)
  }
  return median(seconds)
}

/** The highest of its runs; nothing where each ended before it could be looked at. */
function peakOf(all: readonly Measure[]): string {
  const seen = all.map((m) => m.peak).filter((peak) => !Number.isNaN(peak))
  return seen.length === 0 ? '' : Math.max(...seen).toFixed(0)
}

function met(yes: boolean): string {
  return yes ? 'met' : '**missed**'
}

function number(n: number): string {
  return n.toLocaleString('en')
}

function installed(command: string): boolean {
  const dirs = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return dirs.some((dir) => statSync(join(dir, command), { throwIfNoEntry: false })?.isFile() === true)
}

function version(name: string): string {
  const { stdout, status } = spawnSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8' })
  return status === 0 ? stdout : 'unknown'
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: dirname(assay), encoding: 'utf8' }).trim()
  } catch {
    return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
  }
}
