import type { Packet } from '../../decode/packet.ts'
import type { FrameRef } from '../../evidence/evidence.ts'
import type { SensorDesk, Told } from '../../evidence/sensor.ts'
import { indicate, type Indicator } from '../../evidence/sign.ts'
import type { Peer } from '../../evidence/peer.ts'
import type { Ends } from '../ends.ts'
import type { Asked } from './http-head.ts'
import { type Downloader, type Elf, isNamedForMachine, readElf, readScript } from './program.ts'
import type { Following } from './transfer.ts'
import { type Mark, weigh } from './marks.ts'

/** Where something was said. */
export interface At {
  readonly frame: number
  readonly time: number
}

/** How a file travels, and by what name it was asked for. */
export type Way =
  | { readonly by: 'http'; readonly asked: (Asked & At) | undefined }
  | { readonly by: 'tftp' | 'ftp'; readonly name?: string }
  | { readonly by: 'tcp' }

/** One file between two ends. */
export interface File {
  readonly way: Way
  /** Of who gets it and who gives it: handles, -1 for nobody here. */
  readonly taker: number
  readonly giver: number
  readonly from: Peer
  readonly to: Peer
  readonly first: number
  readonly frames: FrameRef[]
  what: Elf | Downloader | undefined
  name: string
  url: string
  size: number
  sha256: string | undefined
  whole: boolean
}

/** What a host gets from another, or gives to it. */
interface Tale {
  handle: number
  told: Told
  weight: number
  count: number
}

/** Pairs of a host and another that are spoken of. */
const MAX_TALES = 512
const MAX_FRAMES = 8
/** So many marks that it is worth somebody's look (see MARKS). */
export const ENOUGH = 3

/** Of the files that go by: what they are, from whom and to whom, and what speaks against them. */
export class Fetches {
  private readonly desk: SensorDesk
  private readonly ends: Ends
  private readonly tales = new Map<string, Tale>()

  constructor(desk: SensorDesk, ends: Ends) {
    this.desk = desk
    this.ends = ends
  }

  begin(p: Packet, row: number, way: Way): File {
    const { side } = this.desk.table
    const from = this.ends.peer(row, side)
    const to = this.ends.peer(row, 1 - side)
    const asked = way.by === 'http' ? way.asked : undefined
    return {
      way,
      giver: this.ends.device(row, side),
      taker: this.ends.device(row, 1 - side),
      from,
      to,
      first: asked?.time ?? p.time,
      frames: [...(asked ? [{ capture: p.capture, frame: asked.frame }] : []), { capture: p.capture, frame: p.frame }],
      what: undefined,
      name: nameOf(way),
      url: urlOf(way, from),
      size: 0,
      sha256: undefined,
      whole: false,
    }
  }

  /** More of it came. False: it is nothing to be followed. */
  see(p: Packet, file: File, following: Following): boolean {
    if (file.what) return true
    const { opening, opened } = following.contents
    const elf = readElf(opening, 0, opened)
    file.what = elf ?? readScript(opening, 0, opened)
    // a script may yet say what it fetches
    if (!file.what) return opened < opening.length && opening[0] !== 0x7f
    const frame = { capture: p.capture, frame: p.frame }
    if (file.frames.at(-1)!.frame !== p.frame) file.frames.push(frame)
    this.tell(file, { time: p.time, frame })
    return !('machine' in file.what) || !this.isLight(file)
  }

  /** So little speaks against it that nobody will be told: it need not be hashed. Of a script more may come. */
  isLight(file: File): boolean {
    return (
      (file.taker < 0 || this.isLightFor(file, file.taker, 'target')) &&
      (file.giver < 0 || this.isLightFor(file, file.giver, 'source'))
    )
  }

  private isLightFor(file: File, handle: number, role: 'source' | 'target'): boolean {
    const peer = role === 'target' ? file.from : file.to
    return this.tales.get(`${handle} ${role} ${peer.ip}`)?.told.raised === undefined && weigh(marksOf(file, role)) < ENOUGH
  }

  ended(file: File, following: Following): void {
    file.size = following.contents.size
    file.sha256 = following.sha256
    file.whole = following.done
    if (!file.what) return
    // by now more of a script is here
    if (!('machine' in file.what)) file.what = readScript(following.contents.opening, 0, following.contents.opened) ?? file.what
    this.tell(file, undefined)
  }

  report(): void {
    for (const { handle, told } of this.tales.values()) if (told.raised) this.desk.sign(handle, keyOf(told), told)
  }

  /** @param raised of a file that was just known for what it is */
  private tell(file: File, raised: Told['raised']): void {
    if (file.taker >= 0) this.tellOf(file, file.taker, 'target', raised)
    if (file.giver >= 0) this.tellOf(file, file.giver, 'source', raised)
  }

