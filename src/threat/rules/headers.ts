import { type Packet, PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP, TCP_RST } from '../../decode/packet.ts'
import type { MakeSensor, Sensor, SensorDesk } from '../../evidence/sensor.ts'
import { FLAGS, HI_SHIFT, ROW_WORDS, SENT } from '../../flow/table.ts'
import { AddressTest, type End, hasPort, within } from './ends.ts'
import { Counts } from './kept.ts'
import type { Rule } from './rule.ts'
import { factsOf } from './sign-of.ts'
import { Tallies } from './tallies.ts'

interface Ready {
  readonly rule: Rule
  readonly index: number
  readonly from: AddressTest | undefined
  readonly to: AddressTest | undefined
  readonly peer: AddressTest | undefined
}

/** Rules of headers: of each packet where they name flags, sizes or kinds of ICMP, else of each flow once in each direction. */
export function headerSensor(rules: readonly Rule[]): MakeSensor {
  return (desk) => {
    const all = rules.map((rule, index) => ready(rule, index))
    const ofPackets = all.filter(({ rule }) => isOfPackets(rule))
    const ofFlows = all.filter(({ rule }) => !isOfPackets(rule))
    const look = new HeaderRules(desk)
    const sensor: Sensor = { report: () => look.report() }
    if (ofPackets.length > 0) sensor.packet = (p, row) => look.packet(p, row, ofPackets)
    if (ofFlows.length > 0) {
      sensor.begin = (p, row) => look.begin(p, row, ofFlows)
      sensor.answer = (p, row) => look.answer(p, row, ofFlows)
    }
    return sensor
  }
}

function isOfPackets({ flags, size, type, code }: Rule): boolean {
  return flags !== undefined || size !== undefined || type !== undefined || code !== undefined
}

function ready(rule: Rule, index: number): Ready {
  return {
    rule,
    index,
    from: rule.from && new AddressTest(rule.from),
    to: rule.to && new AddressTest(rule.to),
    peer: rule.peer && new AddressTest(rule.peer),
  }
}

class HeaderRules {
  private readonly desk: SensorDesk
  private readonly tallies: Tallies
  private readonly counts = new Counts()

  constructor(desk: SensorDesk) {
    this.desk = desk
    this.tallies = new Tallies(desk)
  }

  packet(p: Packet, row: number, rules: readonly Ready[]): void {
    for (let i = 0; i < rules.length; i++) {
      const one = rules[i]!
      if (this.isPacket(one.rule, p) && this.stands(one.rule, p, row)) this.try(one, p, row, false)
    }
  }

  begin(p: Packet, row: number, rules: readonly Ready[]): void {
    for (let i = 0; i < rules.length; i++) if (!rules[i]!.rule.established) this.try(rules[i]!, p, row, false)
  }

  answer(p: Packet, row: number, rules: readonly Ready[]): void {
    const refused = p.protocol === PROTO_TCP && (p.tcpFlags & TCP_RST) !== 0
    for (let i = 0; i < rules.length; i++) {
      const one = rules[i]!
      if (one.rule.established && refused) continue
      this.try(one, p, row, false)
      // what the other side began stands only now
      if (one.rule.established) this.try(one, p, row, true)
    }
  }

  report(): void {
    this.tallies.report()
  }

  private isPacket({ flags, size, type, code }: Rule, p: Packet): boolean {
    if (flags !== undefined) {
      if (p.protocol !== PROTO_TCP || p.transport < 0) return false
      const { value, how } = flags
      const set = p.tcpFlags & flags.mask
      const is = how === 'equal' ? set === value : how === 'all' ? (set & value) === value : (set & value) !== 0
      if (is === (how === 'none')) return false
    }
    if (size !== undefined && !within(size, p.payloadWire)) return false
    return (type === undefined || within(type, p.srcPort)) && (code === undefined || within(code, p.dstPort))
  }

  /** Both sides have spoken, where the rule asks that. */
  private stands({ established }: Rule, p: Packet, row: number): boolean {
    if (!established) return true
    const flags = this.desk.table.words[row * ROW_WORDS + FLAGS]!
    return (flags & SENT) !== 0 && ((flags >>> HI_SHIFT) & SENT) !== 0 && (p.tcpFlags & TCP_RST) === 0
  }

