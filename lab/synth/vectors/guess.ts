import { be32, type Bytes, joined, latin } from '../frames.ts'
import { pairs } from '../pairs.ts'
import type { Evasion, Host, Mark, Scene, Turn } from '../scene.ts'
import { sshBegins, sshTry } from '../ssh.ts'
import { choice, number, vector } from '../vector.ts'

const EVASION = choice('none', 'what becomes of the segments', ['none', 'segments', 'reorder', 'overlap', 'fragments'])
const FROM = choice('internet', 'internet or neighbour; device: it guesses at strangers', ['internet', 'neighbour', 'device'])

/** Options that a server asks for first (RFC 854, RFC 857, RFC 858), and a client's refusals. */
const IAC_SERVER = Uint8Array.of(255, 253, 24, 255, 251, 1, 255, 251, 3)
const IAC_CLIENT = Uint8Array.of(255, 252, 24, 255, 254, 1, 255, 254, 3)

/** What a thing with BusyBox's login says, and what is typed at it. `right`: the last pair is. */
export function telnetTries(
  list: readonly (readonly [string, string])[],
  right: boolean,
  marks: { tried?: Mark; in?: Mark } = {},
): Turn[] {
  const turns: Turn[] = [
    { by: 'server', says: IAC_SERVER },
    { by: 'client', says: IAC_CLIENT },
    { by: 'server', says: '\r\n(none) login: ' },
  ]
  for (const [i, [name, password]] of list.entries()) {
    const last = i === list.length - 1
    const mark = marks.tried && { mark: marks.tried }
    turns.push({ by: 'client', says: `${name}\r\n`, ...mark })
    turns.push({ by: 'server', says: `${name}\r\nPassword: `, ...mark })
    turns.push({ by: 'client', says: `${password}\r\n`, ...mark })
    if (last && right)
      turns.push({
        by: 'server',
        says: "\r\n\r\n\r\nBusyBox v1.16.1 (2014-03-04 16:00:18 CST) built-in shell (ash)\r\nEnter 'help' for a list of built-in commands.\r\n\r\n# ",
        after: 0.3,
        ...(marks.in && { mark: marks.in }),
      })
    else turns.push({ by: 'server', says: `\r\nLogin incorrect\r\n${last ? '' : '(none) login: '}`, after: 0.3, ...mark })
  }
  return turns
}

interface Way {
  clients: Host[]
  servers: Host[]
  mark: Mark
  entered: Mark
}

/** Who guesses at whom, and what that is called. */
function way(scene: Scene, from: string, sources: number): Way {
  const { device, neighbour } = scene
  const strangers = Array.from({ length: Math.max(1, sources) }, () => scene.stranger())
  const target: Mark = { device, stage: 'guessed', role: 'target' }
  const entered: Mark = { device, stage: 'entered', role: 'target' }
  if (from === 'internet') return { clients: strangers, servers: [device], mark: target, entered }
  if (from === 'neighbour') {
    const besides: Mark = { device: neighbour, stage: 'scanning', role: 'source', also: ['guessed'] }
    return { clients: [neighbour], servers: [device], mark: { ...target, besides }, entered }
  }
  const source: Mark = { device, stage: 'scanning', role: 'source', also: ['guessed'] }
  return { clients: [device], servers: strangers, mark: source, entered: source }
}

/** Connections of `each` tries at most, `tries` in all. */
function rounds(
  scene: Scene,
  p: { tries: number; each: number; rate: number; port: number; evasion: string; sources: number; from: string },
  from: number,
  w: Way,
  turns: (n: number, last: boolean) => Turn[],
): number {
  let at = from
  let end = from
  const count = Math.ceil(p.tries / p.each)
  for (let i = 0; i < count; i++) {
    const n = Math.min(p.each, p.tries - i * p.each)
    const client = w.clients[i % w.clients.length]!
    end = scene.talk({
      client: { host: client, port: scene.port(client) },
      server: { host: w.servers[i % w.servers.length]!, port: p.port },
      at,
      mark: w.mark,
      evasion: p.evasion as Evasion,
      turns: turns(n, i === count - 1),
    })
    at = Math.max(at, p.rate * n > 5 ? at : end - 1) + n / p.rate
  }
  return Math.max(at, end)
}

const common = {
  from: FROM,
  tries: number(30, 'passwords in all'),
  each: number(3, 'passwords a connection'),
  rate: number(1, 'passwords a second'),
  sources: number(1, 'how many strangers (as clients, or as servers where the device guesses)'),
  evasion: EVASION,
}

