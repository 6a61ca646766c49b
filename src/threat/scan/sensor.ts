import type { readArp } from '../../decode/arp.ts'
import { mix } from '../../decode/mix.ts'
import {
  type Packet,
  PROTO_ICMP,
  PROTO_ICMPV6,
  PROTO_TCP,
  PROTO_UDP,
  TCP_ACK,
  TCP_FIN,
  TCP_RST,
  TCP_SYN,
} from '../../decode/packet.ts'
import { type AddressKey, IPV6_BASE } from '../../device/addresses.ts'
import { MAX_HOSTS } from '../../device/hosts.ts'
import type { Sensor, SensorDesk } from '../../evidence/sensor.ts'
import type { SignFacts } from '../../evidence/sign.ts'
import { FLAGS, ROW_WORDS, SYN_SEEN, TO_GROUP } from '../../flow/table.ts'
import { heldSince } from '../held.ts'
import { LIKELY, NEVER, RECRUITING, TCP_PORTS, UDP_PORTS, WEB } from '../ports.ts'
import { ANSWERS, NOTE, SILENT, Sketches, TRIES } from '../sketches.ts'
import { Together } from './together.ts'
import * as tunable from './tunables.ts'

// what a row counts, the third word of its key; the first is the host, the second protocol and port
const WIDE = 1 // addresses at one port of the Internet
const NEAR = 2 // the same among neighbours
const ALL = 3 // addresses and ports, all together
const MARK = 4 // addresses that Mirai's packets went to
const ARPED = 5 // addresses asked for by ARP

const WIDE_ROWS = 8192
const DEEP_ROWS = 2048
/** In a key of a deep row, beside the protocol. */
const SIX = 256
const FLAGS_OF_SYN = TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN
/** Ports that traceroute calls, one more each packet. */
const TRACEROUTE = [33434, 33690] as const
const TELNET: ReadonlySet<number> = new Set([23, 26, 2323, 5358, 6789, 23231])
const MAX_PORTS = 8
/** In the end so long a silence (microseconds) is enough. */
const PATIENCE_IN_THE_END = 1e6
const ARP_REQUEST = 1
const ECHO = [8, 128] as const
const ECHO_REPLY = [0, 129] as const

type Raised = NonNullable<SignFacts['raised']>

/** Who looks for others: counts, of each device, the different addresses at each port and ports of each address that it tries in vain. */
export class ScanSensor implements Sensor {
  private readonly desk: SensorDesk
  private readonly wide = new Sketches(WIDE_ROWS, (row) => this.leaveWide(row))
  private readonly deep = new Sketches(DEEP_ROWS, (row) => this.leaveDeep(row))
  private readonly together = new Together()
  /** Of raised rows. */
  private readonly raisedWide = new Map<number, Raised>()
  private readonly raisedDeep = new Map<number, Raised>()
  private readonly addressOf = new Float64Array(DEEP_ROWS)
  /** Calls under way or never answered, by handle. */
  private readonly open = new Int32Array(MAX_HOSTS)
  /** Somebody answered the device, whatever it was: the capture has both directions. */
  private readonly heard = new Uint8Array(MAX_HOSTS)
  /** Ports at which the device looked for neighbours. */
  private readonly swept = new Uint8Array(MAX_HOSTS)
  /** By handle: ports at which Mirai's packets went, and the row by which a sweep of neighbours is told. */
  private readonly marks = new Map<number, Set<number>>()
  private readonly sweeps = new Map<number, number>()
  private time = 0

  constructor(desk: SensorDesk) {
    this.desk = desk
  }

  begin(p: Packet, row: number): void {
    const { desk } = this
    const { side } = desk.table
    const handle = desk.actor(row, side)
    if (handle < 0) return
    const kind = this.kindOf(p, row, side)
    if (kind === NEVER) return
    this.time = p.time
    if (++this.open[handle]! < tunable.QUIET.value && kind !== RECRUITING) return
    this.tried(p, handle, kind)
  }

