import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { decoders } from '../decode/protocols/index.ts'
import { corpus } from './corpus.ts'
import { flowProtocols } from './flow-protocols.ts'
import { type Meanings, meanings } from './ndpi-names.ts'
import { type NdpiFlow, ndpiFlows, ndpiNames } from './ndpi.ts'

/*
 * Which protocol each TCP and UDP flow of the public captures is of: ours against nDPI's. A flow is a pair of addresses and ports of
 * one transport in one capture. It counts when either of us names a protocol that we know and nDPI has a name for, and nDPI
 * looked into it. We agree when one of nDPI's names for it (protocol and, within, another: "CiscoVPN.HTTP") is a protocol that we
 * found in it.
 */

/** Where public captures are: these in every test, the others with `ASSAY_ORACLE=all` and in `npm run eval:protocols`. */
export const FOLDERS = ['ndpi/pcap', 'zeek']
export const MORE_FOLDERS = ['ja4/pcap', 'iot-sentinel']

/** What becomes of a flow of which somebody says something. */
export type Outcome =
  | 'agree'
  /** We name it, nDPI looked and does not know. */
  | 'only ours'
  /** nDPI names it, we do not. */
  | 'only ndpi'
  | 'differ'
  // these do not count:
  /** nDPI names it by its port or address, having read nothing in it. */
  | 'guessed'
  /** nDPI shows no such flow (link or tunnel that it does not read). */
  | 'absent'
  /** A protocol that this nDPI has no name for. */
  | 'nameless'

export interface ComparedFlow {
  readonly capture: string
  readonly flow: string
  /** Our names for it, joined by '+'; '' for none. */
  readonly ours: string
  /** nDPI's, as it prints it; '' for none. */
  readonly ndpi: string
  /** Protocols of ours that are in it by either's word. */
  readonly named: { readonly ours: ReadonlySet<string>; readonly ndpi: ReadonlySet<string> }
  readonly outcome: Outcome
}

export const counts = (outcome: Outcome) => outcome !== 'guessed' && outcome !== 'absent' && outcome !== 'nameless'

/** Captures of the folders, by path within the corpus. */
export function capturesIn(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    const path = corpus(folder)
    if (path === undefined) return []
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(pcap|pcapng|cap|trace)$/.test(name))
      .map((name) => join(folder, name))
      .sort()
  })
}

/** Names of all our decoders. */
const ourProtocols = (): Set<string> => new Set([...decoders.stream, ...decoders.datagram].map((decoder) => decoder.protocol))

export async function compareCaptures(captures: readonly string[]): Promise<ComparedFlow[]> {
  const meaning = meanings(ourProtocols(), ndpiNames())
  const named = new Set([...meaning.values()].flatMap((protocols) => [...protocols]))
  const out: ComparedFlow[] = []
  for (const capture of captures) {
    const path = corpus(capture)!
    const [ours, theirs] = await Promise.all([flowProtocols(path), ndpiFlows(path)])
    const byKey = new Map(theirs.map((flow) => [flow.key, flow]))
    for (const key of [...new Set([...ours.keys(), ...byKey.keys()])].sort()) {
      const compared = compareFlow(capture, key, ours.get(key) ?? new Set(), byKey.get(key), meaning, named)
      if (compared !== undefined) out.push(compared)
    }
  }
  return out
}

function compareFlow(
  capture: string,
  flow: string,
  ours: ReadonlySet<string>,
  theirs: NdpiFlow | undefined,
  meaning: Meanings,
  nameable: ReadonlySet<string>,
): ComparedFlow | undefined {
  const name = theirs === undefined || theirs.name === 'Unknown' ? '' : theirs.name
  const means = new Set(name.split('.').flatMap((part) => [...(meaning.get(part.toLowerCase()) ?? [])]))
  if (ours.size === 0 && means.size === 0) return undefined
  const outcome = (): Outcome => {
    if (theirs === undefined) return 'absent'
    if (theirs.confidence.startsWith('Match by')) return 'guessed'
    if ([...ours].some((protocol) => means.has(protocol))) return 'agree'
    if (means.size === 0 && ![...ours].some((protocol) => nameable.has(protocol))) return 'nameless'
    return ours.size === 0 ? 'only ndpi' : name === '' ? 'only ours' : 'differ'
  }
  return {
    capture,
    flow,
    ours: [...ours].sort().join('+'),
    ndpi: name,
    named: { ours, ndpi: means },
    outcome: outcome(),
  }
}
