import { macText } from '../decode/address.ts'
import { ByteMemo } from '../decode/memo.ts'
import { latin1, text } from '../decode/text.ts'
import type { Context, Party } from './context.ts'
import { mask } from './kinds.ts'
import type { Kinds } from './kinds.ts'

export type PersonalKind = Kinds['personal']['what']

export interface PersonalContext {
  /** Hardware addresses of the sender, as 00:11:22:aa:bb:cc. */
  readonly ownMacs: readonly string[]
  /** Texts that the tester planted. */
  readonly canaries: readonly string[]
  /** Look for these kinds only; all where it is left out. */
  readonly only?: readonly PersonalKind[]
}

export interface Personal {
  readonly what: PersonalKind
  /** As it may be shown: see `mask`. */
  readonly masked: string
  /** Where it starts: offset in the bytes, or in the text's UTF-8 bytes. */
  readonly offset: number
}

/** Bytes read of one content: what follows is not searched. */
const MAX_SEARCHED = 16384
/** Findings given of one content. */
const MAX_FOUND = 16

/**
 * Personal data and identifiers in clear content: the sender's own hardware address in any notation, serial numbers, e-mail
 * addresses, phone numbers, coordinates, Wi-Fi names, planted canaries (also URL-encoded, base64, hex). Prefers to miss over crying
 * wolf: a value counts only where its key or its form says what it is. Linear in the content, never throws.
 */
export function findPersonal(content: string | Uint8Array, context: PersonalContext): Personal[] {
  const raw = typeof content === 'string' ? encoder.encode(content.slice(0, MAX_SEARCHED)) : content
  const search = new Search(raw, Math.min(raw.length, MAX_SEARCHED), context)
  search.run(typeof content !== 'string')
  return search.found
}

/**
 * Observes what `findPersonal` finds in content that `sender` sent in clear to `receiver`. `where`: 'path', 'header cookie', 'body',
 * 'topic'… `where` and `frame` may be functions of the offset in the content.
 */
export function observePersonal(
  content: string | Uint8Array,
  where: string | ((offset: number) => string),
  protocol: string,
  sender: Party,
  receiver: Party,
  context: Context,
  frame: number | ((offset: number) => number),
  only?: readonly PersonalKind[],
): void {
  if (sender.host < 0 || content.length === 0) return
  const { canaries } = context
  const search = (): Personal[] =>
    findPersonal(content, { ownMacs: sender.mac === undefined ? NONE : [sender.mac], canaries, only })
  const found =
    typeof content === 'string'
      ? search()
      : searched(canaries, only).get(sender.mac ?? sender.host, content, content.length, search)
  if (found.length === 0) return
  const peer = context.peer(receiver, sender)
  // a client's port is new with every conversation: no part of the fact
  const to = `${peer.name ?? peer.ip}:${sender === context.server ? `from ${sender.port}` : peer.port}`
  for (const { what, masked, offset } of found) {
    const place = typeof where === 'string' ? where : where(offset)
    const key = `${what} ${masked} ${protocol} ${place} ${to}`
    context.add(
      sender,
      'personal',
      key,
      { what, masked, peer, protocol, where: place },
      typeof frame === 'number' ? frame : frame(offset),
    )
  }
}

const NONE: readonly string[] = []

/** What was found in the contents that each sender sent last, by what was looked for: things send the same again and again. */
function searched(canaries: readonly string[], only: readonly PersonalKind[] | undefined): ByteMemo<Personal[]> {
  let byKinds = searches.get(canaries)
  if (byKinds === undefined) searches.set(canaries, (byKinds = new Map()))
  let memo = byKinds.get(only)
  if (memo === undefined) {
    // callers have one list or two of their own: a list made for each call would only find nothing remembered
    if (byKinds.size === MAX_LISTS) byKinds.clear()
    byKinds.set(only, (memo = new ByteMemo(SEARCHED_BYTES)))
  }
  return memo
}