  answer(p: Packet, row: number): void {
    const { desk } = this
    const { table } = desk
    const side = 1 - table.side
    const handle = desk.actor(row, side)
    if (handle < 0) return
    this.heard[handle] = 1
    this.time = p.time
    if (table.initiator(row) !== side || !this.opens(p, row)) return
    if (this.open[handle]! > 0) this.open[handle]!--
    const key = keyAt(desk, p, p.srcIp)
    const wide = this.wide.find(handle, wordOf(p, p.srcPort), desk.addresses.range(key) === 'private' ? NEAR : WIDE)
    if (wide >= 0) this.wide.answer(wide, key)
    const deep = this.deep.find(handle, key | 0, familyOf(p, key))
    if (deep >= 0) this.deep.answer(deep, p.srcPort)
  }

  syn(p: Packet, row: number): void {
    if (p.tcpFlags & TCP_ACK || p.ipVersion !== 4) return
    const b = p.buf
    const d = p.dstIp
    if (((b[d]! << 24) | (b[d + 1]! << 16) | (b[d + 2]! << 8) | b[d + 3]!) >>> 0 !== p.tcpSeq) return
    const handle = this.desk.actor(row, this.desk.table.side)
    if (handle >= 0) this.marked(p, handle)
  }

  arp(p: Packet, arp: NonNullable<ReturnType<typeof readArp>>, handle: number): void {
    if (arp.operation !== ARP_REQUEST) return
    const target = keyAt(this.desk, p, arp.targetIp)
    if (target === keyAt(this.desk, p, arp.senderIp)) return
    const row = this.wide.of(handle, 0, ARPED)
    // who calls many neighbours now and then asks for them now and then
    if (!this.wide.isRaised(row) && p.time - this.wide.first(row) > tunable.ARP_WITHIN.value * 1e6) this.wide.clear(row)
    this.wide.try(row, target, p)
    if (this.wide.isRaised(row) || this.wide.words[this.wide.at(row) + SILENT]! < tunable.ARPED.value) return
    // a router asks for whoever is called from outside
    if (!this.desk.hosts.isRouter(this.desk.hosts.all[handle]!)) this.raiseWide(row)
  }

  report(): void {
    for (const row of this.wide.all()) {
      if (!this.wide.isRaised(row) && this.isSureInTheEnd(row)) this.raiseWide(row)
      if (this.wide.isRaised(row)) this.tellWide(row)
    }
    for (const row of this.deep.all()) {
      const handle = this.deep.key(row, 0)
      const late = this.heard[handle] === 1 && this.deep.isSure(row, tunable.DEEP.value, this.time, PATIENCE_IN_THE_END)
      if (!this.deep.isRaised(row) && late) this.raiseDeep(row)
      if (this.deep.isRaised(row)) this.tellDeep(row)
    }
  }

  /** How the port that a flow's first packet calls is looked at; NEVER for what is no call. */
  private kindOf(p: Packet, row: number, side: number): number {
    const { table } = this.desk
    if ((table.words[row * ROW_WORDS + FLAGS]! & TO_GROUP) !== 0) return NEVER
    if (p.protocol === PROTO_TCP) return (p.tcpFlags & FLAGS_OF_SYN) === TCP_SYN ? TCP_PORTS[p.dstPort]! : NEVER
    if (p.protocol === PROTO_UDP) return p.transport >= 0 && table.initiator(row) === side ? UDP_PORTS[p.dstPort]! : NEVER
    return isIcmp(p, ECHO) ? 0 : NEVER
  }

  /** Does this first packet of the other side let the caller in? A reset does not. */
  private opens(p: Packet, row: number): boolean {
    if (p.protocol === PROTO_TCP)
      return (
        (p.tcpFlags & (TCP_SYN | TCP_ACK)) === (TCP_SYN | TCP_ACK) &&
        (this.desk.table.words[row * ROW_WORDS + FLAGS]! & SYN_SEEN) !== 0 &&
        TCP_PORTS[p.srcPort] !== NEVER
      )
    if (p.protocol === PROTO_UDP) return p.transport >= 0 && UDP_PORTS[p.srcPort] !== NEVER
    return isIcmp(p, ECHO_REPLY)
  }

