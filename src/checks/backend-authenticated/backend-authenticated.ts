import type { Observation } from '../../evidence/evidence.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, pass, unanswered, warn } from '../finding.ts'
import { list, plural, size } from '../words.ts'

type Met = Observation<'probe.impostor'>
type Offer = Exclude<Kinds['probe.impostor']['offer'], 'genuine'>

/** What must be refused. */
type Tried = Met & { readonly data: { readonly offer: Offer } }

export const backendAuthenticated: Check = {
  id: 'backend-authenticated',
  title: 'Refuses an impostor',
  facet: 'security',
  looksFor:
    'Whether it goes on with a server that shows a certificate which must be refused: self-signed, for another name, expired, of an unknown authority, of an authority that only bears the name of a public one.',
  why: 'Who is on the way can be its cloud, if it does not look: read what it sends, and tell it what to do.',
  remedy:
    'Maker: check the chain, the name and the dates of every server (RFC 9325 section 7.1, RFC 9525), in every library and on every connection, and pin where you can. Owner: install the latest update; until then keep it off networks that others share.',
  passNeeds:
    'It called at least one server by TLS; each server that it called was answered with each of the five wrong certificates, and it refused all; where its true servers were let through afterwards, it went on with at least one.',
  of: ['device'],
  run(device) {
    return [judged(device.of('probe.impostor'), device.of('probe.trouble'))]
  },
}

/** What it was shown. */
export const WORDS: Readonly<Record<Offer, string>> = {
  'self-signed': 'a self-signed certificate',
  'wrong-name': 'a certificate for another name',
  expired: 'an expired certificate',
  'unknown-ca': 'a certificate of an unknown authority',
  'public-looking': 'a certificate of an authority that only bears the name of a public one',
}
const OFFERS = Object.keys(WORDS) as Offer[]

function isWrong(one: Met): one is Tried {
  return one.data.offer !== 'genuine'
}

function judged(all: readonly Met[], troubles: readonly Observation<'probe.trouble'>[]): Finding {
  const tried = all.filter(isWrong)
  const accepted = tried.filter(({ data }) => data.outcome === 'accepted')
  const told = accepted.filter(({ data }) => data.sent > 0)
  if (told.length > 0) {
    // whose only way to be fooled is an old key of the true server is harder to fool
    const severity = told.every(({ data }) => data.offer === 'expired') ? 'high' : 'critical'
    return fail(severity, `Took an impostor for its server: ${byServer(told)}. ${shownBy(told)}`, told)
  }
  if (accepted.length > 0)
    return warn(
      'high',
      `Finished the handshake with an impostor and stayed, but said nothing before it was spoken to: ${byServer(accepted)}.`,
      accepted,
    )
  const trouble = troubles.filter(({ data }) => data.probe === 'impostor')
  if (tried.length === 0) {
    const [first] = trouble
    if (first) return unanswered(first.data.reason, first.data.next, [first])
    return inconclusive(
      'No impostor answered its calls.',
      'Put it behind this machine (docs/impostor.md) and ask: assay probe DEVICE --impostor',
    )
  }
  const servers = Map.groupBy(tried, ({ data }) => `${data.server}:${data.port}`)
  const refusedBy = ([, of]: readonly [string, readonly Tried[]]) =>
    new Set(of.filter(({ data }) => data.outcome === 'refused').map(({ data }) => data.offer))
  const open = [...servers].filter((server) => refusedBy(server).size < OFFERS.length)
  const refused = tried.filter(({ data }) => data.outcome === 'refused')
  if (open.length > 0 || trouble.length > 0) {
    const missing = open.map((server) => {
      const done = refusedBy(server)
      return `${server[0]} (not tried: ${list(
        OFFERS.filter((offer) => !done.has(offer)).map((offer) => offer),
        5,
      )})`
    })
    const more = trouble.map(({ data }) => ` ${data.reason}`).join('')
    return inconclusive(
      `Refused ${plural(refused.length, 'wrong certificate')} and accepted none, but not everything was tried${missing.length > 0 ? `: ${list(missing)}` : ''}.${more}`,
      'Ask for longer, and restart the device several times meanwhile, so that it calls again: assay probe DEVICE --impostor --for 10m',
      [...refused, ...trouble],
    )
  }
  const names = list([...servers.keys()])
  const genuine = all.filter(({ data }) => data.offer === 'genuine')
  const wentOn = genuine.filter(({ data }) => data.outcome === 'accepted')
  // who refuses everybody tells nothing: its clock may be wrong
  if (wentOn.length === 0 && genuine.length > 0)
    return inconclusive(
      `Refused all five kinds of wrong certificate, and its true server, too: ${list(genuine.map(({ data }) => `${data.server}:${data.port}`))}.`,
      'See that it works at all behind this machine, and that its clock is right; then ask again: assay probe DEVICE --impostor',
      [...genuine, ...refused],
    )
  const alone = new Set(tried.filter(({ data }) => data.only).map(({ data }) => data.offer))
  const untold = (['wrong-name', 'expired'] as const).filter((offer) => !alone.has(offer))
  const limit =
    untold.length === 0
      ? ''
      : ` None came from an authority that it trusts, so whether ${list(untold.map((offer) => ALONE[offer]))} alone would be refused was not seen.`
  const truly =
    wentOn.length > 0 ? `, and went on with the true one at ${list(wentOn.map(({ data }) => `${data.server}:${data.port}`))}` : ''
  return pass(
    `Refused all five kinds of wrong certificate at ${servers.size === 1 ? 'the server' : `each of the ${servers.size} servers`} that it called (${names})${truly}.${limit}`,
    [...wentOn.slice(0, 2), ...refused],
  )
}

const ALONE = { 'wrong-name': 'a wrong name', expired: 'a past date' } as const

/** 'x:443 with a and b; y:8883 with c'. */
function byServer(tried: readonly Tried[]): string {
  const servers = Map.groupBy(tried, ({ data }) => `${data.server}:${data.port}`)
  const shown = [...servers].slice(0, 3).map(([server, of]) => {
    const offers = new Set(of.map(({ data }) => data.offer))
    return `${server} with ${
      offers.size === OFFERS.length
        ? 'every kind of wrong certificate'
        : list(
            [...offers].map((offer) => WORDS[offer]),
            5,
          )
    }`
  })
  const rest = servers.size - shown.length
  return shown.join('; ') + (rest > 0 ? `; and ${plural(rest, 'more server')}` : '')
}

/** Secrets before none, then more before less. */
function weight({ data: { secret, sent } }: Tried): number {
  return secret ? sent + 1e9 : sent
}

/** What it told, of the most telling. */
function shownBy(told: readonly Tried[]): string {
  const most = told.reduce((best, one) => (weight(one) > weight(best) ? one : best))
  const { server, port, sent, text, secret } = most.data
  const what = text === undefined ? '' : `: ${text}`
  return `It sent ${size(sent)} to who was not ${server}:${port}${secret ? ', secrets among them' : ''}${what}${/[.!?]$/.test(what) ? '' : '.'}`
}
