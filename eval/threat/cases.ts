import { VECTORS, vectorNamed } from '../../lab/synth/index.ts'
import type { Value, Vector } from '../../lab/synth/vector.ts'

/** One capture to make and audit. `cell`: where it stands in a table of the sweep. */
export interface Case {
  vector: Vector
  asked: Record<string, Value>
  cell?: { table: string; row: string; column: string }
}

function sweep(
  id: string,
  title: string,
  row: string,
  rows: readonly Value[],
  column: string,
  columns: readonly Value[],
  rest: Record<string, Value> = {},
  also?: (row: Value, column: Value) => Record<string, Value> | undefined,
): Case[] {
  return rows.flatMap((r) =>
    columns.flatMap((c): Case[] => {
      const asked = also ? also(r, c) : { [row]: r, [column]: c }
      return asked === undefined
        ? []
        : [
            {
              vector: vectorNamed(id),
              asked: { ...rest, ...asked },
              cell: { table: `${title}|${row}|${column}`, row: String(r), column: String(c) },
            },
          ]
    }),
  )
}

const MINUTE = 1 / 60
const one = (id: string, asked: Record<string, Value> = {}): Case => ({ vector: vectorNamed(id), asked })
const floods = VECTORS.filter((v) => v.id.startsWith('flood-')).map((v) => v.id)
const reflections = VECTORS.filter((v) => v.id.startsWith('reflect-')).map((v) => v.id)

