import type { DeviceEvidence } from '../../evidence/evidence.ts'
import type { Detector, Severity, Sign, Telling } from '../detector.ts'
import { CommandSensor, HELLOS, NODES, PACED, PINGS } from './sensor.ts'

const TWICE = { value: HELLOS, unit: 'conversations', why: 'one that begins with five bytes as a bot may be chance' }
const MINUTES = { value: PACED, unit: 'signs of life', why: 'Mirai sends two zeros a minute; one pair of zeros is anybody' }
const ANSWERS = { value: PINGS, unit: 'answers', why: 'PING and PONG are in other protocols too, but not alone' }
const PEERS = { value: NODES, unit: 'nodes', why: 'who takes part speaks to hundreds; a few are somebody else who asked' }

/** Who obeys a botnet, and who commands it. */
export const commanded: Detector = {
  id: 'commanded',
  title: 'Command channel',
  looksFor: `The languages of Mirai (its hello, its sign of life each minute, its orders), Gafgyt (lines: BUILD, PING, "!* UDP …"), Kaiten and Tsunami (the same in a channel of IRC), Mozi (nodes of BitTorrent's DHT that begin with 88888888) and Sality (its datagrams, its requests to web sites). Orders to attack are told in words.`,
  mistakes:
    'Who studies botnets looks like one of them. Languages that were changed escape: other first bytes, encrypted ones (TLS, Tor), Hajime, which speaks the DHT as others do (of a thing that should not, it is told as low). An order that is cut in two by packets, and one in a conversation whose first words were unknown, are not read.',
  baseRate:
    'never in 965 public captures without a bot that spoke, 179 of them of things that are set up; both bots that did were found',
  tunables: { hellos: TWICE, paced: MINUTES, pings: ANSWERS, nodes: PEERS },
  sensor: (desk) => new CommandSensor(desk),
  judge,
  tell,
}

/** Those of which nobody expects that they share files. */
const SIMPLE = new Set([
  'alarm',
  'appliance',
  'bulb',
  'camera',
  'controller',
  'energy',
  'health',
  'hub',
  'lock',
  'picture frame',
  'plug',
  'printer',
  'scale',
  'sensor',
  'switch',
  'thermostat',
  'toy',
  'vacuum',
])

/** The DHT is BitTorrent's, and everybody's: it says something of a thing only. */
function judge(device: DeviceEvidence): readonly Sign[] {
  const { category } = device.identity
  if (category === undefined || !SIMPLE.has(category)) return []
  return device
    .of('sign')
    .filter(({ data }) => data.detector === 'commanded' && data.what === 'dht' && data.raised === undefined)
    .map(({ data, exemplars, first, ...sign }): Sign => {
      const [frame] = exemplars
      const raised = { time: first, frame: frame as { capture: number; frame: number } }
      return { ...sign, first, exemplars, data: { ...data, detail: { ...data.detail, category }, raised } }
    })
}

const NAMES: Readonly<Record<string, string>> = {
  mirai: 'Mirai',
  gafgyt: 'Gafgyt',
  kaiten: 'Kaiten (Tsunami)',
  mozi: 'Mozi',
  sality: 'Sality',
}

function tell(sign: Sign): Telling {
  const { what } = sign.data
  if (what === 'dht') return tellDht(sign)
  if (what.endsWith(' order')) return tellOrder(sign)
  const certain = sign.data.detail['certain'] === 1
  const severity: Severity = certain ? 'critical' : 'medium'
  const words = what === 'mozi' || what === 'sality' ? ofNetwork(sign) : ofServer(sign, certain)
  const techniques = {
    mirai: ['T1095'],
    gafgyt: ['T1095'],
    kaiten: ['T1071'],
    mozi: ['T1071'],
    sality: ['T1071.001', 'T1573.001'],
  }[what]
  return {
    campaign: 'recruitment',
    stage: 'commanded',
    severity,
    confidence: certain ? 0.97 : 0.6,
    says: words,
    techniques: techniques ?? [],
  }
}

function ofServer({ data }: Sign, certain: boolean): string {
  const { detail, peer, port, what } = data
  const name = NAMES[what]!
  const seen = [
    times(detail['hellos'], what === 'mirai' ? 'hello (00 00 00 01)' : 'hello', 'hellos'),
    times(detail['keepAlives'], 'sign of life that was answered', 'signs of life that were answered'),
    times(detail['orders'], 'order', 'orders'),
  ].filter((part) => part !== '')
  const how = `${seen.join(', ')}${detail['command'] === undefined ? '' : ` (the first: ${detail['command']})`}`
  const channel = detail['channel'] === undefined ? '' : `, channel ${detail['channel']}`
  if (detail['serves'] === 1) return `Commands a bot of ${name} at ${peer?.ip} on port ${port}${channel}: ${how}.`
  const called = detail['name'] === undefined ? '' : `, as "${detail['name']}"`
  return certain
    ? `Is a bot of ${name}: takes commands from ${peer?.ip} port ${port}${channel}${called}: ${how}.`
    : `Speaks to ${peer?.ip} port ${port}${channel} as a bot of ${name} does${called}: ${how}. No order was seen that it took.`
}

function ofNetwork({ data, count }: Sign): string {
  const { detail, what } = data
  if (what === 'mozi')
    return `Is a bot of Mozi: spoke to ${count} ${count === 1 ? 'node' : 'nodes'} of BitTorrent's DHT under an id that begins with 88888888, which is Mozi's own.`
  const parts = [
    times(detail['requests'], 'request', 'requests') &&
      `${times(detail['requests'], 'request', 'requests')} to web sites with its counter${detail['agent'] === undefined ? '' : `, as "${detail['agent']}"`}`,
    times(detail['peers'], 'encrypted message', 'encrypted messages') &&
      `${times(detail['peers'], 'encrypted message', 'encrypted messages')} to others that have it`,
  ].filter((part) => part !== '')
  return `Has the virus Sality: ${parts.join('; ')}.`
}

function tellOrder({ data, count }: Sign): Telling {
  const { detail, peer, what } = data
  const name = NAMES[what.slice(0, -' order'.length)]!
  const more = count > 1 ? `, and ${count - 1} more ${count === 2 ? 'order' : 'orders'}` : ''
  const latest = detail['latest'] === undefined ? '' : ` (then: ${detail['latest']})`
  const serves = data.indicators?.some(({ role }) => role === 'command server') !== true
  return {
    campaign: 'recruitment',
    stage: 'attacking',
    severity: 'critical',
    confidence: 0.97,
    says: serves
      ? `Ordered a bot of ${name} at ${peer?.ip} to attack: ${detail['order']}${more}${latest}.`
      : `Ordered to attack by the server of ${name} at ${peer?.ip}: ${detail['order']}${more}${latest}.`,
    techniques: [/HTTP/.test(String(detail['order'])) ? 'T1499.002' : 'T1498.001'],
  }
}

function tellDht({ data, count }: Sign): Telling {
  return {
    campaign: 'recruitment',
    stage: 'commanded',
    severity: 'low',
    confidence: 0.3,
    says: `Takes part in BitTorrent's DHT (spoke to ${count} nodes), which a ${data.detail['category']} has no use for; Hajime and Mozi find their own there.`,
    techniques: ['T1071'],
  }
}

function times(count: number | string | undefined, one: string, many: string): string {
  const n = Number(count ?? 0)
  return n === 0 ? '' : n === 1 ? `1 ${one}` : `${n} ${many}`
}
