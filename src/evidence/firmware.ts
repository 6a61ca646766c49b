import { Memo } from '../decode/memo.ts'

/** What an HTTP exchange tells of firmware: plain facts, so that other transports can ask too. */
export interface Download {
  readonly method: string
  /** Path and query of the request. */
  readonly target: string
  /** Undefined where no answer was seen. */
  readonly status?: number
  readonly contentType?: string
  readonly contentLength?: number
  /** First bytes of the answer's body. */
  readonly body: Uint8Array
}

export interface Firmware {
  readonly what: 'image' | 'check'
  readonly why: string
  readonly size?: number
}

/**
 * Is this a firmware image on its way, or a question whether there is one? Precision first: a file with a telling name must also be
 * served as a file, an archive or program must also lie under a telling path, and "update" alone tells nothing. Undefined when not.
 */
export function firmwareOf({ method, target, status, contentType, contentLength, body }: Download): Firmware | undefined {
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return undefined
  const served = status !== undefined && status >= 200 && status < 300 && method !== 'HEAD'
  const magic = served ? imageMagic(body) : undefined
  if (magic !== undefined) return { what: 'image', why: `the body starts as ${magic}`, size: contentLength }

  const { extension, word, update } = named.get(target, nameOf)
  if (served && !isPage(contentType, body)) {
    if (word !== undefined && IMAGES.has(extension)) return image(`a .${extension} file, and "${word}" in its path`)
    if (word !== undefined && ARCHIVES.has(extension) && isArchive(body))
      return image(`an archive (.${extension}), and "${word}" in its path`)
    const program = programMagic(body)
    if (word !== undefined && program !== undefined) return image(`the body starts as ${program}, and "${word}" is in its path`)
    if (extension === 'bin' && program === 'an Espressif image') return image('a .bin file that starts as an Espressif image')
    if (update && IMAGES.has(extension) && extension !== 'bin' && extension !== 'pkg')
      return image(`a .${extension} file, and "update" in its path`)
  }
  if (word === undefined || PICTURES.has(extension) || isServiceDescription(body)) return undefined
  return { what: 'check', why: `"${word}" in the path asked for` }

  function image(why: string): Firmware {
    return { what: 'image', why, size: contentLength }
  }
}

/** Magic numbers that only firmware has, at a file's very start; undefined for none of them. */
export function imageMagic(body: Uint8Array): string | undefined {
  if (!FIRST_BYTES[body[0] ?? -1] && !FIFTH_BYTES[body[4] ?? -1]) return undefined
  for (const [name, bytes, at = 0] of MAGIC) if (startsWith(body, at, bytes)) return name
  return undefined
}

/** Magic, from each format's own documentation. */
const ascii = (value: string): number[] => Array.from(value, (c) => c.charCodeAt(0))
const MAGIC: readonly (readonly [name: string, bytes: readonly number[], at?: number])[] = [
  ['a U-Boot image', [0x27, 0x05, 0x19, 0x56]],
  ['a squashfs file system', ascii('hsqs')],
  ['a squashfs file system', ascii('sqsh')],
  ['a flattened image tree', [0xd0, 0x0d, 0xfe, 0xed]],
  ['an Android boot image', ascii('ANDROID!')],
  ['an Android update payload', ascii('CrAU')],
  ['a Broadcom TRX image', ascii('HDR0')],
  ['a UBI image', ascii('UBI#')],
  ['a TP-Link image', ascii('TP-LINK Technologies'), 4],
  ['a D-Link image', ascii('SHRS')],
]

/** Most bodies are told apart from all of them by one byte. */
const FIRST_BYTES = bytesAt(0)
const FIFTH_BYTES = bytesAt(4)

function bytesAt(place: number): readonly boolean[] {
  return Array.from({ length: 256 }, (_, byte) => MAGIC.some(([, bytes, at = 0]) => at === place && bytes[0] === byte))
}

/** Formats that much else has too: they count under a telling path only. */
function programMagic(body: Uint8Array): string | undefined {
  if (startsWith(body, 0, [0x7f, 0x45, 0x4c, 0x46])) return 'an ELF program'
  // ESP8266 and ESP32: 0xe9, at most 16 segments, flash mode 0 to 3, and the entry point's memory (0x40……)
  if (body[0] === 0xe9 && body[1]! >= 1 && body[1]! <= 16 && body[2]! <= 5 && body[7] === 0x40) return 'an Espressif image'
  if (isArchive(body)) return 'an archive'
  return undefined
}

