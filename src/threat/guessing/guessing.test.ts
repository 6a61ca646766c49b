import { describe, expect, it } from 'vitest'
import { audit } from '../../audit/audit.ts'
import { corpus } from '../../testing/corpus.ts'
import { local, Recorder, stranger } from '../../testing/recorder.ts'
import { between, CAMERA, observing, stepsIn, STRANGER, told } from '../../testing/signs.ts'
import { guessing } from './guessing.ts'
import { HIDDEN, PAIRS } from './tries.ts'

const CAM = local(0, '192.168.1.20', 23)
const HUB = local(1, '192.168.1.40')
const FAR = stranger('203.0.113.9', 40000)
const MIRAI = [
  ['root', 'xc3511'],
  ['root', 'vizxv'],
  ['admin', 'admin'],
  ['root', '888888'],
  ['root', 'xmhdipc'],
  ['root', 'juantech'],
  ['root', '123456'],
] as const

type Pair = readonly [user: string, password: string]

/** Log-ins one after the other, each in a connection of its own. */
function tried(
  pairs: readonly Pair[],
  { protocol = 'telnet', seconds = 1, outcome = 'refused', client = FAR, server = CAM } = {},
) {
  const recorder = new Recorder(client, server)
  const observe = observing(guessing)
  pairs.forEach(([user, password], i) => {
    recorder.time += seconds * 1e6
    observe({ protocol, type: 'login', frame: i + 1, fromClient: true, user, password, outcome } as never, recorder)
  })
  return told(guessing, recorder)
}

const made = (n: number): Pair[] => Array.from({ length: n }, (_, i) => ['admin', `summer${i}`])

