/**
 * The first bytes of one direction of a TCP conversation, in order, without gaps: bytes[0, length).
 * Decoders are pure functions over these; they never see packets.
 */
export interface StreamPrefix {
  readonly bytes: Uint8Array
  readonly length: number
  /** More was sent than is held here (the prefix is bounded, or bytes were lost). */
  readonly truncated: boolean
  /** The capture did not see the conversation's start: bytes[0] may be mid-message. */
  readonly midstream: boolean
  /** Frame number of the packet that carried the byte at `offset` (0 <= offset < length). */
  frameAt(offset: number): number
}

/** Both directions of a TCP conversation. The client is who opened it (SYN), or our best guess. */
export interface Conversation {
  readonly client: StreamPrefix
  readonly server: StreamPrefix
  readonly clientPort: number
  readonly serverPort: number
}

/** One UDP payload: bytes[start, end). Valid only during the call. */
export interface Datagram {
  bytes: Uint8Array
  start: number
  end: number
  srcPort: number
  dstPort: number
  frame: number
  /** Sent by the side that sent the flow's first datagram. */
  fromClient: boolean
  /** Captured less than was sent (snap length): a decoder reads what is there. */
  truncated: boolean
  /** What a decoder keeps between datagrams of one flow (QUIC's CRYPTO frames). Bounded by the decoder, dropped with the flow. */
  memory: FlowMemory
  /**
   * What recognisers keep of the datagrams before this one, of all flows, where one alone says too little. Bounded by the decoder; of one
   * audit, which has one such place for all its datagrams.
   */
  recent: FlowMemory
}

export interface FlowMemory {
  /** Slot per decoder, by protocol name. */
  [protocol: string]: unknown
}

/** One to be filled again and again. */
export function blankDatagram(bytes: Uint8Array): Datagram {
  return { bytes, start: 0, end: 0, srcPort: 0, dstPort: 0, frame: 0, fromClient: true, truncated: false, memory: {}, recent: {} }
}
