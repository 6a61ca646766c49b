import { latin1 } from '../../decode/text.ts'
import { publicUrl } from '../public-url.ts'

/** What the first bytes of an ELF file say of it (System V ABI, "Object Files"). */
export interface Elf {
  /** Of what machine: 'MIPS', 'ARM', 'x86-64'… */
  readonly machine: string
  /** Can be started: no library without a start, no object file or kernel module. */
  readonly executable: boolean
  /** It asks for no loader and no libraries: all that it needs is in it. Undefined where the program headers are not here. */
  readonly static?: boolean
  /** Its section headers were taken away, or it is packed by UPX: nothing that a maker's tools leave so. */
  readonly bare: boolean
}

/** e_machine, by the ABI's registry. Those that things have, and computers. */
const MACHINES: Readonly<Record<number, string>> = {
  2: 'SPARC',
  3: 'x86',
  4: 'm68k',
  8: 'MIPS',
  10: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 's390',
  40: 'ARM',
  42: 'SuperH',
  43: 'SPARC 64',
  45: 'ARC',
  62: 'x86-64',
  93: 'ARC',
  94: 'Xtensa',
  106: 'Blackfin',
  164: 'Hexagon',
  183: 'ARM64',
  189: 'MicroBlaze',
  195: 'ARC',
  243: 'RISC-V',
  252: 'C-SKY',
  258: 'LoongArch',
}

const ET_EXEC = 2
const ET_DYN = 3
const PT_DYNAMIC = 2
const PT_INTERP = 3
/** Program headers looked at: a program has about ten. */
const MAX_HEADERS = 32
/** UPX writes its mark behind the program headers. */
const UPX_WITHIN = 512

export function isElf(b: Uint8Array, at: number, end: number): boolean {
  return end - at >= 20 && b[at] === 0x7f && b[at + 1] === 0x45 && b[at + 2] === 0x4c && b[at + 3] === 0x46
}

/** Of the ELF file that begins at b[at]; undefined for what has the mark and is none. */
export function readElf(b: Uint8Array, at: number, end: number): Elf | undefined {
  if (!isElf(b, at, end)) return undefined
  const wide = b[at + 4] === 2
  const little = b[at + 5] === 1
  if ((!wide && b[at + 4] !== 1) || (!little && b[at + 5] !== 2) || b[at + 6] !== 1) return undefined
  const half = (o: number) => (little ? b[at + o]! | (b[at + o + 1]! << 8) : (b[at + o]! << 8) | b[at + o + 1]!)
  const word = (o: number) => (little ? half(o) + half(o + 2) * 65536 : half(o) * 65536 + half(o + 2))
  const type = half(16)
  const number = half(18)
  const machine = MACHINES[number] ?? `machine ${number}`
  const headEnd = wide ? 64 : 52
  if (end - at < headEnd) return { machine, executable: type === ET_EXEC, bare: false }
  // of addresses of eight bytes the lower four: no file here is so large
  const low = (o: number) => (wide && !little ? word(o + 4) : word(o))
  const programs = low(wide ? 32 : 28)
  const sections = low(wide ? 40 : 32)
  const size = half(wide ? 54 : 42)
  const count = half(wide ? 56 : 44)
  let interpreter = false
  let dynamic = false
  let here = size >= 32 && count > 0
  for (let i = 0; i < Math.min(count, MAX_HEADERS); i++) {
    const o = programs + i * size
    if (at + o + 4 > end) {
      here = false
      break
    }
    const kind = word(o)
    if (kind === PT_INTERP) interpreter = true
    if (kind === PT_DYNAMIC) dynamic = true
  }
  // a library is ET_DYN and asks for no loader; a program that may lie anywhere does, or has one of its own
  const executable = type === ET_EXEC || (type === ET_DYN && (interpreter || !dynamic))
  const bare = sections === 0 || hasUpx(b, at, Math.min(end, at + UPX_WITHIN))
  return { machine, executable, bare, ...(here && { static: !interpreter && !dynamic }) }
}

function hasUpx(b: Uint8Array, at: number, end: number): boolean {
  for (let i = at + 52; i + 4 <= end; i++)
    if (b[i] === 0x55 && b[i + 1] === 0x50 && b[i + 2] === 0x58 && b[i + 3] === 0x21) return true
  return false
}