  private tried(p: Packet, handle: number, kind: number): void {
    const { desk } = this
    const { dst } = desk
    const range = desk.addresses.range(dst)
    // who forges its address looks for nobody: it would not hear the answer
    if (range === 'multicast' || !desk.owns(handle, desk.src)) return
    const near = range === 'private'
    const word = wordOf(p, p.dstPort)
    const row = this.wide.of(handle, word, near ? NEAR : WIDE)
    this.wide.try(row, dst, p)
    if (near) this.triedNear(row, p.time, isBeside(desk.src, dst))
    else {
      this.wide.try(this.wide.of(handle, p.protocol, ALL), mix(dst | 0, word), p)
      this.triedFar(row, kind, dst, p.time)
    }
    if (p.protocol === PROTO_TCP || (near && p.protocol === PROTO_UDP && !isTraceroute(p.dstPort))) this.triedPort(p, handle, dst)
  }

  private triedFar(row: number, kind: number, dst: AddressKey, time: number): void {
    const { wide } = this
    if (wide.isRaised(row)) return
    const handle = wide.key(row, 0)
    const silent = wide.words[wide.at(row) + SILENT]!
    const need = needOf(kind)
    if (kind !== RECRUITING) {
      if (silent >= need && this.heard[handle] === 1 && wide.isSure(row, need, time) && this.isMost(row, tunable.SHARE.value))
        this.raiseWide(row)
      return
    }
    const heard = this.heard[handle] === 1
    if (silent >= (heard ? need : need * tunable.BLIND.value)) {
      if (this.isMost(row, tunable.BOT_SHARE.value)) this.raiseWide(row)
    } else if (heard && this.together.add(wide.key(row, 1), handle, dst) && silent >= tunable.EACH.value) this.raiseWide(row)
  }

  /** `beside`: the address is of the device's own network, as far as can be told. */
  private triedNear(row: number, time: number, beside: boolean): void {
    const { wide } = this
    if (wide.isRaised(row)) return
    const handle = wide.key(row, 0)
    const word = wide.key(row, 1)
    const o = wide.at(row)
    const silent = wide.words[o + SILENT]!
    if (beside && silent >= tunable.LATERAL.value && wide.words[o + NOTE] === 0) {
      wide.words[o + NOTE] = 1
      if (this.swept[handle]! < 255) this.swept[handle]!++
    }
    const need = beside ? nearNeed(word) : tunable.NEIGHBOURS.value
    if (silent >= need && this.heard[handle] === 1 && wide.isSure(row, need, time)) this.raiseWide(row)
  }

  private triedPort(p: Packet, handle: number, dst: AddressKey): void {
    const { deep } = this
    const row = deep.of(handle, dst | 0, familyOf(p, dst))
    this.addressOf[row] = dst
    deep.try(row, p.dstPort, p)
    if (deep.words[deep.at(row) + SILENT]! < tunable.DEEP.value || deep.isRaised(row) || this.heard[handle] !== 1) return
    if (deep.isSure(row, tunable.DEEP.value, p.time)) this.raiseDeep(row)
  }

  private marked(p: Packet, handle: number): void {
    const row = this.wide.of(handle, 0, MARK)
    const dst = keyAt(this.desk, p, p.dstIp)
    this.wide.try(row, dst, p)
    let ports = this.marks.get(handle)
    if (!ports) this.marks.set(handle, (ports = new Set()))
    if (ports.size < MAX_PORTS) ports.add(p.dstPort)
    if (!this.wide.isRaised(row) && this.wide.words[this.wide.at(row) + TRIES]! >= tunable.MARKED.value) this.raiseWide(row)
  }

  /** Is it no small part of what the device tries on the Internet, and mostly in vain? Counted once a step, as it takes its time. */
  private isMost(row: number, share: number): boolean {
    const { wide } = this
    const o = wide.at(row)
    const silent = wide.words[o + SILENT]!
    if (wide.words[o + NOTE] === silent) return false
    wide.words[o + NOTE] = silent
    if (2 * wide.words[o + ANSWERS]! > wide.words[o + TRIES]!) return false
    const all = wide.find(wide.key(row, 0), wide.key(row, 1) >> 16, ALL)
    return all < 0 || silent * share >= wide.distinct(all)
  }

