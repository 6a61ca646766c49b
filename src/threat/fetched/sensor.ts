import { copyBytes } from '../../decode/copy.ts'
import { type Packet, PROTO_TCP, PROTO_UDP, TCP_FIN, TCP_RST } from '../../decode/packet.ts'
import { latin1, printable } from '../../decode/text.ts'
import type { Sensor, SensorDesk } from '../../evidence/sensor.ts'
import { ACCEPTED, FIRST_SEQ, FLAGS, FLOW, ROW_WORDS, SYN_SEEN } from '../../flow/table.ts'
import { Ends } from '../ends.ts'
import { type At, Fetches, type Way } from './fetches.ts'
import { type Answered, type Asked, headEnd, isRequestStart, isResponseStart, readAnswered, readAsked } from './http-head.ts'
import { isElf, SCRIPT_BYTES, startsScript } from './program.ts'
import { Blocks, type Following, type Framing, Transfer } from './transfer.ts'

// what is known of a side of a flow
const FRESH = 0 // it has not spoken
const DONE = 1 // nothing that it says is looked at
const ASKS = 2 // HTTP requests
const ANSWERS = 3 // HTTP responses: each packet may begin one
const IN_HEAD = 4 // of a response, whose end is in a later packet
const BODY_NEXT = 5 // a response's head ended with its packet
const FOLLOWED = 6 // a program is on its way
const TFTP_ASKS = 7
const TFTP_SENDS = 8 // its options are agreed on, its first block is next
const FTP_ASKS = 9

/** Files followed at once; one more, and who moved least lately is given up. */
const MAX_FOLLOWED = 16
/** Heads of responses that are put together at once, and the longest. */
const MAX_HEADS = 64
const MAX_HEAD = 8192
/** The latest requests, a power of two, and as much of each as tells who asks for what. */
const REQUESTS = 1024
const REQUEST_BYTES = 512
/** Names asked for by TFTP and FTP. */
const MAX_NAMES = 256
/** Segments that overtook a side's first are waited for within so many bytes. */
const OVERTAKEN = 1 << 16

const TFTP = 69
const FTP = 21

interface Followed {
  readonly file: Following
  readonly told: ReturnType<Fetches['begin']>
  /** HTTP may say more afterwards. */
  readonly after: number
}

/**
 * Sees programs (and scripts that fetch them) go by in clear: as the body of an HTTP response, in TFTP, or as all that is said in a TCP
 * conversation, as in FTP. Most packets cost it a look at one byte; of programs every packet is followed to the end, to hash them.
 */
export class FetchSensor implements Sensor {
  private readonly desk: SensorDesk
  private readonly ends: Ends
  private readonly fetches: Fetches
  /** By row and side. */
  private readonly state: Uint8Array
  private readonly followed = new Map<number, Followed>()
  private readonly heads = new Map<number, string>()
  private readonly requests = new Uint8Array(REQUESTS * REQUEST_BYTES)
  private readonly requestLengths = new Uint16Array(REQUESTS)
  private readonly requestFlows = new Int32Array(REQUESTS)
  private readonly requestFrames = new Float64Array(REQUESTS)
  private readonly requestTimes = new Float64Array(REQUESTS)
  /** What was asked for by TFTP, by the asker's address and port; by FTP, by the two addresses. The oldest makes room. */
  private readonly names = new Map<string, string>()
  /** Bytes a block, where TFTP's options say so. */
  private readonly blocks = new Map<number, number>()

  constructor(desk: SensorDesk) {
    this.desk = desk
    this.ends = new Ends(desk)
    this.fetches = new Fetches(desk, this.ends)
    this.state = new Uint8Array(2 * desk.table.capacity)
  }

  begin(_p: Packet, row: number): void {
    this.state[2 * row] = FRESH
    this.state[2 * row + 1] = FRESH
  }

  payload(p: Packet, row: number): boolean {
    const at = 2 * row + this.desk.table.side
    const state = this.state[at]!
    if (state !== DONE) this.read(p, row, at, state)
    return this.state[2 * row] !== DONE || this.state[2 * row + 1] !== DONE
  }

  private read(p: Packet, row: number, at: number, state: number): void {
    if (p.payloadEnd <= p.payload) {
      if (state === FOLLOWED && p.protocol === PROTO_TCP && p.tcpFlags & TCP_FIN) this.follow(p, at)
      return
    }
    switch (state) {
      case FRESH:
        this.first(p, row, at)
        break
      case ASKS:
        if (isRequestStart(p.buf, p.payload, p.payloadEnd)) this.remember(p, row)
        break
      case ANSWERS:
        if (isResponseStart(p.buf, p.payload, p.payloadEnd)) this.head(p, row, at)
        break
      case IN_HEAD:
        this.head(p, row, at)
        break
      case BODY_NEXT:
        this.body(p, row, at, p.payload, this.heads.get(at))
        break
      case FOLLOWED:
        this.follow(p, at)
        break
      case TFTP_ASKS:
        this.tftpAsks(p, row)
        break
      case TFTP_SENDS:
        this.tftpSends(p, row, at)
        break
      case FTP_ASKS:
        this.ftpAsks(p, row)
        break
      default:
    }
  }

