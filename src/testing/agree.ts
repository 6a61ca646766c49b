import type { MessageBase } from '../decode/message.ts'
import { tsharkFields } from './tshark.ts'

/** One field as tshark names it, and the same out of our messages of one frame, as texts in tshark's way of writing. */
export interface Column<M> {
  readonly field: string
  readonly ours: (messages: readonly M[]) => readonly string[]
  /** tshark's values before they are compared, with all the row's (in column order): where it prints the same thing in two ways. */
  readonly theirs?: (values: readonly string[], row: readonly (readonly string[])[]) => readonly string[]
}

/** What is inside of a tunnel or of an ICMP error is not ours to read; tshark goes on. */
export const OUTERMOST = '!icmp && !icmpv6 && !gre && !vxlan && !geneve && !gtp && !teredo && !nflog && !wg'

export interface Agreement {
  /** Frames that both read. */
  readonly frames: number
  /** 'FRAME FIELD: tshark […] ours […]', or 'FRAME: only tshark' / 'only ours'. */
  readonly differences: readonly string[]
}

/** Every frame of a capture in which tshark or our decoder finds the protocol, field by field. */
export function compare<M extends MessageBase>(
  path: string,
  filter: string,
  columns: readonly Column<M>[],
  messages: readonly M[],
  options: readonly string[] = [],
): Agreement {
  const rows = tsharkFields(
    path,
    columns.map((column) => column.field),
    `(${filter}) && ${OUTERMOST}`,
    options,
  )
  const ours = new Map<number, M[]>()
  for (const message of messages) ours.set(message.frame, [...(ours.get(message.frame) ?? []), message])
  const differences: string[] = []
  let frames = 0
  for (const [frame, row] of rows) {
    const mine = ours.get(frame)
    ours.delete(frame)
    if (mine === undefined) {
      differences.push(`${frame}: only tshark`)
      continue
    }
    frames++
    columns.forEach((column, i) => {
      const want = column.theirs?.(row[i]!, row) ?? row[i]!
      const got = column.ours(mine)
      if (JSON.stringify(want) !== JSON.stringify(got))
        differences.push(`${frame} ${column.field}: tshark ${JSON.stringify(want)} ours ${JSON.stringify(got)}`)
    })
  }
  for (const frame of ours.keys()) differences.push(`${frame}: only ours`)
  return { frames, differences }
}