  /** What was silent in the end, or is enough only since others joined in. */
  private isSureInTheEnd(row: number): boolean {
    const { wide } = this
    const handle = wide.key(row, 0)
    const word = wide.key(row, 1)
    if (this.heard[handle] !== 1) return false
    if (wide.key(row, 2) === NEAR) {
      const need = wide.words[wide.at(row) + NOTE] === 0 ? tunable.NEIGHBOURS.value : nearNeed(word)
      return wide.isSure(row, need, this.time, PATIENCE_IN_THE_END)
    }
    if (wide.key(row, 2) !== WIDE) return false
    const kind = kindOfWord(word)
    if (kind === RECRUITING) return this.together.isEnough(word) && wide.words[wide.at(row) + SILENT]! >= tunable.EACH.value
    return wide.isSure(row, needOf(kind), this.time, PATIENCE_IN_THE_END) && this.isMost(row, tunable.SHARE.value)
  }

  private raiseWide(row: number): void {
    this.wide.raise(row)
    this.raisedWide.set(row, { time: this.wide.last(row), frame: this.wide.latest(row) })
    this.tellWide(row)
  }

  private raiseDeep(row: number): void {
    this.deep.raise(row)
    this.raisedDeep.set(row, { time: this.deep.last(row), frame: this.deep.latest(row) })
    this.tellDeep(row)
  }

  private leaveWide(row: number): void {
    if (!this.wide.isRaised(row)) return
    this.tellWide(row)
    this.raisedWide.delete(row)
  }

  private leaveDeep(row: number): void {
    if (!this.deep.isRaised(row)) return
    this.tellDeep(row)
    this.raisedDeep.delete(row)
  }

  private tellWide(row: number): void {
    const handle = this.wide.key(row, 0)
    const word = this.wide.key(row, 1)
    const raised = this.raisedWide.get(row)!
    switch (this.wide.key(row, 2)) {
      case MARK: {
        const ports = [...this.marks.get(handle)!].sort((a, b) => a - b)
        const only = ports.length === 1 ? { port: ports[0]! } : {}
        this.tell(this.wide, row, 'mirai', { what: 'mirai', ...only, detail: { ports: ports.join(', ') }, raised })
        return
      }
      case WIDE:
        this.tellFar(row, handle, word, raised)
        return
      default:
        this.tellNear(row, handle, word, raised)
    }
  }

  private tellFar(row: number, handle: number, word: number, raised: Raised): void {
    const { wide } = this
    // said with the mark
    if (word >> 16 === PROTO_TCP && this.isMarked(handle)) return
    const transport = transportOf(word)
    const own = wide.words[wide.at(row) + SILENT]! < tunable.RECRUITED.value && kindOfWord(word) === RECRUITING
    const detail = own ? this.together.figures(word) : {}
    const port = transport === 'icmp' ? {} : { port: word & 0xffff }
    // whether they have names is known elsewhere
    const held = kindOfWord(word) !== RECRUITING
    const facts = { what: own ? 'together' : `${transport}-addresses`, ...port }
    if (held) this.tell(wide, row, `${transport}/${word & 0xffff}`, { ...facts, detail: heldSince(raised.time, raised.frame) })
    else this.tell(wide, row, `${transport}/${word & 0xffff}`, { ...facts, detail, raised })
  }

  private isMarked(handle: number): boolean {
    const mark = this.marks.has(handle) ? this.wide.find(handle, 0, MARK) : -1
    return mark >= 0 && this.wide.isRaised(mark)
  }

