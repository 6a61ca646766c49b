import { randomBytes } from 'node:crypto'
import { printable } from '../../decode/text.ts'
import { vendorOf } from '../../device/vendors.ts'
import { mask } from '../../evidence/kinds.ts'
import type { EntryRef } from '../../evidence/pointer.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import type { Asker } from '../asker.ts'
import type { DeviceAsking, DeviceProbe } from '../probe.ts'
import { choose } from './choose.ts'
import type { Attempt, Look, Pair } from './door.ts'
import { doors, type Found, LOOKED_AT } from './doors.ts'
import { NOBODY } from './snmp.ts'

/**
 * Bad log-ins in a row at one service, without --full, in all: devices that lock do so after five or more.
 */
const CAREFUL = 4
const FULL = 10
/** What agents read by without having been set up (RFC 1157's examples, and every manual since). */
const COMMUNITIES = ['public', 'private']

type Login = Kinds['probe.login']

export const logins: DeviceProbe = {
  of: 'device',
  id: 'logins',
  title: 'Log-ins',
  ms: 150_000,
  asks: (full) => [
    'looks at each service that may ask for a log-in (HTTP, Telnet, SSH, FTP, RTSP, MQTT, SNMP, ADB): whether it does',
    `tries at most ${full ? FULL : CAREFUL} published default pairs at each, those of its maker first, and stops at the first sign of a lock`,
    'leaves at once where it is let in',
  ],
  async run(asking) {
    const found = doors(asking)
    const looks = await Promise.all(found.map(({ door }) => door.look()))
    const maker = asking.target.mac === undefined ? undefined : vendorOf(asking.target.mac)
    const says = [maker ?? '', ...looks.map((look) => look.says)].join('\n')
    const first = new Map<string, string>()
    await Promise.all(
      found.map((one, n) => {
        const look = looks[n]!
        const before = look.same ? first.get(`${one.protocol} ${look.same}`) : undefined
        if (look.same && before === undefined) first.set(`${one.protocol} ${look.same}`, one.key)
        return tryOne(asking, one, look, says, before)
      }),
    )
  },
}

async function tryOne(asking: DeviceAsking, found: Found, look: Look, says: string, sameAs: string | undefined): Promise<void> {
  const { note, trouble, target } = asking
  const { protocol, port, key } = found
  const login: Login = { protocol, port: port.port, transport: port.transport, scheme: look.scheme, tried: 0, refused: 0 }
  const again = `Ask again, this alone: assay probe ${target.ip} --only logins`
  if (look.open) return note('probe.login', key, { ...login, scheme: 'none', open: look.open }, look.shown)
  if (look.scheme === 'unknown') {
    if (found.guessed && look.trouble === NOBODY) return
    if (protocol !== 'snmp') return trouble(key, `${capital(look.trouble ?? 'it could not be understood')}.`, again, look.shown)
  }
  if (look.scheme === 'keys' || LOOKED_AT.has(protocol)) return note('probe.login', key, login, look.shown)
  if (sameAs !== undefined) return note('probe.login', key, { ...login, sameAs }, look.shown)
  if (look.trouble !== undefined && protocol !== 'snmp') {
    note('probe.login', key, login, look.shown)
    return trouble(
      key,
      `${capital(look.trouble)}: no default password was tried.`,
      'Log in with the first password of its manual by hand, and see whether it still is the one.',
      look.shown,
    )
  }
  await tryPairs(asking, found, look, says, login)
}

