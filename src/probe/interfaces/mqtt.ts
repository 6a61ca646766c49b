import type { MqttMessage } from '../../decode/protocols/mqtt.ts'
import type { DeviceAsking, OpenPort } from '../probe.ts'
import { beginTls, readWithin } from '../services/within.ts'
import { questions } from '../services/questions.ts'
import { hearStream } from '../services/heard.ts'
import { compact } from './compact.ts'

/** How long it is listened to. */
const LISTEN_MS = 1000
const MAX_HEARD = 65_536
const MQTT = questions.find(({ protocol }) => protocol === 'mqtt')!
/** SUBSCRIBE to every topic, QoS 0 (MQTT 3.1.1, section 3.8). Nothing is published. */
const ALL_TOPICS = Buffer.from('8206000100012300', 'hex')
const SUBACK = Buffer.from('90030001', 'hex')
const DISCONNECT = Buffer.from('e000', 'hex')

/** A broker that takes anybody shows every topic: it is listened to for a second. */
export async function askMqtt(asking: DeviceAsking): Promise<void> {
  for (const one of asking.open.filter(({ protocol }) => protocol === 'mqtt').slice(0, 2)) await listen(asking, one)
}

async function listen({ asker, target, note }: DeviceAsking, { port, tls }: OpenPort): Promise<void> {
  const conversation = await asker.connect(
    target.ip,
    port,
    'asks its MQTT broker to be let in without a password, and listens for a second',
  )
  if (!conversation.open) return
  try {
    const asked = MQTT.says(target.ip, port)
    let say = (bytes: Buffer) => conversation.write(bytes)
    let hear = async (ms: number) =>
      (await conversation.read({ silenceMs: ms, max: MAX_HEARD, enough: (b) => ms !== LISTEN_MS && b.length >= 4 })).bytes
    if (tls) {
      const handshake = await beginTls(conversation, 4000)
      if (handshake.kind !== 'open') return
      const { socket } = handshake
      say = (bytes) => void socket.write(bytes)
      hear = (ms) => readWithin(socket, ms, MAX_HEARD)
    }
    say(asked)
    const welcome = await hear(2000)
    const first = hearStream(welcome, port, { protocol: 'mqtt', bytes: asked })?.messages as readonly MqttMessage[] | undefined
    if (!first?.some((m) => m.type === 'connack' && m.code === 0)) return
    say(ALL_TOPICS)
    const until = Date.now() + LISTEN_MS
    const pieces = [welcome]
    while (Date.now() < until) {
      const more = await hear(Math.max(50, until - Date.now()))
      if (more.length === 0) break
      pieces.push(more)
    }
    say(DISCONNECT)
    // what things tell each other is nobody's: topics are told, messages are not kept
    for (const one of conversation.entry.said) if (one.by === 'them') one.text = `(${one.bytes} bytes of MQTT)`
    const said = Buffer.concat(pieces)
    const heard = (hearStream(said, port, { protocol: 'mqtt', bytes: asked })?.messages ?? []) as readonly MqttMessage[]
    const topics = [...new Set(heard.flatMap((m) => (m.type === 'publish' && !m.fromClient ? [m.topic] : [])))]
    // SUBACK to packet 1: up to 2 is granted, 0x80 a refusal (section 3.9.3)
    const answered = said.indexOf(SUBACK)
    const granted = answered >= 0 && (said[answered + SUBACK.length] ?? 0x80) <= 2
    note(
      'probe.interface',
      `mqtt tcp/${port}`,
      {
        protocol: 'mqtt',
        port,
        what: granted
          ? `a broker that let in without a password and shows every topic${topics.length === 0 ? '; no message came meanwhile' : `: ${topics.slice(0, 5).join(', ')}`}`
          : 'a broker that let in without a password, and refused to show every topic',
        gives: 'read',
        detail: compact({ topics: topics.length === 0 ? undefined : String(topics.length) }),
      },
      [conversation.ref],
    )
  } finally {
    conversation.close()
  }
}
