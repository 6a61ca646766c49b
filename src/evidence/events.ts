/*
 * What passes from who follows packets and flows (Collector) to who knows devices (Bookkeeper): events in a row of 32-bit words, so
 * that they may cross to another thread without an object being made. Nothing passes back. An event begins at an even word.
 *
 * Word offsets within every event:
 */
/** Words of the event, its padding included. */
export const SIZE = 0
export const KIND = 1
export const CAPTURE = 2
/** Row of the flow's table, and the flow's number: a row is used again. */
export const ROW = 3
export const FLOW = 4

export const CONVERSATION = 1
export const DATAGRAM = 2
export const FOLD = 3
/** No more events come. */
export const END = 4
/** A sensor tells of a host's sign: HOST, and LENGTH bytes of JSON (SignEvent) after DATAGRAM_WORDS. */
export const SIGN = 6
/** Fills the rest of a buffer: what follows is at its beginning. */
export const SKIP = 5

// conversations and datagrams
/** Number of hosts known so far: a later one cannot be meant. */
export const HOSTS = 5
/** Handle of lo's host and of hi's, -1 for none, or one that the address is not known to belong to. */
export const LO_HOST = 6
export const LO_IP = 8 // as AddressKey for IPv4, or 16 bytes
export const HI_IP = 12
export const PORTS = 16 // lo << 16 | hi
export const META = 17
export const TIME = 9 // float64: µs of the flow's latest packet
export const DECODER = 20

// META
export const IPV6 = 1
export const INITIATOR_HI = 2
export const UDP = 4
/** The initiator is one only by its port: it never sent a packet. */
export const UNASKED = 8
/** Two bits a side: index into SCOPES. */
export const LO_SCOPE_SHIFT = 4
export const HI_SCOPE_SHIFT = 6
/** Of those who are told of it, this one counts what belongs to no host. */
export const COUNTS = 1 << 8

// a conversation, after DECODER: for client and server each
export const CLIENT = 21
export const SERVER = 24
/** Offsets from CLIENT or SERVER: bytes held, number of segments << 2 | midstream << 1 | truncated. */
export const HELD = 0
export const STATE = 1
/** There follow for client and server each: the frames of the segments; their offsets; the bytes, padded with zeros to whole words. */
export const CONVERSATION_WORDS = 28

// a datagram, after DECODER
/** As all frames unsigned: `>>> 0`. */
export const FRAME = 21
/** Source port << 16 | destination port. */
export const WAY = 22
/** FROM_CLIENT, TRUNCATED. */
export const HOW = 23
export const LENGTH = 24
export const DATAGRAM_WORDS = 26
export const FROM_CLIENT = 1
export const TRUNCATED = 2

// a fold: what one side of a flow exchanged with the other since the last one
/** The side's host. */
export const HOST = 5
/** First frame with payload (or the first), and the responder's first. */
export const FOLD_FRAME = 6
export const FOLD_ANSWER = 7
export const PACKETS_OUT = 8
export const PACKETS_IN = 9
export const BYTES_OUT = 5 // float64 from here, in the order of EndpointTable.add
export const BYTES_IN = 6
export const FIRST = 7
export const LAST = 8
export const HOUR = 18
export const FOLD_META = 19
/** The port that was called; 0 where there are none. */
export const PORT = 20
/** Index into protocolNames. */
export const PROTOCOL = 21
export const PEER_IP = 22 // as LO_IP
export const FOLD_WORDS = 26

// FOLD_META, beside IPV6
export const BY_PEER = 2
export const ANSWERED = 4
/** The flow has ended. */
export const FINAL = 8
/** Two bits each: TRANSPORT_… and index into SCOPES. */
export const TRANSPORT_SHIFT = 4
export const PEER_SCOPE_SHIFT = 6
/** The side that it is of. */
export const OF_HI = 1 << 8
/** Its traffic is in the sums already: it is a tunnel's. */
export const WITHIN = 1 << 9

// a sign, after HOST: its LENGTH is where a datagram's is, and its JSON where a datagram's bytes are
/** Bytes of a sign's JSON, at most. */
export const MAX_SIGN = 1 << 15

/** Bytes of a datagram that an event holds, at most (RFC 768: its length has 16 bits). */
export const MAX_DATAGRAM = 0xffff

/** No event is larger: neither a conversation with both prefixes full, nor such a datagram. */
export const MOST_WORDS = 1 << 15

/** Words that so many bytes take. */
export function wordsFor(bytes: number): number {
  return (bytes + 3) >> 2
}

/** One buffer seen in three ways. */
export interface Words {
  readonly words: Int32Array
  readonly floats: Float64Array
  readonly bytes: Uint8Array
}

export function wordsOver(buffer: ArrayBuffer | SharedArrayBuffer): Words {
  return { words: new Int32Array(buffer), floats: new Float64Array(buffer), bytes: new Uint8Array(buffer) }
}

/** Where events are written. */
export interface Outlet extends Words {
  /** The even word from which an event of so many words (an even number, at most MOST_WORDS) may be written. */
  room(words: number): number
  /** The event there is whole. */
  done(words: number): void
}

/** All of them, and which one is told of a host (`keeperOf` in books.ts). */
export interface Outlets {
  readonly outlets: readonly Outlet[]
  readonly shares: readonly number[]
}

/** Who takes events: words[from, to) are whole ones. Gives true when no more will come. */
export interface Intake {
  take(events: Words, from: number, to: number): boolean
}

const LOCAL_WORDS = 1 << 16

/** Events within one thread: kept until the buffer is full, then taken all at once. */
export class LocalOutlet implements Outlet {
  readonly words: Int32Array
  readonly floats: Float64Array
  readonly bytes: Uint8Array
  private end = 0
  private readonly intake: Intake

  constructor(intake: Intake) {
    this.intake = intake
    ;({ words: this.words, floats: this.floats, bytes: this.bytes } = wordsOver(new ArrayBuffer(LOCAL_WORDS * 4)))
  }

  room(words: number): number {
    if (this.end + words > LOCAL_WORDS) this.flush()
    return this.end
  }

  done(words: number): void {
    this.end += words
  }

  flush(): void {
    this.intake.take(this, 0, this.end)
    this.end = 0
  }
}
