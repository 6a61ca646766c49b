import type { Context, Observer, Party } from '../../evidence/context.ts'
import { mask } from '../../evidence/kinds.ts'
import { protocolName } from '../../evidence/protocol-names.ts'
import { indicate, type Indicator, type SignFacts } from '../../evidence/sign.ts'
import type { Detector, Sign, Telling } from '../detector.ts'
import { type Attempt, readers } from './attempts.ts'
import { HIDDEN, isGuessing, LISTED, MAX_PAIRS, PACE, PAIRS, REPEATED, type Run, Tries, TUNABLES, WIDE } from './tries.ts'

const MAX_CREDENTIALS = 8

/** Password guessing: on the device, and by it. */
export const guessing: Detector = {
  id: 'guessing',
  title: 'Password guessing',
  looksFor: `By Telnet, ${LISTED.value} different user names and passwords of the published lists of defaults, or one of them in ${REPEATED.value} connections, faster than a connection in ${PACE.value} seconds; by Telnet, FTP, HTTP, RTSP, MQTT, mail and others, ${PAIRS.value} different ones that were refused; of either twice as many where they come no faster than people type. By SSH, where nothing is readable, ${HIDDEN.value} refusals told by the size of answers. Telnet's list is also counted over ${WIDE.value} addresses and more.`,
  mistakes:
    'A program that logs in by Telnet with a published default every few seconds. A program with an old password tries one pair and is not counted; one that makes a new password each time, or asks by SSH with several old passwords in quick succession, looks like guessing, and so does a test of your own. What escapes: guesses over encrypted HTTP, MQTT or Telnet; Telnet on ports other than 23 and 2323 where neither side negotiates, or of which one direction was captured; guesses at SIP, ADB and ESPHome, of which no password is readable; HTTP forms whose refusal comes with status 200; Digest passwords of no list; fewer than the figures within an hour.',
  baseRate: 'None in the benign captures of the corpus (IoT Sentinel, Mon(IoT)r, JA4, Zeek, Wireshark, nDPI).',
  tunables: TUNABLES,
  observers: () => {
    const tries = new Tries()
    const all: Record<string, Observer<never>> = {}
    for (const [protocol, read] of Object.entries(readers))
      all[protocol] = (message, context) => {
        for (const attempt of read(message)) observe(tries, protocol, attempt, context)
      }
    return all
  },
  tell,
}

function observe(tries: Tries, protocol: string, attempt: Attempt, context: Context): void {
  // it let somebody in: that is another's business
  if (attempt.hidden === 0) return
  const { client, server } = context
  const [asker, asked] = attempt.fromClient ? [client, server] : [server, client]
  count(tries, protocol, attempt, 'source', asker, asked, context)
  count(tries, protocol, attempt, 'target', asked, asker, context)
}

function count(
  tries: Tries,
  protocol: string,
  attempt: Attempt,
  role: SignFacts['role'],
  party: Party,
  other: Party,
  context: Context,
): void {
  if (party.host < 0) return
  const { time, capture } = context
  const telnet = protocol === 'telnet'
  const key = `${party.host} ${role} ${protocol}`
  const run = tries.add(`${key} ${other.ip}`, other.ip, attempt, time, capture)
  // one list, tried here and there
  const wide = telnet && attempt.listed ? tries.add(key, other.ip, attempt, time, capture) : undefined
  const told =
    run.enough || isGuessing(run, telnet)
      ? run
      : wide && (wide.enough || (wide.peers.size >= WIDE.value && isGuessing(wide, true)))
        ? wide
        : undefined
  if (told === undefined) return
  const fresh = !told.enough
  told.enough = true
  const detail = detailOf(told)
  const indicators = indicatorsOf(attempt, role, other)
  const peer = context.peer(other, party)
  const facts: SignFacts = { detector: 'guessing', what: protocol, role, peer, port: context.server.port, detail, indicators }
  context.sign(party, `${role} ${protocol}`, facts, attempt.frame, {
    count: fresh ? told.tries : (attempt.hidden ?? 1),
    first: told.first,
    ...(fresh && { frames: told.frames }),
    update: (kept) => {
      for (const [name, value] of Object.entries(detail)) kept.detail[name] = Math.max(Number(kept.detail[name] ?? 0), value)
      addIndicators(kept, indicators)
      kept.detail['peers'] = Math.max(detail['peers']!, (kept.indicators ?? []).filter(({ type }) => type === 'ip').length)
    },
  })
}

function detailOf({ listed, refused, hidden, peers }: Run): Record<string, number> {
  return { pairs: new Set([...listed, ...refused]).size, listed: listed.size, hidden, peers: peers.size }
}

function indicatorsOf({ user, password }: Attempt, role: SignFacts['role'], other: Party): Indicator[] {
  const indicators: Indicator[] = [{ type: 'ip', value: other.ip, role: role === 'source' ? 'guessed at' : 'guesser' }]
  if (user !== undefined && password !== undefined)
    indicators.push({ type: 'credential', value: `${mask(user)} ${mask(password)}`, role: 'tried' })
  return indicators
}

function addIndicators(kept: SignFacts, more: readonly Indicator[]): void {
  const full = (kept.indicators ?? []).filter(({ type }) => type === 'credential').length >= MAX_CREDENTIALS
  indicate(kept, full ? more.filter(({ type }) => type !== 'credential') : more)
}

function tell({ data, count }: Sign): Telling {
  const { role, what, peer, detail } = data
  const who = peer?.name ?? peer?.ip ?? 'somebody'
  const [pairs, listed, hidden, peers] = ['pairs', 'listed', 'hidden', 'peers'].map((name) => Number(detail[name] ?? 0)) as [
    number,
    number,
    number,
    number,
  ]
  const source = role === 'source'
  const by = protocolName(what)
  const others = peers > 1 ? ` and at least ${peers - 1} other addresses` : ''
  const with_ =
    hidden > 0
      ? ', every time in vain as far as the size of the answers tells'
      : `, with ${pairs === 1 ? 'one user name and password' : `${pairs >= MAX_PAIRS ? 'at least ' : ''}${pairs} different user names and passwords`}${listed > 0 ? `, ${listed === pairs ? (pairs === 1 ? 'which is' : 'all of them') : listed} on the published lists of defaults that bots try` : ''}`
  const certain = listed > 0 && what === 'telnet'
  return {
    campaign: 'recruitment',
    stage: source ? 'scanning' : 'guessed',
    severity: source
      ? certain && peer?.scope === 'internet'
        ? 'critical'
        : 'high'
      : certain || peer?.scope === 'local'
        ? 'medium'
        : 'low',
    confidence: hidden > 0 ? 0.7 : certain ? 0.95 : 0.85,
    says: source
      ? `Tried to log in at ${who}${others} by ${by} ${count} times${with_}.`
      : `${who}${others} tried to log in by ${by} ${count} times${with_}.`,
    techniques: ['T1110.001'],
  }
}