/** The default sweep: every vector as it is, and those tables that show where detection ends. */
export function malicious(): Case[] {
  const quiet = { background: true }
  return [
    ...VECTORS.filter((v) => !v.benign).map((v) => one(v.id)),
    ...sweep(
      'scan',
      'scan with an ordinary socket, random addresses',
      'rate',
      [10, 1, 0.1, MINUTE, MINUTE / 5],
      'probes',
      [10, 30, 100, 300],
      { sequence: 'random', stack: 'socket', ...quiet },
      (rate, probes) => (Number(probes) / Number(rate) > 20_000 ? undefined : { rate, probes }),
    ),
    ...sweep(
      'scan',
      "scan as Mirai's (the sequence number is the address)",
      'rate',
      [10, 0.1, MINUTE],
      'probes',
      [3, 5, 10, 30],
      { sequence: 'address' },
    ),
    ...sweep('scan', 'scan, spread and order', 'spread', ['internet', 'net24', 'local'], 'order', ['random', 'ascending'], {
      sequence: 'random',
      stack: 'socket',
      rate: 2,
      probes: 100,
    }),
    ...sweep('scan', 'scan, ports', 'port', [23, 2323, 22, 80, 8080, 5555, 37_215, 7547, 60_023], 'devices', ['1', '2'], {
      sequence: 'random',
      stack: 'socket',
      rate: 2,
      probes: 120,
    }),
    one('scan', { ipv6: true, sequence: 'random', stack: 'socket' }),
    ...sweep('guess-telnet', 'passwords over Telnet', 'tries', [3, 5, 10, 30], 'rate', [2, 0.2, MINUTE]),
    ...sweep(
      'guess-telnet',
      'passwords over Telnet, hidden',
      'evasion',
      ['none', 'segments', 'reorder', 'overlap', 'fragments'],
      'port',
      [23, 2323, 6023],
    ),
    one('guess-telnet', { from: 'neighbour' }),
    one('guess-telnet', { from: 'device', sources: 10 }),
    one('guess-telnet', { sources: 10, each: 1 }),
    ...sweep('guess-ssh', 'passwords over SSH', 'tries', [6, 15, 60], 'rate', [2, 0.1]),
    one('guess-ssh', { from: 'device', sources: 10 }),
    one('guess-ftp', { port: 2121 }),
    one('guess-http', { port: 8080 }),
    ...sweep('shell', 'loaders', 'loader', ['none', 'wget', 'curl', 'tftp', 'ftpget', 'echo'], 'evasion', [
      'none',
      'segments',
      'reorder',
      'overlap',
      'fragments',
    ]),
    ...sweep('shell', 'the made-up applet', 'token', ['ECCHI', 'MIRAI', 'SATORI', 'zxqyv'], 'port', [23, 2323]),
    ...sweep(
      'exploit',
      'exploits of known shapes',
      'shape',
      [
        'huawei-hg532',
        'realtek-miniigd',
        'gpon',
        'dlink-hnap',
        'netgear-setup',
        'jaws',
        'linksys-e',
        'zyxel',
        'tplink-luci',
        'boa',
        'cctv-dvr',
        'avtech',
        'tr064',
        'vacron',
        'adb-shell',
        'realtek-9034',
        'netis',
      ],
      'direction',
      ['in', 'out'],
    ),
    ...sweep(
      'exploit',
      'exploits, hidden',
      'evasion',
      ['none', 'segments', 'reorder', 'overlap', 'fragments'],
      'port',
      [37_215, 8088],
    ),
    ...sweep('fetch', 'programs fetched', 'method', ['wget', 'curl', 'tftp', 'ftp'], 'kind', ['mips', 'arm', 'x86', 'script']),
    ...sweep(
      'fetch',
      'programs fetched, hidden',
      'evasion',
      ['none', 'segments', 'reorder', 'overlap', 'fragments'],
      'port',
      [80, 31_337],
    ),
    one('fetch', { method: 'tftp', port: 1069 }),
    one('fetch', { path: '/logo.png' }),
    ...sweep('c2-mirai', "Mirai's command channel", 'beats', [2, 5, 20], 'orders', [0, 1], { port: 23 }),
    ...sweep('c2-mirai', "Mirai's command channel, other ports and periods", 'port', [23, 48_101, 9999], 'period', [60, 10, 180]),
    ...sweep('c2-gafgyt', "Gafgyt's command channel", 'orders', [0, 1, 2], 'port', [23, 666, 44_444]),
    ...sweep('c2-irc', 'orders over IRC', 'orders', [0, 2], 'port', [6667, 443]),
    ...sweep('c2-dead', 'a dead command server', 'calls', [3, 10, 30, 100], 'period', [35, 300]),
    ...sweep('c2-dht', 'a distributed hash table', 'family', ['mozi', 'hajime'], 'peers', [5, 20, 60]),
    ...sweep('beacon', 'beacons', 'jitter', [0, 0.05, 0.3], 'beats', [10, 30, 60]),
    ...sweep('beacon', 'beacons, how', 'over', ['http', 'tls', 'udp'], 'period', [10, 60, 600], { beats: 30 }),
    ...sweep('dga', 'made-up names', 'style', ['letters', 'hex', 'dictionary', 'pronounceable', 'day'], 'names', [10, 30, 100]),
    ...sweep('dns-tunnel', 'a tunnel in names', 'rate', [10, 1, 0.1], 'queries', [30, 100, 300]),
    ...sweep('dns-tunnel', 'a tunnel in names, encodings', 'encoding', ['base32', 'hex', 'base64'], 'type', [
      'TXT',
      'NULL',
      'CNAME',
      'A',
    ]),
    ...sweep('exfil', 'data carried away', 'bytes', [500_000, 5_000_000], 'over', ['tls', 'http']),
    ...floods.flatMap((id) => sweep(id, `${id}, by the device`, 'rate', [10, 50, 200], 'seconds', [2, 10])),
    ...floods
      .filter((id) => id !== 'flood-dns-water')
      .flatMap((id) =>
        sweep(id, `${id}, at the device`, 'rate', [20, 200], 'bots', [1, 200], { direction: 'target', seconds: 10 }),
      ),
    ...['flood-udp', 'flood-syn', 'flood-ack'].flatMap((id) =>
      sweep(id, `${id}, spoofed`, 'spoof', ['none', 'net24', 'any'], 'ipv6', [false, true]),
    ),
    one('flood-udp', { randomPorts: true }),
    ...reflections.flatMap((id) => sweep(id, id, 'role', ['reflector', 'source', 'target'], 'rate', [1, 10, 50])),
    ...sweep('arp-spoof', 'ARP', 'kind', ['reply', 'gratuitous'], 'lies', [2, 5, 30]),
    ...sweep('rogue-ra', 'router advertisements', 'besides', [true, false], 'count', [1, 3, 10]),
  ]
}

export function benign(): Case[] {
  return [
    ...VECTORS.flatMap((v) => (v.benign ? [one(v.id), one(v.id, { seed: '2' })] : [])),
    one('benign-home', { hours: 12 }),
    one('benign-home', { hours: 12, seed: '2' }),
    one('benign-app-sweep', { rounds: 5, port: 80 }),
    one('benign-camera-stream', { megabits: 6, seconds: 10 }),
    one('benign-camera-stream', { to: 'local' }),
    one('benign-torrent', { peers: 600, rate: 10 }),
    one('benign-cloud-down', { minutes: 120 }),
    one('benign-ssh-human', { wrong: 2 }),
  ]
}
