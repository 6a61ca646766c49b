import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { bytesOf, prefix } from '../../testing/datagrams.ts'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import { dialogueCapture, type Turn } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { opcua, type OpcuaLogin, type OpcuaRequest } from './opcua.ts'

const u32 = (value: number) => {
  const out = Buffer.alloc(4)
  out.writeUInt32LE(value >>> 0)
  return out.toString('hex')
}
const NONE = 'ffffffff'
const string = (value: string) => `${u32(value.length)}${Buffer.from(value, 'latin1').toString('hex')}`
/** A node's identifier in four bytes (OPC 10000-6 section 5.2.2.9). */
const node = (id: number) => `01 00 ${u32(id).slice(0, 4)}`
const message = (kind: string, body: string) => {
  const bytes = bytesOf(body)
  return new Uint8Array([...Buffer.from(`${kind}F`), ...bytesOf(u32(bytes.length + 8)), ...bytes])
}
/** Token of the session, time, handle, diagnostics, audit entry, time-out, nothing more (OPC 10000-4 section 7.33). */
const ASKS = `0000 ${'00'.repeat(8)} 01000000 00000000 ${NONE} 10270000 0000 00`
const answers = (result = 0) => `${'00'.repeat(8)} 01000000 ${u32(result)} 00 ${NONE} 0000 00`
const service = (number: number, id: number, body: string) =>
  message('MSG', `01000000 01000000 ${u32(number)} ${u32(number)} ${node(id)} ${body}`)

const POLICY = 'http://opcfoundation.org/UA/SecurityPolicy#'
const HELLO = message('HEL', `00000000 00000100 00000100 00000000 00000000 ${string('opc.tcp://192.168.7.1:4840/')}`)
const ACKNOWLEDGE = message('ACK', '00000000 00000100 00000100 00000000 00000000')
const open = (policy: string) =>
  message(
    'OPN',
    `00000000 ${string(POLICY + policy)} ${NONE} ${NONE} 01000000 01000000 ${node(446)} ${ASKS} 00000000 00000000 01000000 ${NONE} 80ee3600`,
  )
const APPLICATION = `${string('urn:press')} ${string('urn:acme:press')} 02 ${string('Press 7')} 00000000 ${NONE} ${NONE} 00000000`
const endpoint = (mode: number, policy: string) =>
  `${string('opc.tcp://192.168.7.1:4840/')} ${APPLICATION} ${NONE} ${u32(mode)} ${string(POLICY + policy)} 01000000 ${string('anon')} 00000000 ${NONE} ${NONE} ${NONE} ${string('http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary')} 00`
const ENDPOINTS = `02000000 ${endpoint(1, 'None')} ${endpoint(3, 'Basic256Sha256')}`
/** ActivateSession: no signature, no certificates, no locales, and a name and password. */
const userToken = `${string('user')} ${string('operator')} ${string('s3cret')} ${NONE}`
const ACTIVATE = `${ASKS} ${NONE} ${NONE} 00000000 00000000 ${node(324)} 01 ${u32(bytesOf(userToken).length)} ${userToken} ${NONE} ${NONE}`
/** Value of a variable, of 42. */
const WRITE = `${ASKS} 01000000 ${node(2255)} 0d000000 ${NONE} 01 06 2a000000`

const TURNS: Turn[] = [
  ['client', HELLO],
  ['server', ACKNOWLEDGE],
  ['client', open('None')],
  ['client', service(2, 428, `${ASKS} ${string('opc.tcp://192.168.7.1:4840/')} 00000000 00000000`)],
  ['server', service(2, 431, `${answers()} ${ENDPOINTS}`)],
  ['client', service(3, 467, ACTIVATE)],
  ['server', service(3, 470, `${answers()} ${NONE} 00000000 00000000`)],
  ['client', service(4, 673, WRITE)],
  ['server', service(4, 397, answers(0x801f0000))],
]

