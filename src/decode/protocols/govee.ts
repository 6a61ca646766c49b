import type { DatagramDecoder, MessageBase } from '../message.ts'
import { latin1, text } from '../text.ts'
import { asObject, fieldOf, objectOf } from './json.ts'

/**
 * Govee's LAN API, as its maker documents it ("WLAN guide"): JSON in datagrams, neither encrypted nor authenticated; a lamp speaks it
 * only while its owner has switched it on.
 */
export interface GoveeMessage extends MessageBase {
  readonly protocol: 'govee'
  /** 'scan', 'turn', 'brightness', 'colorwc', 'devStatus'… */
  readonly command: string
  /** By the lamp: what comes to the port on which controllers listen. */
  readonly answer: boolean
  /** Model: "H6008". */
  readonly sku?: string
  readonly device?: string
  readonly firmware?: string
  readonly content: string
}

const SCAN_PORT = 4001
const ANSWER_PORT = 4002
const CONTROL_PORT = 4003
const MAX_CONTENT = 2048
const START = /^\{\s{0,8}"msg"\s{0,4}:\s{0,4}\{\s{0,8}"(?:cmd"\s{0,4}:\s{0,4}"([a-zA-Z]{2,24})"|data"\s{0,4}:)/

export const govee: DatagramDecoder<GoveeMessage> = {
  protocol: 'govee',
  ports: [SCAN_PORT, ANSWER_PORT, CONTROL_PORT],
  recognise({ bytes, start, end, srcPort, dstPort }) {
    if (bytes[start] !== 0x7b || !(isPort(srcPort) || isPort(dstPort))) return false
    return START.test(latin1(bytes, start, Math.min(end, start + 96)))
  },
  decode({ bytes, start, end, dstPort, frame, fromClient }, emit) {
    const content = text(bytes, start, end, MAX_CONTENT)
    const message = asObject(objectOf(content)['msg'])
    const command = fieldOf(message, 'cmd')
    if (command === undefined) return
    const data = asObject(message['data'])
    emit({
      protocol: 'govee',
      frame,
      fromClient,
      command,
      answer: dstPort === ANSWER_PORT || fieldOf(data, 'sku') !== undefined,
      sku: fieldOf(data, 'sku'),
      device: fieldOf(data, 'device'),
      firmware: fieldOf(data, 'wifiVersionSoft'),
      content,
    })
  },
}

function isPort(port: number): boolean {
  return port === SCAN_PORT || port === ANSWER_PORT || port === CONTROL_PORT
}