const searches = new WeakMap<readonly string[], Map<readonly PersonalKind[] | undefined, ByteMemo<Personal[]>>>()
const SEARCHED_BYTES = 1 << 20
const MAX_LISTS = 4
const encoder = new TextEncoder()

const AT = 0x40
const PLUS = 0x2b
const EQUALS = 0x3d
const COLON = 0x3a
const GREATER = 0x3e
const LESS = 0x3c
const PERCENT = 0x25
const QUOTE = 0x22
const APOSTROPHE = 0x27
const BACKSLASH = 0x5c
const SLASH = 0x2f
const SP = 0x20

// classes of a byte, as bits
const HEX_DIGIT = 1
const DIGIT = 2
const ALPHA = 4
/** Of a key: letters, digits, '_', '-'. */
const NAME = 8
/** Of an e-mail address's local part (the forms people have). */
const LOCAL = 16
/** Starts an e-mail address, a key's value or an international number. */
const MARK = 32
/** Of a serial number. */
const SERIAL = 64
/** Of a phone number as people write it. */
const PHONE = 128

const CLASS = new Uint8Array(256)
const classify = (characters: string, bits: number): void => {
  for (const c of characters) CLASS[c.charCodeAt(0)]! |= bits
}
const DIGITS = '0123456789'
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
classify(`${DIGITS}abcdefABCDEF`, HEX_DIGIT)
classify(DIGITS, DIGIT | NAME | LOCAL | SERIAL | PHONE)
classify(LETTERS, ALPHA | NAME | LOCAL | SERIAL)
classify('_-', NAME)
classify('._%+-', LOCAL)
classify(':._-/{}', SERIAL)
classify('+ -().', PHONE)
classify('@=:>+', MARK)

const MAX_KEY = 40
const MAX_VALUE = 128

/** What a key says its value is, by the key in lower case without '_' and '-'. */
const KEYS = new Map<string, Meaning>()
type Meaning = 'serial' | 'short-serial' | 'uuid' | 'phone' | 'latitude' | 'longitude' | 'pair' | 'ssid'
const say = (meaning: Meaning, keys: string): void => keys.split(' ').forEach((key) => KEYS.set(key, meaning))
say(
  'serial',
  'serial serialnumber serialno serialnum sernum serno deviceserial devserial productserial hwserial hardwareserial boardserial',
)
say(
  'serial',
  'deviceid devid deviceuid devuid deviceuuid devuuid devicesn devsn udid hwid hardwareid chipid cpuid bridgeid hubid gatewayid',
)
say('serial', 'imei imsi iccid meid cameraid camid camerauid p2pid udn usn')
say('short-serial', 'sn esn')
say('uuid', 'uuid')
say('phone', 'phone phonenumber phoneno tel telephone mobile mobilenumber mobileno mobilephone msisdn cellphone')
say('latitude', 'lat latitude')
say('longitude', 'lon lng long longitude')
say('pair', 'latlng latlon latlong geo gps coords coordinates geolocation')
say('ssid', 'ssid essid ssidname')
const ENDINGS = ['serialnumber', 'serialno', 'deviceid', 'ssid']

/** The last four letters of every key (fewer of shorter ones), hashed: what most keys of a text fail at once. */
const TAIL = 4
const TAILS = new Uint8Array(1 << 15)
const tailSlot = (tail: number): number => (tail ^ (tail >>> 15)) & 0x7fff
for (const key of [...KEYS.keys(), ...ENDINGS])
  TAILS[tailSlot(Array.from(key.slice(-TAIL)).reduce((tail, c) => (tail << 5) | (c.charCodeAt(0) & 31), 0))] = 1

