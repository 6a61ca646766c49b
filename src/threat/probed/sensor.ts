import { type Packet, PROTO_TCP, PROTO_UDP, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../decode/packet.ts'
import { type AddressKey, IPV6_BASE } from '../../device/addresses.ts'
import { MAX_HOSTS } from '../../device/hosts.ts'
import type { Sensor, SensorDesk } from '../../evidence/sensor.ts'
import type { SignFacts } from '../../evidence/sign.ts'
import { FLAGS, ROW_WORDS, SYN_SEEN, TO_GROUP } from '../../flow/table.ts'
import { NEVER, RECRUITING, TCP_PORTS, UDP_PORTS } from '../ports.ts'
import { ANSWERS, SILENT, Sketches, TRIES } from '../sketches.ts'
import * as tunable from './tunables.ts'

// what a row counts, the third word of its key; the first is the host
const NEIGHBOUR = 1 // ports that a neighbour tried; the second word is its address
const NEIGHBOUR_SIX = 2
const INTERNET = 3 // strangers that tried any port

const ROWS = 4096
const FLAGS_OF_SYN = TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN
const MAX_PORTS = 6

/** What was counted of a row beside its sketch. */
interface Beside {
  /** Calls at ports that bots call, by port, the first few. */
  ports: Map<number, number>
  /** Calls that bear Mirai's mark. */
  marked: number
  raised?: NonNullable<SignFacts['raised']>
}

/** Who looks for what the device offers, from the Internet or from beside it, and is not let in. */
export class ProbedSensor implements Sensor {
  private readonly desk: SensorDesk
  private readonly rows = new Sketches(ROWS, (row) => this.leave(row))
  private readonly beside = new Map<number, Beside>()
  private readonly addressOf = new Float64Array(ROWS)
  /** Calls to the device under way or not answered, by handle. */
  private readonly open = new Int32Array(MAX_HOSTS)

  constructor(desk: SensorDesk) {
    this.desk = desk
  }

  begin(p: Packet, row: number): void {
    const { desk } = this
    const { side } = desk.table
    const handle = desk.actor(row, 1 - side)
    if (handle < 0) return
    // from outside only what bots look for is of interest: the rest may be a flood, or visitors
    const outside = desk.addresses.range(desk.src) === 'internet'
    let kind = 0
    if (p.protocol === PROTO_TCP) {
      if ((p.tcpFlags & FLAGS_OF_SYN) !== TCP_SYN) return
      kind = TCP_PORTS[p.dstPort]!
    } else if (p.protocol === PROTO_UDP) {
      if (p.transport < 0 || desk.table.initiator(row) !== side || (desk.table.words[row * ROW_WORDS + FLAGS]! & TO_GROUP) !== 0)
        return
      kind = UDP_PORTS[p.dstPort]!
    } else return
    if (kind === NEVER || (outside && kind !== RECRUITING)) return
    if (++this.open[handle]! < tunable.QUIET.value && kind !== RECRUITING) return
    this.tried(p, handle, desk.src, kind)
  }

  answer(p: Packet, row: number): void {
    const { desk } = this
    const { table } = desk
    const handle = desk.actor(row, table.side)
    if (handle < 0 || table.initiator(row) === table.side) return
    if (p.protocol === PROTO_TCP) {
      if ((p.tcpFlags & (TCP_SYN | TCP_ACK)) !== (TCP_SYN | TCP_ACK)) return
      if ((table.words[row * ROW_WORDS + FLAGS]! & SYN_SEEN) === 0 || TCP_PORTS[p.srcPort] === NEVER) return
    } else if (p.protocol !== PROTO_UDP || p.transport < 0 || UDP_PORTS[p.srcPort] === NEVER) return
    const source = desk.addresses.key(p.buf, p.dstIp, p.ipVersion === 6 ? 16 : 4)
    if (this.open[handle]! > 0 && desk.addresses.range(source) !== 'internet') this.open[handle]!--
    const found = this.find(handle, source)
    if (found < 0) return
    this.rows.answer(found, this.isInternet(found) ? source : p.srcPort)
    const kept = this.beside.get(found)
    const calls = kept?.ports.get(p.srcPort)
    if (calls !== undefined && calls > 0) kept!.ports.set(p.srcPort, calls - 1)
  }

  syn(p: Packet, row: number): void {
    if (p.ipVersion !== 4) return
    const { desk } = this
    const answers = (p.tcpFlags & TCP_ACK) !== 0
    // the mark itself, or the answer to it where only that was captured
    const b = p.buf
    const own = answers ? p.srcIp : p.dstIp
    const marked = ((b[own]! << 24) | (b[own + 1]! << 16) | (b[own + 2]! << 8) | b[own + 3]!) >>> 0
    if (marked !== (answers ? (p.tcpAck - 1) >>> 0 : p.tcpSeq)) return
    const { side } = desk.table
    const handle = desk.actor(row, answers ? side : 1 - side)
    // of both the call counts
    if (handle < 0 || (answers && (desk.table.words[row * ROW_WORDS + FLAGS]! & SYN_SEEN) !== 0)) return
    const at = this.of(handle, desk.addresses.key(b, answers ? p.dstIp : p.srcIp, 4))
    const kept = this.kept(at)
    kept.marked++
    this.rows.note(at, p, true)
    if (kept.marked >= tunable.MARKED.value) this.raise(at, kept)
  }

  report(): void {
    for (const row of this.rows.all()) if (this.beside.get(row)?.raised !== undefined) this.tell(row)
  }

  private tried(p: Packet, handle: number, source: AddressKey, kind: number): void {
    const { rows } = this
    const row = this.of(handle, source)
    const internet = this.isInternet(row)
    rows.try(row, internet ? source : p.dstPort, p)
    if (kind === RECRUITING) {
      const { ports } = this.kept(row)
      if (ports.size < MAX_PORTS || ports.has(p.dstPort)) ports.set(p.dstPort, (ports.get(p.dstPort) ?? 0) + 1)
    }
    if (rows.isRaised(row)) return
    const kept = this.beside.get(row)
    const silent = rows.words[rows.at(row) + SILENT]!
    if (internet) {
      if (calls(kept) >= tunable.STRANGERS.value && silent >= tunable.STRANGERS.value / 2) this.raise(row, this.kept(row))
      return
    }
    const knocks = calls(kept) >= tunable.KNOCKS.value
    if ((knocks || silent >= tunable.PORTS.value) && rows.isSure(row, knocks ? 1 : tunable.PORTS.value, p.time))
      this.raise(row, this.kept(row))
  }

  private of(handle: number, source: AddressKey): number {
    if (this.desk.addresses.range(source) === 'internet') return this.rows.of(handle, 0, INTERNET)
    const row = this.rows.of(handle, source | 0, source >= IPV6_BASE ? NEIGHBOUR_SIX : NEIGHBOUR)
    this.addressOf[row] = source
    return row
  }

  private find(handle: number, source: AddressKey): number {
    if (this.desk.addresses.range(source) === 'internet') return this.rows.find(handle, 0, INTERNET)
    return this.rows.find(handle, source | 0, source >= IPV6_BASE ? NEIGHBOUR_SIX : NEIGHBOUR)
  }

  private isInternet(row: number): boolean {
    return this.rows.key(row, 2) === INTERNET
  }

  private kept(row: number): Beside {
    let kept = this.beside.get(row)
    if (!kept) this.beside.set(row, (kept = { ports: new Map(), marked: 0 }))
    return kept
  }

  private raise(row: number, kept: Beside): void {
    if (kept.raised) return
    kept.raised = { time: this.rows.last(row), frame: this.rows.latest(row) }
    this.rows.raise(row)
    this.tell(row)
  }

  private leave(row: number): void {
    if (this.beside.get(row)?.raised !== undefined) this.tell(row)
    this.beside.delete(row)
  }

  private tell(row: number): void {
    const { rows, desk } = this
    const { ports, marked, raised } = this.beside.get(row)!
    const internet = this.isInternet(row)
    const address = this.addressOf[row]!
    const ip = internet ? '' : desk.addresses.text(address)
    const o = rows.at(row)
    const tries = rows.words[o + TRIES]!
    const named = [...ports].sort((a, b) => b[1] - a[1]).map(([port]) => port)
    desk.sign(rows.key(row, 0), internet ? 'internet' : `neighbour ${ip}`, {
      detector: 'probed',
      what: marked >= tunable.MARKED.value ? 'mirai' : internet ? 'internet' : calls({ ports }) > 0 ? 'knocks' : 'ports',
      role: 'target',
      ...(internet ? {} : { peer: { ip, port: 0, scope: 'local' } }),
      ...(named.length === 1 ? { port: named[0]! } : {}),
      detail: {
        internet: internet ? 1 : 0,
        marked,
        ports: named.join(', '),
        different: rows.distinct(row),
        silent: rows.words[o + SILENT]!,
        answered: rows.words[o + ANSWERS]!,
      },
      count: Math.max(tries, marked),
      first: rows.first(row),
      last: rows.last(row),
      frames: rows.frames(row),
      raised: raised!,
    })
  }
}

function calls(kept: Pick<Beside, 'ports'> | undefined): number {
  let sum = 0
  for (const n of kept?.ports.values() ?? []) sum += n
  return sum
}