  end(row: number): void {
    const at = 2 * row
    if (this.state[at]! > DONE) this.leave(at)
    if (this.state[at + 1]! > DONE) this.leave(at + 1)
  }

  report(): void {
    this.fetches.report()
  }

  private leave(at: number): void {
    if (this.state[at] === FOLLOWED) this.stop(at, this.followed.get(at)!)
    this.heads.delete(at)
    this.blocks.delete(at)
    this.state[at] = DONE
  }

  /** The first that a side says. */
  private first(p: Packet, row: number, at: number): void {
    // a later fragment begins anywhere
    if (p.transport < 0) this.state[at] = DONE
    else if (p.protocol === PROTO_TCP) {
      if (p.tcpFlags & TCP_RST || this.isOvertaking(p, row)) return
      this.firstOfStream(p, row, at)
    } else if (p.protocol === PROTO_UDP) this.firstDatagram(p, row, at)
    else this.state[at] = DONE
  }

  /** It stands behind what has not been seen yet, and will come. */
  private isOvertaking(p: Packet, row: number): boolean {
    const { table } = this.desk
    const w = table.words
    const o = row * ROW_WORDS
    if ((w[o + FLAGS]! & (table.side === table.initiator(row) ? SYN_SEEN : ACCEPTED)) === 0) return false
    const ahead = (p.tcpSeq - w[o + FIRST_SEQ + table.side]!) | 0
    return ahead > 0 && ahead < OVERTAKEN
  }

  private firstOfStream(p: Packet, row: number, at: number): void {
    const b = p.buf
    const o = p.payload
    switch (b[o]) {
      case 0x48: // HTTP/1.
        if (isResponseStart(b, o, p.payloadEnd)) {
          this.state[at] = ANSWERS
          this.head(p, row, at)
          return
        }
        break
      case 0x47: // GET
      case 0x50: // POST
        if (isRequestStart(b, o, p.payloadEnd)) {
          this.state[at] = ASKS
          this.remember(p, row)
          return
        }
        break
      case 0x7f:
        if (isElf(b, o, p.payloadEnd)) {
          this.raw(p, row, at)
          return
        }
        break
      case 0x23: // #!
        if (b[o + 1] === 0x21 && startsScript(b, o, p.payloadEnd)) {
          this.raw(p, row, at)
          return
        }
        break
      default:
    }
    if (p.dstPort === FTP) {
      this.state[at] = FTP_ASKS
      this.ftpAsks(p, row)
    } else this.state[at] = DONE
  }

  /** All that is said is the file: FTP's data, or a loader of its own. */
  private raw(p: Packet, row: number, at: number): void {
    const { table } = this.desk
    const from = this.ends.ip(row, table.side)
    const to = this.ends.ip(row, 1 - table.side)
    const name = this.names.get(`ftp ${to} ${from}`) ?? this.names.get(`ftp ${from} ${to}`)
    const way: Way = name === undefined ? { by: 'tcp' } : { by: 'ftp', name }
    this.start(p, row, at, p.payload, way, { whole: true }, DONE)
  }

  private remember(p: Packet, row: number): void {
    const slot = row & (REQUESTS - 1)
    const length = Math.min(p.payloadEnd - p.payload, REQUEST_BYTES)
    copyBytes(this.requests, slot * REQUEST_BYTES, p.buf, p.payload, p.payload + length)
    this.requestLengths[slot] = length
    this.requestFlows[slot] = this.desk.table.words[row * ROW_WORDS + FLOW]!
    this.requestFrames[slot] = p.frame
    this.requestTimes[slot] = p.time
  }

  private asked(row: number): (Asked & At) | undefined {
    const slot = row & (REQUESTS - 1)
    if (this.requestFlows[slot] !== this.desk.table.words[row * ROW_WORDS + FLOW]) return undefined
    const from = slot * REQUEST_BYTES
    const asked = readAsked(this.requests, from, from + this.requestLengths[slot]!)
    return asked && { ...asked, frame: this.requestFrames[slot]!, time: this.requestTimes[slot]! }
  }

