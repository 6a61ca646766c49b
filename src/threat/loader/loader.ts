import type { AdbMessage } from '../../decode/protocols/adb.ts'
import type { HttpExchange } from '../../decode/protocols/http.ts'
import type { TelnetMessage } from '../../decode/protocols/telnet.ts'
import { text } from '../../decode/text.ts'
import type { Context, Party } from '../../evidence/context.ts'
import type { FrameRef } from '../../evidence/evidence.ts'
import { protocolName } from '../../evidence/protocol-names.ts'
import { type Indicator, MAX_INDICATORS, type SignFacts } from '../../evidence/sign.ts'
import { both, deedsOf, type Deeds, deedWords, MAX_COMMANDS, NO_DEEDS, sourcesIn, weigh } from '../commands.ts'
import type { Detector, Sign, Telling } from '../detector.ts'

const ENOUGH = { value: 4, unit: 'points', why: 'fetching (2) or writing a program (3), and two or one of what follows it' }
const FETCHES = { value: 3, unit: 'fetches', why: 'a script that fetches one program for each processor that there is' }
const TOGETHER = { value: 600, unit: 'seconds', why: 'a loader takes seconds' }

/** Commands that bring a bot onto a thing: typed in a shell that was entered, or as a script that the thing was made to fetch. */
export const loader: Detector = {
  id: 'loader',
  title: 'Loader commands',
  looksFor: `Lines typed by Telnet or given to ADB's shell which together reach ${ENOUGH.value} points: fetches by wget, curl, tftp or ftpget (2; several 3), a program written with echo (3), a word that no busybox has (2), work in /tmp and its like, chmod, running, rm -rf, looking for a place to write to (1 each); at least one of the first two. And scripts fetched by HTTP that fetch ${FETCHES.value} programs or more, make them runnable and run them.`,
  mistakes:
    'Who brings a program of his own onto a thing by Telnet or ADB types the same. What escapes: commands in SSH and in encrypted HTTP, programs that are sent through the shell in other ways than echo, a line of more than 768 characters.',
  baseRate: 'None in the benign captures of the corpus.',
  tunables: { ENOUGH, FETCHES, TOGETHER },
  observers: () => {
    const runs = new Runs()
    return {
      telnet: (message: TelnetMessage, context: Context) => {
        if (message.type === 'command') runs.line(context, 'telnet', message.line, message.frame)
      },
      adb: (message: AdbMessage, context: Context) => {
        if (message.type !== 'open' || !message.fromClient) return
        const command = /^(?:shell|exec)(?:,[^:]{0,64})?:(.+)$/s.exec(message.service)?.[1]
        if (command !== undefined) runs.line(context, 'adb', command, message.frame)
      },
      http: observeScript,
    }
  },
  tell,
}

interface Run {
  deeds: Deeds
  first: number
  last: number
  lines: number
  frames: FrameRef[]
  sources: Indicator[]
  told: boolean
}

const MAX_RUNS = 1024

/** What one end typed at another, over connections: bounded, the oldest makes room. */
class Runs {
  private readonly runs = new Map<string, Run>()

  line(context: Context, protocol: string, line: string, frame: number): void {
    const deeds = deedsOf(line)
    if (weigh(deeds) === 0) return
    this.take(context, protocol, line, deeds, frame, 'target', context.server, context.client)
    this.take(context, protocol, line, deeds, frame, 'source', context.client, context.server)
  }

  private take(
    context: Context,
    protocol: string,
    line: string,
    deeds: Deeds,
    frame: number,
    role: SignFacts['role'],
    party: Party,
    other: Party,
  ): void {
    if (party.host < 0) return
    const { time } = context
    const key = `${party.host} ${role} ${protocol} ${other.ip}`
    let run = this.runs.get(key)
    if (!run || Math.abs(time - run.last) > TOGETHER.value * 1e6) {
      this.runs.delete(key)
      if (this.runs.size >= MAX_RUNS) this.runs.delete(this.runs.keys().next().value!)
      this.runs.set(key, (run = { deeds: NO_DEEDS, first: time, last: time, lines: 0, frames: [], sources: [], told: false }))
    }
    run.deeds = both(run.deeds, deeds)
    run.last = Math.max(run.last, time)
    run.lines++
    if (run.frames.length < 8) run.frames.push({ capture: context.capture, frame })
    if (run.sources.length < MAX_INDICATORS) run.sources.push(...sourcesIn(line))
    if (weigh(run.deeds) < ENOUGH.value || (run.deeds.fetches === 0 && !run.deeds.writes)) return
    const fresh = !run.told
    run.told = true
    const ends: Indicator = { type: 'ip', value: other.ip, role: role === 'target' ? 'loader' : 'loaded' }
    const indicators = [ends, ...run.sources].slice(0, MAX_INDICATORS)
    const detail = detailOf(run.deeds)
    const facts: SignFacts = {
      detector: 'loader',
      what: protocol,
      role,
      peer: context.peer(other, party),
      port: context.server.port,
      detail,
      indicators,
    }
    context.sign(party, `${role} ${protocol}`, facts, frame, {
      count: fresh ? run.lines : 1,
      first: run.first,
      ...(fresh && { frames: run.frames }),
      update: (kept) => {
        if (kept.peer?.ip === other.ip) kept.detail = detail
        kept.indicators = merged(kept.indicators, indicators)
      },
    })
  }
}