describe('OPC UA', () => {
  it('reads the channel, who the server is, the log-in and what is asked', async () => {
    expect(await decodeTurns(TURNS, 4840, opcua)).toMatchObject([
      {
        type: 'identity',
        name: 'Press 7',
        fromClient: false,
        detail: { product: 'urn:acme:press', security: 'None, SignAndEncrypt Basic256Sha256' },
      },
      { type: 'channel', frame: 4, url: 'opc.tcp://192.168.7.1:4840/', policy: 'None', protection: 'clear' },
      { type: 'request', operation: 'GetEndpoints', deed: 'find', outcome: 'done', authentication: 'unknown' },
      { type: 'login', token: 'user name', user: 'operator', password: 's3cret', outcome: 'accepted' },
      { type: 'request', operation: 'Write', deed: 'write', outcome: 'refused', authentication: 'used', frame: 11 },
    ])
  })
  it('calls encrypted only what it saw and could not read', async () => {
    const hidden = message('MSG', `01000000 01000000 ${'a7'.repeat(64)}`)
    const turns: Turn[] = [
      ['client', HELLO],
      ['client', open('Basic256Sha256')],
    ]
    expect(await decodeTurns(turns, 4840, opcua)).toMatchObject([{ policy: 'Basic256Sha256', protection: 'unknown' }])
    expect(await decodeTurns([...turns, ['client', hidden]], 4840, opcua)).toMatchObject([{ protection: 'encrypted' }])
  })
  it('what goes on in a further chunk asks for nothing new', async () => {
    const chunked = (kind: string, body: string) => {
      const bytes = message('MSG', body)
      bytes[3] = kind.charCodeAt(0)
      return bytes
    }
    const more = (number: number) => `01000000 01000000 ${u32(number)} 07000000 ${node(673)} ${'00'.repeat(40)}`
    const turns: Turn[] = [
      ['client', HELLO],
      ['client', open('None')],
      ['client', chunked('C', `01000000 01000000 02000000 07000000 ${node(631)} ${ASKS}`)],
      // bytes that look like a Write
      ['client', chunked('C', more(3))],
      ['client', chunked('F', more(4))],
      ['client', service(5, 673, WRITE)],
    ]
    const told = ofType(await decodeTurns(turns, 4840, opcua), 'request') as OpcuaRequest[]
    expect(told.map(({ operation }) => operation)).toEqual(['Read', 'Write'])
  })
  it('is strict', () => {
    const told = (client: Uint8Array, server = new Uint8Array(0)) =>
      opcua.recognise({ client: prefix(client), server: prefix(server), clientPort: 40000, serverPort: 12345 })
    expect(told(HELLO)).toBe(true)
    expect(told(HELLO, ACKNOWLEDGE)).toBe(true)
    expect(told(new Uint8Array(0), ACKNOWLEDGE)).toBe(true)
    expect(
      told(
        HELLO,
        HELLO.map((byte) => byte + 1),
      ),
    ).toBe(false)
    expect(told(Uint8Array.from(Buffer.from('HELFEN ist gut')))).toBe(false)
  })
})

describe.skipIf(!tsharkAvailable())('OPC UA fields agree with tshark', () => {
  it('services, users and passwords', async () => {
    const path = dialogueCapture(TURNS, 4840)
    const said = ofType(await decodeStreams(path, opcua), 'request') as OpcuaRequest[]
    const logins = ofType(await decodeStreams(path, opcua), 'login')
    const asked = compare(
      path,
      'opcua.transport.type == "MSG" && tcp.dstport == 4840',
      [
        {
          field: 'opcua.servicenodeid.numeric',
          ours: (ms: readonly (OpcuaRequest | OpcuaLogin)[]) => ms.map((m) => (m.type === 'request' ? String(m.service) : '467')),
        },
        { field: 'opcua.UserName', ours: (ms) => ms.flatMap((m) => (m.type === 'login' ? [m.user!] : [])) },
        {
          field: 'opcua.Password',
          ours: (ms) => ms.flatMap((m) => (m.type === 'login' ? [Buffer.from(m.password!).toString('hex')] : [])),
          theirs: (all) => all.map((one) => one.replaceAll(':', '')),
        },
      ],
      [...said, ...logins],
    )
    expect(asked).toEqual({ frames: 3, differences: [] })
  })
})