  /** A response begins here, or its head goes on. */
  private head(p: Packet, row: number, at: number): void {
    const before = this.state[at] === IN_HEAD ? this.heads.get(at) : undefined
    const b = p.buf
    const from = p.payload
    // an empty line may be cut in two: that of so few is looked for in the text
    const body = before === undefined ? headEnd(b, from, p.payloadEnd) : -1
    if (body < 0) {
      const head = (before ?? '') + latin1(b, from, Math.min(p.payloadEnd, from + MAX_HEAD))
      const empty = /\r?\n\r?\n/.exec(head)
      if (!empty) {
        if (head.length > MAX_HEAD) this.drop(at)
        else this.keep(at, head, IN_HEAD)
        return
      }
      const behind = head.length - empty.index - empty[0].length
      this.toBody(p, row, at, p.payloadEnd - behind, head.slice(0, empty.index))
      return
    }
    this.toBody(p, row, at, body, undefined)
  }

  /** @param head text of it; by default it is all in this packet before `body` */
  private toBody(p: Packet, row: number, at: number, body: number, head: string | undefined): void {
    if (body < p.payloadEnd) {
      this.body(p, row, at, body, head)
      return
    }
    this.keep(at, head ?? latin1(p.buf, p.payload, body), BODY_NEXT)
  }

  private keep(at: number, head: string, state: number): void {
    if (!this.heads.has(at) && this.heads.size >= MAX_HEADS) {
      const oldest = this.heads.keys().next().value!
      this.heads.delete(oldest)
      if (this.state[oldest] === IN_HEAD || this.state[oldest] === BODY_NEXT) this.state[oldest] = ANSWERS
    }
    this.heads.set(at, head)
    this.state[at] = state
  }

  private drop(at: number): void {
    this.heads.delete(at)
    this.state[at] = ANSWERS
  }

  /** A response's body begins at buf[from]. */
  private body(p: Packet, row: number, at: number, from: number, head: string | undefined): void {
    this.heads.delete(at)
    this.state[at] = ANSWERS
    const b = p.buf
    // chunks begin with their size, in a line
    let content = from
    if (!mayBegin(b, content, p.payloadEnd)) {
      content = firstChunk(b, from, p.payloadEnd)
      if (content < 0 || !mayBegin(b, content, p.payloadEnd)) {
        // after an answer without a body comes the next
        if (isResponseStart(b, from, p.payloadEnd) && from === p.payload) this.head(p, row, at)
        return
      }
    }
    const answered = readAnswered(head ?? latin1(b, p.payload, from))
    if (!answered || answered.chunked !== content > from) return
    this.http(p, row, at, from, answered)
  }

  private http(p: Packet, row: number, at: number, from: number, answered: Answered): void {
    const asked = this.asked(row)
    const { length, chunked, whole } = answered
    const framing: Framing = { chunked, whole, ...(length !== undefined && { length }) }
    this.start(p, row, at, from, { by: 'http', asked }, framing, ANSWERS)
  }

  /** A file begins at buf[from]. */
  private start(p: Packet, row: number, at: number, from: number, way: Way, framing: Framing, after: number): void {
    this.begun(p, row, at, new Transfer(p.tcpSeq + (from - p.payload), framing, SCRIPT_BYTES), way, after)
    const followed = this.followed.get(at)
    if (followed) this.advance(p, at, followed, from)
  }

  private begun(p: Packet, row: number, at: number, file: Following, way: Way, after: number): void {
    if (this.followed.size >= MAX_FOLLOWED) {
      const [least, given] = this.followed.entries().next().value!
      this.stop(least, given)
    }
    this.followed.set(at, { file, told: this.fetches.begin(p, row, way), after })
    this.state[at] = FOLLOWED
  }

  private follow(p: Packet, at: number): void {
    const followed = this.followed.get(at)!
    // who moved lately is given up last
    this.followed.delete(at)
    this.followed.set(at, followed)
    this.advance(p, at, followed, p.payload)
  }

  private advance(p: Packet, at: number, followed: Followed, from: number): void {
    const { file } = followed
    if (file instanceof Blocks) {
      if (!isBlock(p)) return
      file.take(number16(p.buf, p.payload + 2), p.buf, p.payload + 4, p.payloadEnd, p.payloadWire - 4)
    } else if (file instanceof Transfer) {
      const seq = p.tcpSeq + (from - p.payload)
      file.take(p.buf, from, p.payloadEnd, p.payloadWire - (from - p.payload), seq >>> 0, (p.tcpFlags & TCP_FIN) !== 0)
    }
    if (this.fetches.see(p, followed.told, file) && !file.done && !file.broken) return
    this.stop(at, followed)
  }

  private stop(at: number, { file, told, after }: Followed): void {
    this.followed.delete(at)
    this.state[at] = after
    file.close()
    this.fetches.ended(told, file)
  }

