import { checks } from '../checks/index.ts'
import { failedBy, settledBy } from './deciding.ts'
import type { Control, Responsible } from './framework.ts'

/** A control as a catalog writes it: what is left out is what most of them have. */
export interface Written extends Omit<Control, 'block' | 'checks' | 'seenBy' | 'responsible' | 'sure' | 'level'> {
  readonly sure?: Control['sure']
  readonly level?: Control['level']
  /** By default the maker. */
  readonly responsible?: Responsible
  /** Checks that settle it, all of them. */
  readonly settled?: readonly string[]
  /** Checks that can fail it. */
  readonly fails?: readonly string[]
  /** By default what its checks look at; a document where it has none. */
  readonly seenBy?: Control['seenBy']
}

/** Controls that stand under one heading, with what all of them have in common. */
export function block(
  title: string,
  common: Pick<Written, 'sure' | 'level' | 'signedBy'>,
  controls: readonly Written[],
): Control[] {
  return controls.map(({ settled = [], fails = [], ...written }) => {
    const { signedBy, ...shared } = { sure: 'M' as const, level: 'unknown' as const, ...common }
    return {
      responsible: 'maker' as const,
      seenBy: seenBy([...settled, ...fails]),
      block: title,
      ...shared,
      // somebody signs where no evidence can
      ...(signedBy !== undefined && written.unseen !== undefined ? { signedBy } : {}),
      ...written,
      checks: [...settledBy(...settled), ...failedBy(...fails)],
    }
  })
}

/** Those that judge answers, of a device or of its maker. */
const ASKED = new Set(checks.flatMap(({ id, of = [] }) => (of.some((one) => one !== 'dossier') ? [id] : [])))
const FIRMWARE = new Set(['bill-of-materials', 'known-vulnerabilities', 'update-signed'])

function seenBy(checks: readonly string[]): Control['seenBy'] {
  const ways = checks.flatMap((id) => {
    if (id.startsWith('states-')) return ['document' as const]
    if (id.startsWith('undeclared-')) return ['traffic' as const, 'document' as const]
    if (FIRMWARE.has(id)) return ['firmware' as const]
    return [ASKED.has(id) ? ('probe' as const) : ('traffic' as const)]
  })
  return ways.length === 0 ? ['document'] : [...new Set(ways)]
}
