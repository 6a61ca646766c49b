import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Random } from '../lab/random.ts'
import { audit } from '../src/audit/audit.ts'
import type { MessageBase } from '../src/decode/message.ts'
import type { KnownStream } from '../src/testing/columns/streams/index.ts'
import { dialoguesCapture } from '../src/testing/dialogue-capture.ts'
import { tsharkFields } from '../src/testing/tshark.ts'
import { plain, same } from './differential.ts'
import { mutate } from './mutate.ts'

/*
 * Changed TCP conversations, read by a whole audit and by tshark, field by field. Whatever only we say of a conversation is not there;
 * what only tshark says is beyond what we keep, or has been given up.
 */

/** What one side said at once: a segment. */
export type Said = readonly [side: 'client' | 'server', bytes: Uint8Array]

export interface Difference {
  readonly said: readonly Said[]
  readonly field: string
  /** Of ours, the first that tshark has not. */
  readonly value: string
  readonly ours: readonly string[]
  readonly theirs: readonly string[]
  /** tshark gave something in the conversation up. */
  readonly malformed: boolean
}

export interface Compared {
  /** By field: values that both gave, alike. */
  readonly alike: Map<string, number>
  readonly differences: Difference[]
}

/** Frames of a conversation before the first segment with content: SYN, SYN with ACK, ACK. */
const HANDSHAKE = 3

export async function compareConversations(
  protocol: string,
  known: KnownStream,
  conversations: readonly (readonly Said[])[],
): Promise<Compared> {
  const compared: Compared = { alike: new Map(), differences: [] }
  const messages = await messagesOf(protocol, known, conversations)
  const whole = rowsOf(known, conversations)
  const open: { at: number; c: number; ours: readonly string[]; theirs: readonly string[] }[] = []
  for (const at of conversations.keys()) {
    if (whole[at]!.broken) continue
    for (const [c, column] of known.columns.entries()) {
      const ours = column.ours((messages.get(at) ?? []) as unknown as readonly never[])
      const { alike, missing, theirs } = match(column, c, ours, whole[at]!)
      compared.alike.set(column.field, (compared.alike.get(column.field) ?? 0) + alike)
      if (missing !== undefined) open.push({ at, c, ours, theirs })
    }
  }
  // of a message whose end never came it shows nothing, unless it is told not to wait; then it sees what is in one segment
  const doubtful = [...new Set(open.map(({ at }) => at))]
  const cut = [turns, directions].map((join) =>
    doubtful.length === 0
      ? []
      : rowsOf(
          known,
          doubtful.map((at) => join(conversations[at]!)),
          ['-o', 'tcp.desegment_tcp_streams:FALSE'],
        ),
  )
  for (const { at, c, ours, theirs } of open) {
    const column = known.columns[c]!
    const again = cut.map((rows) => rows[doubtful.indexOf(at)]!)
    if (again.some((row) => row.broken)) continue
    const value = match(column, c, ours, whole[at]!, ...again).missing
    const malformed = whole[at]!.both.at(-1)!.length > 0
    if (value !== undefined)
      compared.differences.push({ said: conversations[at]!, field: column.field, value, ours, theirs, malformed })
  }
  return compared
}

/** What an audit reads, by conversation. */
async function messagesOf(
  protocol: string,
  known: KnownStream,
  conversations: readonly (readonly Said[])[],
): Promise<Map<number, MessageBase[]>> {
  const place = places(conversations)
  const messages = new Map<number, MessageBase[]>()
  await withCapture(known, conversations, (path) =>
    audit([path], {
      onMessage(message) {
        if (message.protocol !== protocol) return
        const at = place[message.frame]!.conversation
        messages.set(at, [...(messages.get(at) ?? []), message])
      },
    }),
  )
  return messages
}

/** What tshark reads, by conversation. */
function rowsOf(known: KnownStream, conversations: readonly (readonly Said[])[], more: readonly string[] = []): Row[] {
  const { layer, port, options = [], columns } = known
  const place = places(conversations)
  // each field once: of one that is asked for twice tshark shows nothing
  const fields = [...new Set([...columns.map((c) => c.field), '_ws.malformed'])]
  const cells = [...columns.map((c) => fields.indexOf(c.field)), fields.indexOf('_ws.malformed')]
  const rows = conversations.map((said) => new Row(cells.length, said.length))
  const read = withCapture(known, conversations, (path) =>
    tsharkFields(path, fields, 'tcp.len > 0', ['-d', `tcp.port==${port},${layer}`, ...OPTIONS, ...options, ...more]),
  )
  for (const [frame, row] of read)
    rows[place[frame]!.conversation]!.add(
      place[frame]!.side,
      cells.map((at) => row[at]!),
    )
  return rows
}

/** Nothing that one conversation says may tell how another is read. */
const OPTIONS = ['-o', 'tcp.try_heuristic_first:FALSE']

