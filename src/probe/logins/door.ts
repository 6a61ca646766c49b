import type { EntryRef } from '../../evidence/pointer.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import type { Asker } from '../asker.ts'
import type { OpenPort, Target } from '../probe.ts'

/** A name and a password to be tried. */
export interface Pair {
  readonly user: string
  readonly password: string
}

/** What a service shows to somebody who has not logged in. */
export interface Look {
  /**
   * How it asks for a log-in, as of 'probe.login'. 'none': it does not. 'unknown': that cannot be told (`trouble` says why), or it is no
   * service of that kind.
   */
  readonly scheme: string
  /** Only a password is asked for. */
  readonly nameless?: boolean
  readonly open?: Kinds['probe.login']['open']
  /** What it says of itself: banner, title, realm. Makers are known by it. */
  readonly says: string
  /** Two services that show the same are one log-in, tried once; '' for none. */
  readonly same?: string
  readonly trouble?: string
  readonly shown: readonly EntryRef[]
}

/**
 * What became of one pair. 'locked': it said so, 'gone': it no longer answers or hung up before it answered; 'unclear': no verdict follows.
 */
export interface Attempt {
  readonly outcome: 'accepted' | 'refused' | 'locked' | 'gone' | 'unclear'
  /** Milliseconds from the question to the answer. */
  readonly ms: number
  readonly shown: readonly EntryRef[]
  readonly reason?: string
}

/** How an attempt in a conversation ends, whenever it does. @param began when its question was put, by performance.now() */
export function attempted({ ref }: { readonly ref: EntryRef }, began: () => number) {
  return (outcome: Attempt['outcome'], reason?: string): Attempt => ({
    outcome,
    ms: performance.now() - began(),
    shown: [ref],
    ...(reason === undefined ? {} : { reason }),
  })
}

/** A service with a log-in, or without. Never throws for what the other side does. */
export interface Door {
  look(): Promise<Look>
  /** @param why for the transcript: 'asks whether root with password x…(6) (Mirai source code)'; what follows it is added */
  attempt(pair: Pair, why: string): Promise<Attempt>
}

/** Knocks at one port of a protocol. */
export type Knock = (asker: Asker, target: Target, port: OpenPort) => Door

/** Words by which a service says that it takes no log-ins for now. */
export const LOCKED =
  /\b(?:locked|lock(?:ed)?[- ]?out|too many|temporarily (?:blocked|disabled|banned)|blocked|banned|try again (?:later|in|after)|wait \d+ ?(?:s|sec|min))/i
/** Words by which it refuses a pair. */
export const REFUSED =
  /\b(?:incorrect|invalid|fail(?:ed|ure)?|denied|wrong|not (?:correct|valid|authori[sz]ed|allowed)|bad (?:password|user|login)|unknown user|error|reject(?:ed)?)\b/i