describe('guessing', () => {
  it('is told of the device from the third pair of the list', () => {
    expect(tried(MIRAI.slice(0, 2))).toEqual([])
    const [one] = tried(MIRAI.slice(0, 3))
    expect(one).toMatchObject({ host: 0, stage: 'guessed', severity: 'medium', count: 3 })
    expect(one!.says).toBe(
      '203.0.113.9 tried to log in by Telnet 3 times, with 3 different user names and passwords, all of them on the published lists of defaults that bots try.',
    )
    expect(one!.data.raised).toMatchObject({ frame: { frame: 3 } })
    expect(one!.data.indicators).toContainEqual({ type: 'ip', value: '203.0.113.9', role: 'guesser' })
    expect(JSON.stringify(one)).not.toContain('xmhdipc')
  })

  it('is told of whom guesses: critical where strangers are guessed at, high at home', () => {
    expect(tried(MIRAI, { client: HUB, server: stranger('203.0.113.9', 23) })).toMatchObject([
      { host: 1, stage: 'scanning', severity: 'critical', count: 7 },
    ])
    const both = tried(MIRAI, { client: HUB })
    expect(both.map(({ host, severity }) => [host, severity])).toEqual([
      [1, 'high'],
      [0, 'medium'],
    ])
  })

  it('takes one pair of the list in a row of connections for a bot, whether it is let in or not', () => {
    const root: Pair[] = Array.from({ length: 5 }, () => ['root', 'root'])
    expect(tried(root, { outcome: 'accepted' })).toHaveLength(1)
    expect(tried(root.slice(1), { outcome: 'accepted' })).toEqual([])
    // a program that looks every minute
    expect(tried([...root, ...root, ...root], { outcome: 'accepted', seconds: 60 })).toEqual([])
  })

  it('needs more of what is on no list, and twice as much at the pace of people', () => {
    expect(tried(made(PAIRS.value - 1))).toEqual([])
    expect(tried(made(PAIRS.value))).toHaveLength(1)
    expect(tried(made(2 * PAIRS.value - 1), { seconds: 20 })).toEqual([])
    expect(tried(made(2 * PAIRS.value), { seconds: 20 })).toHaveLength(1)
    expect(tried(MIRAI.slice(0, 5), { seconds: 20 })).toEqual([])
    expect(tried(MIRAI.slice(0, 6), { seconds: 20 })).toHaveLength(1)
  })

  it('is quiet about an old password, about tokens that change, and about who is let in', () => {
    const old: Pair[] = Array.from({ length: 500 }, () => ['cam', 'old-password'])
    expect(tried(old)).toEqual([])
    expect(
      tried(
        made(50).map(([user, word]): Pair => [user, word.padEnd(200, 'x')]),
        { protocol: 'imap' },
      ),
    ).toEqual([])
    expect(tried(made(50), { outcome: 'accepted', protocol: 'smtp' })).toEqual([])
    // fewer than that an hour
    expect(tried(made(60), { seconds: 600 })).toEqual([])
  })

  it('counts the list over many addresses, and bounds what is kept', () => {
    const recorder = new Recorder(HUB, CAM)
    const observe = observing(guessing)
    for (let i = 0; i < 20_000; i++) {
      recorder.time += 1e5
      recorder.server = stranger(`198.51.${i >> 8}.${i & 255}`, 23)
      const [user, password] = MIRAI[i % MIRAI.length]!
      observe(
        { protocol: 'telnet', type: 'login', frame: i, fromClient: true, user, password, outcome: 'refused' } as never,
        recorder,
      )
    }
    const [one, ...more] = told(guessing, recorder)
    expect(more).toEqual([])
    expect(one!.count).toBeGreaterThan(19_000)
    expect(one!.data.indicators!.length).toBeLessThanOrEqual(64)
    expect(one!.data.detail).toMatchObject({ listed: 7 })
    expect(one!.data.raised.frame.frame).toBeLessThan(8)
  })

  it('counts refusals of SSH, within a quarter of an hour', () => {
    const recorder = new Recorder(FAR, CAM)
    const observe = observing(guessing)
    const session = (refused: number, inVain = true) =>
      observe({ protocol: 'ssh', type: 'attempts', frame: 1, fromClient: true, refused, inVain } as never, recorder)
    for (let i = 0; i < 100; i++) {
      recorder.time += 60e6
      session(1)
    }
    for (let i = 0; i < 100; i++) session(2, false)
    expect(told(guessing, recorder)).toEqual([])
    for (let i = 0; i < HIDDEN.value / 6 + 1; i++) session(6)
    expect(told(guessing, recorder)).toMatchObject([{ stage: 'guessed', severity: 'low', confidence: 0.7 }])
  })

  it('reads the refusals of HTTP, over the whole road', async () => {
    const basic = (password: string) => Buffer.from(`admin:${password}`).toString('base64')
    const asked = made(20).map(([, password], i) =>
      between(
        STRANGER,
        CAMERA,
        80,
        [
          ['client', `GET / HTTP/1.1\r\nHost: cam\r\nAuthorization: Basic ${basic(password)}\r\n\r\n`],
          ['server', 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'],
        ],
        41000 + i,
      ),
    )
    expect(await stepsIn(guessing, asked)).toEqual(['20 guessed low http'])
    // the same pair each time
    expect(
      await stepsIn(
        guessing,
        asked.map((one) => ({ ...asked[0]!, clientPort: one.clientPort! })),
      ),
    ).toEqual([])
  })

  for (const [name, says] of [
    ['malware/id2t/hydra-1_tasks.pcap', ['guessed ssh', 'scanning ssh']],
    ['malware/id2t/mirai_botnet.pcap', ['guessed telnet', 'scanning telnet']],
    ['malware/id2t/reference_telnet.pcap', []],
    ['ndpi/pcap/telnet.pcap', []],
    ['ja4/pcap/ssh2.pcapng', []],
    ['tcpdump/ssh.pcap', []],
  ] as const)
    it.skipIf(corpus(name) === undefined)(`says of ${name}: ${says.join(', ') || 'nothing'}`, async () => {
      const { threats = [] } = await audit([corpus(name)!], { threads: 0 })
      const steps = threats.flatMap((t) => t.steps).filter(({ detector }) => detector === 'guessing')
      expect(steps.map(({ stage, what }) => `${stage} ${what}`).sort()).toEqual(says)
    })
})