function detailOf(deeds: Deeds): SignFacts['detail'] {
  const { writes, runs, mark, fetches, removes, runnable } = deeds
  // nobody who looks after a thing asks for what is not there, or types a program in hexadecimal
  const certain = mark !== undefined || (writes && runs) || (fetches > 0 && runnable && runs && removes)
  return { does: deedWords(deeds).join(', '), certain: certain ? 1 : 0 }
}

function merged(kept: readonly Indicator[] = [], more: readonly Indicator[]): Indicator[] {
  const fresh = more.filter((one) => !kept.some((known) => known.type === one.type && known.value === one.value))
  return [...kept, ...fresh].slice(0, MAX_INDICATORS)
}

/** A script that a device fetched: one program for each processor, as the loader does not know which it has. */
function observeScript({ request, response, fromClient }: HttpExchange, context: Context): void {
  const asker = fromClient ? context.client : context.server
  if (asker.host < 0 || response === undefined || response.contentEncoding !== undefined || !isScript(response.body)) return
  const answerer = fromClient ? context.server : context.client
  const script = text(response.body, 0, Math.min(response.body.length, MAX_COMMANDS), MAX_COMMANDS).replaceAll('\uFFFD', '\n')
  const deeds = deedsOf(script)
  if (deeds.fetches < FETCHES.value || !deeds.runnable || !(deeds.runs || RUNS_FETCHED.test(script))) return
  const target = request?.target ?? ''
  const peer = context.peer(answerer, asker)
  const url = `http://${request?.host ?? answerer.ip}${target}`.slice(0, 200)
  const fetched: Indicator = { type: 'url', value: url, role: 'script' }
  const indicators = [fetched, ...sourcesIn(script)].slice(0, MAX_INDICATORS)
  const detail = { does: deedWords(deeds).join(', '), fetches: deeds.fetches, certain: 0 }
  const facts: SignFacts = { detector: 'loader', what: 'script', role: 'target', peer, port: answerer.port, detail, indicators }
  context.sign(asker, 'script', facts, response.frame, {
    update: (kept) => void (kept.indicators = merged(kept.indicators, indicators)),
  })
}

const RUNS_FETCHED = /(?:^|[;&|\n])\s*\.\/\S/

/** Readable text that begins as shell scripts do, or with a command of theirs: binaries are others' business. */
function isScript(body: Uint8Array): boolean {
  const end = Math.min(body.length, 256)
  if (end < 16 || body[0] === 0x3c || body[0] === 0x7b) return false
  for (let i = 0; i < end; i++) if (body[i]! < 9 || body[i]! > 0x7e) return false
  return true
}

function tell({ data, count }: Sign): Telling {
  const { role, what, peer, detail } = data
  const who = peer?.name ?? peer?.ip ?? 'somebody'
  const certain = detail['certain'] === 1
  if (what === 'script')
    return {
      campaign: 'recruitment',
      stage: 'loading',
      severity: 'high',
      confidence: 0.9,
      says: `Fetched a script from ${who} that fetches ${detail['fetches']} programs and runs them: scripts do so that do not know which processor the thing has, as loaders of bots.`,
      techniques: ['T1105', 'T1059.004'],
    }
  const source = role === 'source'
  const says = source
    ? `Typed commands at ${who} by ${protocolName(what)} that bring a program onto it (${count} lines): ${String(detail['does'])}.`
    : `${who} typed commands by ${protocolName(what)} that bring a program onto it (${count} lines): ${String(detail['does'])}.`
  return {
    campaign: 'recruitment',
    stage: source ? 'scanning' : 'loading',
    severity: certain ? 'critical' : 'high',
    confidence: certain ? 0.97 : 0.8,
    says,
    techniques: ['T1105', 'T1059.004'],
  }
}
