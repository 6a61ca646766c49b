import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../testing/corpus.ts'
import { conversations } from '../../testing/conversations.ts'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { telnet } from './telnet.ts'
import type { TelnetMessage } from './telnet.ts'

const MIRAI = 'malware/id2t/mirai_botnet.pcap'

const logins = (messages: readonly TelnetMessage[]) =>
  ofType(messages, 'login').map(({ user, password, outcome }) => [user, password, outcome])
const negotiation = '\xff\xfd\x18\xff\xfd\x1f\xff\xfb\x01'

/** A log-in as BusyBox's daemon holds it: each character echoed, the password not. */
function typed(user: string, password: string, verdict: string): Turn[] {
  const echoed = (line: string): Turn[] =>
    line.split('').flatMap((character): Turn[] => [
      ['client', character],
      ['server', character],
    ])
  const silent = (line: string): Turn[] => line.split('').map((character): Turn => ['client', character])
  return [
    ...echoed(user),
    ['client', '\r\n'],
    ['server', '\r\nPassword: '],
    ...silent(password),
    ['client', '\r\0'],
    ['server', `\r\n${verdict}`],
  ]
}

describe('telnet', () => {
  for (const [name, user, password] of [
    ['malware/id2t/reference_telnet.pcap', 'fake', 'user'],
    ['ndpi/pcap/telnet.pcap', 'fake', 'user'],
  ] as const) {
    it.skipIf(corpus(name) === undefined)(`reads an ordinary log-in typed letter by letter: ${name}`, async () => {
      const messages = await decodeStreams(corpus(name)!, telnet)
      expect(logins(messages)).toEqual([[user, password, 'accepted']])
      expect(messages[0]).toMatchObject({ type: 'session', prompts: ['login:', 'Password:'] })
    })
  }

  it.skipIf(corpus(MIRAI) === undefined)('reads what Mirai tried, and that its victim let it in', async () => {
    const conversationsWithVictim = (await conversations(corpus(MIRAI)!)).filter(
      (one) => one.serverIp === '172.20.0.5' && one.serverPort === 23 && one.client.length > 0,
    )
    const messages = await decodeStreams(corpus(MIRAI)!, telnet)
    const attempts = ofType(messages, 'login')
    expect(ofType(messages, 'session')).toHaveLength(conversationsWithVictim.length)
    expect(attempts).toHaveLength(conversationsWithVictim.length)
    expect(attempts.filter((one) => one.outcome === 'accepted').length).toBeGreaterThan(5)
    // every pair is one of the published list of what Mirai tries
    const list = corpus('../lists/mirai-credentials.txt')
    if (list !== undefined) {
      const pairs = new Set(
        readFileSync(list, 'latin1')
          .split('\n')
          .map((line) => line.trim()),
      )
      for (const { user, password } of attempts) if (password !== undefined) expect(pairs).toContain(`${user} ${password}`)
    }
  })

  it.skipIf(corpus(MIRAI) === undefined || !tsharkAvailable())('says what tshark says the server says', async () => {
    const [session] = ofType(await decodeStreams(corpus(MIRAI)!, telnet), 'session')
    const rows = tsharkFields(corpus(MIRAI)!, ['telnet.data'], 'tcp.srcport == 23 && tcp.dstport == 57536')
    const said = [...rows].map(([frame, [data]]) => `${frame} ${data!.join(' ').replace(/\s+/g, ' ')}`)
    expect(said.find((one) => one.startsWith(`${session!.frame} `))).toContain(session!.banner)
    expect(said.some((one) => one.endsWith(`${session!.prompts[0]} `))).toBe(true)
  })

  it('tells refused from accepted over several attempts in one conversation', async () => {
    const messages = await decodeTurns(
      [
        ['server', `${negotiation}router login: `],
        ...typed('root', 'xc3511', '\r\nLogin incorrect\r\nrouter login: '),
        ...typed('admin', 'admin', '\r\nLogin incorrect\r\nrouter login: '),
        ...typed('root', 'vizxv', '\r\n\r\nBusyBox v1.19.4 built-in shell (ash)\r\n\x1b[1;32m~ # \x1b[0m'),
        ['client', 'cat /etc/passwd\r\n'],
        ['server', 'cat /etc/passwd\r\nroot:x:0:0\r\n~ # '],
      ],
      23,
      telnet,
    )
    expect(logins(messages)).toEqual([
      ['root', 'xc3511', 'refused'],
      ['admin', 'admin', 'refused'],
      ['root', 'vizxv', 'accepted'],
    ])
    expect(messages[0]).toMatchObject({
      type: 'session',
      options: ['server do terminal-type', 'server do window-size', 'server will echo'],
    })
  })

  it('gives what was typed at the shell, with what was said to it, and no password', async () => {
    const messages = await decodeTurns(
      [
        ['server', 'login: '],
        ...typed('root', 'vizxv', '\r\n# '),
        ['client', 'sh\r\n'],
        ['server', 'sh\r\n# '],
        ['client', '/bin/busybox '],
        ['client', 'MIRAI\r\n'],
        ['server', '/bin/busybox MIRAI\r\nMIRAI: applet not found\r\n# '],
        ['client', 'su\r\n'],
        ['server', 'Password: '],
        ['client', 'geheim\r\n'],
        ['server', '\r\n# '],
      ],
      23,
      telnet,
    )
    const commands = ofType(messages, 'command')
    expect(commands.map(({ line }) => line)).toEqual(['sh', '/bin/busybox MIRAI', 'su'])
    expect(commands[1]!.answer).toContain('MIRAI: applet not found')
    // the line's first byte
    expect(commands[1]!.frame).toBe(commands[0]!.frame + 2)
    expect(JSON.stringify(commands)).not.toContain('geheim')
  })

  it('takes what was typed before the prompt came for a log-in, and bounds what it gives', async () => {
    const early = await decodeTurns(
      [
        ['client', 'root\r\n'],
        ['server', 'login: '],
        ['server', 'root\r\nPassword: '],
        ['client', 'vizxv\r\n'],
        ['server', '\r\n# '],
        ['client', 'ls\r\n'],
      ],
      23,
      telnet,
    )
    expect(logins(early)).toEqual([['root', 'vizxv', 'accepted']])
    expect(ofType(early, 'command').map(({ line }) => line)).toEqual(['ls'])
    const many = await decodeTurns(
      [['server', '# '], ...Array.from({ length: 300 }, (): Turn => ['client', `${'x'.repeat(999)}\r\n`])],
      23,
      telnet,
    )
    const commands = ofType(many, 'command')
    expect(commands.length).toBeLessThanOrEqual(96)
    expect(commands[0]!.line).toHaveLength(768)
  })

  it('reads lines sent whole, a password alone, corrections, and a prompt that comes back without a word', async () => {
    expect(
      logins(
        await decodeTurns(
          [
            ['server', 'Password: '],
            ['client', 'cisco\r\n'],
            ['server', '\r\nPassword: '],
            ['client', 'ciscp\x7fo123\r\n'],
            ['server', '\r\nSwitch>'],
          ],
          23,
          telnet,
        ),
      ),
    ).toEqual([
      [undefined, 'cisco', 'refused'],
      [undefined, 'cisco123', 'accepted'],
    ])
    expect(
      logins(
        await decodeTurns(
          [
            ['server', 'Username:'],
            ['client', 'admin\n'],
            ['server', 'Password:'],
            ['client', '1234\n'],
          ],
          2323,
          telnet,
        ),
      ),
    ).toEqual([['admin', '1234', 'unknown']])
  })

  it('accepts a shell without any password', async () => {
    expect(
      logins(
        await decodeTurns(
          [
            ['server', `${negotiation}login: `],
            ['client', 'root\r\n'],
            ['server', 'root\r\n# '],
          ],
          23,
          telnet,
        ),
      ),
    ).toEqual([['root', undefined, 'accepted']])
  })

  it('does not take binary traffic on port 23 for Telnet, nor negotiation-like bytes elsewhere', async () => {
    expect(
      await decodeTurns(
        [
          ['client', '\0\0\0\x01'],
          ['server', '\0\0'],
        ],
        23,
        telnet,
      ),
    ).toEqual([])
    expect(await decodeTurns([['client', '\xff\xfb\x01\x9a\x80\x00']], 9000, telnet)).toEqual([])
  })

  it('takes no echo of what was typed for a banner', async () => {
    const [session] = ofType(
      await decodeTurns(
        [
          ['server', 'Enter code for unit 7 '],
          ['client', '4711\r\n'],
          ['server', '4711 ok '],
        ],
        23,
        telnet,
      ),
      'session',
    )
    expect(session!.banner).toBe('Enter code for unit 7')
  })

  it('takes subnegotiation and doubled 255 out of what was typed', async () => {
    const messages = await decodeTurns(
      [
        ['server', '\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0login: '],
        ['client', '\xff\xfb\x18\xff\xfa\x18\x00xterm\xff\xf0ro'],
        ['client', 'ot\r\n'],
        ['server', 'Password: '],
        ['client', 'a\xff\xffb\r\n'],
      ],
      23,
      telnet,
    )
    expect(logins(messages)).toEqual([['root', 'a\xffb', 'unknown']])
  })
})
