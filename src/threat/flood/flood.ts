import type { Detector, Sign, Telling } from '../detector.ts'
import { bytesText, counted, grouped, spanText } from '../figures.ts'
import { TUNABLES } from './decide.ts'
import { FloodSensor } from './flood-sensor.ts'

/** Packets a second from which on a home's line or a small thing feels it. */
const HEAVY = { value: 1000, unit: 'packets a second', why: 'what small things answer at most; of full packets 12 Mbit/s' }

const T = TUNABLES

/** Floods: by the device, and of it. */
export const flood: Detector = {
  id: 'flood',
  title: 'Flooding',
  looksFor:
    `At least ${T.rate.value} packets a second to one target (${T.packets.value} in all) that nobody answers, of a shape that no program has: ` +
    'connection requests that are never finished (SYN), segments of no connection (ACK, other flags), datagrams to or from random ports or with ' +
    'random or always the same payload (UDP), echo requests (ICMP), tunnelled packets from a new sender each (GRE), forged source addresses; ' +
    `requests for pages for ${T.seconds.value} seconds (HTTP), data on a connection of which nobody hears (STOMP), ` +
    `and ${T.query.value} queries a second of one game server (VSE).`,
  mistakes:
    'A load test is told of as what it is like: an HTTP flood. Not seen: floods slower than that, or spread over more than 256 neighbouring ' +
    'addresses; random payload between two fixed ports below ' +
    `${T.stream.value} packets a second, and payload with a header as a protocol has between two fixed ports, both of which look like a picture ` +
    'or a call; later fragments; ICMP errors; HTTP within TLS; a ping flood that is answered, unless it is fast and long. A device that forges ' +
    'all its addresses before it ever sent under its own is known only if no other host sends through it.',
  baseRate:
    'Nothing in 910 public captures without floods (iot-sentinel, moniotr, ja4, zeek, wireshark, ndpi, tcpdump, the samples), most of them short.',
  tunables: { ...TUNABLES, heavy: HEAVY },
  sensor: (desk) => new FloodSensor(desk),
  tell,
}

const WORDS: Record<string, readonly [unit: string, name: string, rule: string]> = {
  udp: ['datagram', 'UDP flood', 'got no answer'],
  syn: ['connection request', 'SYN flood', 'were not followed up'],
  ack: ['segment', 'ACK flood', 'belong to no connection'],
  'tcp-flags': ['segment', 'flood of TCP flags', 'belong to no connection'],
  icmp: ['echo request', 'ping flood', 'got few answers or none'],
  gre: ['tunnelled packet', 'GRE flood', 'seem to come from a new sender each'],
  http: ['page request', 'HTTP flood', 'came second after second'],
  stomp: [
    'data segment',
    'STOMP flood',
    'belong to a connection whose other end acknowledged none of them, or fit nowhere in it',
  ],
  vse: ['game server query', 'VSE flood', 'all ask the same server'],
}

const TECHNIQUES: Record<string, readonly string[]> = {
  syn: ['T1499.001'],
  http: ['T1499.002'],
  vse: ['T1499.002'],
}

function tell(sign: Sign): Telling {
  const { data } = sign
  const source = data.role === 'source'
  const answered = data.detail['answered'] !== undefined
  const heavy = Number(data.detail['peak a second']) >= HEAVY.value
  return {
    campaign: source ? 'recruitment' : 'under-attack',
    stage: source ? 'attacking' : 'flooded',
    // requests are whole conversations: who loads much from few places sends as many
    severity: answered ? 'medium' : source ? (data.what === 'http' ? 'medium' : 'critical') : heavy ? 'high' : 'medium',
    confidence: answered || data.what === 'http' ? 0.6 : 0.95,
    says: source ? sentBy(sign) : sentTo(sign),
    techniques: ['T1498.001', ...(TECHNIQUES[data.what] ?? [])],
  }
}

function sentBy({ data, count, first, last }: Sign): string {
  const { detail, peer } = data
  const [unit, name, rule] = WORDS[data.what]!
  const targets = Number(detail['targets'])
  const to = `${peer?.name ?? peer?.ip}${targets > 1 ? ` and ${counted(targets - 1, 'other address', 'other addresses')}` : ''}`
  const forged =
    detail['forged'] === undefined
      ? ''
      : `, under about ${counted(Number(detail['sources']), 'address', 'addresses')}, most of them forged`
  return (
    `${name}: sent ${counted(count, unit)} (${bytesText(Number(detail['bytes']))}) to ${to}${portText(data)} within ` +
    `${spanText(first, last)}, as many as ${grouped(Number(detail['peak a second']))} in a second${forged}; ${ruleText(detail, rule)}.`
  )
}

function sentTo({ data, count, first, last }: Sign): string {
  const { detail, peer } = data
  const [unit, name, rule] = WORDS[data.what]!
  const sources = Number(detail['sources'])
  const from = peer ? ` from ${peer.name ?? peer.ip}` : ` from about ${counted(sources, 'address', 'addresses')}`
  return (
    `${name}: was sent ${counted(count, unit)} (${bytesText(Number(detail['bytes']))})${portText(data)}${from} within ` +
    `${spanText(first, last)}, as many as ${grouped(Number(detail['peak a second']))} in a second; ${ruleText(detail, rule)}.`
  )
}

function portText({ port, detail }: Sign['data']): string {
  if (port !== undefined) return ` port ${port}`
  return detail['ports'] === 'random' ? ', random ports,' : ''
}

/** Why it was taken for a flood. */
function ruleText(detail: Sign['data']['detail'], rule: string): string {
  if (detail['answered'] !== undefined)
    return `${grouped(Number(detail['answered']))} were answered, so somebody may be measuring`
  const payload = detail['payload'] === undefined ? '' : `, and their payload is ${detail['payload']}`
  const finished = detail['finished'] === undefined ? '' : ` (${grouped(Number(detail['finished']))} handshakes were finished)`
  return `they ${rule}${finished}${payload}`
}