/** What ends as a domain does but is a file, or a name of no one's. */
const NO_TLD = new Set([
  'png',
  'jpg',
  'jpeg',
  'gif',
  'svg',
  'webp',
  'ico',
  'css',
  'js',
  'json',
  'html',
  'htm',
  'xml',
  'txt',
  'php',
  'cgi',
  'local',
  'lan',
  'localdomain',
  'invalid',
  'internal',
])
/** Mailboxes of an office (RFC 2142 and usage), not of a person. */
const OFFICES = new Set([
  'info',
  'support',
  'admin',
  'webmaster',
  'postmaster',
  'hostmaster',
  'noreply',
  'no-reply',
  'donotreply',
  'contact',
  'sales',
  'help',
  'service',
  'root',
  'abuse',
  'security',
  'marketing',
  'office',
  'anonymous',
  'user',
  'nobody',
])
/** Values that stand for none. */
const PLACEHOLDERS = new Set([
  'none',
  'null',
  'nil',
  'undefined',
  'unknown',
  'true',
  'false',
  'on',
  'off',
  'yes',
  'no',
  'string',
  'n/a',
  'na',
  'default',
  'empty',
  'ssid',
  '0',
  '1',
  '-1',
  '12345678',
  '123456789',
  '1234567890',
])

class Search {
  readonly found: Personal[] = []
  private seen: Set<string> | undefined
  private readonly raw: Uint8Array
  private bytes: Uint8Array
  private end: number
  /** Of a decoded byte, its place in `raw`; undefined when nothing was decoded. */
  private places: Uint32Array | undefined
  private readonly context: PersonalContext
  private readonly macs: readonly Uint8Array[]
  private readonly needles: readonly Needle[]
  /** The last coordinate seen, to be joined with its other half. */
  private half: { meaning: 'latitude' | 'longitude'; value: string; at: number } | undefined

  constructor(raw: Uint8Array, end: number, context: PersonalContext) {
    this.raw = raw
    this.bytes = raw
    this.end = end
    this.context = context
    this.macs = this.wanted('mac') ? context.ownMacs.map(macBytes).filter((mac) => mac !== undefined) : []
    this.needles = this.wanted('canary') && context.canaries.length > 0 ? needlesOf(context.canaries) : []
  }

  private wanted(what: PersonalKind): boolean {
    return this.context.only === undefined || this.context.only.includes(what)
  }

  run(binary: boolean): void {
    if (binary) for (const mac of this.macs) this.binaryMac(mac)
    this.decodePercent()
    for (const mac of this.macs) this.textMac(mac)
    for (const needle of this.needles) this.canary(needle)
    const { bytes, end, found } = this
    for (let at = 0; at < end; at++) {
      if ((CLASS[bytes[at]!]! & MARK) === 0) continue
      if (found.length === MAX_FOUND) return
      switch (bytes[at]) {
        case AT:
          this.email(at)
          break
        case PLUS:
          this.internationalNumber(at)
          break
        default:
          at = this.keyed(at)
      }
    }
  }

  /** Always true: it was something, even if not asked for or found before. */
  private add(what: PersonalKind, value: string, at: number): true {
    if (!this.wanted(what) || this.found.length >= MAX_FOUND || this.seen?.has(`${what} ${value}`)) return true
    ;(this.seen ??= new Set()).add(`${what} ${value}`)
    this.found.push({ what, masked: mask(value), offset: this.places === undefined ? at : this.places[at]! })
    return true
  }

  /** Percent-encoding (RFC 3986 section 2.1) undone, once; the places of bytes are kept. */
  private decodePercent(): void {
    const { raw, end } = this
    let at = raw.indexOf(PERCENT)
    while (at >= 0 && at + 2 < end && !(isHex(raw[at + 1]!) && isHex(raw[at + 2]!))) at = raw.indexOf(PERCENT, at + 1)
    if (at < 0 || at + 2 >= end) return
    const decoded = new Uint8Array(end)
    const places = new Uint32Array(end + 1)
    let length = 0
    for (let i = 0; i < end; length++) {
      places[length] = i
      if (raw[i] === PERCENT && i + 2 < end && isHex(raw[i + 1]!) && isHex(raw[i + 2]!)) {
        decoded[length] = (nibble(raw[i + 1]!) << 4) | nibble(raw[i + 2]!)
        i += 3
      } else decoded[length] = raw[i++]!
    }
    this.bytes = decoded
    this.end = length
    this.places = places
  }