function withCapture<T>({ port }: KnownStream, conversations: readonly (readonly Said[])[], use: (path: string) => T): T {
  const path = dialoguesCapture(
    conversations.map((said, i) => ({
      turns: said,
      serverPort: port,
      // (tshark keeps what it knows of a conversation of ADB by its ports)
      clientPort: 50_000 + i,
      ends: { client: [10, 1, i >> 8, i & 255], server: [10, 2, i >> 8, i & 255] },
    })),
  )
  const remove = () => rmSync(dirname(path), { recursive: true, force: true })
  try {
    const used = use(path)
    if (used instanceof Promise) return used.finally(remove) as T
    remove()
    return used
  } catch (error) {
    remove()
    throw error
  }
}

interface Place {
  readonly conversation: number
  readonly side: 'client' | 'server'
}

/** By the number of the frame, which counts from 1. */
function places(conversations: readonly (readonly Said[])[]): Place[] {
  const list: Place[] = [{ conversation: 0, side: 'client' }]
  for (const [conversation, said] of conversations.entries()) {
    for (let i = 0; i < HANDSHAKE; i++) list.push({ conversation, side: 'client' })
    for (const [side] of said) list.push({ conversation, side })
  }
  return list
}

/** All that tshark read in a conversation's frames: of both directions, and of each. */
class Row {
  readonly both: string[][]
  readonly client: string[][]
  readonly server: string[][]

  private missing: number

  constructor(fields: number, frames: number) {
    this.missing = frames
    const empty = () => Array.from({ length: fields }, (): string[] => [])
    this.both = empty()
    this.client = empty()
    this.server = empty()
  }

  /** A line end or a separator that tshark wrote as it is broke a frame's line. */
  get broken(): boolean {
    return this.missing > 0
  }

  add(side: 'client' | 'server', row: readonly (readonly string[])[]): void {
    this.missing--
    for (const [i, values] of row.entries()) {
      this.both[i]!.push(...values)
      this[side][i]!.push(...values)
    }
  }
}

type Column = KnownStream['columns'][number]

/** Ours that tshark has, each once; and the first that it has not, in any of these rows. */
function match(
  { from, theirs: read }: Column,
  c: number,
  ours: readonly string[],
  ...rows: readonly Row[]
): { alike: number; missing?: string; theirs: string[] } {
  const theirs = rows.flatMap((row) => {
    const cells = row[from ?? 'both']
    return (read?.(cells[c]!, cells) ?? cells[c]!).map(plain)
  })
  const rest = [...theirs]
  let alike = 0
  for (const value of ours.map(plain)) {
    // what each makes of bytes that are no printable text is its own affair
    if (value === '' || value.includes('?')) continue
    const at = rest.findIndex((other) => same(value, other))
    if (at < 0) return { alike, missing: value, theirs }
    rest.splice(at, 1)
    alike++
  }
  return { alike, theirs }
}

const MAX_SEGMENT = 1400
const MAX_SEGMENTS = 60

/** A conversation with one to three changes: of what is said, and of how it is cut into segments. */
export function changed(said: readonly Said[], others: readonly Said[], chance: Random): Said[] {
  const list = [...said]
  for (let n = 1 + chance.below(3); n > 0 && list.length > 0; n--) {
    const at = chance.below(list.length)
    const [side, bytes] = list[at]!
    switch (chance.below(12)) {
      case 0:
        list.splice(at, 1)
        break
      case 1:
        list.splice(at, 0, list[at]!)
        break
      case 2: {
        const cut = chance.below(bytes.length + 1)
        list.splice(at, 1, [side, bytes.slice(0, cut)], [side, bytes.slice(cut)])
        break
      }
      case 3:
        // two segments in one
        if (list[at + 1]?.[0] === side) list.splice(at, 2, [side, Buffer.concat([bytes, list[at + 1]![1]])])
        break
      default:
        list[at] = [side, mutate(bytes, chance.pick(others)[1], chance)]
    }
  }
  return segments(list)
}

/** In pieces that fit a segment; none is empty. */
export function segments(said: readonly Said[]): Said[] {
  return said
    .flatMap(([side, bytes]) =>
      Array.from({ length: Math.ceil(bytes.length / MAX_SEGMENT) }, (_, i): Said => [
        side,
        bytes.slice(i * MAX_SEGMENT, (i + 1) * MAX_SEGMENT),
      ]),
    )
    .slice(0, MAX_SEGMENTS)
}

const MOST = 60_000

/** All that one says until the other speaks, in one segment. */
function turns(said: readonly Said[]): Said[] {
  const list: Said[] = []
  for (const one of said) {
    const last = list.at(-1)
    if (last?.[0] === one[0]) list[list.length - 1] = [one[0], Buffer.concat([last[1], one[1]]).subarray(0, MOST)]
    else list.push(one)
  }
  return list
}

/** All that one says in one segment. */
function directions(said: readonly Said[]): Said[] {
  return turns(said.toSorted(([a], [b]) => (a === b ? 0 : a === 'client' ? -1 : 1)))
}

/** A whole line in each segment, as people type: where tshark reads only the first of a segment, and none that ends in the next. */
export function byLines(said: readonly Said[]): Said[] {
  return turns(said).flatMap(([side, bytes]) =>
    (
      Buffer.from(bytes)
        .toString('latin1')
        .match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []
    ).map((line): Said => [side, Buffer.from(/[\r\n]$/.test(line) ? line : `${line}\r\n`, 'latin1')]),
  )
}
