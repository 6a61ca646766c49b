import type { AdbMessage } from '../../decode/protocols/adb.ts'
import type { TelnetMessage } from '../../decode/protocols/telnet.ts'
import type { Context, Party } from '../../evidence/context.ts'
import type { FrameRef } from '../../evidence/evidence.ts'
import { protocolName } from '../../evidence/protocol-names.ts'
import { indicate, type Indicator, MAX_INDICATORS, type SignFacts } from '../../evidence/sign.ts'
import { both, deedsOf, type Deeds, deedWords, NO_DEEDS, sourcesIn, weigh } from '../commands.ts'
import type { Detector, Sign, Telling } from '../detector.ts'

const ENOUGH = { value: 4, unit: 'points', why: 'fetching (2) or writing a program (3), and two or one of what follows it' }
const TOGETHER = { value: 600, unit: 'seconds', why: 'a loader takes seconds' }

/** Commands that bring a bot onto a thing, typed in a shell that was entered. Scripts that it was made to fetch are told by fetched/. */
export const loader: Detector = {
  id: 'loader',
  title: 'Loader commands',
  looksFor: `Lines typed by Telnet or given to ADB's shell which together reach ${ENOUGH.value} points: fetches by wget, curl, tftp or ftpget (2; several 3), a program written with echo (3), a word that no busybox has (2), work in /tmp and its like, chmod, running, rm -rf, looking for a place to write to (1 each); at least one of the first two.`,
  mistakes:
    'Who brings a program of his own onto a thing by Telnet or ADB types the same. What escapes: commands in SSH and in encrypted HTTP, programs that are sent through the shell in other ways than echo, a line of more than 768 characters.',
  baseRate: 'None in the benign captures of the corpus.',
  tunables: { ENOUGH, TOGETHER },
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
        indicate(kept, indicators)
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

function tell({ data, count }: Sign): Telling {
  const { role, what, peer, detail } = data
  const who = peer?.name ?? peer?.ip ?? 'somebody'
  const certain = detail['certain'] === 1
  const source = role === 'source'
  const says = source
    ? `Typed commands at ${who} by ${protocolName(what)} that bring a program onto it (${count === 1 ? '1 line' : `${count} lines`}): ${String(detail['does'])}.`
    : `${who} typed commands by ${protocolName(what)} that bring a program onto it (${count === 1 ? '1 line' : `${count} lines`}): ${String(detail['does'])}.`
  return {
    campaign: 'recruitment',
    stage: source ? 'scanning' : 'loading',
    severity: certain ? 'critical' : 'high',
    confidence: certain ? 0.97 : 0.8,
    says,
    techniques: ['T1105', 'T1059.004'],
  }
}
