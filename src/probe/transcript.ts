/** One thing that was said in an exchange. */
export interface Said {
  by: 'us' | 'them'
  /** Milliseconds since the exchange began. */
  ms: number
  bytes: number
  /** The beginning, printable; what is secret in it stands as `mask` writes it. */
  text: string
}

/** How an exchange ended. Only 'answered' says anything of the other side: all else is silence, refusal or trouble. */
export type Ended = 'answered' | 'refused' | 'silent' | 'unreachable' | 'cut-off' | 'endless' | 'stopped' | 'error'

/** One question put to one place, with all that was sent and what came back: what a finding points to. */
export interface Entry {
  /** From 1. */
  n: number
  /** RFC 3339, UTC, microseconds. */
  at: string
  transport: 'tcp' | 'udp'
  ip: string
  port: number
  /** In plain words: 'asks whether admin with its published password may log in by Telnet'. */
  why: string
  ms: number
  ended: Ended
  /** For 'error', 'cut-off', 'endless' and 'unreachable': what happened. */
  reason?: string
  sent: number
  received: number
  /** At most MAX_SAID; `more` counts the rest. */
  said: Said[]
  more?: number
}

export const MAX_ENTRIES = 100_000
const MAX_SAID = 24
const MAX_TEXT = 400
/** Texts of all entries together, in characters. */
const MAX_TEXTS = 16_000_000

/** Everything that a probe sent, as it was sent. Bounded: beyond its bounds entries keep their counts and lose their texts. */
export class Transcript {
  readonly entries: Entry[] = []
  private left = MAX_TEXTS

  /** Throws where there is no room for one more: asking what nobody could look up is not asked. */
  begin(transport: Entry['transport'], ip: string, port: number, why: string): Entry {
    if (this.entries.length >= MAX_ENTRIES)
      throw new Error(`more than ${MAX_ENTRIES} questions: ask fewer ports or hosts at a time`)
    const at = new Date().toISOString().replace('Z', '000Z')
    const entry: Entry = {
      n: this.entries.length + 1,
      at,
      transport,
      ip,
      port,
      why,
      ms: 0,
      ended: 'stopped',
      sent: 0,
      received: 0,
      said: [],
    }
    this.entries.push(entry)
    return entry
  }

  /** @param shown instead of the bytes, where they hold a secret */
  add(entry: Entry, by: Said['by'], bytes: Uint8Array, shown?: string): void {
    this.count(entry, by, bytes)
    this.tell(entry, by, bytes, shown)
  }

  /** What was sent or came, but is not shown. */
  count(entry: Entry, by: Said['by'], bytes: Uint8Array): void {
    if (by === 'us') entry.sent += bytes.length
    else entry.received += bytes.length
  }

  /** What is shown, but was counted as what it was sent in. */
  tell(entry: Entry, by: Said['by'], bytes: Uint8Array, shown?: string): void {
    const text = (shown ?? printable(bytes)).slice(0, MAX_TEXT)
    if (entry.said.length >= MAX_SAID || this.left < text.length) {
      entry.more = (entry.more ?? 0) + 1
      return
    }
    this.left -= text.length
    entry.said.push({ by, ms: Date.now() - Date.parse(entry.at), bytes: bytes.length, text })
  }
}

/** Bytes as a line of text: what is not printable ASCII stands as \xNN, a line's end as it is written in C. */
export function printable(bytes: Uint8Array): string {
  let out = ''
  for (const b of bytes.subarray(0, MAX_TEXT)) {
    if (b === 0x0a) out += '\\n'
    else if (b === 0x0d) out += '\\r'
    else out += b >= 0x20 && b < 0x7f && b !== 0x5c ? String.fromCharCode(b) : `\\x${b.toString(16).padStart(2, '0')}`
  }
  return out
}