  private binaryMac(mac: Uint8Array): void {
    const { raw, end } = this
    for (let at = raw.indexOf(mac[0]!); at >= 0 && at + 6 <= end; at = raw.indexOf(mac[0]!, at + 1)) {
      let i = 1
      while (i < 6 && raw[at + i] === mac[i]) i++
      if (i === 6) return void this.add('mac', macText(mac, 0), at)
    }
  }

  /** Twelve hexadecimal digits, whatever stands between the pairs; also with ff:fe in the middle, as in an EUI-64. */
  private textMac(mac: Uint8Array): void {
    const { bytes, end } = this
    const first = mac[0]! >> 4
    const last = end - 12
    for (let at = 0; at <= last; at++) {
      // an address is twelve bytes at least: where the twelfth cannot be of one, none of them starts one
      if (OF_MAC[bytes[at + 11]!] === 0) at += 11
      else if ((CLASS[bytes[at]!]! & HEX_DIGIT) !== 0 && nibble(bytes[at]!) === first && this.isMacAt(at, mac))
        return void this.add('mac', macText(mac, 0), at)
    }
  }

  private isMacAt(start: number, mac: Uint8Array): boolean {
    const { bytes, end } = this
    let at = start
    for (let octet = 0; octet < 6; octet++) {
      if (octet > 0 && isSeparator(bytes[at]!)) at++
      if (octet === 3 && this.hexPair(at) === 0xff) {
        const second = isSeparator(bytes[at + 2]!) ? at + 3 : at + 2
        if (this.hexPair(second) === 0xfe && mac[3] !== 0xff) {
          at = second + 2
          if (isSeparator(bytes[at]!)) at++
        }
      }
      if (at + 2 > end || this.hexPair(at) !== mac[octet]) return false
      at += 2
    }
    return true
  }

  private hexPair(at: number): number {
    const { bytes, end } = this
    if (at + 2 > end || !isHex(bytes[at]!) || !isHex(bytes[at + 1]!)) return -1
    return (nibble(bytes[at]!) << 4) | nibble(bytes[at + 1]!)
  }

  private canary({ bytes: wanted, fold, canary }: Needle): void {
    const { bytes, end } = this
    const equal = fold ? folds : same
    for (let at = 0; at + wanted.length <= end; at++) {
      let i = 0
      while (i < wanted.length && equal(bytes[at + i]!, wanted[i]!)) i++
      if (i === wanted.length) return void this.add('canary', canary, at)
    }
  }

  private email(at: number): void {
    const { bytes, end } = this
    let from = at
    while (from > 0 && at - from < 64 && CLASS[bytes[from - 1]!]! & LOCAL) from--
    let to = at + 1
    while (to < end && to - at < 255 && (CLASS[bytes[to]!]! & NAME || bytes[to] === 0x2e)) to++
    while (to > at && (CLASS[bytes[to - 1]!]! & NAME) === 0) to--
    if (at - from < 2 || to - at < 5) return
    const domain = latin1(bytes, at + 1, to).toLowerCase()
    const tld = domain.slice(domain.lastIndexOf('.') + 1)
    const labels = domain.split('.')
    if (labels.length < 2 || labels.includes('') || !/^[a-z]{2,24}$/.test(tld) || NO_TLD.has(tld) || domain.includes('_')) return
    const local = latin1(bytes, from, at).toLowerCase()
    if (OFFICES.has(local) || local.startsWith('.') || /^\d+$/.test(local) || this.isUserInfo(from)) return
    this.add('email', `${local}@${domain}`, from)
  }