function isArchive(body: Uint8Array): boolean {
  return ARCHIVE_MAGIC.some((magic) => startsWith(body, 0, magic)) || startsWith(body, 257, USTAR)
}

const ARCHIVE_MAGIC = [
  [0x1f, 0x8b, 8],
  [0x50, 0x4b, 3, 4],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
  ascii('BZh'),
  [0x28, 0xb5, 0x2f, 0xfd],
]
const USTAR = ascii('ustar')

function startsWith(body: Uint8Array, at: number, wanted: readonly number[]): boolean {
  if (at + wanted.length > body.length) return false
  for (let i = 0; i < wanted.length; i++) if (body[at + i] !== wanted[i]) return false
  return true
}

const IMAGES = new Set([
  'bin',
  'img',
  'fw',
  'rom',
  'pkg',
  'ota',
  'trx',
  'chk',
  'swu',
  'dlf',
  'fwu',
  'dfu',
  'itb',
  'squashfs',
  'ubi',
])
const ARCHIVES = new Set(['zip', 'gz', 'tgz', 'xz', 'bz2', 'tar', 'zst'])
const PICTURES = new Set(['png', 'jpg', 'jpeg', 'gif', 'svg', 'ico', 'webp', 'css', 'js', 'html', 'htm', 'woff', 'woff2'])

/** What the name of what was asked for tells. */
interface Named {
  readonly extension: string
  /** A word for firmware in the path. */
  readonly word: string | undefined
  readonly update: boolean
}

// things ask for the same again and again
const named = new Memo<Named>(512)

function nameOf(target: string): Named {
  const path = pathOf(target)
  return { extension: extensionOf(path), word: firmwareWord(path), update: updateWord(path) }
}

function pathOf(target: string): string {
  const query = target.search(/[?#]/)
  return query < 0 ? target : target.slice(0, query)
}

function extensionOf(path: string): string {
  const dot = path.lastIndexOf('.')
  return dot > path.lastIndexOf('/') ? path.slice(dot + 1).toLowerCase() : ''
}

/** Words of a path: at case changes, digits and punctuation. "/FwUpdate/check_v2" is fw, update, check, v. */
function wordsOf(path: string): string[] {
  return path
    .replace(/([a-z])(?=[A-Z])/g, '$1 ')
    .toLowerCase()
    .split(/[^a-z]+/, 64)
}

const WORDS = new Set(['firmware', 'firmwares', 'fw', 'fota', 'ota', 'sysupgrade', 'swupdate'])

function firmwareWord(path: string): string | undefined {
  if (!/f(?:irm)?w|ota|upg|upd/i.test(path)) return undefined
  return wordsOf(path).find((word) => WORDS.has(word) || (word.includes('firmware') && word.length <= 24))
}

function updateWord(path: string): boolean {
  if (!/upd|upg/i.test(path)) return false
  return wordsOf(path).some((word) => word === 'update' || word === 'upgrade' || word === 'updates' || word === 'upgrades')
}

/** Served for people or programs to read, not as a file. */
function isPage(contentType: string | undefined, body: Uint8Array): boolean {
  const kind = contentType === undefined ? 'other' : pageTypes.get(contentType, pageType)
  // many a small server says text/plain of everything
  if (kind !== 'other') return kind === 'page' || !isBinary(body)
  return !isBinary(body) && body[0] === 0x3c
}

const pageTypes = new Memo<'plain' | 'page' | 'other'>(256)

function pageType(contentType: string): 'plain' | 'page' | 'other' {
  if (/^text\/plain/i.test(contentType)) return 'plain'
  return /^(text\/|image\/|video\/|audio\/|application\/(json|xml|javascript|xhtml))/i.test(contentType) ? 'page' : 'other'
}

function isBinary(body: Uint8Array): boolean {
  for (let i = 0; i < body.length && i < 64; i++) if (body[i]! < 9 || body[i] === 0x7f) return true
  return false
}

const SCPD = ascii('<scpd')

/** A UPnP service description (SCPD): Wemo has one at /firmwareupdate.xml. */
function isServiceDescription(body: Uint8Array): boolean {
  for (let at = body.indexOf(SCPD[0]!); at >= 0 && at < 512; at = body.indexOf(SCPD[0]!, at + 1))
    if (startsWith(body, at, SCPD)) return true
  return false
}
