import type { DatagramDecoder, Emit, MessageBase, StreamDecoder } from '../message.ts'
import type { StreamPrefix } from '../stream.ts'
import { latin1, text } from '../text.ts'

/**
 * Yeelight's LAN control, as its maker documents it ("Yeelight WiFi Light Inter-Operation Specification"): announcements in SSDP's
 * form on UDP 1982, JSON lines on TCP 55443; neither encrypted nor authenticated. A lamp does either only while "LAN control" is on.
 */
export interface YeelightMessage extends MessageBase {
  readonly protocol: 'yeelight'
  readonly type: 'announcement' | 'command' | 'answer'
  readonly id?: string
  readonly model?: string
  readonly firmware?: string
  readonly name?: string
  /** Of a command: 'set_power'. */
  readonly method?: string
}

const DISCOVERY_PORT = 1982
const PORT = 55443
const MAX_LINES = 64
const MAX_COMMANDS = 64

/** An announcement, or the answer to a search (which is SSDP's own: M-SEARCH for "wifi_bulb"). */
export const yeelightDatagram: DatagramDecoder<YeelightMessage> = {
  protocol: 'yeelight',
  ports: [DISCOVERY_PORT],
  repeats: true,

  recognise({ bytes, start, end }) {
    if (!spells(bytes, start, end, 'HTTP/1.1 200 ') && !spells(bytes, start, end, 'NOTIFY * HTTP/1.1')) return false
    const stop = Math.min(end, start + 256)
    for (let at = start; at < stop; at++) if (bytes[at] === LF && spells(bytes, at + 1, end, 'Location: yeelight://')) return true
    return false
  },

  decode({ bytes, start, end, frame, fromClient }, emit) {
    const found: Record<string, string> = {}
    for (let at = start, lines = 0; at < end && lines < MAX_LINES; lines++) {
      let stop = at
      while (stop < end && bytes[stop] !== LF) stop++
      const line = text(bytes, at, stop > at && bytes[stop - 1] === CR ? stop - 1 : stop, 256)
      const colon = line.indexOf(':')
      const name = FIELDS[line.slice(0, Math.max(0, colon)).toLowerCase()]
      const value = line.slice(colon + 1).trim()
      if (name !== undefined && value !== '') found[name] ??= value
      at = stop + 1
    }
    emit({ protocol: 'yeelight', type: 'announcement', frame, fromClient, ...found })
  },
}

const FIELDS: Readonly<Record<string, 'id' | 'model' | 'firmware' | 'name'>> = Object.assign(Object.create(null), {
  id: 'id',
  model: 'model',
  fw_ver: 'firmware',
  name: 'name',
})
const LF = 0x0a
const CR = 0x0d

function spells(bytes: Uint8Array, at: number, end: number, word: string): boolean {
  if (at + word.length > end) return false
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false
  return true
}

export const yeelightStream: StreamDecoder<YeelightMessage> = {
  protocol: 'yeelight',
  repeats: () => true,

  recognise({ client, server, serverPort }) {
    if (serverPort !== PORT) return false
    return client.length > 0 ? isCommand(client) : isAnswer(server)
  },

  decode({ client, server }, emit) {
    readCommands(client, emit)
    if (isAnswer(server)) emit({ protocol: 'yeelight', type: 'answer', frame: server.frameAt(0), fromClient: false })
  },
}

/** {"id":1,"method":"set_power","params":[…]}: in this order in all the maker's examples. */
const COMMAND = /^\s{0,4}\{\s{0,4}"id"\s{0,4}:\s{0,4}-?\d{1,10}\s{0,4},\s{0,4}"method"\s{0,4}:\s{0,4}"([a-z_]{2,24})"/

function isCommand({ bytes, length }: StreamPrefix): boolean {
  return COMMAND.test(latin1(bytes, 0, Math.min(length, 96)))
}

/** {"id":1,"result":[…]}, {"id":1,"error":{…}} or {"method":"props",…}. */
function isAnswer({ bytes, length }: StreamPrefix): boolean {
  return /^\s{0,4}\{\s{0,4}"(?:id"\s{0,4}:\s{0,4}-?\d{1,10}\s{0,4},\s{0,4}"(?:result|error)"|method"\s{0,4}:\s{0,4}"props")/.test(
    latin1(bytes, 0, Math.min(length, 96)),
  )
}

function readCommands(client: StreamPrefix, emit: Emit<YeelightMessage>): void {
  const { bytes, length } = client
  for (let at = 0, count = 0; at < length && count < MAX_COMMANDS; count++) {
    let end = at
    while (end < length && bytes[end] !== LF) end++
    const method = COMMAND.exec(latin1(bytes, at, Math.min(end, at + 96)))?.[1]
    if (method !== undefined) emit({ protocol: 'yeelight', type: 'command', frame: client.frameAt(at), fromClient: true, method })
    at = end + 1
  }
}