  /** Is this the user (or password) part of a URL's authority, "rtsp://user:pass@host"? */
  private isUserInfo(from: number): boolean {
    const { bytes } = this
    for (let at = from - 1; at > 0 && from - at < 64; at--) {
      const c = bytes[at]!
      if (c === SLASH) return bytes[at - 1] === SLASH
      if (c <= SP || c === QUOTE || c === APOSTROPHE || c === LESS || c === GREATER) return false
    }
    return false
  }

  /** E.164 with its '+', standing alone: "+358401234567". */
  private internationalNumber(at: number): void {
    const { bytes, end } = this
    const before = at === 0 ? SP : bytes[at - 1]!
    if (before !== SP && before !== QUOTE && before !== APOSTROPHE && before !== GREATER && before !== COLON) return
    let digits = 0
    let to = at + 1
    while (
      to < end &&
      digits < 16 &&
      (CLASS[bytes[to]!]! & DIGIT || ((bytes[to] === SP || bytes[to] === 0x2d) && CLASS[bytes[to + 1] ?? 0]! & DIGIT))
    ) {
      if (CLASS[bytes[to]!]! & DIGIT) digits++
      to++
    }
    const after = to < end ? bytes[to]! : SP
    if (
      digits < 10 ||
      digits > 15 ||
      bytes[at + 1] === 0x30 ||
      CLASS[after]! & (NAME | LOCAL) ||
      after === EQUALS ||
      after === SLASH
    )
      return
    this.add('phone', latin1(bytes, at, to), at)
  }

  /** At a separator of key and value: '=', ':' or the '>' of a start tag. Gives the place to go on from. */
  private keyed(separator: number): number {
    const { bytes } = this
    let to = separator
    if (bytes[separator] !== GREATER) {
      if (to > 0 && bytes[to - 1] === SP) to--
      if (to > 0 && (bytes[to - 1] === QUOTE || bytes[to - 1] === APOSTROPHE)) to--
      if (to > 0 && bytes[to - 1] === BACKSLASH) to--
    }
    let from = to
    let tail = 0
    let letters = 0
    while (from > 0 && to - from <= MAX_KEY && CLASS[bytes[from - 1]!]! & NAME) {
      from--
      if (letters === TAIL || (CLASS[bytes[from]!]! & ALPHA) === 0) continue
      tail |= (bytes[from]! & 31) << (5 * letters++)
      if (letters === TAIL && TAILS[tailSlot(tail)] === 0) return separator
    }
    if (letters === 0 || TAILS[tailSlot(tail)] === 0 || to - from > MAX_KEY) return separator
    if (bytes[separator] === GREATER && (from === 0 || (bytes[from - 1] !== LESS && bytes[from - 1] !== COLON))) return separator
    const meaning = meaningOf(latin1(bytes, from, to))
    if (meaning === undefined) return separator
    // "urn:uuid:…" and "uuid:…" are names of messages and subscriptions as often as of things
    if (meaning === 'uuid' && bytes[separator] === COLON && to === separator) return separator
    return this.value(separator, meaning)
  }

  private value(separator: number, meaning: Meaning): number {
    const { bytes, end } = this
    let from = separator + 1
    for (let spaces = 0; spaces < 4 && (bytes[from] === SP || bytes[from] === 0x09); spaces++) from++
    if (bytes[from] === BACKSLASH) from++
    const quote = bytes[from] === QUOTE || bytes[from] === APOSTROPHE ? bytes[from]! : 0
    if (quote !== 0) from++
    // free text may hold spaces and commas; elsewhere they end the value
    const free = meaning === 'ssid' || meaning === 'phone'
    let to = from
    while (
      to < end &&
      to - from <= MAX_VALUE &&
      !endsValue(bytes[to]!, quote !== 0 || bytes[separator] === GREATER, free || meaning === 'pair')
    )
      to++
    if (to === from || to - from > MAX_VALUE) return separator
    return this.judge(meaning, from, to) ? to - 1 : separator
  }

