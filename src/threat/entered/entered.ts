import type { TelnetMessage } from '../../decode/protocols/telnet.ts'
import type { Context, Observer, Party } from '../../evidence/context.ts'
import { mask } from '../../evidence/kinds.ts'
import { indicate, type Indicator, type SignFacts } from '../../evidence/sign.ts'
import type { Detector, Sign, Telling } from '../detector.ts'
import { type Attempt, readers } from '../guessing/attempts.ts'
import { isGuessing, type Run, Tries } from '../guessing/tries.ts'
import { protocolName } from '../../evidence/protocol-names.ts'

const STEPS = {
  value: 4,
  unit: 'words',
  why: 'enable, system, shell and sh: what Mirai types to get from a menu to a shell, all four in one connection',
}

/** Somebody got in who should not: after guessing, or from the Internet with a password that everybody knows; and what he typed first. */
export const entered: Detector = {
  id: 'entered',
  title: 'Break-in',
  looksFor: `A log-in that was accepted from an address that guessed passwords (as password guessing is told), or from the Internet by Telnet with a published default. By Telnet, "/bin/busybox" with a word of capitals that is no program of it (MIRAI, ECCHI, TOKYO, KURA…), answered by "applet not found": so bots see that they have a shell; and all ${STEPS.value} of "enable", "system", "shell" and "sh" in one connection.`,
  mistakes:
    'Who has forgotten a password and remembers it at last may be taken for a guesser. What escapes: log-ins over encrypted protocols, and those of a bot that knew the password at once and asks for no applet.',
  baseRate: 'None in the benign captures of the corpus.',
  tunables: { STEPS },
  observers: () => {
    const tries = new Tries()
    const shell = new Shell()
    const all: Record<string, Observer<never>> = {}
    for (const [protocol, read] of Object.entries(readers))
      all[protocol] = (message, context) => {
        for (const attempt of read(message)) observeLogin(tries, protocol, attempt, context)
      }
    const logins = all['telnet'] as Observer<TelnetMessage>
    all['telnet'] = (message: TelnetMessage, context: Context) => {
      logins(message, context)
      if (message.type === 'command') shell.line(message, context)
    }
    return all
  },
  tell,
}

function observeLogin(tries: Tries, protocol: string, attempt: Attempt, context: Context): void {
  const asker = attempt.fromClient ? context.client : context.server
  const asked = attempt.fromClient ? context.server : context.client
  if (asked.host < 0) return
  const run = tries.add(`${asked.host} ${protocol} ${asker.ip}`, asker.ip, attempt, context.time, context.capture)
  const telnet = protocol === 'telnet'
  run.enough ||= isGuessing(run, telnet)
  if (attempt.outcome !== 'accepted') return
  const far = telnet && attempt.listed && asker.scope === 'internet'
  if (!run.enough && !far) return
  const indicators = who(asker, attempt)
  const detail = { tries: run.tries, listed: attempt.listed ? 1 : 0, guessed: run.enough ? 1 : 0 }
  const facts: SignFacts = {
    detector: 'entered',
    what: 'password',
    role: 'target',
    peer: context.peer(asker, asked),
    port: context.server.port,
    detail: { ...detail, protocol },
    indicators,
  }
  context.sign(asked, `password ${protocol}`, facts, attempt.frame, { update: (kept) => renew(kept, run, indicators) })
}

function who(asker: Party, { user, password }: Attempt): Indicator[] {
  const ip: Indicator = { type: 'ip', value: asker.ip, role: 'intruder' }
  if (user === undefined || password === undefined) return [ip]
  return [ip, { type: 'credential', value: `${mask(user)} ${mask(password)}`, role: 'accepted' }]
}

function renew(kept: SignFacts, run: Run, more: readonly Indicator[]): void {
  kept.detail['tries'] = Math.max(Number(kept.detail['tries']), run.tries)
  indicate(kept, more)
}

const MARK = /^(?:\/bin\/)?busybox ([A-Z]{4,16})$/
const WORDS: readonly string[] = ['enable', 'system', 'shell', 'sh']

/** Lines typed in the connection that is being read. */
class Shell {
  private connection = ''
  private readonly words = new Set<string>()

