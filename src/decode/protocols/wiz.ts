import type { DatagramDecoder, MessageBase } from '../message.ts'
import { latin1, text } from '../text.ts'
import { asObject, fieldOf, objectOf } from './json.ts'

/** WiZ's local control: JSON in datagrams, neither encrypted nor authenticated. */
export interface WizMessage extends MessageBase {
  readonly protocol: 'wiz'
  readonly method: string
  /** By the lamp: it has a result or an error, or is one of those that only lamps send. */
  readonly answer: boolean
  readonly mac?: string
  /** getSystemConfig: "ESP01_SHRGB1C_31". */
  readonly module?: string
  readonly firmware?: string
  readonly content: string
}

/** Lamps listen on the first, their controllers on the second. */
const PORTS = [38899, 38900] as const
const MAX_CONTENT = 2048
/** Sent by lamps unasked. */
const TOLD = new Set(['syncPilot', 'firstBeat', 'syncSystemConfig', 'syncUserConfig', 'syncAlarm', 'syncConfig'])
/** Its first member names a method, or the request's number and then the method. */
const START = /^\{\s{0,4}(?:"id"\s{0,4}:\s{0,4}\d{1,10}\s{0,4},\s{0,4})?"method"\s{0,4}:\s{0,4}"([a-zA-Z]{4,32})"/

export const wiz: DatagramDecoder<WizMessage> = {
  protocol: 'wiz',
  ports: PORTS,
  recognise({ bytes, start, end, srcPort, dstPort }) {
    if (bytes[start] !== 0x7b || end - start < 16) return false
    if (dstPort !== PORTS[0] && srcPort !== PORTS[0] && dstPort !== PORTS[1] && srcPort !== PORTS[1]) return false
    return methodIn(bytes, start, end) !== undefined
  },
  decode({ bytes, start, end, frame, fromClient }, emit) {
    const method = methodIn(bytes, start, end)
    if (method === undefined) return
    const content = text(bytes, start, end, MAX_CONTENT)
    const said = objectOf(content)
    const result = asObject(said['result'] ?? (TOLD.has(method) ? said['params'] : undefined))
    emit({
      protocol: 'wiz',
      frame,
      fromClient,
      method,
      answer: TOLD.has(method) || 'result' in said || 'error' in said,
      mac: fieldOf(result, 'mac'),
      module: fieldOf(result, 'moduleName'),
      firmware: fieldOf(result, 'fwVersion'),
      content,
    })
  },
}

function methodIn(bytes: Uint8Array, start: number, end: number): string | undefined {
  return START.exec(latin1(bytes, start, Math.min(end, start + 80)))?.[1]
}
