import { describe, expect, it } from 'vitest'
import type { MessageBase } from '../message.ts'
import { corpus } from '../../testing/corpus.ts'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { imap, pop3, smtp } from './mail.ts'
import type { MailMessage } from './mail.ts'

const mail = (messages: readonly MessageBase[]) => messages.filter((one): one is MailMessage => one.protocol !== 'tls')
const logins = (messages: readonly MessageBase[]) =>
  ofType(mail(messages), 'login').map(({ scheme, user, password, outcome }) => [scheme, user, password, outcome])
const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64')

/** A camera that mails its pictures: RFC 4954's dialogues, first refused. */
const SMTP: Turn[] = [
  ['server', '220 smtp.example.com ESMTP server\r\n'],
  ['client', 'EHLO ipcam\r\n'],
  ['server', '250-smtp.example.com\r\n250 AUTH PLAIN LOGIN\r\n'],
  ['client', 'AUTH LOGIN\r\n'],
  ['server', '334 VXNlcm5hbWU6\r\n'],
  ['client', `${base64('ann@example.com')}\r\n`],
  ['server', '334 UGFzc3dvcmQ6\r\n'],
  ['client', `${base64('wrong')}\r\n`],
  ['server', '535 5.7.8 Authentication credentials invalid\r\n'],
  ['client', `AUTH PLAIN ${base64('\0ann@example.com\0right')}\r\n`],
  ['server', '235 2.7.0 Authentication successful\r\n'],
  ['client', 'MAIL FROM:<ann@example.com> SIZE=10\r\n'],
  ['server', '250 ok\r\n'],
  ['client', 'RCPT TO:<bob@example.org>\r\n'],
  ['server', '250 ok\r\n'],
  ['client', 'DATA\r\n'],
  ['server', '354 go\r\n'],
  ['client', 'Subject: x\r\n\r\nAUTH PLAIN is only text here\r\n.\r\n'],
  ['server', '250 queued\r\n'],
  ['client', 'QUIT\r\n'],
]

