import type { Conversation, Datagram } from './stream.ts'

/**
 * What an application decoder says it read. Each protocol file exports its own message types, which extend this, have a literal
 * `protocol`, and are joined in the union of decode/protocols/index.ts. Messages are plain data: strings, numbers, arrays; text
 * from the wire is already made printable and bounded (decode/text.ts).
 */
export interface MessageBase {
  readonly protocol: string
  /** Frame that carried the message's first byte, or for a fact within it the frame of that fact. */
  readonly frame: number
  /** Sent by the conversation's client (see Conversation, Datagram.fromClient). */
  readonly fromClient: boolean
  /**
   * It breaks the rules of its protocol: what could be read of it is here. Named among the audit's anomalies, unless it is a datagram
   * that the capture cut. What a decoder lacks because the stream's prefix ended, or a bound of its own was met, is no damage.
   */
  readonly damaged?: boolean
}

export type Emit<M extends MessageBase> = (message: M) => void

/** Decodes the prefix of a TCP conversation once, when it is full or the conversation has ended. Never throws on bad bytes. */
export interface StreamDecoder<M extends MessageBase = MessageBase> {
  /** Name of the protocol, as reported: lower case ("http", "tls", "mqtt"). */
  readonly protocol: string
  /**
   * True when the bytes (not the port) identify the protocol. Either direction may be empty. Where bytes alone are ambiguous the
   * port may support them. Cheap: reads at most the first 32 bytes or so of each direction.
   */
  recognise(conversation: Conversation): boolean
  /**
   * Whether this conversation, when it comes again word for word and cut into segments alike, says what it said before: it tells
   * nothing by the client's port, or by which side's frames came first.
   */
  repeats?(conversation: Conversation): boolean
  decode(conversation: Conversation, emit: Emit<M>): void
}

/** Decodes single datagrams. Never throws on bad bytes. */
export interface DatagramDecoder<M extends MessageBase = MessageBase> {
  readonly protocol: string
  /** Ports on which every datagram goes to this decoder (for as long as it recognises them); empty for those found by bytes only. */
  readonly ports: readonly number[]
  /** What it says comes again word for word, and then means what it meant before: no transaction number, nothing kept. */
  readonly repeats?: boolean
  /** It keeps something of a flow from datagram to datagram, so that more of them are shown to it. */
  readonly remembers?: boolean
  /** True when the bytes are this protocol's. Called for a flow's first datagrams on any port: must be strict and cheap. */
  recognise(datagram: Datagram): boolean
  decode(datagram: Datagram, emit: Emit<M>): void
}
