import type { FrameRef } from '../../capture/frame-ref.ts'
import { MAX_EXEMPLARS } from '../../evidence/evidence.ts'
import type { Attempt } from './attempts.ts'

export const LISTED = {
  value: 3,
  unit: 'user names and passwords',
  why: 'Mirai tries 10 of its list at each address; people who help themselves try one or two',
}
export const REPEATED = {
  value: 5,
  unit: 'connections',
  why: 'one pair of the list in a row of connections: a bot that tries the same again',
}
export const PAIRS = { value: 8, unit: 'user names and passwords', why: 'a person gives up sooner, and a program has one' }
export const HIDDEN = {
  value: 24,
  unit: 'refused log-in requests',
  why: 'SSH lets a person ask three times, and asks for keys first',
}
export const PACE = { value: 4, unit: 'seconds a connection', why: 'people type slower; of those twice as much is needed' }
export const WIDE = { value: 3, unit: 'addresses', why: 'who tries one list here and there' }
const WINDOW = { value: 3600, unit: 'seconds', why: 'then the count begins anew' }
const HIDDEN_WINDOW = { value: 900, unit: 'seconds', why: 'programs with an old key ask every few minutes, for ever' }
export const TUNABLES = { LISTED, REPEATED, PAIRS, HIDDEN, PACE, WIDE, WINDOW, HIDDEN_WINDOW }

/** Between two ends, or by one end at several. */
export interface Run {
  first: number
  last: number
  /** Log-ins tried, each. */
  tries: number
  /** Connections, told by the time of their last packet. */
  connections: number
  /** Refused ones of which nothing is readable. */
  hidden: number
  /** Of a list, and others that were refused: told apart by both together. */
  readonly listed: Set<string>
  readonly refused: Set<string>
  /** Tries with a pair of a list. */
  listedTries: number
  /** Peers, where it is of several. */
  readonly peers: Set<string>
  readonly frames: FrameRef[]
  enough: boolean
}

const MAX_RUNS = 4096
/** Mirai's list has 62; more are 'at least' so many. */
export const MAX_PAIRS = 64
const MAX_PEERS = 256

/** Counts log-ins that were tried: bounded, the oldest run makes room. */
export class Tries {
  private readonly runs = new Map<string, Run>()

  /** The run that the attempt belongs to, with it in. */
  add(key: string, peer: string, attempt: Attempt, time: number, capture: number): Run {
    let run = this.runs.get(key)
    const window = (attempt.hidden === undefined ? WINDOW : HIDDEN_WINDOW).value * 1e6
    if (!run || (time - run.first > window && !run.enough) || time - run.last > window) this.begin(key, (run = blank(time)))
    run.first = Math.min(run.first, time)
    if (time !== run.last || run.connections === 0) run.connections++
    run.last = Math.max(run.last, time)
    run.tries += attempt.hidden ?? 1
    run.hidden += attempt.hidden ?? 0
    if (run.peers.size < MAX_PEERS) run.peers.add(peer)
    if (run.frames.length < MAX_EXEMPLARS) run.frames.push({ capture, frame: attempt.frame })
    const pair = `${attempt.user ?? ''}\0${attempt.password ?? ''}`
    if (attempt.listed) {
      run.listedTries++
      if (run.listed.size < MAX_PAIRS) run.listed.add(pair)
    }
    if (attempt.outcome === 'refused' && isTyped(attempt) && run.refused.size < MAX_PAIRS) run.refused.add(pair)
    return run
  }

  private begin(key: string, run: Run): void {
    this.runs.delete(key)
    if (this.runs.size >= MAX_RUNS) this.runs.delete(this.runs.keys().next().value!)
    this.runs.set(key, run)
  }
}

/** Longer ones are made by a program, and new with each try: tokens, encrypted passwords. */
const MAX_TYPED = 32

function isTyped({ hidden, user = '', password = '' }: Attempt): boolean {
  return hidden === undefined && user.length <= 2 * MAX_TYPED && password.length <= MAX_TYPED
}

function blank(time: number): Run {
  return {
    first: time,
    last: time,
    tries: 0,
    connections: 0,
    hidden: 0,
    listed: new Set(),
    refused: new Set(),
    listedTries: 0,
    peers: new Set(),
    frames: [],
    enough: false,
  }
}

/** Is this guessing? `telnet`: nobody but bots and those who mend devices logs in there, and the list is for it. */
export function isGuessing(run: Run, telnet: boolean): boolean {
  const pace = run.connections < 3 ? Infinity : (run.last - run.first) / (run.connections - 1)
  const times = pace <= PACE.value * 1e6 ? 1 : 2
  if (telnet && run.listed.size >= LISTED.value * times) return true
  if (telnet && times === 1 && run.listedTries >= REPEATED.value && run.connections >= REPEATED.value) return true
  return run.refused.size >= PAIRS.value * times || run.hidden >= HIDDEN.value
}