/** Does it begin as a shell script may? */
export function startsScript(b: Uint8Array, at: number, end: number): boolean {
  if (end - at < 8) return false
  if (b[at] === 0x23) return b[at + 1] === 0x21 && (b[at + 2] === 0x2f || b[at + 2] === 0x20)
  const starts = STARTS_BY_FIRST[b[at]!]!
  for (let i = 0; i < starts.length; i++) if (spells(b, at, end, starts[i]!)) return true
  return false
}

// what fetches programs begins so where it has no first line
const SCRIPT_STARTS = ['cd /', 'wget ', 'curl ', 'tftp ', 'ftpget ', 'busybox ', '/bin/busybox ', 'ulimit ', 'rm -'].map(
  (words) => Array.from(words, (c) => c.charCodeAt(0)),
)
const STARTS_BY_FIRST = Array.from({ length: 256 }, (_, first) => SCRIPT_STARTS.filter((words) => words[0] === first))

function spells(b: Uint8Array, at: number, end: number, words: readonly number[]): boolean {
  if (at + words.length > end) return false
  for (let i = 0; i < words.length; i++) if (b[at + i] !== words[i]) return false
  return true
}

/** What a shell script fetches, and whether it starts it. */
export interface Downloader {
  /** Whole addresses (http, ftp), at most MAX_URLS. */
  readonly urls: readonly string[]
  /** Times that it fetches something. */
  readonly fetches: number
  /** From servers that have no name: an address, or TFTP and FTP of busybox. */
  readonly nameless: number
  /** It makes what it fetched a program, or starts it. */
  readonly starts: boolean
}

/** Bytes of a script that are looked at. */
export const SCRIPT_BYTES = 4096
const MAX_URLS = 16

// without nested repetition: whoever wrote the script is nobody's friend
const FETCH = /(?:\b(?:wget|curl|axel|lwp-download)\b|\b(?:tftp|ftpget)\b)[^\n;|&]{0,256}/g
const URL = /\b(?:https?|ftp):\/\/(?:[^\s/@'"`;|&<>)]{1,128}@)?[a-z0-9._~:[\]-]{1,255}(?:\/[^\s'"`;|&<>)]{0,255})?/gi
/** An address for a host: at the beginning of a URL, or a word by itself. */
const ADDRESS = /(?:\/\/|\s)\d{1,3}(?:\.\d{1,3}){3}(?=[:/\s"']|$)/
/** The host is in a variable, and there is one that holds an address. */
const VARIABLE = /:\/\/\$/
const ASSIGNED = /^[^\S\n]*\w{1,32}=["']?\d{1,3}(?:\.\d{1,3}){3}(?=[:/\s"';]|$)/m
const STARTS =
  /\bchmod\s+(?:\+x|a\+x|u\+x|0?7[0-7][0-7])|\|\s*(?:\/bin\/)?(?:ba|a)?sh\b|(?:^|[\s;&])(?:\.\/|(?:\/bin\/)?(?:ba|a)?sh\s+\S)/m

/** Of a shell script's text; undefined where it fetches nothing that it starts. */
export function readScript(b: Uint8Array, at: number, end: number): Downloader | undefined {
  const script = latin1(b, at, Math.min(end, at + SCRIPT_BYTES))
  const fetching = script.match(FETCH)
  if (!fetching || !STARTS.test(script)) return undefined
  const urls = new Set<string>()
  for (const [url] of script.matchAll(URL)) if (urls.size < MAX_URLS) urls.add(publicUrl(url))
  const assigned = ASSIGNED.test(script)
  const nameless = fetching.filter(
    (line) => ADDRESS.test(line) || /^(?:tftp|ftpget)/.test(line) || (assigned && VARIABLE.test(line)),
  ).length
  return { urls: [...urls], fetches: fetching.length, nameless, starts: true }
}

// Loaders name a file by the machine that it is for: Mirai's builds and those after it.
const NAMED_FOR_MACHINE =
  /(?:^|[._-])(?:mips(?:el|eb|32|64|le)?|mpsl|arm(?:v?[4-8][a-z]{0,2}|eb|el|32|64|hf)?|aarch64|x86(?:_(?:32|64))?|x32|i[3-6]86|amd64|ppc(?:64|440fp)?|powerpc|sh4|spc|sparc|m68k?|arc|riscv64)$/i

/** Is the file named for the machine that it runs on ("mirai.mips", "arm7")? */
export function isNamedForMachine(name: string): boolean {
  return NAMED_FOR_MACHINE.test(name)
}
