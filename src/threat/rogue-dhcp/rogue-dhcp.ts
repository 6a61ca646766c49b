import type { Packet } from '../../decode/packet.ts'
import { dhcp, type DhcpMessage } from '../../decode/protocols/dhcp.ts'
import { dhcpv6, type Dhcpv6Message } from '../../decode/protocols/dhcpv6.ts'
import { blankDatagram } from '../../decode/stream.ts'
import type { FrameRef } from '../../evidence/evidence.ts'
import type { Sensor, SensorDesk } from '../../evidence/sensor.ts'
import type { Detector, Sign, Telling } from '../detector.ts'

const BESIDE = {
  value: 600,
  unit: 'seconds',
  why: 'who hears two servers in turn within it has not been carried from one network to another',
}

const MAX_SERVERS = 64
const MAX_CLIENTS = 4096
const MAX_TRANSACTIONS = 1024
const MAX_LISTED = 16
const MAX_FRAMES = 8

/** A second DHCP server, that leads elsewhere. */
export const rogueDhcp: Detector = {
  id: 'rogue-dhcp',
  title: 'Rogue DHCP server',
  looksFor: `A second DHCP server on the network whose routers or resolvers have none in common with those of the first: both answered the same question, or spoke in turn within ${BESIDE.value / 60} minutes for the same addresses. For certain where it had its own address from the first. The same of DHCPv6, by resolvers.`,
  mistakes:
    'A second router that was plugged in by its inner side, or a repeater or access point whose own server was left on: they do the same harm, without intent. Two servers of one owner that give different routers on purpose. Not seen: a server that gives the same routers and resolvers and misleads by other options (static routes, proxy configuration), one that answers only where the first is silent and was never its client, and one that uses the hardware address of the first.',
  baseRate: 'None in 967 captures of homes, of protocol test sets and of damaged packets.',
  tunables: { beside: BESIDE },
  sensor: (desk) => new DhcpSensor(desk),
  tell,
}

interface Server {
  readonly handle: number
  readonly ip: string
  readonly routers: Set<string>
  readonly resolvers: Set<string>
  readonly networks: Set<number>
  readonly frames: FrameRef[]
  count: number
  first: number
  last: number
  /** Spoke, and another did, and it spoke again. */
  readonly heard: Map<number, number>
  rogue?: { what: 'client' | 'second'; beside: Server; raised: { time: number; frame: FrameRef }; told: number }
}

/** What a server gave. */
interface Given {
  routers: readonly string[]
  resolvers: readonly string[]
  /** Of the address given; undefined where none was. */
  network: number | undefined
  transaction: string
  /** It was taken, by that client. */
  client: number
}

/** One protocol's servers. */
class Servers {
  readonly all = new Map<number, Server>()
  /** Who answered it. */
  private readonly transactions = new Map<string, Set<number>>()

  of(handle: number, ip: string, time: number): Server | undefined {
    let server = this.all.get(handle)
    if (server || this.all.size >= MAX_SERVERS) return server
    server = {
      handle,
      ip,
      routers: new Set(),
      resolvers: new Set(),
      networks: new Set(),
      frames: [],
      count: 0,
      first: time,
      last: time,
      heard: new Map(),
    }
    this.all.set(handle, server)
    return server
  }

  answered(transaction: string, handle: number): ReadonlySet<number> {
    let by = this.transactions.get(transaction)
    if (!by) {
      if (this.transactions.size >= MAX_TRANSACTIONS) this.transactions.delete(this.transactions.keys().next().value!)
      this.transactions.set(transaction, (by = new Set()))
    }
    return by.add(handle)
  }
}

class DhcpSensor implements Sensor {
  readonly ports = [67, 547]
  private readonly desk: SensorDesk
  private readonly servers = { 4: new Servers(), 6: new Servers() }
  /** Who had an address of whom, and in which network. */
  private readonly clients = new Map<number, { of: number; network: number | undefined }>()
  private readonly message = blankDatagram(new Uint8Array(0))

  constructor(desk: SensorDesk) {
    this.desk = desk
  }

  datagram(p: Packet, row: number): void {
    if (p.srcPort !== 67 && p.srcPort !== 547) return
    const handle = this.desk.actor(row, this.desk.table.side)
    const d = this.message
    d.bytes = p.buf
    d.start = p.payload
    d.end = p.payloadEnd
    d.srcPort = p.srcPort
    d.dstPort = p.dstPort
    d.frame = p.frame
    if (handle < 0) return
    if (p.srcPort === 67) {
      if (p.ipVersion === 4 && d.bytes[d.start] === 2 && dhcp.recognise(d)) dhcp.decode(d, (m) => this.gave4(p, handle, m))
    } else if (p.dstPort === 546 && dhcpv6.recognise(d)) dhcpv6.decode(d, (m) => this.gave6(p, handle, m))
  }

  report(): void {
    for (const version of [4, 6] as const)
      for (const server of this.servers[version].all.values())
        if (server.rogue && server.rogue.told !== server.count) this.tellOf(server, version)
  }

  private gave4(p: Packet, handle: number, m: DhcpMessage): void {
    if ((m.type !== 'OFFER' && m.type !== 'ACK') || m.yourIp === '0.0.0.0') return
    const { hosts } = this.desk
    const ip = this.desk.addresses.parse(m.yourIp)
    const mask = this.desk.addresses.parse(m.subnetMask ?? '255.255.255.0') ?? -256
    this.gave(p, 4, handle, {
      routers: m.routers,
      resolvers: m.resolvers,
      network: ip === undefined ? undefined : ip & mask,
      transaction: `${m.transaction} ${m.mac}`,
      client: m.type === 'ACK' && m.mac !== undefined ? hosts.find(m.mac) : -1,
    })
  }