  line({ line, answer, frame }: Extract<TelnetMessage, { type: 'command' }>, context: Context): void {
    const { client, server, time } = context
    const connection = `${client.ip} ${client.port} ${server.ip} ${time}`
    if (connection !== this.connection) {
      this.connection = connection
      this.words.clear()
    }
    const typed = line.trim()
    const mark = MARK.exec(lastOf(typed))?.[1]
    if (mark !== undefined) return tellShell(context, 'shell', mark, answer.includes(`${mark}: applet not found`), frame)
    if (!WORDS.includes(typed) || this.words.has(typed)) return
    this.words.add(typed)
    if (this.words.size === STEPS.value) tellShell(context, 'steps', '', false, frame)
  }
}

/** The last of several commands: the word of capitals ends a line, so that its answer ends the answer. */
function lastOf(line: string): string {
  const end = Math.max(line.lastIndexOf(';'), line.lastIndexOf('&'), line.lastIndexOf('|'))
  return line.slice(end + 1).trim()
}

function tellShell(context: Context, what: 'shell' | 'steps', mark: string, answered: boolean, frame: number): void {
  const { client, server } = context
  for (const role of ['target', 'source'] as const) {
    const [party, other] = role === 'target' ? [server, client] : [client, server]
    const indicators: Indicator[] = [{ type: 'ip', value: other.ip, role: role === 'target' ? 'intruder' : 'entered' }]
    const facts: SignFacts = {
      detector: 'entered',
      what,
      role,
      peer: context.peer(other, party),
      port: server.port,
      detail: { ...(mark !== '' && { mark }), answered: answered ? 1 : 0 },
      indicators,
    }
    context.sign(party, `${what} ${role}`, facts, frame, {
      update: (kept) => {
        if (answered && kept.detail['answered'] !== 1) Object.assign(kept.detail, { mark, answered: 1 })
        for (const one of indicators) indicate(kept, [one])
      },
    })
  }
}

function tell({ data, count }: Sign): Telling {
  const { role, what, peer, detail } = data
  const other = peer?.name ?? peer?.ip ?? 'somebody'
  const base = { campaign: 'recruitment', stage: role === 'source' ? 'scanning' : 'entered' } as const
  if (what === 'password') {
    const guessed = detail['guessed'] === 1
    const listed = detail['listed'] === 1 ? ', with a user name and password of the published lists of defaults' : ''
    return {
      ...base,
      severity: 'high',
      confidence: detail['protocol'] === 'ssh' ? 0.6 : guessed ? 0.9 : 0.8,
      says: `Let ${other} in by ${protocolName(String(detail['protocol']))}${listed}${guessed ? `, who had tried ${String(detail['tries'])} times` : ', from the Internet'}${detail['protocol'] === 'ssh' ? ', as far as the size of the answers tells' : ''}.`,
      techniques: detail['listed'] === 1 ? ['T1078.001'] : ['T1110.001'],
    }
  }
  if (what === 'steps')
    return {
      ...base,
      severity: 'high',
      confidence: 0.8,
      says:
        role === 'source'
          ? `Typed "enable", "system", "shell" and "sh" at ${other} by Telnet, as Mirai does to get to a shell.`
          : `${other} typed "enable", "system", "shell" and "sh" by Telnet, as Mirai does to get to a shell.`,
      techniques: ['T1059.004'],
    }
  const answered = detail['answered'] === 1
  const asked = `/bin/busybox ${String(detail['mark'])}`
  const why = answered
    ? ', and was answered "applet not found": so bots of the Mirai family find out that they have a shell'
    : ': so bots of the Mirai family find out whether they have a shell; no answer to it was seen'
  const often = count > 1 ? ` ${count} times` : ''
  return {
    ...base,
    severity: answered || role === 'source' ? 'critical' : 'high',
    confidence: answered ? 0.98 : 0.85,
    says:
      role === 'source'
        ? `Typed "${asked}" and its like${often} at ${other} by Telnet${why}.`
        : `${other} typed "${asked}" and its like${often} by Telnet${why}.`,
    techniques: ['T1059.004'],
  }
}
