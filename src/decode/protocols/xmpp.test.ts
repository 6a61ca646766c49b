import { describe, expect, it } from 'vitest'
import { prefix } from '../../testing/datagrams.ts'
import { decodeTurns } from '../../testing/decoded.ts'
import { dialogueCapture, type Turn } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { xmpp } from './xmpp.ts'

// after the example of RFC 6120 section 9.1
const OPEN =
  "<?xml version='1.0'?><stream:stream to='im.example.com' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
const FEATURES =
  "<stream:stream from='im.example.com' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism></mechanisms></stream:features>"
const AUTH = `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${Buffer.from('\0juliet\0r0m30myr0m30').toString('base64')}</auth>`
const TURNS: Turn[] = [
  ['client', OPEN],
  ['server', FEATURES],
  ['client', AUTH],
  ['server', "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"],
]

describe('XMPP', () => {
  it('reads the stream and a log-in in clear', async () => {
    expect(await decodeTurns(TURNS, 5222, xmpp)).toMatchObject([
      {
        type: 'stream',
        to: 'im.example.com',
        namespace: 'jabber:client',
        mechanisms: ['SCRAM-SHA-1', 'PLAIN'],
        tls: false,
        frame: 4,
      },
      { type: 'login', mechanism: 'PLAIN', user: 'juliet', password: 'r0m30myr0m30', outcome: 'accepted', frame: 6 },
    ])
  })
  it('takes the answers to log-ins in order', async () => {
    const other = AUTH.replace(/>.*</, `>${Buffer.from('\0juliet\0wr0ng').toString('base64')}<`)
    const turns: Turn[] = [
      ...TURNS.slice(0, 2),
      ['client', other],
      ['server', "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>"],
      ...TURNS.slice(2),
    ]
    expect((await decodeTurns(turns, 5222, xmpp)).slice(1)).toMatchObject([
      { password: 'wr0ng', outcome: 'refused' },
      { password: 'r0m30myr0m30', outcome: 'accepted' },
    ])
    // nobody answered
    expect(
      (await decodeTurns([...turns.slice(0, 2), ['client', other], ['client', '<success/>']], 5222, xmpp)).at(-1),
    ).toMatchObject({ outcome: 'unknown' })
  })
  it('reads the log-in of old', async () => {
    const old = "<iq type='set'><query xmlns='jabber:iq:auth'><username>bill</username><password>Calli0pe</password></query></iq>"
    const messages = await decodeTurns(
      [
        ['client', OPEN],
        ['client', old],
      ],
      5222,
      xmpp,
    )
    expect(messages.at(-1)).toMatchObject({ mechanism: 'jabber:iq:auth', user: 'bill', password: 'Calli0pe' })
  })
  it('reads nothing behind STARTTLS, and knows it protected', async () => {
    const turns: Turn[] = [
      ['client', OPEN],
      ['server', FEATURES],
      ['client', "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
      ['server', "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
      ['client', '\x16\x03\x01\0\x05\x01\0\0\x01\x03'],
    ]
    expect(await decodeTurns(turns, 5222, xmpp)).toMatchObject([{ type: 'stream', tls: true }])
    const oneWay = turns.filter(([side]) => side === 'client')
    expect(await decodeTurns(oneWay, 5222, xmpp)).toMatchObject([{ type: 'stream', tls: true }])
    expect(await decodeTurns(oneWay.slice(0, 2), 5222, xmpp)).toMatchObject([{ type: 'stream', tls: false }])
    const at = await observed(dialogueCapture(turns, 5222))
    expect(at('192.168.7.1').services).toMatchObject([{ protocol: 'xmpp', protection: 'encrypted' }])
  })
  it('masks what may be kept', async () => {
    const at = await observed(dialogueCapture(TURNS, 5222))
    const server = at('192.168.7.1')
    expect(server.services).toMatchObject([{ protocol: 'xmpp', protection: 'clear' }])
    const credentials = server.of('credential').map((one) => one.data)
    expect(credentials).toMatchObject([{ protocol: 'xmpp', user: 'j…(6)', secret: 'r…(12)', accepted: 'yes' }])
    expect(JSON.stringify([credentials, server.of('protocol'), server.identity])).not.toMatch(/juliet|r0m30/)
  })
  it('is strict', () => {
    const told = (said: string) => {
      const client = prefix(Uint8Array.from(Buffer.from(said, 'latin1')))
      return xmpp.recognise({ client, server: prefix(new Uint8Array(0)), clientPort: 40000, serverPort: 5222 })
    }
    expect(told(OPEN)).toBe(true)
    expect(told("<?xml version='1.0'?><rss/>                       ")).toBe(false)
    expect(told('<stream:stream to="x">')).toBe(false)
  })
  it.skipIf(!tsharkAvailable())('agrees with tshark', () => {
    const path = dialogueCapture(TURNS, 5222)
    const frames = (filter: string) => [...tsharkFields(path, ['frame.protocols'], filter).keys()]
    // the client's stream, and its log-in
    expect(frames('xmpp.stream && tcp.dstport == 5222')).toEqual([4])
    expect(frames('xmpp.auth')).toEqual([6])
  })
})
