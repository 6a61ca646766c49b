import type { Packet } from '../../decode/packet.ts'
import type { AddressKey } from '../../device/addresses.ts'
import type { MakeSensor, Sensor, SensorDesk } from '../../evidence/sensor.ts'
import { Tallies } from '../rules/tallies.ts'
import { listedFacts } from './indicators.ts'
import type { Lookup } from './lookup.ts'

/** Looks for addresses that are listed, at the beginning of each flow and at its answer. */
export function addressSensor(lookup: Lookup): MakeSensor {
  return (desk) => new AddressSensor(desk, lookup)
}

class AddressSensor implements Sensor {
  private readonly desk: SensorDesk
  private readonly lookup: Lookup
  private readonly tallies: Tallies
  private readonly text: (key: AddressKey) => string

  constructor(desk: SensorDesk, lookup: Lookup) {
    this.desk = desk
    this.lookup = lookup
    this.tallies = new Tallies(desk)
    this.text = (key) => desk.addresses.text(key)
  }

  begin(p: Packet, row: number): void {
    const { side } = this.desk.table
    const called = this.lookup.address(this.desk.dst, this.text)
    if (called !== undefined) this.tell(called, this.desk.dst, this.desk.actor(row, side), 'source', p)
    const calling = this.lookup.address(this.desk.src, this.text)
    if (calling !== undefined) this.tell(calling, this.desk.src, this.desk.actor(row, 1 - side), 'target', p)
  }

  answer(p: Packet, row: number): void {
    const { addresses, table } = this.desk
    const length = p.ipVersion === 6 ? 16 : 4
    // a port that is closed answers that it is
    if (table.protocolNumber(row) === 6 && (p.tcpFlags & 4) !== 0) return
    const called = this.lookup.address(addresses.key(p.buf, p.srcIp, length), this.text)
    if (called !== undefined) this.answered(called, this.desk.actor(row, 1 - table.side), 'source')
    const calling = this.lookup.address(addresses.key(p.buf, p.dstIp, length), this.text)
    if (calling !== undefined) this.answered(calling, this.desk.actor(row, table.side), 'target')
  }

  report(): void {
    this.tallies.report()
  }

  private answered(at: number, handle: number, role: 'source' | 'target'): void {
    if (handle < 0) return
    this.tallies.change(at, handle, role, ({ detail }) => {
      const before = Number(detail['answered'] ?? 0)
      detail['answered'] = before + 1
      // the first changes what it means
      return before === 0
    })
  }

  private tell(at: number, key: AddressKey, handle: number, role: 'source' | 'target', p: Packet): void {
    if (handle < 0) return
    const listed = this.lookup.listed[at]!
    this.tallies.add(at, handle, role, p, 1, p.time, () => {
      const ip = this.text(key)
      const facts = listedFacts(listed, 'address', role, ip)
      const port = p.transport >= 0 && (p.protocol === 6 || p.protocol === 17) ? p.dstPort : 0
      const range = this.desk.addresses.range(key)
      facts.peer = {
        ip,
        port: role === 'source' ? port : 0,
        scope: range === 'multicast' ? 'multicast' : range === 'private' ? 'local' : 'internet',
      }
      facts.port = port
      return { key: `${listed.type} ${listed.value} ${role}`, facts }
    })
  }
}
