import type { FrameRef } from './evidence.ts'
import type { SignFacts } from './sign.ts'
import type { Kind, Kinds, Peer, Protection, Role, Scope } from './kinds.ts'

/** One end of a conversation. `host` is the handle of a thing on the captured network, -1 for a stranger (or unknown). */
export interface Party {
  readonly host: number
  readonly ip: string
  readonly port: number
  readonly scope: Scope
  /** Its hardware address (00:11:22:aa:bb:cc) where the link gives one. */
  readonly mac?: string
}

/** How a sign is counted. */
export interface SignOptions {
  /** Of what is counted, as much as is needed to be sure: it is raised then. By default the first is enough. */
  needs?: number
  /** How much was seen now (1). */
  count?: number
  /** What a later sighting adds to what is kept. */
  update?: (kept: SignFacts) => void
  /** When what it rests on began, where that was before now (microseconds). */
  first?: number
  /** Frames that show it beside this one, before it. */
  frames?: readonly FrameRef[]
}

export interface AddOptions<K extends Kind> {
  bytes?: number
  count?: number
  update?: (kept: Kinds[K]) => void
}

/** What an observer may know and do while it turns one message into observations. Valid only during the call. */
export interface Context {
  readonly transport: 'tcp' | 'udp'
  readonly client: Party
  readonly server: Party
  readonly capture: number
  /** Microseconds since 1970, of the message's packet (or of the conversation's latest packet). */
  readonly time: number
  /** Planted texts (`--canary`). */
  readonly canaries: readonly string[]
  /** The party as seen by the other: with the name by which `of` knew it (DNS answers it got), if any. */
  peer(party: Party, of: Party): Peer
  /**
   * The thing that has this hardware address ('00:11:22:aa:bb:cc'), whoever sent the packet: a DHCP server's or relay's message is
   * about `chaddr`, not about its sender. `host` is -1 when no such thing was seen on the captured network.
   */
  owner(mac: string): Party
  /** Count a fact about `party`; ignored when it has no host. `data` of the first sighting is kept, unless `update` merges a later one into it. `count` is how often it was seen now (1); 0 merges without counting (the answer to what was asked). */
  add<K extends Kind>(party: Party, kind: K, key: string, data: Kinds[K], frame: number, options?: AddOptions<K>): void
  /** A sign of misuse by or of `party`, known by its detector and `key`; ignored when it has no host. */
  sign(party: Party, key: string, facts: SignFacts, frame: number, options?: SignOptions): void
  /** A signal of what `party` is: kind as in device/signals.ts. */
  signal(party: Party, kind: string, value: string, frame: number): void
  /** The part of a domain name that says something of who asks for it: undefined where nothing is known of it (device/knowledge.ts). */
  knownPart(name: string): string | undefined
  /** `party` learnt that `ip` is called `name` (a DNS answer). */
  learnName(party: Party, ip: string, name: string): void
  /**
   * The conversation's protection, as it is reported for the endpoint, where the protocol's name alone does not say. The last word counts,
   * but for two: `unknown` (so far only what both ends begin with: a search, a handshake that is not answered) takes nothing back, and what
   * was `broken` stays so.
   */
  protect(protection: Protection): void
  /** Name of the server by SNI or Host, for the endpoint. */
  serverName(name: string): void
}

/** From messages of one protocol to observations. */
export type Observer<M> = (message: M, context: Context) => void

/** Whoever sent the message. */
export function senderOf({ fromClient }: { readonly fromClient: boolean }, context: Context): Party {
  return fromClient ? context.client : context.server
}

/** Whoever it was sent to. */
export function receiverOf({ fromClient }: { readonly fromClient: boolean }, context: Context): Party {
  return fromClient ? context.server : context.client
}

export function roleOf(fromClient: boolean): Role {
  return fromClient ? 'client' : 'server'
}