  private judge(meaning: Meaning, from: number, to: number): boolean {
    const { bytes } = this
    switch (meaning) {
      case 'serial':
      case 'short-serial':
      case 'uuid': {
        // "uuid:" is a UDN's, "::urn:…" follows it in a USN (UPnP Device Architecture 2.0 section 1.2)
        const [value = ''] = latin1(bytes, from, to)
          .replace(/^uuid:/i, '')
          .split('::')
        return isSerial(value, meaning === 'short-serial') && this.add('serial', value, from)
      }
      case 'phone':
        return isPhone(bytes, from, to) && this.add('phone', latin1(bytes, from, to).trim(), from)
      case 'ssid': {
        const value = text(bytes, from, to).trim()
        return isNetworkName(value, to - from) && this.add('ssid', value, from)
      }
      case 'pair': {
        const [lat = '', lon = '', more] = latin1(bytes, from, to)
          .split(',', 3)
          .map((part) => part.trim())
        return (
          more === undefined && isCoordinate(lat, 90) && isCoordinate(lon, 180) && this.add('coordinates', `${lat},${lon}`, from)
        )
      }
      default:
        return this.coordinate(meaning, latin1(bytes, from, to), from)
    }
  }

  private coordinate(meaning: 'latitude' | 'longitude', value: string, at: number): boolean {
    if (!isCoordinate(value, meaning === 'latitude' ? 90 : 180)) return false
    const other = this.half
    if (other === undefined || other.meaning === meaning || at - other.at > 200) {
      this.half = { meaning, value, at }
      return true
    }
    this.half = undefined
    return this.add('coordinates', meaning === 'longitude' ? `${other.value},${value}` : `${value},${other.value}`, other.at)
  }
}

function meaningOf(key: string): Meaning | undefined {
  const plain = key.toLowerCase().replace(/[_-]/g, '')
  const exact = KEYS.get(plain)
  if (exact !== undefined) return exact
  // "X-Serial"; "wemoSerialNumber", "androidDeviceId"; "NewSSID", "wifi_ssid", but not the access point's hardware address
  if (plain.startsWith('x') && KEYS.has(plain.slice(1))) return KEYS.get(plain.slice(1))
  const ending = ENDINGS.find((end) => plain.endsWith(end))
  if (ending === 'ssid') return plain.endsWith('bssid') ? undefined : 'ssid'
  return ending === undefined ? undefined : 'serial'
}

function endsValue(c: number, quoted: boolean, free: boolean): boolean {
  if (c < SP || c === QUOTE || c === LESS || c === 0x26 || c === BACKSLASH) return true
  if (free && (quoted || c !== 0x3b)) return false
  if (c === APOSTROPHE) return true
  return c === SP || c === 0x2c || c === 0x3b || c === 0x29 || c === 0x7d
}

/** Long and varied enough to tell one thing from others, with a digit, and no version or address. */
function isSerial(value: string, short: boolean): boolean {
  const { length } = value
  if (length < (short ? 8 : 5) || length > 80 || PLACEHOLDERS.has(value.toLowerCase())) return false
  let digits = 0
  let dots = 0
  const distinct = new Set<number>()
  for (let i = 0; i < length; i++) {
    const c = value.charCodeAt(i)
    if ((CLASS[c]! & SERIAL) === 0) return false
    if (CLASS[c]! & DIGIT) digits++
    if (c === 0x2e) dots++
    distinct.add(c)
  }
  if (digits === 0 || distinct.size < 3 || (dots > 0 && digits + dots === length)) return false
  // "sn" is a sequence number as often
  return !short || digits < length || length >= 10
}

/** IEEE 802.11: at most 32 octets. */
function isNetworkName(value: string, octets: number): boolean {
  return value !== '' && octets <= 32 && !value.includes('\uFFFD') && !PLACEHOLDERS.has(value.toLowerCase())
}