  /** @param turned it is of what the packet's receiver sent before */
  private try(one: Ready, p: Packet, row: number, turned: boolean): void {
    const { rule } = one
    if (!isTransport(rule.transport, p)) return
    const side = turned ? 1 - this.desk.table.side : this.desk.table.side
    const initiator = this.desk.table.initiator(row)
    if (rule.way !== undefined && (rule.way === 'to-server') !== (side === initiator)) return
    const ports = p.transport >= 0 && (p.protocol === PROTO_TCP || p.protocol === PROTO_UDP)
    const from = ports ? (turned ? p.dstPort : p.srcPort) : 0
    const to = ports ? (turned ? p.srcPort : p.dstPort) : 0
    const called = side === initiator ? to : from
    if (rule.called !== undefined && !hasPort(rule.called, called)) return
    const straight = hasPorts(rule, from, to)
    if (!straight && !(rule.both && hasPorts(rule, to, from))) return
    const sender = this.end(p, row, side, turned ? p.dstIp : p.srcIp)
    const receiver = this.end(p, row, 1 - side, turned ? p.srcIp : p.dstIp)
    if (
      !(straight && between(one, sender, receiver)) &&
      !(rule.both && hasPorts(rule, to, from) && between(one, receiver, sender))
    )
      return
    this.tell(one, 'source', side, sender, receiver, p, row, called, side !== initiator)
    this.tell(one, 'target', 1 - side, receiver, sender, p, row, called, side === initiator)
  }

  private end(p: Packet, row: number, side: number, ip: number): End {
    const { addresses } = this.desk
    const key = addresses.key(p.buf, ip, p.ipVersion === 6 ? 16 : 4)
    const range = addresses.range(key)
    const local = range === 'private' || this.desk.actor(row, side) >= 0
    return {
      get ip() {
        return addresses.text(key)
      },
      scope: range === 'multicast' ? 'multicast' : local ? 'local' : 'internet',
    }
  }

  private tell(
    { rule, index, peer }: Ready,
    role: 'source' | 'target',
    side: number,
    own: End,
    other: End,
    p: Packet,
    row: number,
    port: number,
    serves: boolean,
  ): void {
    const handle = this.desk.actor(row, side)
    if (handle < 0) return
    if (rule.device !== undefined && rule.device !== role) return
    if (rule.role !== undefined && (rule.role === 'server') !== serves) return
    if (peer !== undefined && !peer.has(other)) return
    let count = 1
    let since = p.time
    if (rule.threshold !== undefined) {
      const at = this.tallies.indexOf(index, handle, role)
      if (at < 0) return
      const { by } = rule.threshold
      const now = this.counts.add(
        `${at} ${by === 'rule' ? '' : by === 'both' ? `${own.ip} ${other.ip}` : (by === 'source') === (role === 'source') ? own.ip : other.ip}`,
        rule.threshold,
        p.time,
      )
      if (!now) return
      count = now.count
      since = now.since
    }
    this.tallies.add(index, handle, role, p, count, since, () => {
      const facts = factsOf(rule, role, serves ? 'server' : 'client', port)
      facts.peer = { ip: other.ip, port: serves ? 0 : port, scope: other.scope }
      return { key: `${rule.id} ${role}`, facts }
    })
  }
}

function isTransport(transport: Rule['transport'], { protocol }: Packet): boolean {
  switch (transport) {
    case 'tcp':
      return protocol === PROTO_TCP
    case 'udp':
      return protocol === PROTO_UDP
    case 'icmp':
      return protocol === PROTO_ICMP || protocol === PROTO_ICMPV6
    default:
      return true
  }
}

function hasPorts({ fromPorts, toPorts }: Rule, from: number, to: number): boolean {
  return (fromPorts === undefined || hasPort(fromPorts, from)) && (toPorts === undefined || hasPort(toPorts, to))
}

function between({ from, to }: Ready, sender: End, receiver: End): boolean {
  return (from === undefined || from.has(sender)) && (to === undefined || to.has(receiver))
}
