import type { AdbMessage } from '../../../decode/protocols/adb.ts'
import type { AmqpMessage } from '../../../decode/protocols/amqp.ts'
import type { KasaMessage } from '../../../decode/protocols/kasa.ts'
import type { MqttMessage } from '../../../decode/protocols/mqtt.ts'
import type { OpenvpnMessage } from '../../../decode/protocols/openvpn.ts'
import { ofType } from '../../decoded.ts'
import { given, nothing, type StreamColumn, unescaped, unhexed } from './column.ts'

/* Protocols of brokers, and of things at home, in tshark's fields. */

/** RFC 4616. */
const plain = (digits: readonly string[]) => digits.map(unhexed).flatMap((value) => value.split('\0').slice(1, 3))
const NINE = (ms: readonly AmqpMessage[]) => ofType(ms, 'open').some((m) => m.version.startsWith('0'))
const shown = (ms: readonly AmqpMessage[]) =>
  ofType(ms, 'login').flatMap((m) => (m.mechanism === 'PLAIN' ? given(m.user, m.password) : []))

export const amqpColumns: readonly StreamColumn<AmqpMessage>[] = [
  {
    field: 'amqp.method.arguments.mechanisms',
    from: 'server',
    ours: (ms) => (NINE(ms) ? ofType(ms, 'peer').flatMap((m) => given(m.mechanisms)) : []),
    theirs: (values) => values.map(unhexed),
  },
  {
    field: 'amqp.method.arguments.mechanism',
    from: 'client',
    ours: (ms) => (NINE(ms) ? ofType(ms, 'login').flatMap((m) => given(m.mechanism)) : []),
  },
  { field: 'amqp.method.arguments.response', from: 'client', ours: (ms) => (NINE(ms) ? shown(ms) : []), theirs: plain },
  {
    field: 'amqp.sasl.mechanism',
    from: 'client',
    ours: (ms) => (NINE(ms) ? [] : ofType(ms, 'login').flatMap((m) => given(m.mechanism))),
  },
  { field: 'amqp.sasl.initResponse', from: 'client', ours: (ms) => (NINE(ms) ? [] : shown(ms)), theirs: plain },
  {
    field: 'amqp.performative.arguments.containerId',
    ours: (ms) => ofType(ms, 'peer').flatMap((m) => given(m.container)),
  },
]

const connects = (ms: readonly MqttMessage[]) => ofType(ms, 'connect')

export const mqttColumns: readonly StreamColumn<MqttMessage>[] = [
  { field: 'mqtt.clientid', from: 'client', ours: (ms) => connects(ms).flatMap((m) => given(m.clientId)) },
  { field: 'mqtt.username', from: 'client', ours: (ms) => connects(ms).flatMap((m) => given(m.user)) },
  { field: 'mqtt.passwd', from: 'client', ours: (ms) => connects(ms).flatMap((m) => given(m.password)) },
  { field: 'mqtt.willtopic', from: 'client', ours: (ms) => connects(ms).flatMap((m) => given(m.willTopic)) },
  { field: 'mqtt.kalive', from: 'client', ours: (ms) => connects(ms).map((m) => String(m.keepAlive)) },
  {
    field: 'mqtt.topic',
    ours: (ms) => [
      ...ofType(ms, 'publish').flatMap((m) => given(m.topic)),
      ...ofType(ms, 'subscribe').flatMap((m) => given(...m.topics)),
    ],
  },
  {
    field: 'mqtt.msg',
    ours: (ms) => ofType(ms, 'publish').flatMap((m) => given(m.payload)),
    theirs: (values) => values.map(unhexed),
  },
  {
    field: 'mqtt.conack.val',
    from: 'server',
    ours: (ms) => ofType(ms, 'connack').map((m) => String(m.code)),
    // 5.0 has it under another name
    theirs: (values, row) => [...values, ...row[8]!],
  },
  { field: 'mqtt.connack.reason_code', ours: nothing },
]

export const adbColumns: readonly StreamColumn<AdbMessage>[] = [
  {
    field: 'adb.service',
    ours: (ms) => ofType(ms, 'open').flatMap((m) => given(m.service)),
    theirs: (values) => values.map(unescaped),
  },
  {
    field: 'adb.connection_info',
    ours: (ms) => ofType(ms, 'connect').flatMap((m) => given(m.system, m.product, m.model, m.device)),
    theirs: (values) => values.flatMap((value) => value.split(/::|;|=|:/)),
  },
]

export const kasaColumns: readonly StreamColumn<KasaMessage>[] = [
  { field: 'tplink_smarthome.msg', ours: (ms) => ms.flatMap((m) => given(m.content)) },
]

export const openvpnColumns: readonly StreamColumn<OpenvpnMessage>[] = [
  {
    field: 'openvpn.opcode',
    ours: (ms) => ms.map((m) => m.reset),
    theirs: (values) =>
      values.map((value) => (Number(value) === 8 ? 'server' : [7, 10].includes(Number(value)) ? 'client' : value)),
  },
]
