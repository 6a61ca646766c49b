/** What reading one capture found; the shape of report/model.ts's CaptureSchema before times become text. */
export interface CaptureResult {
  path: string
  /** SHA-256 (hex) of the file as given, compressed or not; for standard input of the bytes read. */
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
}

export interface Progress {
  path: string
  /** Bytes of the file read so far, and in all (undefined for pipes). */
  bytes: number
  total?: number
  packets: number
}