  private firstDatagram(p: Packet, row: number, at: number): void {
    const b = p.buf
    const o = p.payload
    this.state[at] = DONE
    if (b[o] !== 0) return
    if (p.dstPort === TFTP && (b[o + 1] === 1 || b[o + 1] === 2)) {
      this.state[at] = TFTP_ASKS
      this.tftpAsks(p, row)
    } else this.tftpSends(p, row, at)
  }

  /** RFC 1350: a read or write request is an opcode, a name and a mode, each ended by a zero. */
  private tftpAsks(p: Packet, row: number): void {
    const { side } = this.desk.table
    const b = p.buf
    if (p.payloadEnd - p.payload < 6 || b[p.payload] !== 0) return
    if (b[p.payload + 1] === 3) {
      // what is sent to the port that is asked
      this.tftpSends(p, row, 2 * row + side)
      return
    }
    if (b[p.payload + 1] !== 1 && b[p.payload + 1] !== 2) return
    const end = b.indexOf(0, p.payload + 2)
    if (end < 0 || end >= p.payloadEnd) return
    this.note(`tftp ${this.ends.ip(row, side)} ${p.srcPort}`, printable(latin1(b, p.payload + 2, end), 128))
  }

  /** Options agreed on (RFC 2347), or a block. */
  private tftpSends(p: Packet, row: number, at: number): void {
    const b = p.buf
    const o = p.payload
    this.state[at] = DONE
    if (b[o] === 0 && b[o + 1] === 6) {
      const size = /(?:^|\0)blksize\0(\d{1,5})\0/i.exec(latin1(b, o + 2, Math.min(p.payloadEnd, o + 256)))?.[1]
      if (!/^[\x20-\x7e]{1,32}\0[\x20-\x7e]/.test(latin1(b, o + 2, Math.min(p.payloadEnd, o + 64)))) return
      if (this.blocks.size >= MAX_HEADS) this.blocks.delete(this.blocks.keys().next().value!)
      this.blocks.set(at, Number(size ?? 512))
      this.state[at] = TFTP_SENDS
      return
    }
    if (!isBlock(p) || number16(b, o + 2) !== 1) return
    if (!isElf(b, o + 4, p.payloadEnd) && !startsScript(b, o + 4, p.payloadEnd)) return
    const { side } = this.desk.table
    const to = this.ends.ip(row, 1 - side)
    const name = this.names.get(`tftp ${to} ${p.dstPort}`) ?? this.names.get(`tftp ${this.ends.ip(row, side)} ${p.srcPort}`)
    // without options blocks are of 512 bytes; where the agreement was not seen, the first block tells
    const size = this.blocks.get(at) ?? Math.max(512, p.payloadWire - 4)
    this.begun(p, row, at, new Blocks(size, SCRIPT_BYTES), { by: 'tftp', ...(name !== undefined && { name }) }, DONE)
    this.advance(p, at, this.followed.get(at)!, o)
  }

  private ftpAsks(p: Packet, row: number): void {
    const b = p.buf
    const o = p.payload
    // RETR and STOR, in either case (RFC 959)
    const c = b[o]! | 0x20
    if ((c !== 0x72 && c !== 0x73) || p.payloadEnd - o < 7 || b[o + 4] !== 0x20) return
    const line = /^(?:RETR|STOR) ([^\r\n]{1,255})/i.exec(latin1(b, o, Math.min(p.payloadEnd, o + 300)))
    if (!line) return
    const { side } = this.desk.table
    this.note(`ftp ${this.ends.ip(row, side)} ${this.ends.ip(row, 1 - side)}`, printable(line[1]!, 128))
  }

  private note(key: string, name: string): void {
    if (!this.names.delete(key) && this.names.size >= MAX_NAMES) this.names.delete(this.names.keys().next().value!)
    this.names.set(key, name)
  }
}

function mayBegin(b: Uint8Array, at: number, end: number): boolean {
  return isElf(b, at, end) || startsScript(b, at, end)
}

/** Offset behind the first chunk's line, -1 where there is none (RFC 9112, section 7.1). */
function firstChunk(b: Uint8Array, at: number, end: number): number {
  for (let i = at; i < end && i < at + 20; i++) {
    const c = b[i]!
    if (c === 10) return i > at && b[i - 1] === 13 ? i + 1 : -1
    if (c !== 13 && c !== 0x3b && !(c >= 0x30 && c <= 0x39) && !((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66)) return -1
  }
  return -1
}

function isBlock(p: Packet): boolean {
  return p.payloadEnd - p.payload >= 4 && p.buf[p.payload] === 0 && p.buf[p.payload + 1] === 3
}

function number16(b: Uint8Array, o: number): number {
  return (b[o]! << 8) | b[o + 1]!
}