async function tryPairs(
  asking: DeviceAsking,
  { door, key, protocol, guessed }: Found,
  look: Look,
  says: string,
  login: Login,
): Promise<void> {
  const { asker, note, trouble, full, target } = asking
  const budget = full ? FULL : CAREFUL
  // a form's refusal is learnt from a pair that nobody has
  const most = look.scheme === 'form' ? budget - 1 : budget
  const pairs =
    protocol === 'snmp'
      ? COMMUNITIES.map((password) => ({ user: '', password, list: 'default SNMP communities' }))
      : choose(protocol, says, most, look.nameless)
  const shown: EntryRef[] = [...look.shown]
  let slowest = 0
  let unclear: Attempt | undefined
  for (const pair of pairs) {
    const named = look.nameless || protocol === 'snmp' ? '' : `${pair.user || 'nobody'} with `
    const word = protocol === 'snmp' ? 'community' : 'password'
    const attempt = await once(asker, door, pair, `asks whether ${named}${word} ${mask(pair.password)} (${pair.list})`)
    shown.push(...attempt.shown.slice(-2))
    login.tried++
    if (attempt.outcome === 'accepted') {
      const wrong = protocol === 'snmp' ? randomCommunity() : nobody()
      const other = await once(asker, door, wrong, 'asks whether anybody, with any password,')
      shown.unshift(...attempt.shown)
      if (other.outcome === 'accepted') {
        const gives =
          protocol === 'telnet' || protocol === 'ssh'
            ? 'shell'
            : protocol === 'mqtt'
              ? 'control'
              : protocol === 'rtsp'
                ? 'stream'
                : 'read'
        login.open = { gives, what: 'whatever name and password are given' }
        shown.unshift(...other.shown)
      } else if (other.outcome === 'unclear') unclear = other
      else login.accepted = { user: mask(look.nameless ? '' : pair.user), secret: mask(pair.password), of: pair.list }
      break
    }
    if (attempt.outcome === 'refused') login.refused++
    else if (attempt.outcome === 'locked') login.stopped = 'locked'
    else if (attempt.outcome === 'gone') login.stopped = 'cut off'
    else unclear = attempt
    if (attempt.outcome !== 'refused') break
    // a delay that grows is how locks begin
    if (login.tried > 1 && attempt.ms > slowest * 3 + SLOWER) {
      login.stopped = 'slow'
      break
    }
    slowest = Math.max(slowest, attempt.ms)
  }
  if (protocol === 'snmp' && look.scheme === 'unknown' && !login.accepted && !login.open) {
    if (guessed) return
    return trouble(
      key,
      'It did not answer: silence is how SNMP refuses, and how nobody answers.',
      `Ask again, this alone: assay probe ${target.ip} --only logins`,
      shown,
    )
  }
  note('probe.login', key, { ...login, scheme: look.scheme === 'unknown' ? 'community' : look.scheme }, shown)
  if (unclear)
    trouble(
      key,
      `Whether it let us in cannot be told: ${printable(unclear.reason ?? 'no clear answer', 200)}.`,
      'Log in with the first password of its manual by hand, and see whether it still is the one.',
      unclear.shown,
    )
}

/** Milliseconds by which a refusal may come later than those before it, beyond three times as late: PAM's delay varies by half. */
const SLOWER = 1500

/** One log-in; where it let us in, what the other side repeats of the password is not kept, nor are sessions that it gave. */
export async function once(asker: Asker, door: Found['door'], pair: Pair, why: string): Promise<Attempt> {
  const attempt = await door.attempt(pair, why)
  const repeats = attempt.outcome === 'accepted' && pair.password.length >= 4
  for (const { entry } of attempt.shown)
    for (const said of asker.transcript.entries[entry - 1]?.said ?? []) {
      said.text = said.text.replaceAll(SESSION, '$1…')
      if (said.by === 'them' && repeats) said.text = said.text.replaceAll(pair.password, mask(pair.password))
    }
  return attempt
}

/** The values of cookies, in a header as the transcript shows it: each is short. */
const SESSION = /((?:\bcookie: |; )(?!charset|path|expires|max-age|samesite|domain)[\w.-]{1,64}=)[^;\\]{1,400}/gi

/** A pair that nobody has. */
export function nobody(): Pair {
  return { user: `assay${randomBytes(4).toString('hex')}`, password: randomBytes(9).toString('base64url') }
}

function randomCommunity(): Pair {
  return { user: '', password: randomBytes(9).toString('base64url') }
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
