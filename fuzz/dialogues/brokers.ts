import { bytesOf } from '../../src/testing/datagrams.ts'
import type { Turn } from '../../src/testing/dialogue-capture.ts'
import { hex, le32, u16, u32 } from './hex.ts'

/* Conversations with brokers, and others of things at home that tshark knows. */

const size = (digits: string) => bytesOf(digits).length
const byte = (value: number) => u16(value).slice(2)
const client = (digits: string): Turn => ['client', bytesOf(digits)]
const server = (digits: string): Turn => ['server', bytesOf(digits)]

const short = (value: string) => `${byte(value.length)}${hex(value)}`
const long = (value: string) => `${u32(value.length)}${hex(value)}`
const table = (...entries: string[]) => `${u32(size(entries.join('')))}${entries.join('')}`
const entry = (name: string, value: string) => `${short(name)}53${long(value)}`
/** A method's frame on channel 0 (AMQP 0-9-1 section 4.2.3). */
const method = (code: string, body: string) => `01 0000 ${u32(size(code + body))} ${code} ${body} ce`
const NINE = '414d5150 01 01 00 09'
const START = method(
  '000a000a',
  `00 09 ${table(entry('product', 'RabbitMQ'), `${short('capabilities')}46${table(`${short('basic.nack')}7401`)}`, entry('version', '3.8.9'), entry('platform', 'Erlang'))} ${long('PLAIN AMQPLAIN')} ${long('en_US')}`,
)
/** A frame of AMQP 1.0 (part 2.3): SASL's are of type 1. */
const frame = (type: number, body: string) => `${u32(size(body) + 8)} 02 0${type} 0000 ${body}`
const list = (count: number, ...fields: string[]) => `c0 ${byte(size(fields.join('')) + 1)} ${byte(count)} ${fields.join('')}`
const symbol = (value: string) => `a3 ${short(value)}`

export const amqp: readonly Turn[][] = [
  [
    client(NINE),
    server(START),
    client(
      method(
        '000a000b',
        `${table(entry('product', 'pika'), entry('version', '1.2'))} ${short('PLAIN')} ${long('\0guest\0s3cret')} ${short('en_US')}`,
      ),
    ),
    server(method('000a001e', '07ff 00020000 003c')),
    client(method('000a001f', '07ff 00020000 003c') + method('000a0028', `${short('/')} 00 00`)),
    server(method('000a0029', '00')),
    client(method('000a0032', `00c8 ${short('bye')} 0000 0000`)),
  ],
  [
    client('414d5150 00 00 09 01'),
    server(START),
    client(
      method(
        '000a000b',
        `${table()} ${short('AMQPLAIN')} ${table(entry('LOGIN', 'guest'), entry('PASSWORD', 'x9'))} ${short('en_US')}`,
      ),
    ),
    server(method('000a0032', `0193 ${short('ACCESS_REFUSED')} 0000 0000`)),
  ],
  [
    client('414d5150 03 01 00 00'),
    server(`414d5150 03 01 00 00 ${frame(1, `00 53 40 ${list(1, `e0 12 02 a3 ${short('PLAIN')} ${short('ANONYMOUS')}`)}`)}`),
    client(frame(1, `00 53 41 ${list(2, symbol('PLAIN'), `a0 ${short('\0ann\0pw123')}`)}`)),
    server(frame(1, `00 53 44 ${list(1, '50 00')}`)),
    client('414d5150 00 01 00 00'),
    server('414d5150 00 01 00 00'),
    client(frame(0, `00 53 10 ${list(2, `a1 ${short('dev-7')}`, `a1 ${short('hub.example')}`)}`)),
    server(frame(0, `00 53 10 ${list(1, `a1 ${short('broker')}`)}`)),
  ],
]

const text = (value: string) => `${u16(value.length)}${hex(value)}`
const packet = (head: string, body: string) => `${head} ${byte(size(body))} ${body}`

