/** What observers say of flows, by the row that the flow has in the flow table. */
export class FlowNotes {
  /** Ids of the servers' names, 0 for none. */
  readonly serverNames: Int32Array
  /** Index into PROTECTIONS, 0 where nothing was said. */
  readonly protections: Uint8Array
  private readonly flows: Int32Array

  /** @param rows of the flow table */
  constructor(rows: number) {
    this.serverNames = new Int32Array(rows)
    this.protections = new Uint8Array(rows)
    this.flows = new Int32Array(rows)
  }

  /** It is the flow of this number that is spoken of: what was said of the one that had its row before is forgotten. */
  enter(row: number, flow: number): void {
    if (this.flows[row] === flow) return
    this.flows[row] = flow
    this.serverNames[row] = 0
    this.protections[row] = 0
  }
}
