import { describe, expect, it } from 'vitest'
import { bytesOf, prefix } from '../../testing/datagrams.ts'
import { decodeTurns } from '../../testing/decoded.ts'
import { dialogueCapture, type Turn } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { amqp } from './amqp.ts'

const hex = (value: string) => Buffer.from(value, 'latin1').toString('hex')
const u32 = (value: number) => value.toString(16).padStart(8, '0')
const short = (value: string) => `${value.length.toString(16).padStart(2, '0')}${hex(value)}`
const long = (value: string) => `${u32(value.length)}${hex(value)}`
const table = (...entries: string[]) => `${u32(bytesOf(entries.join('')).length)}${entries.join('')}`
const entry = (name: string, value: string) => `${short(name)}53${long(value)}`
/** A method's frame on channel 0 (AMQP 0-9-1 section 4.2.3). */
const method = (code: string, body: string) => {
  const size = bytesOf(code + body).length
  return bytesOf(`01 0000 ${u32(size)} ${code} ${body} ce`)
}
/** A frame of AMQP 1.0 (part 2.3): SASL's are of type 1. */
const frame = (type: number, body: string) => bytesOf(`${u32(bytesOf(body).length + 8)} 02 0${type} 0000 ${body}`)

const NINE = bytesOf('414d5150 00 00 09 01')
const START = method(
  '000a000a',
  `00 09 ${table(entry('product', 'RabbitMQ'), `${short('capabilities')}46${table(`${short('basic.nack')}7401`)}`, entry('version', '3.8.9'))} ${long('PLAIN AMQPLAIN')} ${long('en_US')}`,
)
const START_OK = method(
  '000a000b',
  `${table(entry('product', 'pika'), entry('version', '1.2'))} ${short('PLAIN')} ${long('\0guest\0s3cret')} ${short('en_US')}`,
)
const TUNE = method('000a001e', '07ff 00020000 003c')
const TURNS: Turn[] = [
  ['client', NINE],
  ['server', START],
  ['client', START_OK],
  ['server', TUNE],
]

describe('AMQP 1.0 over TLS that it begins itself', () => {
  const asks = bytesOf('414d5150 02 01 00 00')
  const open = async (answer: Uint8Array) =>
    decodeTurns(
      [
        ['client', asks],
        ['server', answer],
      ],
      5672,
      amqp,
    )

  it('is protected where the server agrees', async () => {
    expect(await open(asks)).toMatchObject([{ type: 'open', version: '1.0', tls: true }])
    // a server without it answers with what it has, and closes (part 5.2.1)
    expect(await open(bytesOf('414d5150 00 01 00 00'))).toMatchObject([{ type: 'open', tls: false }])
  })
})

describe('AMQP 0-9-1', () => {
  it('reads broker, client and log-in', async () => {
    expect(await decodeTurns(TURNS, 5672, amqp)).toMatchObject([
      { type: 'open', version: '0-9-1', tls: false, frame: 4 },
      { type: 'peer', fromClient: false, product: 'RabbitMQ', version: '3.8.9', mechanisms: 'PLAIN AMQPLAIN', frame: 5 },
      { type: 'peer', fromClient: true, product: 'pika', version: '1.2' },
      { type: 'login', mechanism: 'PLAIN', user: 'guest', password: 's3cret', outcome: 'accepted', frame: 6 },
    ])
  })
  it('reads the old table of user and password, and its refusal', async () => {
    const pair = `${entry('LOGIN', 'guest')}${entry('PASSWORD', 'x9')}`
    const ok = method('000a000b', `${table()} ${short('AMQPLAIN')} ${u32(bytesOf(pair).length)}${pair} ${short('en_US')}`)
    const close = method('000a0032', `0193 ${short('ACCESS_REFUSED')} 0000 0000`)
    const turns: Turn[] = [
      ['client', NINE],
      ['server', START],
      ['client', ok],
      ['server', close],
    ]
    expect((await decodeTurns(turns, 5672, amqp)).at(-1)).toMatchObject({ user: 'guest', password: 'x9', outcome: 'refused' })
  })
  it('masks what may be kept', async () => {
    const at = await observed(dialogueCapture(TURNS, 5672))
    const broker = at('192.168.7.1')
    const credentials = broker.of('credential').map((one) => one.data)
    expect(credentials).toMatchObject([{ protocol: 'amqp', scheme: 'PLAIN', user: 'g…(5)', secret: 's…(6)', accepted: 'yes' }])
    expect(broker.services).toMatchObject([{ protocol: 'amqp', protection: 'clear' }])
    expect(JSON.stringify([broker.of('protocol'), credentials])).not.toContain('s3cret')
  })
  it.skipIf(!tsharkAvailable())('agrees with tshark', () => {
    const path = dialogueCapture(TURNS, 5672)
    const fields = ['amqp.method.arguments.mechanism', 'amqp.method.arguments.mechanisms']
    const rows = [...tsharkFields(path, fields, 'amqp.method.class == 10')]
    expect(rows).toMatchObject([
      [5, [[], ['504c41494e20414d51504c41494e']]],
      [6, [['PLAIN'], []]],
      [7, [[], []]],
    ])
  })
})

describe('AMQP 1.0', () => {
  const SASL = bytesOf('414d5150 03 01 00 00')
  it('reads SASL and who opens', async () => {
    const init = `00 53 41 c0 ${(bytesOf(`a305504c41494e a00a ${hex('\0ann\0pw123')}`).length + 1).toString(16).padStart(2, '0')} 02 a305504c41494e a00a ${hex('\0ann\0pw123')}`
    const container = hex('dev-7')
    const turns: Turn[] = [
      ['client', SASL],
      ['server', SASL],
      ['server', frame(1, '00 53 40 c0 15 01 e0 12 02 a3 05 504c41494e 09 414e4f4e594d4f5553')],
      ['client', frame(1, init)],
      ['server', frame(1, '00 53 44 c0 03 01 50 00')],
      ['client', bytesOf('414d5150 00 01 00 00')],
      ['client', frame(0, `00 53 10 c0 08 01 a1 05 ${container}`)],
    ]
    expect(await decodeTurns(turns, 5672, amqp)).toMatchObject([
      { type: 'open', version: '1.0' },
      { type: 'login', mechanism: 'PLAIN', user: 'ann', password: 'pw123', outcome: 'accepted' },
      { type: 'peer', fromClient: false, mechanisms: 'PLAIN ANONYMOUS' },
      { type: 'peer', fromClient: true, container: 'dev-7' },
    ])
    if (!tsharkAvailable()) return
    const path = dialogueCapture(turns, 5672)
    const rows = [...tsharkFields(path, ['amqp.sasl.mechanism', 'amqp.performative.arguments.containerId'], 'amqp').values()]
    expect(rows.flatMap(([mechanism]) => mechanism!)).toContain('PLAIN')
    expect(rows.flatMap(([, one]) => one!)).toEqual(['dev-7'])
  })
  it('is strict', () => {
    const told = (client: Uint8Array, server: Uint8Array = new Uint8Array(0)) =>
      amqp.recognise({ client: prefix(client), server: prefix(server), clientPort: 40000, serverPort: 9999 })
    expect(told(SASL)).toBe(true)
    expect(told(NINE, START)).toBe(true)
    expect(told(new Uint8Array(0), START)).toBe(true)
    expect(told(bytesOf('414d5150 00 00 09 02'))).toBe(false)
    expect(told(bytesOf('414d5151 00 00 09 01'))).toBe(false)
  })
})