export const guessTelnet = vector({
  id: 'guess-telnet',
  title: "passwords are tried over Telnet, Mirai's pairs",
  after: 'Antonakakis et al., USENIX Security 2017, section 2 and table 5',
  params: { ...common, port: number(23, 'port'), success: choice('no', 'is the last pair right', ['no', 'yes']) },
  make(scene, p, from) {
    const w = way(scene, p.from, p.sources)
    const all = pairs()
    let used = scene.chance.below(all.length)
    const turns = (n: number, last: boolean) => {
      const list = Array.from({ length: n }, () => all[used++ % all.length]!)
      return telnetTries(list, last && p.success === 'yes', { tried: w.mark, in: w.entered })
    }
    return rounds(scene, p, from, w, turns)
  },
})

export const guessSsh = vector({
  id: 'guess-ssh',
  title: 'passwords are tried over SSH: many short sessions',
  after: 'Hellemons et al., SSHCure, AIMS 2012; Gafgyt and Hydra over libssh',
  params: { ...common, port: number(22, 'port') },
  make(scene, p, from) {
    const w = way(scene, p.from, p.sources)
    const { chance } = scene
    return rounds(scene, p, from, w, (n) => [
      ...sshBegins(chance, 'libssh-0.6.3', 'dropbear_2014.63'),
      ...Array.from({ length: n }, () => sshTry(chance, false)).flat(),
    ])
  },
})

export const guessFtp = vector({
  id: 'guess-ftp',
  title: 'passwords are tried over FTP',
  after: 'RFC 959; CERT/CC on default passwords of embedded FTP servers',
  params: { ...common, port: number(21, 'port') },
  make(scene, p, from) {
    const w = way(scene, p.from, p.sources)
    const all = pairs()
    let used = 0
    return rounds(scene, p, from, w, (n) => [
      { by: 'server', says: '220 FTP server ready.\r\n' },
      ...Array.from({ length: n }, (): Turn[] => {
        const [name, password] = all[used++ % all.length]!
        return [
          { by: 'client', says: `USER ${name}\r\n` },
          { by: 'server', says: `331 Password required for ${name}.\r\n` },
          { by: 'client', says: `PASS ${password}\r\n` },
          { by: 'server', says: '530 Login incorrect.\r\n', after: 0.3 },
        ]
      }).flat(),
      { by: 'client', says: 'QUIT\r\n' },
      { by: 'server', says: '221 Goodbye.\r\n' },
    ])
  },
})

export const guessHttp = vector({
  id: 'guess-http',
  title: 'passwords are tried at a web page (basic authentication)',
  after: 'RFC 7617; default passwords of cameras (Antonakakis et al. 2017, table 5)',
  params: { ...common, port: number(80, 'port') },
  make(scene, p, from) {
    const w = way(scene, p.from, p.sources)
    const all = pairs()
    let used = 0
    return rounds(scene, p, from, w, (n) =>
      Array.from({ length: n }, (): Turn[] => {
        const basic = Buffer.from(all[used++ % all.length]!.join(':')).toString('base64')
        return [
          {
            by: 'client',
            says: `GET / HTTP/1.1\r\nHost: ${scene.device.ip.join('.')}\r\nAuthorization: Basic ${basic}\r\nUser-Agent: Mozilla/5.0\r\n\r\n`,
          },
          {
            by: 'server',
            says: 'HTTP/1.1 401 Unauthorized\r\nServer: httpd\r\nWWW-Authenticate: Basic realm="camera"\r\nContent-Length: 0\r\n\r\n',
            after: 0.05,
          },
        ]
      }).flat(),
    )
  },
})

/** A message of the Android Debug Bridge (AOSP, system/core/adb/protocol.txt): six words, and data with its sum. */
export function adb(command: string, arg0: number, arg1: number, data: Bytes): Bytes {
  const le = (n: number) => be32(n).reverse()
  const word = (latin(command).reduceRight((n, b) => n * 256 + b, 0) ^ 0xffffffff) >>> 0
  const sum = data.reduce((a, b) => a + b, 0)
  return joined(command, le(arg0), le(arg1), le(data.length), le(sum), le(word), data)
}

export const guessAdb = vector({
  id: 'guess-adb',
  title: 'debug bridges are connected to (ADB.Miner, Fbot, Satori)',
  after: 'Netlab 360, ADB.Miner, 2018; AOSP protocol.txt',
  params: { ...common, port: number(5555, 'port') },
  make(scene, p, from) {
    const w = way(scene, p.from, p.sources)
    const mark = { ...w.mark, also: [...(w.mark.also ?? []), 'probed'] }
    return rounds(scene, { ...p, each: 1 }, from, { ...w, mark }, () => [
      { by: 'client', says: adb('CNXN', 0x01000000, 4096, latin('host::\0')) },
      // asks for a signature of this token: not without a key
      {
        by: 'server',
        says: adb(
          'AUTH',
          1,
          0,
          Uint8Array.from({ length: 20 }, () => scene.chance.below(256)),
        ),
      },
    ])
  },
})