describe('smtp', () => {
  it('reads greeting, log-ins with their fate, and the envelope; not the message', async () => {
    const messages = await decodeTurns(SMTP, 587, smtp)
    expect(logins(messages)).toEqual([
      ['LOGIN', 'ann@example.com', 'wrong', 'refused'],
      ['PLAIN', 'ann@example.com', 'right', 'accepted'],
    ])
    expect(ofType(mail(messages), 'banner')).toMatchObject([{ banner: 'smtp.example.com ESMTP server', frame: 4 }])
    expect(ofType(mail(messages), 'hello')).toMatchObject([{ name: 'ipcam' }])
    expect(ofType(mail(messages), 'envelope').map((one) => [one.role, one.address])).toEqual([
      ['from', 'ann@example.com'],
      ['to', 'bob@example.org'],
    ])
  })

  it.skipIf(!tsharkAvailable())('agrees with tshark on user and password', async () => {
    const path = dialogueCapture(SMTP, 25)
    const messages = mail(await decodeStreams(path, smtp))
    const rows = tsharkFields(path, ['smtp.auth.username', 'smtp.auth.password', 'smtp.req.command'], 'smtp', [
      '-o',
      'smtp.decryption:TRUE',
    ])
    const values = (i: number) => [...rows.values()].flatMap((row) => row[i]!)
    expect(ofType(messages, 'login').map((one) => one.user)).toEqual(values(0))
    expect(ofType(messages, 'login').map((one) => one.password)).toEqual(values(1))
  })

  it.skipIf(corpus('wireshark/communityid.pcap.gz') === undefined || !tsharkAvailable())(
    'agrees with tshark on a real greeting',
    async () => {
      const path = corpus('wireshark/communityid.pcap.gz')!
      const [banner] = ofType(mail(await decodeStreams(path, smtp)), 'banner')
      const rows = tsharkFields(path, ['smtp.rsp.parameter'], 'smtp.response.code == 220')
      expect([[banner!.frame, banner!.banner]]).toEqual([...rows].map(([frame, [parameter]]) => [frame, parameter![0]]))
    },
  )

  it('stops at STARTTLS, and hands TLS on', async () => {
    const hello = `\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03${'r'.repeat(32)}\x00\x00\x02\xc0\x2f\x01\x00`
    const messages = await decodeTurns(
      [
        ['server', '220 x ESMTP\r\n'],
        ['client', 'EHLO a\r\n'],
        ['server', '250-x\r\n250 STARTTLS\r\n'],
        ['client', 'STARTTLS\r\n'],
        ['server', '220 go\r\n'],
        ['client', hello],
      ],
      25,
      smtp,
    )
    expect(messages.at(-1)).toMatchObject({ protocol: 'tls', upgraded: 'smtp', frame: 9 })
    expect(ofType(mail(messages), 'start-tls')).toHaveLength(1)
  })

  it('reads no message for commands, no CR for the end of a line, and nothing out of what is no base64', async () => {
    const told = async (...turns: Turn[]) =>
      mail(
        await decodeTurns([['server', '220 x SMTP\r\n'], ['client', 'EHLO c\r\n'], ['server', '250 ok\r\n'], ...turns], 25, smtp),
      )
    const message: Turn = ['client', 'MAIL FROM:<text@example.com>\r\n.\r\n']
    expect(ofType(await told(['client', 'DATA\r\n'], message), 'envelope')).toEqual([])
    expect(ofType(await told(['client', 'DATA\r\n'], ['server', '503 no\r\n'], message), 'envelope')).toHaveLength(1)
    expect(ofType(await told(['client', 'MAIL FROM:<a@x>\rRCPT TO:<b@x>\r\n']), 'envelope')).toHaveLength(1)
    expect(ofType(await told(['client', 'MAIL FROM:<a<b@x>\r\nMAIL \x1fOM:<c@x>\r\n']), 'envelope')).toEqual([])
    const login: Turn[] = [
      ['client', 'AUTH LOGIN\r\n'],
      ['client', 'd\x0e\0c=\r\n'],
      ['client', `${base64('x')}\r\n`],
    ]
    expect(logins(await told(...login))).toEqual([['LOGIN', undefined, 'x', 'unknown']])
  })

  it('leaves a refused STARTTLS in clear', async () => {
    const messages = await decodeTurns(
      [
        ['server', '220 x ESMTP\r\n'],
        ['client', 'STARTTLS\r\n'],
        ['server', '454 no\r\n'],
        ['client', `AUTH PLAIN ${base64('\0a\0b')}\r\n`],
      ],
      25,
      smtp,
    )
    expect(ofType(mail(messages), 'start-tls')).toEqual([])
    expect(logins(messages)).toEqual([['PLAIN', 'a', 'b', 'unknown']])
  })
})

/** RFC 9051 §6.2.3: quoted strings, then literals. */
const IMAP: Turn[] = [
  ['server', '* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n'],
  ['client', 'a1 LOGIN "ann" "pa\\"ss"\r\n'],
  ['server', 'a1 NO [AUTHENTICATIONFAILED] Authentication failed.\r\n'],
  ['client', 'a2 LOGIN {3}\r\n'],
  ['server', '+ OK\r\n'],
  ['client', 'ann {6}\r\n'],
  ['server', '+ OK\r\n'],
  ['client', 'secret\r\n'],
  ['server', '* CAPABILITY IMAP4rev1\r\na2 OK Logged in\r\n'],
]

