import { describe, expect, it } from 'vitest'
import { corpus } from '../../testing/corpus.ts'
import { prefix } from '../../testing/datagrams.ts'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { mqtt } from './mqtt.ts'
import type { MqttMessage } from './mqtt.ts'

const FIELDS = [
  'mqtt.msgtype',
  'mqtt.clientid',
  'mqtt.topic',
  'mqtt.username',
  'mqtt.passwd',
  'mqtt.willtopic',
  'mqtt.kalive',
  'mqtt.ver',
  'mqtt.conack.val',
]

/** tshark's values of a field over the capture, in order of frames. */
function told(rows: Map<number, string[][]>, field: string): string[] {
  return [...rows.values()].flatMap((row) => row[FIELDS.indexOf(field)]!)
}

function agree(messages: readonly MqttMessage[], path: string): void {
  // tshark must be told of an unregistered port
  const rows = tsharkFields(path, FIELDS, 'mqtt', ['-d', 'tcp.port==17501,mqtt'])
  const connects = ofType(messages, 'connect')
  const defined = (values: (string | undefined)[]) => values.filter((value) => value !== undefined)
  expect(connects.map((one) => one.clientId).filter((id) => id !== '')).toEqual(
    told(rows, 'mqtt.clientid').filter((id) => id !== ''),
  )
  expect(defined(connects.map((one) => one.user))).toEqual(told(rows, 'mqtt.username'))
  expect(defined(connects.map((one) => one.password))).toEqual(told(rows, 'mqtt.passwd'))
  expect(defined(connects.map((one) => one.willTopic))).toEqual(told(rows, 'mqtt.willtopic'))
  expect(connects.map((one) => String(one.keepAlive))).toEqual(told(rows, 'mqtt.kalive'))
  expect(connects.map((one) => ({ '3.1': '3', '3.1.1': '4' })[one.version] ?? one.version)).toEqual(told(rows, 'mqtt.ver'))
  const topics = messages.flatMap((one) => (one.type === 'publish' ? [one.topic] : one.type === 'subscribe' ? one.topics : []))
  expect(topics.filter((topic) => topic !== '').toSorted()).toEqual(
    told(rows, 'mqtt.topic')
      .filter((topic) => topic !== '')
      .toSorted(),
  )
  // our messages stand in the frames in which tshark sees packets of their types
  const types: Record<string, string> = { connect: '1', connack: '2', publish: '3', subscribe: '8' }
  const ours = messages.map((one) => `${one.frame} ${types[one.type]}`).toSorted()
  const theirs = [...rows].flatMap(([frame, row]) =>
    row[0]!.filter((type) => ['1', '2', '3', '8'].includes(type)).map((type) => `${frame} ${type}`),
  )
  expect(ours).toEqual(theirs.toSorted())
}

const string = (value: string) => `${String.fromCharCode(value.length >> 8, value.length & 255)}${value}`
const packet = (head: number, body: string) => {
  let length = body.length
  let encoded = ''
  do {
    encoded += String.fromCharCode((length & 127) | (length > 127 ? 128 : 0))
    length >>= 7
  } while (length > 0)
  return String.fromCharCode(head) + encoded + body
}

/** MQTT 5 by the specification's tables: properties in CONNECT, in the will, in PUBLISH (a topic alias), in SUBSCRIBE. */
const FIVE: Turn[] = [
  [
    'client',
    packet(
      0x10,
      `${string('MQTT')}\x05\xc6\x00\x3c\x0a\x11\x00\x00\x00\x1e\x21\x00\x0a\x19\x01${string('plug-7')}\x05\x18\x00\x00\x00\x05${string('plug/7/gone')}${string('bye')}${string('ann@example.org')}${string('hunter2')}`,
    ),
  ],
  ['server', packet(0x20, '\x00\x86\x03\x22\x00\x0a')],
  [
    'client',
    packet(0x30, `${string('plug/7/state')}\x03\x23\x00\x01{"on":true}`) +
      packet(0x32, `${string('')}\x00\x09\x03\x23\x00\x01{"on":false}`),
  ],
  ['client', packet(0x82, `\x00\x0a\x02\x0b\x01${string('plug/7/set')}\x01${string('plug/+/all')}\x02`)],
]

