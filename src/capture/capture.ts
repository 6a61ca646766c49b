import type { Drops } from './drops.ts'

/** What reading one capture found; the shape of report/model.ts's CaptureSchema before times become text. */
export interface CaptureResult {
  /** Of a live capture the file that keeps it; where none does, its interface. */
  path: string
  /** SHA-256 (hex) of the file as given, compressed or not; for standard input and live captures of the bytes read. */
  sha256: string
  /** 'pcap' or 'pcapng', with '+gzip' or '+zstd'. */
  format: string
  packets: number
  /** Captured packet bytes. */
  bytes: number
  /** Microseconds since 1970, by packet time (not order); undefined when no packet has a time. */
  first?: number
  last?: number
  /** LINKTYPE_ values seen, in order of appearance. */
  linkTypes: number[]
  /** Read up to here: offset in the uncompressed capture, and what is wrong there, in plain words. */
  damaged?: { offset: number; reason: string }
  /** Packets that never came into the capture, as far as it tells. */
  dropped?: Drops
  live?: Live
}

/** How a live capture was made. */
export interface Live {
  interface: string
  /** The program that captured. */
  program: string
  filter?: string
  /** There is a file that holds these packets, with these numbers. */
  kept: boolean
  /** Why the file that was wanted does not. */
  notKept?: string
}

export interface Progress {
  path: string
  /** Bytes of the file read so far, and in all (undefined for pipes). */
  bytes: number
  total?: number
  packets: number
  /** Of a live capture: seconds until it ends, where that is known; bytes that have arrived and wait to be audited. */
  left?: number
  waiting?: number
}