describe('imap', () => {
  it('reads quoted strings and literals', async () => {
    expect(logins(await decodeTurns(IMAP, 143, imap))).toEqual([
      ['LOGIN', 'ann', 'pa"ss', 'refused'],
      ['LOGIN', 'ann', 'secret', 'accepted'],
    ])
  })

  it('gives a reply to the command whose tag it has', async () => {
    const turns: Turn[] = [
      ['server', '* OK x\r\n'],
      ['client', 'a1 CAPABILITY\r\na2 LOGIN ann x\r\n'],
      ['server', 'a1 OK done\r\n'],
      ['server', 'a2 NO failed\r\n'],
    ]
    expect(logins(await decodeTurns(turns, 143, imap))).toEqual([['LOGIN', 'ann', 'x', 'refused']])
  })

  it('takes no more of a literal than it has, and no strings that have no end', async () => {
    const told = async (...said: string[]) => {
      const lines = said.map((line): Turn => ['client', `${line}\r\n`])
      return logins(await decodeTurns([['server', '* OK x\r\n'], ...lines], 143, imap))
    }
    expect(await told('a LOGIN {3}', 'ann {2}', 'xy')).toEqual([['LOGIN', 'ann', 'xy', 'unknown']])
    expect(await told('a LOGIN {3}', 'anna {2}', 'xy')).toEqual([])
    expect(await told('a LOGIN {3}', 'ann {9}', 'b NOOP')).toEqual([])
    expect(await told('a LOGIN "ann" "t', 'b NOOP')).toEqual([])
    expect(await told('a LOGIN m\0c x')).toEqual([])
  })

  it('reads who greets, however', async () => {
    const banner = async (greeting: string) =>
      ofType(mail(await decodeTurns([['server', `${greeting}\r\n`]], 143, imap)), 'banner').map((one) => one.banner)
    expect(await banner('* PREAUTH hello')).toEqual(['hello'])
    expect(await banner('* BYE not now')).toEqual(['not now'])
  })

  it('reads AUTHENTICATE PLAIN with its continuation', async () => {
    const turns: Turn[] = [
      ['server', '* OK x\r\n'],
      ['client', 'a AUTHENTICATE PLAIN\r\n'],
      ['server', '+ \r\n'],
      ['client', `${base64('\0ann\0s')}\r\n`],
      ['server', 'a OK done\r\n'],
    ]
    expect(logins(await decodeTurns(turns, 143, imap))).toEqual([['PLAIN', 'ann', 's', 'accepted']])
  })
})

const POP: Turn[] = [
  ['server', '+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n'],
  ['client', 'USER mrose\r\n'],
  ['server', '+OK mrose is a real hoopy frood\r\n'],
  ['client', 'PASS secret\r\n'],
  ['server', '-ERR maildrop already locked\r\n'],
  ['client', 'APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n'],
  ['server', '+OK maildrop has 1 message (369 octets)\r\n'],
]

describe('pop3', () => {
  it('takes no reply to USER for one to PASS where both were sent at once (RFC 2449 section 6.6)', async () => {
    const turns = (last: string): Turn[] => [
      ['server', '+OK x\r\n'],
      ['client', 'USER mrose\r\nPASS secret\r\n'],
      ['server', '+OK who\r\n'],
      ['server', last],
    ]
    expect(logins(await decodeTurns(turns('-ERR no\r\n'), 110, pop3))).toEqual([['USER', 'mrose', 'secret', 'refused']])
    expect(logins(await decodeTurns(turns('+OK in\r\n'), 110, pop3))).toEqual([['USER', 'mrose', 'secret', 'accepted']])
    expect(logins(await decodeTurns(turns(' '), 110, pop3))).toEqual([['USER', 'mrose', 'secret', 'unknown']])
  })

  it("reads RFC 1939's dialogues", async () => {
    const messages = await decodeTurns(POP, 110, pop3)
    expect(logins(messages)).toEqual([
      ['USER', 'mrose', 'secret', 'refused'],
      ['APOP', 'mrose', undefined, 'accepted'],
    ])
  })

  it.skipIf(!tsharkAvailable())('agrees with tshark on the commands that carry credentials', async () => {
    const path = dialogueCapture(POP, 110)
    const rows = tsharkFields(path, ['pop.request.command', 'pop.request.parameter'], 'pop.request')
    const parameter = (command: string) => [...rows.values()].filter((row) => row[0]![0] === command).map((row) => row[1]![0])
    const [first] = ofType(mail(await decodeStreams(path, pop3)), 'login')
    expect([first!.user]).toEqual(parameter('USER'))
    expect([first!.password]).toEqual(parameter('PASS'))
  })
})
