import { PROTECTIONS } from './endpoint-table.ts'

/**
 * What observers say of flows, by the row that the flow has in the flow table, and of each of its sides (0 lo, 1 hi) apart: who keeps the
 * books of a side is told of a flow only from when a host owned the address there, and all say the same as if each kept them alone.
 */
export class FlowNotes {
  /** Sides that are told of what is said now (1 lo, 2 hi). */
  told = 0
  private row = 0
  private readonly flows: Int32Array
  /** By row and side: id of the server's name << 3 | index into PROTECTIONS + 1; 0 for what was not said. */
  private readonly notes: Int32Array

  /** @param rows of the flow table */
  constructor(rows: number) {
    this.flows = new Int32Array(rows)
    this.notes = new Int32Array(2 * rows)
  }

  /**
   * It is the flow of this number, in this row, that is spoken of, to the sides in `told`. What was said of the one that had its row
   * before is forgotten.
   */
  enter(row: number, flow: number, told: number): void {
    this.row = row
    this.told = told
    if (this.flows[row] === flow) return
    this.flows[row] = flow
    this.notes[2 * row] = 0
    this.notes[2 * row + 1] = 0
  }

  /** All that was said to a side, as one number. */
  of(side: number): number {
    return this.notes[2 * this.row + side]!
  }

  /** It is as if that had been said. */
  put(side: number, note: number): void {
    this.notes[2 * this.row + side] = note
  }

  /** Id of the server's name, 0 for none. */
  serverName(side: number): number {
    return this.of(side) >> 3
  }

  /** Index into PROTECTIONS; -1 where nothing was said. */
  protection(side: number): number {
    return (this.of(side) & 7) - 1
  }

  setServerName(name: number): void {
    for (let side = 0; side < 2; side++) if (this.told & (1 << side)) this.put(side, (name << 3) | (this.of(side) & 7))
  }

  /** See Context.protect. */
  protect(protection: number): void {
    for (let side = 0; side < 2; side++) {
      const before = this.protection(side)
      const stays = before === BROKEN || (protection === UNKNOWN && before >= 0)
      if (this.told & (1 << side) && !stays) this.put(side, (this.of(side) & ~7) | (protection + 1))
    }
  }
}

const UNKNOWN = PROTECTIONS.indexOf('unknown')
const BROKEN = PROTECTIONS.indexOf('broken')
