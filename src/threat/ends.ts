import type { Peer } from '../evidence/peer.ts'
import type { SensorDesk } from '../evidence/sensor.ts'
import { LO_HOST, ROW_WORDS } from '../flow/table.ts'

/** Who is at the ends of flows, in words: for sensors that found something. */
export class Ends {
  private readonly desk: SensorDesk
  private readonly scratch = new Uint8Array(16)

  constructor(desk: SensorDesk) {
    this.desk = desk
  }

  /**
   * Handle of the device that has the address at that side, -1 for none. Where there is a conversation nobody forged it: who sends under
   * another address forwards, whether or not he is known for a router yet.
   */
  device(row: number, side: number): number {
    const handle = this.desk.table.words[row * ROW_WORDS + LO_HOST + side]!
    return handle >= 0 && this.desk.owns(handle, this.key(row, side)) ? handle : -1
  }

  ip(row: number, side: number): string {
    return this.desk.addresses.text(this.key(row, side))
  }

  /** It is on the Internet, and no device here. */
  isFar(row: number, side: number): boolean {
    return this.device(row, side) < 0 && this.desk.addresses.range(this.key(row, side)) === 'internet'
  }

  peer(row: number, side: number): Peer {
    const { table, addresses } = this.desk
    const multicast = addresses.range(this.key(row, side)) === 'multicast'
    const scope = this.isFar(row, side) ? 'internet' : multicast ? 'multicast' : 'local'
    return { ip: this.ip(row, side), port: table.port(row, side), scope }
  }

  private key(row: number, side: number): number {
    const { table, addresses } = this.desk
    return addresses.key(this.scratch, 0, table.address(row, side, this.scratch))
  }
}
