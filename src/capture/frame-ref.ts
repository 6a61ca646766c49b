/** A packet a reader can go and look at: index into the audit's captures, and frame number as Wireshark counts. */
export interface FrameRef {
  capture: number
  frame: number
}