  private gave6(p: Packet, handle: number, m: Dhcpv6Message): void {
    if (m.type !== 'ADVERTISE' && m.type !== 'REPLY') return
    this.gave(p, 6, handle, {
      routers: [],
      resolvers: m.resolvers,
      network: undefined,
      transaction: `${m.transaction} ${m.clientDuid}`,
      client: -1,
    })
  }

  private gave(p: Packet, version: 4 | 6, handle: number, given: Given): void {
    const servers = this.servers[version]
    const server = servers.of(handle, this.text(p), p.time)
    if (given.client >= 0 && given.client !== handle) this.leased(given.client, handle, given.network)
    if (!server || given.routers.length + given.resolvers.length === 0) return
    list(server.routers, given.routers)
    list(server.resolvers, given.resolvers)
    if (given.network !== undefined && server.networks.size < MAX_LISTED) server.networks.add(given.network)
    server.count++
    server.last = p.time
    const frame = { capture: p.capture, frame: p.frame }
    if (server.frames.length < MAX_FRAMES) server.frames.push(frame)
    if (servers.all.size < 2) return
    const answered = servers.answered(given.transaction, handle)
    for (const other of servers.all.values())
      if (other !== server && differ(server, other))
        this.compare(server, other, answered.has(other.handle), given, frame, p.time, version)
    for (const other of servers.all.values())
      if (other !== server && other.heard.size < MAX_LISTED) other.heard.set(handle, p.time)
  }

  /** Two servers that lead to different places: on one network, and which of them is the rogue? */
  private compare(
    server: Server,
    other: Server,
    both: boolean,
    { network }: Given,
    frame: FrameRef,
    time: number,
    version: 4 | 6,
  ): void {
    if (server.rogue || other.rogue) return
    const guest = this.guest(server, other)
    if (guest && (version === 6 || guest.network === network)) {
      this.raise(server, other, 'client', frame, time, version)
      return
    }
    const alternate = (server.heard.get(other.handle) ?? -Infinity) > time - BESIDE.value * 1e6
    const alike = network !== undefined && other.networks.has(network)
    if (!both && !(alternate && alike)) return
    if (this.guest(other, server)) this.raise(other, server, 'client', frame, time, version)
    else if (other.first <= server.first) this.raise(server, other, 'second', frame, time, version)
    else this.raise(other, server, 'second', frame, time, version)
  }

  /** The lease that `server` had of `other`. */
  private guest(server: Server, other: Server): { network: number | undefined } | undefined {
    const lease = this.clients.get(server.handle)
    return lease?.of === other.handle ? lease : undefined
  }

  private raise(rogue: Server, beside: Server, what: 'client' | 'second', frame: FrameRef, time: number, version: 4 | 6): void {
    rogue.rogue = { what, beside, raised: { time, frame }, told: 0 }
    this.tellOf(rogue, version)
  }

  private leased(client: number, of: number, network: number | undefined): void {
    this.clients.delete(client)
    if (this.clients.size >= MAX_CLIENTS) this.clients.delete(this.clients.keys().next().value!)
    this.clients.set(client, { of, network })
  }

  private text(p: Packet): string {
    const { addresses } = this.desk
    return addresses.text(addresses.key(p.buf, p.srcIp, p.ipVersion === 6 ? 16 : 4))
  }

  private tellOf(server: Server, version: 4 | 6): void {
    const { count, first, last, frames, routers, resolvers, handle } = server
    const { what, beside, raised } = server.rogue!
    server.rogue!.told = count
    this.desk.sign(handle, `v${version}`, {
      detector: 'rogue-dhcp',
      what,
      role: 'source',
      peer: { ip: beside.ip, port: version === 4 ? 67 : 547, scope: 'local' },
      detail: {
        protocol: version === 4 ? 'DHCP' : 'DHCPv6',
        gives: leads(routers, resolvers),
        first: leads(beside.routers, beside.resolvers),
      },
      raised,
      count,
      first,
      last,
      frames: [...frames],
    })
  }
}

function list(into: Set<string>, more: readonly string[]): void {
  for (const one of more) if (into.size < MAX_LISTED) into.add(one)
}

/** Routers or resolvers that both gave have none in common. */
function differ(a: Server, b: Server): boolean {
  return apart(a.routers, b.routers) || apart(a.resolvers, b.resolvers)
}

function apart(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size > 0 && b.size > 0 && ![...a].some((one) => b.has(one))
}

function leads(routers: ReadonlySet<string>, resolvers: ReadonlySet<string>): string {
  const part = (word: string, of: ReadonlySet<string>) => (of.size === 0 ? [] : [`${word} ${[...of].slice(0, 3).join(', ')}`])
  return [...part('router', routers), ...part('resolver', resolvers)].join(' and ')
}

function tell({ data: { what, detail, peer }, count }: Sign): Telling {
  const client = what === 'client'
  return {
    campaign: 'interception',
    stage: 'intercepting',
    severity: client ? 'high' : 'medium',
    confidence: client ? 0.85 : 0.6,
    says: client
      ? `It had its own address from the ${detail['protocol']} server ${peer?.ip}, and then answered others as a server itself, ${count} times: it gives them ${detail['gives']}, where the first gives ${detail['first']}.`
      : `A second ${detail['protocol']} server, beside ${peer?.ip}: ${count} times it gave ${detail['gives']}, where the first gives ${detail['first']}. Unless it is a router or repeater of yours, it leads others astray.`,
    techniques: ['T1557.003'],
  }
}
