import type { DatagramDecoder, Emit, MessageBase, StreamDecoder } from '../message.ts'
import type { StreamPrefix } from '../stream.ts'
import { printable } from '../text.ts'

/** What the device says of itself in answer to `system.get_sysinfo`. */
interface KasaSystem {
  readonly model?: string
  readonly alias?: string
  readonly mac?: string
  readonly deviceId?: string
  readonly hardwareId?: string
  readonly hardware?: string
  readonly software?: string
  readonly deviceName?: string
  readonly latitude?: number
  readonly longitude?: number
}

export interface KasaMessage extends MessageBase {
  readonly protocol: 'kasa'
  readonly type: 'message'
  /** "system.get_sysinfo", "netif.set_stainfo"… */
  readonly commands: readonly string[]
  readonly system?: KasaSystem
  /** Secrets sent: Wi-Fi key (`netif.set_stainfo`), account (`cnCloud.bind`). Never to be stored unmasked. */
  readonly secrets: readonly { readonly what: 'wifi' | 'account'; readonly user: string; readonly password: string }[]
  readonly errorCode?: number
  /** The JSON as deciphered, as far as it was captured: for the search for personal data. */
  readonly content: string
}

const PORT = 9999
const KEY = 171
const MAX_PLAIN = 4096
const MAX_MESSAGES = 32
const MAX_COMMANDS = 16

/**
 * TP-Link's Smart Home protocol: JSON under an "autokey" XOR whose first key is the constant 171, so that anyone can read it.
 * Over TCP a message has its length before it, over UDP it has none.
 */
export const kasaStream: StreamDecoder<KasaMessage> = {
  protocol: 'kasa',

  recognise({ client, server }) {
    return (
      (client.length > 0 || server.length > 0) &&
      (client.length === 0 || framed(client)) &&
      (server.length === 0 || framed(server))
    )
  },

  decode({ client, server }, emit) {
    readFrames(client, true, emit)
    readFrames(server, false, emit)
  },
}

export const kasaDatagram: DatagramDecoder<KasaMessage> = {
  protocol: 'kasa',
  ports: [PORT],
  recognise: ({ bytes, start, end }) => ciphered(bytes, start, end),
  decode({ bytes, start, end, frame, fromClient }, emit) {
    emit(readMessage(decipher(bytes, start, end), frame, fromClient))
  },
}

/** Does an object's opening brace and a quotation mark or a closing brace stand here, ciphered? */
function ciphered(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2 || bytes[start] !== (0x7b ^ KEY)) return false
  const second = bytes[start] ^ bytes[start + 1]!
  if (second === 0x7d) return end - start === 2
  if (second !== 0x22) return false
  const stop = Math.min(end, start + 24)
  for (let i = start + 1; i < stop; i++) {
    const plain = bytes[i]! ^ bytes[i - 1]!
    if (plain < 0x20 || plain > 0x7e) return false
  }
  return true
}

function framed({ bytes, length }: StreamPrefix): boolean {
  // no message comes near 64 KiB
  return (
    length >= 6 && bytes[0] === 0 && bytes[1] === 0 && ciphered(bytes, 4, Math.min(length, 4 + ((bytes[2]! << 8) | bytes[3]!)))
  )
}

function readFrames(stream: StreamPrefix, fromClient: boolean, emit: Emit<KasaMessage>): void {
  const { bytes, length } = stream
  for (let at = 0, count = 0; at + 6 <= length && count < MAX_MESSAGES; count++) {
    const size = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
    const end = Math.min(length, at + 4 + size)
    if (size > 0xffff || !ciphered(bytes, at + 4, end)) return
    emit(readMessage(decipher(bytes, at + 4, end), stream.frameAt(at), fromClient))
    at = end
  }
}

/** Each byte is the key of the next. */
function decipher(bytes: Uint8Array, start: number, end: number): string {
  const length = Math.min(end - start, MAX_PLAIN)
  const plain = new Uint8Array(length)
  let key = KEY
  for (let i = 0; i < length; i++) {
    plain[i] = bytes[start + i]! ^ key
    key = bytes[start + i]!
  }
  return decoder.decode(plain)
}

const decoder = new TextDecoder('utf-8')

function readMessage(json: string, frame: number, fromClient: boolean): KasaMessage {
  const commands: string[] = []
  const secrets: { what: 'wifi' | 'account'; user: string; password: string }[] = []
  let system: KasaSystem | undefined
  let errorCode: number | undefined
  for (const [module, methods] of entries(parse(json))) {
    for (const [method, value] of entries(methods)) {
      if (commands.length < MAX_COMMANDS) commands.push(printable(`${module}.${method}`, 96))
      const said = record(value)
      if (typeof said['err_code'] === 'number') errorCode ??= said['err_code']
      if (method === 'get_sysinfo' && said['err_code'] !== undefined) system ??= readSystem(said)
      if (method === 'set_stainfo') keep(secrets, 'wifi', said['ssid'], said['password'])
      if (method === 'bind') keep(secrets, 'account', said['username'], said['password'])
    }
  }
  // a prefix may cut the JSON: what can be read without its end is read
  if (commands.length === 0) {
    const head = /^\{"([\w.-]{1,40})":\{"(\w{1,40})"/.exec(json)
    if (head !== null) commands.push(`${head[1]}.${head[2]}`)
    if (json.startsWith('{"system":{"get_sysinfo":{"')) system = readSystem(fieldsOf(json))
  }
  return {
    protocol: 'kasa',
    type: 'message',
    frame,
    fromClient,
    commands,
    system,
    secrets,
    errorCode,
    content: printable(json, MAX_PLAIN),
  }
}

function keep(
  secrets: { what: 'wifi' | 'account'; user: string; password: string }[],
  what: 'wifi' | 'account',
  user: unknown,
  password: unknown,
): void {
  if (secrets.length < 4 && typeof password === 'string')
    secrets.push({ what, user: string(user) ?? '', password: printable(password, 128) })
}

function readSystem(said: Readonly<Record<string, unknown>>): KasaSystem {
  return {
    model: string(said['model']),
    alias: string(said['alias']),
    mac: string(said['mac']) ?? string(said['mic_mac']) ?? string(said['ethernet_mac']),
    deviceId: string(said['deviceId']),
    hardwareId: string(said['hwId']),
    hardware: string(said['hw_ver']),
    software: string(said['sw_ver']),
    deviceName: string(said['dev_name']),
    latitude: degrees(said['latitude'], said['latitude_i']),
    longitude: degrees(said['longitude'], said['longitude_i']),
  }
}

function degrees(plain: unknown, tenThousandths: unknown): number | undefined {
  if (typeof plain === 'number') return plain
  return typeof tenThousandths === 'number' ? tenThousandths / 10000 : undefined
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? printable(value, 128) : undefined
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function entries(value: unknown): [string, unknown][] {
  return Object.entries(record(value)).slice(0, MAX_COMMANDS)
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Flat string and number fields of JSON that has no end. */
function fieldsOf(json: string): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const [, name, text, number] of json.matchAll(/"(\w{1,32})":(?:"([^"\\]{0,128})"|(-?\d{1,12}(?:\.\d{1,12})?)(?=[,}]))/g)) {
    found[name!] = text ?? Number(number)
  }
  return found
}
