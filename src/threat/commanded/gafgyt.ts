import { printable } from '../../decode/text.ts'

/*
 * Bots that are spoken to in lines of text. Gafgyt (BASHLITE, Qbot; its source leaked in 2015): the bot says what it was built for
 * ("BUILD MIPS"), is asked PING and says PONG, and is ordered by "!* UDP 192.0.2.1 80 60 32 0 10" (address, port, seconds…). Kaiten and
 * Tsunami (kaiten.c): the same over IRC, "!<nick or *> COMMAND" said in a channel.
 */

/** What one line means. */
export type Line =
  | { readonly is: 'hello'; readonly build: string }
  | { readonly is: 'ping' | 'pong' }
  | { readonly is: 'order'; readonly to: string; readonly command: string; readonly attack?: Attack }

export interface Attack {
  /** As the order names it: 'UDP'. */
  readonly vector: string
  readonly target: string
  readonly port?: number
  readonly seconds?: number
}

/** Names of machines in builds of Gafgyt (getBuild and its like). */
const BUILD =
  /^(?:BUILD|ARCH)[ :]+((?:MIPS|MIPSEL|MPSL|ARM|ARM[2-8][A-Z0-9]{0,4}|SH4|PPC|POWERPC|SPARC|M68K|X86(?:[_-](?:32|64))?|I[3-6]86|AARCH64|UNKNOWN)[A-Z0-9_:.-]{0,64})$/i

/** Attacks that name target, port and seconds (Gafgyt), or target and seconds with or without a port (Kaiten). */
const ATTACKS = new Set([
  'UDP',
  'TCP',
  'HTTP',
  'STD',
  'HOLD',
  'JUNK',
  'CNC',
  'COMBO',
  'STOMP',
  'VSE',
  'SYN',
  'ACK',
  'XMAS',
  'HEX',
  'RAID',
  'NFO',
  'OVH',
  'STDHEX',
  'UDPRAW',
  'TCPRAW',
  'PAN',
  'TSUNAMI',
  'UNKNOWN',
  'PUSH',
  'RANDOMFLOOD',
  'NSACKFLOOD',
  'NSSYNFLOOD',
  'SYNFLOOD',
  'ACKFLOOD',
  'WGETFLOOD',
])
/** What else bots are told, with nothing or a word behind it. */
const OTHERS =
  /^(?:(?:SCANNER|TELSCAN|TELNET|HACKPKG|KILLER|BOTKILL|REMOVER)(?: (?:ON|OFF|TELNET ON|TELNET OFF))?|KILLATTK|KILLALL|KILLBOTS|LOLNOGTFO|GTFOFAG|DUPES|GETLOCALIP|GETPUBLICIP|GETSPOOFS|SPOOFS .{1,64}|UPDATE.{0,128}|(?:GET|INSTALL|BINUPDATE|LOCKUP|GETSSH) (?:http|ftp).{1,256}|(?:SH|BASH|ISH|SHD) .{1,512}|STOP)$/

const TARGET = /^(?:https?:\/\/)?[A-Za-z0-9][A-Za-z0-9.:_,-]{2,252}(?:\/[^ ]{0,200})?$/
/** A host that could be one: it has a dot (or is IPv6). */
const MAX_LINE = 1024

/** Of a line without its end; undefined for what no bot says or is told. */
export function readLine(line: string): Line | undefined {
  if (line.length > MAX_LINE) return undefined
  if (line === 'PING') return { is: 'ping' }
  if (line === 'PONG' || line === 'PONG!') return { is: 'pong' }
  if (line.startsWith('!')) return readOrder(line)
  const build = BUILD.exec(line)?.[1]
  return build === undefined ? undefined : { is: 'hello', build: printable(build, 64) }
}

/** "!* UDP 192.0.2.1 80 60 32 0 10". */
export function readOrder(line: string): Extract<Line, { is: 'order' }> | undefined {
  const parts = /^!([*?A-Za-z0-9_|[\]{}^`\\-]{1,32}) {1,4}(\S.{0,800})$/.exec(line)
  if (!parts) return undefined
  const [, to, command] = parts as unknown as [string, string, string]
  const words = command.trim().split(/ +/, 12)
  if (ATTACKS.has(words[0]!)) {
    const attack = attackOf(words)
    if (attack) return { is: 'order', to: printable(to, 32), command: words[0]!, attack }
  }
  const known = OTHERS.exec(command.trim())
  return known ? { is: 'order', to: printable(to, 32), command: words[0]! } : undefined
}

function attackOf([vector, target = '', ...numbers]: readonly string[]): Attack | undefined {
  if (!TARGET.test(target) || !/[.:]/.test(target)) return undefined
  const [a, b] = numbers
  const isNumber = (value: string | undefined) => value !== undefined && /^\d{1,7}$/.test(value)
  if (!isNumber(a)) return undefined
  // TSUNAMI, UNKNOWN and PUSH have no port, HTTP of some has none
  const portless = !isNumber(b) || vector === 'TSUNAMI' || vector === 'UNKNOWN'
  const seconds = Number(portless ? a : b)
  if (seconds < 1 || seconds > 1_000_000 || (!portless && Number(a) > 65535)) return undefined
  return { vector: vector!, target: printable(target, 200), ...(portless ? {} : { port: Number(a) }), seconds }
}

/** An order in what was said in a channel: ":op!user@host PRIVMSG #channel :!* TSUNAMI 192.0.2.1 60". */
export function readSaid(line: string): { order: Extract<Line, { is: 'order' }>; channel: string } | undefined {
  if (line.length > MAX_LINE || line.charCodeAt(0) !== 0x3a) return undefined
  const parts =
    /^:\S{1,200} (?:PRIVMSG|NOTICE|TOPIC) (\S{1,64}) :(!.{1,800})$/.exec(line) ??
    /^:\S{1,200} 332 \S{1,64} (\S{1,64}) :(!.{1,800})$/.exec(line)
  const order = parts ? readOrder(parts[2]!) : undefined
  return order ? { order, channel: printable(parts![1]!, 64) } : undefined
}

/** "UDP at 192.0.2.1 port 80 for 60 s". */
export function inWords({ vector, target, port, seconds }: Attack): string {
  return `${vector} at ${target}${port === undefined ? '' : ` port ${port}`}${seconds === undefined ? '' : ` for ${seconds} s`}`
}

/** Does a pattern of Kaiten's ("*", "NIX|*") mean this nick? */
export function means(pattern: string, nick: string): boolean {
  // one star at most is looked at: those who write orders use one
  const star = pattern.indexOf('*')
  const head = (star < 0 ? pattern : pattern.slice(0, star)).toLowerCase()
  const tail = (star < 0 ? '' : pattern.slice(star + 1)).toLowerCase()
  const name = nick.toLowerCase()
  if (star < 0) return name === head
  return name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail.replaceAll('*', ''))
}
