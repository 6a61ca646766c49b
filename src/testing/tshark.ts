import { spawnSync } from 'node:child_process'

/** Separators that tshark never prints inside a value: it escapes control characters of text, and prints bytes as hex digits. */
const FIELD = '\u001f'
const OCCURRENCE = '\u001e'

/** It crashed: what it had written by then was lost. */
export class TsharkDied extends Error {}

let available: boolean | undefined

/** Is there an independent oracle on this machine? */
export function tsharkAvailable(): boolean {
  available ??= spawnSync('tshark', ['--version'], { stdio: 'ignore' }).status === 0
  return available
}

/**
 * What tshark reads in a capture: frame number → one list a field, of all its occurrences in the frame ([] where there is none).
 * Only frames that the display filter lets through. A damaged file gives the frames up to the damage. `options` go to tshark as
 * they are (`['-o', 'tcp.desegment_tcp_streams:FALSE']`). Names are never resolved. Throws when tshark does not know a field, and when
 * it crashed.
 */
export function tsharkFields(
  path: string,
  fields: readonly string[],
  displayFilter?: string,
  options: readonly string[] = [],
): Map<number, string[][]> {
  const args = [
    '-n',
    '-r',
    path,
    ...options,
    '-T',
    'fields',
    '-E',
    `separator=${FIELD}`,
    '-E',
    `aggregator=${OCCURRENCE}`,
    '-E',
    'occurrence=a',
  ]
  if (displayFilter !== undefined) args.push('-Y', displayFilter)
  for (const field of ['frame.number', ...fields]) args.push('-e', field)
  const run = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 29 })
  // 1: usage (an unknown field or a bad filter); 2 and others come with the rows read up to the damage
  if (run.error !== undefined) throw run.error
  if (run.signal !== null) throw new TsharkDied(run.signal)
  if (/aren't valid|isn't a valid|not a valid|neither a field nor/.test(run.stderr)) throw new Error(run.stderr.trim())
  const rows = new Map<number, string[][]>()
  for (const line of run.stdout.split('\n')) {
    const cells = line.split(FIELD)
    if (cells.length !== fields.length + 1) continue
    rows.set(
      Number(cells[0]),
      cells.slice(1).map((cell) => (cell === '' ? [] : cell.split(OCCURRENCE))),
    )
  }
  return rows
}
