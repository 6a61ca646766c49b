/*
 * Sality, a virus of Windows with a network of its own (Falliere, "Sality: Story of a Peer-to-Peer Viral Network", Symantec 2011). Its datagrams
 * begin with two bytes of a check sum and the length of the rest (two bytes, lower first); the rest is encrypted by RC4 with those four bytes
 * for a key, and begins with a version, the number of the list of addresses that is known (four bytes), and a command.
 */
const HEADER = 4
const MAX_VERSION = 4
/** Announces itself, asks for others, asks for the list of addresses. */
const COMMANDS = 3

export interface SalityDatagram {
  readonly version: number
  readonly list: number
  readonly command: number
}

export function mayBeSality(b: Uint8Array, at: number, end: number): boolean {
  return end - at >= HEADER + 6 && (b[at + 2]! | (b[at + 3]! << 8)) === end - at - HEADER
}

/** Of a datagram b[at, end); undefined for what does not come out as one. */
export function readSality(b: Uint8Array, at: number, end: number): SalityDatagram | undefined {
  if (!mayBeSality(b, at, end)) return undefined
  const plain = rc4(b, at, at + HEADER, at + HEADER, at + HEADER + 6)
  const version = plain[0]!
  const command = plain[5]!
  if (version === 0 || version > MAX_VERSION || command === 0 || command > COMMANDS) return undefined
  const list = (plain[1]! | (plain[2]! << 8) | (plain[3]! << 16) | (plain[4]! << 24)) >>> 0
  return list > MAX_LIST ? undefined : { version, list, command }
}

/** Lists were numbered from 1, and there were some hundreds. */
const MAX_LIST = 1 << 20

/** b[from, to) under the key b[key, keyEnd). */
function rc4(b: Uint8Array, key: number, keyEnd: number, from: number, to: number): Uint8Array {
  const s = new Uint8Array(256)
  for (let i = 0; i < 256; i++) s[i] = i
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + s[i]! + b[key + (i % (keyEnd - key))]!) & 255
    const t = s[i]!
    s[i] = s[j]!
    s[j] = t
  }
  const out = new Uint8Array(to - from)
  for (let n = 0, i = 0, j = 0; n < out.length; n++) {
    i = (i + 1) & 255
    j = (j + s[i]!) & 255
    const t = s[i]!
    s[i] = s[j]!
    s[j] = t
    out[n] = b[from + n]! ^ s[(s[i]! + s[j]!) & 255]!
  }
  return out
}

/** A request of Sality's, which tells its server that it lives. */
export interface SalityRequest {
  readonly host: string
  readonly path: string
  /** Of the program that asks, as it calls itself: it says KUKU and a version. */
  readonly agent?: string
}

const AGENT = /\r\nUser-Agent: (KUKU v[0-9.]{1,8}[a-z]{0,8}[^\r\n]{0,32})\r\n/
const QUERY = /^GET ([^ ?\r\n]{1,256})\?([0-9a-f]{4,8})=(\d{4,10}) HTTP\/1/
const HOST = /\r\nHost: ([A-Za-z0-9.:-]{1,253})\r\n/i
/** It multiplies its counter by up to so much. */
const MOST = 32

/**
 * Of an HTTP request: `agent` names it for certain. Without it, the query is a counter in hexadecimal and the product of that with a small
 * number: chance once in some thousands.
 */
export function readSalityRequest(head: string): SalityRequest | undefined {
  const agent = AGENT.exec(head)?.[1]
  const query = QUERY.exec(head)
  if (!query) return agent === undefined ? undefined : { host: HOST.exec(head)?.[1] ?? '', path: '/', agent }
  const counter = Number.parseInt(query[2]!, 16)
  const times = Number(query[3]) / counter
  if (agent === undefined && !(Number.isInteger(times) && times >= 1 && times <= MOST)) return undefined
  return { host: HOST.exec(head)?.[1] ?? '', path: query[1]!, ...(agent !== undefined && { agent }) }
}
