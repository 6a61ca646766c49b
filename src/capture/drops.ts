/**
 * Packets that whoever captured counted and could not keep. What is missing here is not known, which is not the same as none.
 * Names follow who lost them; dumpcap writes into a file what the system lost as the interface's.
 */
export interface Drops {
  /** All of the below. */
  total: number
  /** The network card or its driver had no room (pcapng's isb_ifdrop). */
  interface?: number
  /** The operating system's buffer was full: whoever captured did not fetch them in time (isb_osdrop). */
  system?: number
  /** The capturing program had no room. */
  program?: number
}

/** Counters of two interfaces, or of two sections, as one. */
export function addDrops(a: Drops | undefined, b: Drops): Drops {
  if (a === undefined) return b
  const sum: Drops = { total: add(a.total, b.total) }
  for (const who of ['interface', 'system', 'program'] as const) {
    const [x, y] = [a[who], b[who]]
    if (x !== undefined || y !== undefined) sum[who] = add(x ?? 0, y ?? 0)
  }
  return sum
}

/** A file may claim any 64 bits. */
function add(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER)
}
