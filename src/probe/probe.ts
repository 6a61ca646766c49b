import type { Kind, Kinds } from '../evidence/kinds.ts'
import type { EntryRef } from '../evidence/pointer.ts'
import type { Asker } from './asker.ts'

/** Who is asked: named by the user, one address each. */
export interface Target {
  readonly ip: string
  readonly mac?: string
  /** The host name by which the user named it: services are called by it. */
  readonly name?: string
  /** It is of a range: whether anybody is there is asked first, and who is not is no target. */
  readonly sought?: true
}

/** A port that answered, as far as it is known. */
export interface OpenPort {
  transport: 'tcp' | 'udp'
  port: number
  /** As decoders name it; '' for unknown. */
  protocol: string
  tls: boolean
}

/** What a probe is given. */
export interface Asking {
  readonly asker: Asker
  /** Ask more and take longer. */
  readonly full: boolean
  /** Writes down a fact, and the entries of the transcript that show it. */
  readonly note: <K extends Kind>(kind: K, key: string, data: Kinds[K], shown: readonly EntryRef[]) => void
  /** A question could not be put to the end: no verdict follows from it. */
  readonly trouble: (about: string, reason: string, next: string, shown?: readonly EntryRef[]) => void
  /** It could not be asked, and nothing went wrong: a page behind a log-in, no browser. The question stays open. */
  readonly unseen: Asking['trouble']
}

export interface DeviceAsking extends Asking {
  readonly target: Target
  /** TCP ports to ask, in the order to ask them. */
  readonly ports: readonly number[]
  /** Found by the scan, which comes first. */
  readonly open: OpenPort[]
}

export interface SiteAsking extends Asking {
  /** A host name of the maker's: 'www.maker.example'. */
  readonly site: string
  /** Resolver to ask, 'ip', 'ip:port' or '[ip]:port'; undefined: the system's. */
  readonly resolver?: string
  /** Keys that are trusted for DNSSEC, '. IN DS 20326 8 2 E06D…'; undefined: IANA's of the root. */
  readonly anchors?: readonly string[]
  /** DKIM selectors that the maker is known to use, beside the usual ones. */
  readonly selectors?: readonly string[]
}

interface Named {
  /** Kebab case. */
  readonly id: string
  readonly title: string
  /** What is sent, in a line each, for a dry run. */
  asks(full: boolean): readonly string[]
  /** Rules and the like that it would make, for a dry run, as they are. */
  exactly?(): readonly string[]
  /** The longest that it may take for one target, in milliseconds; where it depends on that, of so many ports. */
  readonly ms: number | ((ports: number) => number)
  /** What it has to undo takes so long at most, in milliseconds, when it is ended early. */
  readonly undoMs?: number
}

/** Questions a second to one host, down to which the times of probes are enough. */
const ENOUGH_RATE = 20

/**
 * The longest that a probe may take for one target, in milliseconds: the longer the slower it may ask.
 * @param perSecond questions to one host
 */
export function longest({ ms }: Named, ports: number, perSecond = ENOUGH_RATE): number {
  return (typeof ms === 'number' ? ms : ms(ports)) * Math.max(1, ENOUGH_RATE / perSecond)
}

/** Questions to a device: bounded, polite, nothing that writes. A throw becomes a trouble of this probe. */
export interface DeviceProbe extends Named {
  readonly of: 'device'
  run(asking: DeviceAsking): Promise<void>
}

/** Questions to the maker's public side. */
export interface SiteProbe extends Named {
  readonly of: 'site'
  run(asking: SiteAsking): Promise<void>
}
