/** A packet a reader can go and look at: index into the audit's captures, and frame number as Wireshark counts. */
export interface FrameRef {
  capture: number
  frame: number
}

const CAPTURE = 2 ** 32

/**
 * The same as one number, of which hundreds of thousands are kept: of the first capture the frame's own, which takes no memory. Frames
 * are counted from 1; 0 is none, in whatever capture.
 */
export function place(capture: number, frame: number): number {
  return capture === 0 || frame === 0 ? frame : capture * CAPTURE + frame
}

export function refOf(at: number): FrameRef {
  return { capture: Math.floor(at / CAPTURE), frame: at % CAPTURE }
}