function isPhone(bytes: Uint8Array, from: number, to: number): boolean {
  let digits = 0
  for (let i = from; i < to; i++) {
    if ((CLASS[bytes[i]!]! & PHONE) === 0) return false
    if (CLASS[bytes[i]!]! & DIGIT) digits++
  }
  return digits >= 7 && digits <= 15
}

/** Decimal degrees to two places or more (a kilometre), within range, and not the null island's. */
function isCoordinate(value: string, most: number): boolean {
  return /^[+-]?\d{1,3}\.\d{2,15}$/.test(value) && Math.abs(Number(value)) <= most && Number(value) !== 0
}

function isHex(c: number): boolean {
  return (CLASS[c]! & HEX_DIGIT) !== 0
}

function nibble(c: number): number {
  return c <= 0x39 ? c - 0x30 : (c | 0x20) - 0x57
}

/** Hexadecimal digits and separators. */
const OF_MAC = Uint8Array.from({ length: 256 }, (_, c) => (isHex(c) || isSeparator(c) ? 1 : 0))

function isSeparator(c: number): boolean {
  return c === COLON || c === 0x2d || c === 0x2e || c === 0x5f || c === SP
}

/** ASCII letters in either case; '+' for a space, as forms encode it. `wanted` is in lower case. */
function folds(c: number, wanted: number): boolean {
  return c === wanted || (c >= 0x41 && c <= 0x5a && c + 0x20 === wanted) || (c === PLUS && wanted === SP)
}

function same(c: number, wanted: number): boolean {
  return c === wanted
}

// one conversation after another is the same few things'
const macs = new Map<string, Uint8Array | undefined>()
const MAX_MACS = 1024

/** Undefined for what is no address of one thing. */
function macBytes(mac: string): Uint8Array | undefined {
  if (macs.has(mac)) return macs.get(mac)
  const digits = mac.replace(/[^0-9a-fA-F]/g, '')
  const none = digits.length !== 12 || /^(0+|f+)$/i.test(digits)
  const bytes = none ? undefined : Uint8Array.from({ length: 6 }, (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16))
  if (macs.size === MAX_MACS) macs.clear()
  macs.set(mac, bytes)
  return bytes
}

interface Needle {
  bytes: Uint8Array
  /** Letters in either case. */
  fold: boolean
  canary: string
}

const needlesOfList = new WeakMap<readonly string[], Needle[]>()

/** The forms in which each canary may travel. Made once for a list. */
function needlesOf(canaries: readonly string[]): Needle[] {
  let needles = needlesOfList.get(canaries)
  if (needles === undefined) {
    needles = canaries.slice(0, 64).flatMap(formsOf)
    needlesOfList.set(canaries, needles)
  }
  return needles
}

function formsOf(canary: string): Needle[] {
  const plain = encoder.encode(canary.slice(0, 256))
  if (plain.length === 0) return []
  const lower = plain.map((c) => (c >= 0x41 && c <= 0x5a ? c + 0x20 : c))
  const forms: Needle[] = [{ bytes: lower, fold: true, canary }]
  // shorter ones would be found by chance
  if (plain.length >= 4)
    forms.push({ bytes: encoder.encode([...plain].map((c) => c.toString(16).padStart(2, '0')).join('')), fold: true, canary })
  for (let shift = 0; shift < 3; shift++) {
    const form = base64Form(plain, shift)
    if (form.length < 6) continue
    forms.push({ bytes: encoder.encode(form), fold: false, canary })
    const safe = form.replaceAll('+', '-').replaceAll('/', '_')
    if (safe !== form) forms.push({ bytes: encoder.encode(safe), fold: false, canary })
  }
  return forms
}

/** Characters of base64 that are the same whatever surrounds the bytes, when `shift` bytes of a group come before them. */
function base64Form(bytes: Uint8Array, shift: number): string {
  const encoded = btoa(String.fromCharCode(...new Uint8Array(shift), ...bytes))
  return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6))
}