  private tellNear(row: number, handle: number, word: number, raised: Raised): void {
    // who tries addresses by lot meets private ones, too
    const far = this.wide.find(handle, word, WIDE)
    if ((far >= 0 && this.wide.isRaised(far)) || this.isMarked(handle)) return
    const detail = { swept: this.swept[handle]! }
    if (isTelnet(word)) {
      this.tell(this.wide, row, `near tcp/${word & 0xffff}`, { what: 'near-telnet', port: word & 0xffff, detail, raised })
      return
    }
    // one for all that it looks for among its neighbours
    if (!this.sweeps.has(handle)) this.sweeps.set(handle, row)
    if (this.sweeps.get(handle) !== row) return
    const arp = this.wide.key(row, 2) === ARPED
    const port = arp || transportOf(word) === 'icmp' ? {} : { port: word & 0xffff }
    const by = arp ? 'arp' : transportOf(word)
    this.tell(this.wide, row, 'local-discovery', { what: 'local-discovery', ...port, detail: { ...detail, by }, raised })
  }

  private tellDeep(row: number): void {
    const { addresses } = this.desk
    const address = this.addressOf[row]!
    const ip = addresses.text(address)
    const scope = addresses.range(address) === 'private' ? 'local' : 'internet'
    const transport = (this.deep.key(row, 2) & 0xff) === PROTO_TCP ? 'tcp' : 'udp'
    const raised = this.raisedDeep.get(row)!
    this.tell(this.deep, row, `ports ${transport} ${ip}`, {
      what: `${transport}-ports`,
      peer: { ip, port: 0, scope },
      detail: {},
      raised,
    })
  }

  private tell(of: Sketches, row: number, key: string, facts: Omit<SignFacts, 'detector' | 'role'>): void {
    const o = of.at(row)
    const tries = of.words[o + TRIES]!
    const first = of.first(row)
    const last = of.last(row)
    this.desk.sign(of.key(row, 0), key, {
      detector: 'scan',
      role: 'source',
      ...facts,
      detail: { different: of.distinct(row), answered: of.words[o + ANSWERS]!, ...facts.detail },
      count: tries,
      first,
      last,
      frames: of.frames(row),
    })
  }
}

function needOf(kind: number): number {
  switch (kind) {
    case RECRUITING:
      return tunable.RECRUITED.value
    case LIKELY:
      return tunable.LIKELY_SCAN.value
    case WEB:
      return tunable.WEB_SCAN.value
    default:
      return tunable.OTHER_SCAN.value
  }
}

function nearNeed(word: number): number {
  return isTelnet(word) ? tunable.LATERAL.value : tunable.NEIGHBOURS.value
}

/** Protocol and port. */
function wordOf(p: Packet, port: number): number {
  return (p.protocol << 16) | (p.protocol === PROTO_TCP || p.protocol === PROTO_UDP ? port : 0)
}

function kindOfWord(word: number): number {
  const port = word & 0xffff
  return word >> 16 === PROTO_TCP ? TCP_PORTS[port]! : word >> 16 === PROTO_UDP ? UDP_PORTS[port]! : 0
}

function transportOf(word: number): 'tcp' | 'udp' | 'icmp' {
  return word >> 16 === PROTO_TCP ? 'tcp' : word >> 16 === PROTO_UDP ? 'udp' : 'icmp'
}

function isTelnet(word: number): boolean {
  return word >> 16 === PROTO_TCP && TELNET.has(word & 0xffff)
}

function isTraceroute(port: number): boolean {
  return port >= TRACEROUTE[0] && port <= TRACEROUTE[1]
}

function familyOf(p: Packet, key: AddressKey): number {
  return p.protocol | (key >= IPV6_BASE ? SIX : 0)
}

/** Private networks are seldom larger than /16. */
function isBeside(a: AddressKey, b: AddressKey): boolean {
  return a >= IPV6_BASE || (a ^ b) >>> 16 === 0
}

function keyAt(desk: SensorDesk, p: Packet, at: number): AddressKey {
  return desk.addresses.key(p.buf, at, p.ipVersion === 6 ? 16 : 4)
}

/** By types of ICMP and ICMPv6. */
function isIcmp(p: Packet, [four, six]: readonly [number, number]): boolean {
  return (p.protocol === PROTO_ICMP && p.srcPort === four) || (p.protocol === PROTO_ICMPV6 && p.srcPort === six)
}
