import { describe, expect, it } from 'vitest'
import { type Column, compare } from '../../testing/agree.ts'
import { corpus } from '../../testing/corpus.ts'
import { datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { decodeTurns } from '../../testing/decoded.ts'
import { dialogueCapture, type Turn } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { sip, type SipMessage, sipStream } from './sip.ts'

// after RFC 3261 section 24.1 and RFC 8866 section 5
const REGISTER =
  'REGISTER sip:registrar.example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.7.2:5060;branch=z9hG4bKnashds7\r\nFrom: Bob <sip:5551234567@example.com>;tag=456248\r\nTo: Bob <sip:5551234567@example.com>\r\nCall-ID: 843817637684230\r\nCSeq: 1826 REGISTER\r\nUser-Agent: Grandstream GXP1625 1.0.4.128\r\nAuthorization: Digest username="5551234567", realm="example.com", nonce="x", uri="sip:x", response="00"\r\nContent-Length: 0\r\n\r\n'
const REFUSED =
  'SIP/2.0 401 Unauthorized\r\nFrom: Bob <sip:5551234567@example.com>;tag=456248\r\nCSeq: 1826 REGISTER\r\nServer: Asterisk PBX 16.2.1\r\nWWW-Authenticate: Digest algorithm=MD5, realm="example.com", nonce="x"\r\nContent-Length: 0\r\n\r\n'
const SDP = 'v=0\r\no=- 1 1 IN IP4 192.168.7.2\r\ns=-\r\nm=audio 49170 RTP/AVP 0 8\r\nm=video 51372 RTP/SAVP 99\r\n'
const INVITE = `INVITE sip:alice@example.com;transport=tcp SIP/2.0\r\nf: <sip:door@example.com>;tag=1\r\nCSeq: 1 INVITE\r\nc: application/sdp\r\nl: ${SDP.length}\r\n\r\n${SDP}`

const read = (said: string): SipMessage | undefined => {
  let found: SipMessage | undefined
  const datagram = datagramOf(Uint8Array.from(Buffer.from(said, 'latin1')), 5060, 5060)
  if (sip.recognise(datagram)) sip.decode(datagram, (message) => (found = message))
  return found
}

describe('SIP', () => {
  it('reads who registers, with what, and what is demanded', () => {
    expect(read(REGISTER)).toMatchObject({
      type: 'request',
      method: 'REGISTER',
      domain: 'sip:registrar.example.com',
      user: '5551234567',
      agent: 'Grandstream GXP1625 1.0.4.128',
      authorization: 'Digest',
    })
    expect(read(REFUSED)).toMatchObject({ status: 401, method: 'REGISTER', server: 'Asterisk PBX 16.2.1', demands: ['Digest'] })
    // what is no method must not stand among what is told of who asked
    expect(read(REFUSED.replace('1826 REGISTER', '1 software'))).not.toHaveProperty('method')
  })
  it('reads offered streams, over TCP message by message', async () => {
    const turns: Turn[] = [
      ['client', `${INVITE}\r\n\r\n${REGISTER}`],
      ['server', REFUSED],
    ]
    expect(await decodeTurns(turns, 5060, sipStream)).toMatchObject([
      { method: 'INVITE', domain: 'sip:example.com', user: 'door', media: ['audio RTP/AVP', 'video RTP/SAVP'], frame: 4 },
      { method: 'REGISTER', media: [] },
      { status: 401, fromClient: false },
    ])
  })
  it('is strict in what it tells', () => {
    const media = (line: string) => {
      const body = `v=0\r\n${line}\r\n`
      return read(`INVITE sip:a@b.example SIP/2.0\r\nc: application/sdp\r\nl: ${body.length}\r\n\r\n${body}`)?.media
    }
    expect(media('m=audio 9/2 RTP/AVP 0')).toEqual(['audio RTP/AVP'])
    expect(media('m=audio RTP/AVP 0 8')).toEqual([])
    expect(media('m=audio 9 RTP/AVP')).toEqual([])
    // what stands in the place of a scheme may be anything, users among it
    expect(read(REFUSED.replace('Digest algorithm', 'D:5551234567@example.com>;x'))).toMatchObject({ demands: [] })
    expect(read(REFUSED.replace('401 ', '401'))).toBeUndefined()
    expect(read(INVITE.replace('example.com;', 'example,com;'))).toMatchObject({ domain: 'sip:' })
    expect(read(REGISTER.replace('5551234567@example.com>;tag', '5551234567@example.com;tag'))).not.toHaveProperty('user')
  })
  it('is neither HTTP nor RTSP nor talk of SIP', () => {
    for (const said of [
      'OPTIONS * HTTP/1.1\r\n\r\n',
      'OPTIONS rtsp://h/ RTSP/1.0\r\n\r\n',
      'NOTIFY * HTTP/1.1\r\n\r\n',
      'SIP/2.0',
      'SIP/2.0 x',
      'MESSAGE to you',
      'INVITE alice',
    ])
      expect(read(said), said).toBeUndefined()
  })
  it('is told of both ends, users masked', async () => {
    const at = await observed(
      dialogueCapture(
        [
          ['client', REGISTER],
          ['server', REFUSED],
        ],
        5060,
        'udp',
        5060,
      ),
    )
    const [phone, exchange] = [at('192.168.7.2'), at('192.168.7.1')]
    const detail = (device: typeof phone) => device.of('protocol').map((one) => one.data.detail)
    expect(detail(phone)).toMatchObject([
      {
        software: 'Grandstream GXP1625 1.0.4.128',
        domain: 'sip:registrar.example.com',
        user: '5…(10)',
        REGISTER: 'asked',
        authentication: 'Digest',
      },
    ])
    expect(detail(exchange)).toMatchObject([{ software: 'Asterisk PBX 16.2.1', authentication: 'Digest' }])
    expect(exchange.of('login').map((one) => one.data)).toMatchObject([{ role: 'server', protocol: 'sip', outcome: 'unknown' }])
    expect(exchange.services).toMatchObject([{ protocol: 'sip', protection: 'clear' }])
    expect(JSON.stringify([detail(phone), detail(exchange), phone.identity])).not.toContain('5551234567')
  })
})

const columns: Column<SipMessage>[] = [
  { field: 'sip.Method', ours: (ms) => ms.flatMap((m) => (m.type === 'request' ? [m.method] : [])) },
  { field: 'sip.Status-Code', ours: (ms) => ms.flatMap((m) => (m.type === 'response' ? [String(m.status)] : [])) },
  { field: 'sip.User-Agent', ours: (ms) => ms.flatMap((m) => (m.type === 'request' ? [m.agent ?? []].flat() : [])) },
  {
    field: 'sip.from.user',
    ours: (ms) => ms.flatMap((m) => (m.type === 'request' ? [m.user ?? []].flat() : [])),
    theirs: (all, row) => (row[0]!.length > 0 ? all : []),
  },
  { field: 'sdp.media.proto', ours: (ms) => ms.flatMap((m) => m.media.map((one) => one.split(' ')[1]!)) },
]

describe.skipIf(!tsharkAvailable())('SIP fields agree with tshark', () => {
  it.skipIf(corpus('wireshark') === undefined)('wireshark/sip.pcapng', async () => {
    const path = corpus('wireshark/sip.pcapng')!
    expect(compare(path, 'sip', columns, await decodeDatagrams(path, sip))).toEqual({ frames: 5, differences: [] })
  })
  it('on what was made by hand', async () => {
    const path = dialogueCapture(
      [
        ['client', REGISTER],
        ['server', REFUSED],
        ['client', INVITE],
      ],
      5060,
      'udp',
    )
    expect(compare(path, 'sip', columns, await decodeDatagrams(path, sip))).toEqual({ frames: 3, differences: [] })
  })
})
