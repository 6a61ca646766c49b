import type { EntryRef } from '../../evidence/pointer.ts'
import { PRINTING } from '../ports.ts'
import type { DeviceAsking, DeviceProbe, OpenPort } from '../probe.ts'
import { Handshakes, NO_UPGRADE } from './ask.ts'
import { mayUpgrade } from './starttls.ts'
import { survey } from './survey.ts'
import { isHostName } from './offer.ts'
import { weaknesses } from './weaknesses.ts'

/** Handshakes that one service may be asked for, and the longest that all of them may take, in milliseconds. */
const MOST = 200
const MOST_IN_FULL = 400
const SERVICE_MS = 45_000
/** Services of one device that are asked at once: small chips have memory for one or two handshakes. */
const AT_ONCE = 2

/** Asks every open port that may speak TLS what it takes. */
export const tls: DeviceProbe = {
  of: 'device',
  id: 'tls',
  title: 'TLS of its services',
  ms: 150_000,
  asks: (full) => [
    'offers each version of TLS and SSL with each cipher suite, until nothing more is taken: connections that end after the first answer',
    `finishes two handshakes, and asks for a second one in the first; at most ${full ? MOST_IN_FULL : MOST} handshakes a service`,
    'says EHLO and STARTTLS, or what stands for it, where TLS begins so (mail, FTP, XMPP, LDAP)',
  ],
  async run(asking) {
    const ports = asking.open.filter(
      ({ transport, port, tls: speaks, protocol }) =>
        transport === 'tcp' && !PRINTING.has(port) && (speaks || protocol === 'tls' || protocol === '' || mayUpgrade(protocol)),
    )
    const queue = [...ports]
    const speak: number[] = []
    const shown: EntryRef[] = []
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let port = queue.shift(); port !== undefined; port = queue.shift()) {
          const shows = await askService(asking, port)
          if (shows === undefined) continue
          speak.push(port.port)
          shown.push(...shows.slice(0, 1))
        }
      }),
    )
    const byNumber = (a: number, b: number) => a - b
    asking.note(
      'probe.tls-ports',
      'tcp',
      { asked: ports.map(({ port }) => port).toSorted(byNumber), speak: speak.toSorted(byNumber) },
      shown,
    )
  },
}

/** Gives what shows that TLS is spoken there; undefined where it is not, as far as could be told. */
async function askService(
  { asker, target, full, note, trouble }: DeviceAsking,
  open: OpenPort,
): Promise<readonly EntryRef[] | undefined> {
  const { port, protocol } = open
  const surely = open.tls || protocol === 'tls'
  const starts = !surely && mayUpgrade(protocol) ? protocol : undefined
  const name = target.name !== undefined && isHostName(target.name) ? target.name : undefined
  const handshakes = new Handshakes(
    asker,
    { ip: target.ip, port, ...(starts === undefined ? {} : { upgrade: starts }), doubtful: !surely },
    full ? MOST_IN_FULL : MOST,
    SERVICE_MS,
  )
  const found = await survey(handshakes, name)
  const { troubles, troubled, speaks, shown, shownBy, certificates, ...facts } = found
  const about = `tcp/${port}`
  if (found.versions.length > 0) {
    const weak = weaknesses(found, Date.now() * 1000)
    // what shows the gravest first; what shows the same is shown once
    const telling = weak
      .toSorted((a, b) => GRAVEST.indexOf(a.severity) - GRAVEST.indexOf(b.severity))
      .flatMap(({ by }) => shownBy.get(by) ?? [])
    note(
      'probe.tls',
      about,
      {
        port,
        ...facts,
        ...(starts === undefined ? {} : { upgraded: starts }),
        certificates: certificates.map((certificate) => certificate.facts),
        weaknesses: weak.map(({ id, severity, says }) => ({ id, severity, says })),
      },
      [...new Set([...telling, ...shown])],
    )
  }
  // a port of another protocol, or one that offers no TLS, is no trouble of ours
  if (!speaks && !surely && (starts === undefined || troubles.every((reason) => reason === NO_UPGRADE))) return undefined
  if (troubles.length > 0) {
    trouble(about, `Its TLS could not be asked to the end: ${troubles.join('; ')}.`, again(target.ip, port), [
      ...troubled,
      ...shown,
    ])
  } else if (found.versions.length === 0) {
    trouble(
      about,
      'It refused every version and cipher suite of TLS that there is.',
      name === undefined ? `It may want to be called by its name: assay probe NAME --ports ${port}` : again(target.ip, port),
      shown,
    )
  }
  return shown
}

const GRAVEST = ['critical', 'high', 'medium', 'low']

function again(ip: string, port: number): string {
  return `Ask it again while it does nothing else, in full: assay probe ${ip} --ports ${port} --full`
}