/** MQTT 3.1.1 and 5.0, chapter 3. */
export const mqtt: readonly Turn[][] = [
  [
    client(
      packet(
        '10',
        `${text('MQTT')} 04 c6 003c ${text('plug-7')} ${text('plug/7/will')} ${text('gone')} ${text('ann')} ${text('s3cret')}`,
      ),
    ),
    server(packet('20', '00 00')),
    client(packet('82', `0001 ${text('plug/7/set')} 01 ${text('all/#')} 00`)),
    server(packet('90', '0001 01 00')),
    client(packet('31', `${text('plug/7/power')} ${hex('{"w":12.5}')}`)),
    client(packet('32', `${text('plug/7/state')} 0002 ${hex('on')}`)),
    server(packet('40', '0002')),
    server(packet('30', `${text('plug/7/set')} ${hex('off')}`)),
    client(`${packet('c0', '')} ${packet('a2', `0003 ${text('all/#')}`)}`),
    server(`${packet('d0', '')} ${packet('b0', '0003')}`),
    client(packet('e0', '')),
  ],
  [
    client(packet('10', `${text('MQTT')} 05 02 000a 05 11 0000000a ${text('hub')}`)),
    server(packet('20', '00 00 03 21 0014')),
    client(packet('30', `${text('hub/temp')} 03 23 0001 ${hex('21')}`)),
    client(packet('30', `${text('')} 03 23 0001 ${hex('22')}`)),
    client(packet('82', `0001 00 ${text('hub/cmd')} 00`)),
    server(packet('90', '0001 00 00')),
    client(packet('e0', '')),
  ],
  [client(packet('10', `${text('MQIsdp')} 03 02 003c ${text('old')}`)), server(packet('20', '00 05'))],
]

/** AOSP's packages/modules/adb/protocol.txt. */
function adbMessage(command: string, first: number, second: number, payload = ''): string {
  const word = Buffer.from(command, 'latin1').readUInt32LE()
  const sum = Buffer.from(payload, 'latin1').reduce((total, one) => total + one, 0)
  return `${hex(command)} ${le32(first)} ${le32(second)} ${le32(payload.length)} ${le32(sum)} ${le32(~word)} ${hex(payload)}`
}
const HOST = adbMessage('CNXN', 0x01000000, 4096, 'host::features=shell_v2,cmd\0')
const DEVICE = adbMessage(
  'CNXN',
  0x01000000,
  4096,
  'device::ro.product.name=r2;ro.product.model=TV Box;ro.product.device=p212;\0',
)

export const adb: readonly Turn[][] = [
  [
    client(HOST),
    server(DEVICE),
    client(adbMessage('OPEN', 1, 0, 'shell:cd /data/local/tmp\0')),
    server(adbMessage('OKAY', 9, 1)),
    server(adbMessage('WRTE', 9, 1, 'ok\r\n')),
    client(adbMessage('OKAY', 1, 9)),
    client(adbMessage('CLSE', 1, 9)),
    client(adbMessage('OPEN', 2, 0, 'sync:\0')),
    server(adbMessage('CLSE', 0, 2)),
  ],
  [
    client(HOST),
    server(adbMessage('AUTH', 1, 0, 't'.repeat(20))),
    client(adbMessage('AUTH', 2, 0, 's'.repeat(256))),
    server(DEVICE),
    client(adbMessage('OPEN', 1, 0, 'tcp:5037\0')),
  ],
]

/** TP-Link's cipher: each byte is the key of the next, the first is 171. */
function kasaMessage(json: string): string {
  let key = 171
  const plain = Buffer.from(json)
  return `${u32(plain.length)} ${[...plain].map((one) => byte((key ^= one))).join('')}`
}

export const kasa: readonly Turn[][] = [
  [
    client(kasaMessage('{"system":{"get_sysinfo":{}}}')),
    server(
      kasaMessage(
        '{"system":{"get_sysinfo":{"err_code":0,"sw_ver":"1.2.5","model":"HS110(EU)","alias":"Lamp","mac":"50:C7:BF:00:00:01"}}}',
      ),
    ),
    client(kasaMessage('{"system":{"set_relay_state":{"state":1}}}')),
    server(kasaMessage('{"system":{"set_relay_state":{"err_code":0}}}')),
    client(kasaMessage('{"netif":{"set_stainfo":{"ssid":"home","password":"s3cret","key_type":3}}}')),
  ],
]

const RESET = '38 0102030405060718 00 00000000'
const ANSWER = '40 a1b2c3d4e5f60718 01 00000000 0102030405060718 00000000'
const tunnelled = (digits: string) => `${u16(size(digits))} ${digits}`

/** openvpn.net, "OpenVPN network protocol". */
export const openvpn: readonly Turn[][] = [
  [
    client(tunnelled(RESET)),
    server(tunnelled(ANSWER)),
    client(tunnelled('28 0102030405060718 01 00000000 a1b2c3d4e5f60718')),
    client(tunnelled(`20 0102030405060718 00 00000001 ${'16030100' + '5a'.repeat(40)}`)),
  ],
]