  private tellOf(file: File, handle: number, role: 'source' | 'target', raised: Told['raised']): void {
    const peer = role === 'target' ? file.from : file.to
    const key = `${handle} ${role} ${peer.ip}`
    let tale = this.tales.get(key)
    if (!tale) {
      if (this.tales.size >= MAX_TALES) this.tales.delete(this.tales.keys().next().value!)
      this.tales.set(key, (tale = newTale(handle, role, peer, file)))
    }
    const marks = marksOf(file, role)
    const weight = weigh(marks)
    if (raised) tale.count++
    if (weight > tale.weight || tale.count === 1) {
      tale.weight = weight
      tale.told.what = 'machine' in file.what! ? 'program' : 'script'
      tale.told.detail = { ...tale.told.detail, ...detailOf(file), weight, marks: marks.join(' ') }
    } else if (tale.told.detail['url'] === file.url && tale.told.detail['name'] === file.name)
      Object.assign(tale.told.detail, detailOf(file))
    const { told } = tale
    told.count = tale.count
    told.detail['files'] = tale.count
    told.last = Math.max(told.last, raised?.time ?? told.last)
    if (told.frames.length < MAX_FRAMES && raised) told.frames = [...told.frames, ...file.frames].slice(0, MAX_FRAMES)
    if (raised && weight >= ENOUGH) told.raised ??= raised
    indicate(told, indicatorsOf(file, peer, role))
    if (told.raised) this.desk.sign(handle, keyOf(told), told)
  }
}

function keyOf({ role, peer }: Told): string {
  return `${role} ${peer!.ip}`
}

function newTale(handle: number, role: 'source' | 'target', peer: Peer, file: File): Tale {
  const told: Told = {
    detector: 'fetched',
    what: 'program',
    role,
    peer,
    port: file.from.port,
    detail: {},
    indicators: [],
    count: 0,
    first: file.first,
    last: file.first,
    frames: [],
  }
  return { handle, told, weight: 0, count: 0 }
}

/** The name of whom it was asked, as the asker wrote it. */
function hostOf(way: Way): string {
  return way.by === 'http' ? (way.asked?.host ?? '') : ''
}

export function nameOf(way: Way): string {
  const path = way.by === 'http' ? (way.asked?.path ?? '') : way.by === 'tcp' ? '' : (way.name ?? '')
  return path.slice(path.lastIndexOf('/') + 1)
}

export function urlOf(way: Way, { ip, port }: Peer): string {
  const address = ip.includes(':') ? `[${ip}]` : ip
  if (way.by === 'tcp') return `${address}:${port}`
  if (way.by !== 'http') return `${way.by}://${address}/${way.name ?? ''}`
  const written = hostOf(way)
  return `http://${written === '' ? (port === 80 ? address : `${address}:${port}`) : written}${way.asked?.path ?? ''}`
}

const LITERAL = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])?(?::\d{1,5})?$/i
const TOOLS = /^(?:wget|curl|busybox|tftp|ftpget|libwww-perl|python-|lwp)/i
/** What Mozi names its own (Netlab 360, 2019). */
const BOTS_NAMES = /^mozi\.[am]/i
const USUAL_PORTS = new Set([80, 443, 8080])
/** Times that a script must fetch to fetch for many machines. */
const MANY = 3

export function marksOf(file: File, role: 'source' | 'target'): Mark[] {
  const { way, what, name, from, to } = file
  const far = (role === 'target' ? from : to).scope === 'internet'
  const marks: Mark[] = []
  if (way.by === 'http' && !way.asked) marks.push('unasked')
  else if (way.by !== 'http' || LITERAL.test(hostOf(way))) marks.push(role === 'target' && far ? 'nameless-far' : 'nameless')
  if (role === 'source' && far) marks.push('spread')
  if (way.by === 'http' && !USUAL_PORTS.has(from.port)) marks.push('port')
  if (way.by === 'tcp') marks.push('raw')
  if ((way.by === 'http' && way.asked && (way.asked.agent === '' || TOOLS.test(way.asked.agent))) || (way.by !== 'http' && far))
    marks.push('tool')
  if (isNamedForMachine(name)) marks.push('machine-name')
  if (BOTS_NAMES.test(name)) marks.push('bot-name')
  if ('machine' in what!) {
    if (what.executable && what.static === true) marks.push('static')
    if (what.bare) marks.push('bare')
    if (!what.executable) marks.push('library')
  } else {
    if (what!.nameless > 0) marks.push('script-nameless')
    else marks.push('script')
    if (what!.fetches >= MANY) marks.push('script-many')
  }
  return marks
}

export function detailOf(file: File): Told['detail'] {
  const { way, what, size, sha256, whole, name, url } = file
  return {
    by: way.by,
    ...(way.by === 'http' && way.asked && { agent: way.asked.agent }),
    url,
    name,
    ...('machine' in what! ? { machine: what.machine } : { fetches: what!.fetches }),
    bytes: size,
    ...(sha256 === undefined ? { whole: whole ? 'changed on its way' : 'no' } : { sha256, whole: 'yes' }),
  }
}

export function indicatorsOf({ what, url, name, sha256, way }: File, peer: Peer, by: 'source' | 'target'): Indicator[] {
  const all: Indicator[] = []
  const add = (type: Indicator['type'], value: string, role: string) => void all.push({ type, value, role })
  const role = 'machine' in what! ? 'program' : 'script'
  add('ip', peer.ip, by === 'target' ? 'loader' : 'got it')
  const host = hostOf(way).replace(/:\d{1,5}$/, '')
  if (by === 'target' && !LITERAL.test(host)) add('domain', host, 'loader')
  if (sha256 !== undefined) add('sha256', sha256, role)
  if (way.by !== 'tcp') add('url', url, role)
  add('file', name, role)
  if (!('machine' in what!)) for (const named of what!.urls) add('url', named, 'named in the script')
  return all
}
