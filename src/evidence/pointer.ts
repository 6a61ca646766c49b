import type { FrameRef } from '../capture/frame-ref.ts'

/** A question that was asked and what came back: index into the audit's probes, and the entry's number in its transcript, from 1. */
export interface EntryRef {
  readonly probe: number
  readonly entry: number
}

/**
 * A place in a maker's document: index into the audit's documents, and a JSON pointer into it (RFC 6901; '' is the whole), or 'line N' of a
 * text.
 */
export interface PlaceRef {
  readonly document: number
  readonly at: string
  /** Its signature was verified: more than the maker's word that anybody could have written. */
  readonly signed?: boolean
}

/** Where evidence came from, so that a reader can go and look. */
export type Pointer = FrameRef | EntryRef | PlaceRef

export function isFrame(pointer: Pointer): pointer is FrameRef {
  return 'frame' in pointer
}

export function isEntry(pointer: Pointer): pointer is EntryRef {
  return 'entry' in pointer
}

/** The same for the same place, and for no other. */
export function pointerKey(pointer: Pointer): string {
  if (isFrame(pointer)) return `f${pointer.capture}/${pointer.frame}`
  if (isEntry(pointer)) return `p${pointer.probe}/${pointer.entry}`
  return `d${pointer.document}/${pointer.at}`
}