describe('mqtt', () => {
  for (const name of ['zeek/mqtt.pcap', 'ndpi/pcap/mqtt.pcap', 'ndpi/pcap/coap_mqtt.pcap']) {
    it.skipIf(corpus(name) === undefined || !tsharkAvailable())(`agrees with tshark on ${name}`, async () => {
      const messages = await decodeStreams(corpus(name)!, mqtt)
      expect(messages.length).toBeGreaterThan(4)
      agree(messages, corpus(name)!)
    })
  }

  it('reads MQTT 5 by the specification', async () => {
    const messages = await decodeTurns(FIVE, 1883, mqtt)
    expect(ofType(messages, 'connect')).toEqual([
      {
        protocol: 'mqtt',
        type: 'connect',
        frame: 4,
        fromClient: true,
        version: '5',
        clientId: 'plug-7',
        user: 'ann@example.org',
        password: 'hunter2',
        hasPassword: true,
        authentication: undefined,
        willTopic: 'plug/7/gone',
        keepAlive: 60,
        code: 0x86,
        result: 'bad user name or password',
      },
    ])
    expect(ofType(messages, 'publish').map(({ topic, payload, payloadLength }) => [topic, payload, payloadLength])).toEqual([
      ['plug/7/state', '{"on":true}', 11],
      ['plug/7/state', '{"on":false}', 12],
    ])
    expect(ofType(messages, 'subscribe')[0]!.topics).toEqual(['plug/7/set', 'plug/+/all'])
  })

  it.skipIf(!tsharkAvailable())('agrees with tshark on MQTT 5', async () => {
    const path = dialogueCapture(FIVE, 1883)
    agree(await decodeStreams(path, mqtt), path)
  })

  it('knows 3.1 from 3.1.1 and names refusals by version', async () => {
    const [old] = ofType(
      await decodeTurns(
        [
          ['client', packet(0x10, `${string('MQIsdp')}\x03\x02\x00\x05${string('a')}`)],
          ['server', ' \x02\x00\x05'],
        ],
        40,
        mqtt,
      ),
      'connect',
    )
    expect(old).toMatchObject({ version: '3.1', clientId: 'a', hasPassword: false, code: 5, result: 'not authorized' })
  })

  it('reads a publication of a session that began before the capture, on its port only', async () => {
    const turns: Turn[] = [['client', packet(0x30, `${string('a/b')}21.5`)]]
    expect(await decodeTurns(turns, 1883, mqtt)).toMatchObject([{ type: 'publish', topic: 'a/b', payload: '21.5' }])
    expect(await decodeTurns(turns, 7777, mqtt)).toEqual([])
  })

  it('reads nothing behind flags that a type forbids, and no CONNACK in what is none', async () => {
    const hello: Turn = ['client', packet(0x10, `${string('MQTT')}\x04\x02\x00\x05${string('a')}`)]
    const topics = async (said: string) =>
      ofType(await decodeTurns([hello, ['client', said]], 1883, mqtt), 'publish').map((one) => one.topic)
    expect(await topics(packet(0x30, `${string('a/b')}1`) + packet(0x81, '') + packet(0x30, `${string('c/d')}1`))).toEqual([
      'a/b',
    ])
    expect(await topics(packet(0x36, `${string('a/b')}1`))).toEqual([])
    for (const answer of ['\x07\x00', '\x00\x05\x00'])
      expect(ofType(await decodeTurns([hello, ['server', packet(0x20, answer)]], 1883, mqtt), 'connack')).toEqual([])
  })

  it('gives what a cut CONNECT still shows', async () => {
    const whole = FIVE[0]![1] as string
    const [connect] = ofType(await decodeTurns([['client', whole.slice(0, -4)]], 1883, mqtt), 'connect')
    expect(connect).toMatchObject({ clientId: 'plug-7', user: 'ann@example.org', password: 'hun', hasPassword: true })
  })
})

describe('a capture that began late, on a port of no meaning', () => {
  const late = (sent: string, got: string, midstream = true) => {
    const side = (text: string) => ({ ...prefix(Uint8Array.from(Buffer.from(text, 'latin1'))), midstream })
    return mqtt.recognise({ client: side(sent), server: side(got), clientPort: 50000, serverPort: 17501 })
  }
  const PING = packet(0xc0, '')
  const PONG = packet(0xd0, '')
  const PUBACK = packet(0x40, '\x00\x07')
  const publish = (topic: string) => packet(0x32, `${string(topic)}\x00\x07on`)

  it('is MQTT when both sides go on with control packets, and say something', () => {
    expect(late(PING + PUBACK + PING, PONG + publish('plug/7') + PONG)).toBe(true)
    // a packet may be cut by the end of what is held
    expect(late(PING + PUBACK + publish('plug/7').slice(0, 9), PONG + PUBACK + PONG)).toBe(true)
  })

  it('is not for less', () => {
    for (const [sent, got] of [
      [PING + PUBACK, PONG + publish('plug/7') + PONG], // too few
      [PING + PUBACK + PING, PONG + PUBACK + PONG], // nothing is said
      [PONG + PUBACK + PING, PONG + publish('plug/7') + PONG], // a client does not send PINGRESP
      [PING + PUBACK + PING, PONG + publish('') + PONG],
      [PING + PUBACK + PING, `${PONG}${publish('plug/\x07')}${PONG}`],
      [PING + packet(0x41, '\x00\x07') + PING, PONG + publish('plug/7') + PONG], // PUBACK has no flags
      ['', PONG + publish('plug/7') + PONG],
    ] as const)
      expect(late(sent, got), JSON.stringify([sent, got])).toBe(false)
    // its beginning was seen, and was no CONNECT
    expect(late(PING + PUBACK + PING, PONG + publish('plug/7') + PONG, false)).toBe(false)
  })
})
