import { describe, expect, it } from 'vitest'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { ftp } from './ftp.ts'
import type { FtpMessage } from './ftp.ts'
import { smtp } from './mail.ts'

/** RFC 959 appendix III's manner: two bad log-ins, a good one, a download. */
const SESSION: Turn[] = [
  ['server', '220-Welcome\r\n220 NVR FTP server (vsFTPd 2.0.5) ready.\r\n'],
  ['client', 'USER admin\r\n'],
  ['server', '331 Please specify the password.\r\n'],
  ['client', 'PASS 12345\r\n'],
  ['server', '530 Login incorrect.\r\n'],
  ['client', 'USER admin\r\n'],
  ['server', '331 Please specify the password.\r\n'],
  ['client', 'PASS 54321\r\n'],
  ['server', '530 Login incorrect.\r\n'],
  ['client', 'user root\r\n'],
  ['server', '331 Please specify the password.\r\n'],
  ['client', 'pass pass word\r\n'],
  ['server', '230-Hello,\r\n root.\r\n230 Login successful.\r\n'],
  ['client', 'CWD /firmware\r\n'],
  ['server', '250 Directory successfully changed.\r\n'],
  ['client', 'RETR update.bin\r\n'],
  ['server', '150 Opening BINARY mode data connection.\r\n'],
  ['server', '226 Transfer complete.\r\n'],
  ['client', 'QUIT\r\n'],
]

const own = (messages: Awaited<ReturnType<typeof decodeTurns>>) =>
  messages.filter((one): one is FtpMessage => one.protocol === 'ftp')

describe('ftp', () => {
  it('reads banner, log-ins with their fate, and commands with their final reply', async () => {
    const messages = own(await decodeTurns(SESSION, 2121, ftp))
    expect(ofType(messages, 'banner')).toMatchObject([{ banner: 'Welcome', fromClient: false, frame: 4 }])
    expect(ofType(messages, 'login').map(({ user, password, outcome, frame }) => [user, password, outcome, frame])).toEqual([
      ['admin', '12345', 'refused', 5],
      ['admin', '54321', 'refused', 9],
      ['root', 'pass word', 'accepted', 13],
    ])
    expect(ofType(messages, 'command').filter((one) => one.command === 'RETR')).toMatchObject([
      { argument: 'update.bin', reply: 226 },
    ])
    expect(
      ofType(messages, 'command')
        .filter((one) => one.command === 'PASS')
        .map((one) => one.argument),
    ).toEqual(['', '', ''])
  })

  it('gives replies to commands in their order, several of which may be on the way', async () => {
    const messages = own(
      await decodeTurns(
        [
          ['server', '220 FTP\r\n'],
          ['client', 'USER a\r\nPASS x\r\nUSER b\r\nPASS y\r\nTYPE I\r\nLIST\r\n'],
          ['server', '331 go on\r\n530 no\r\n331 go on\r\n230 in\r\n200 ok\r\n150 starts\r\n226 ends\r\n'],
        ],
        21,
        ftp,
      ),
    )
    expect(ofType(messages, 'login').map(({ user, password, outcome }) => [user, password, outcome])).toEqual([
      ['a', 'x', 'refused'],
      ['b', 'y', 'accepted'],
    ])
    expect(
      ofType(messages, 'command')
        .map(({ command, reply }) => [command, reply])
        .slice(-2),
    ).toEqual([
      ['TYPE', 200],
      ['LIST', 226],
    ])
  })

  it.skipIf(!tsharkAvailable())('agrees with tshark on commands, arguments and reply codes', async () => {
    const path = dialogueCapture(SESSION, 21)
    const messages = own(await decodeStreams(path, ftp))
    const rows = tsharkFields(path, ['ftp.request.command', 'ftp.request.arg', 'ftp.response.code'], 'ftp')
    const commands = [...rows].filter(([, [command]]) => command!.length > 0)
    expect(ofType(messages, 'command').map((one) => [one.frame, one.command])).toEqual(
      commands.map(([frame, [command]]) => [frame, command![0]!.toUpperCase()]),
    )
    const secret = new Set(['PASS'])
    expect(
      ofType(messages, 'command')
        .filter((one) => !secret.has(one.command))
        .map((one) => one.argument),
    ).toEqual(
      commands.filter(([, [command]]) => !secret.has(command![0]!.toUpperCase())).map(([, [, argument]]) => argument![0] ?? ''),
    )
    const passwords = commands
      .filter(([, [command]]) => command![0]!.toUpperCase() === 'PASS')
      .map(([, [, argument]]) => argument![0])
    expect(ofType(messages, 'login').map((one) => one.password)).toEqual(passwords)
  })

  it('stops at TLS, and hands it on from where it begins', async () => {
    const messages = await decodeTurns(
      [
        ['server', '220 ready\r\n'],
        ['client', 'AUTH TLS\r\n'],
        ['server', '234 go\r\n'],
        ['client', HELLO],
      ],
      21,
      ftp,
    )
    expect(messages.map((one) => [one.protocol, (one as { type?: string }).type])).toEqual([
      ['ftp', 'banner'],
      ['ftp', 'command'],
      ['ftp', 'start-tls'],
      ['tls', undefined],
    ])
    expect(messages[3]).toMatchObject({ upgraded: 'ftp', frame: 7 })
  })

  it('is not taken for SMTP, nor SMTP for it', async () => {
    expect(await decodeTurns(SESSION, 21, smtp)).toEqual([])
    expect(
      await decodeTurns(
        [
          ['server', '220 mail.example ESMTP Postfix\r\n'],
          ['client', 'EHLO x\r\n'],
        ],
        2525,
        ftp,
      ),
    ).toEqual([])
  })
})

/** A ClientHello of the least that RFC 5246 §7.4.1.2 allows: TLS 1.2, one suite. */
const HELLO = `\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03${'r'.repeat(32)}\x00\x00\x02\xc0\x2f\x01\x00`
