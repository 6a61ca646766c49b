import type { Tunable } from '../detector.ts'
import type { Barrage } from './barrage.ts'
import { ACK, GRE, HTTP, ICMP, STOMP, SYN, TCP_FLAGS, UDP, VSE } from './vectors.ts'

export const TUNABLES = {
  rate: { value: 100, unit: 'packets a second', why: 'unanswered and to one target: nothing in a home does that by itself' },
  packets: { value: 300, unit: 'packets', why: 'three seconds at that rate, a tenth of one at what bots send' },
  stream: { value: 500, unit: 'packets a second', why: 'between two fixed ports: a camera sends its picture so, and slower' },
  constant: {
    value: 1000,
    unit: 'packets a second',
    why: 'the same payload between two fixed ports: lamps are told their colours so',
  },
  ping: { value: 1000, unit: 'echo requests a second', why: 'where they are answered it may be somebody who measures' },
  pinging: { value: 10, unit: 'seconds', why: 'of them' },
  query: { value: 50, unit: 'queries a second', why: 'a player asks a game server once in some seconds' },
  queried: { value: 200, unit: 'queries a second', why: 'a server that many know is asked more often' },
  seconds: { value: 3, unit: 'seconds', why: 'a page may take a hundred requests, but not every second' },
  answers: { value: 1, unit: 'seconds', why: 'what is answered takes as long to be so' },
  each: { value: 20, unit: 'packets an address', why: 'whoever scans a network sends each address a few' },
  ports: { value: 20, unit: 'ports', why: 'more, each asked again where it was silent, are a port scan' },
} as const satisfies Record<string, Tunable>

/** Segments by which a connection without answers is told from one that the capture lost. */
const UNHEEDED = 200
const SMALL = 64 + 28

const T = TUNABLES

/**
 * Is it a flood, by rate and by shape? `over`: no packet comes any more, so that no answer does.
 */
export function isFlood(vector: number, atHome: boolean, b: Barrage, over: boolean): boolean {
  const rate = vector === VSE ? (atHome ? T.queried.value : T.query.value) : T.rate.value
  if (b.peak < rate || b.packets < Math.min(T.packets.value, 3 * rate) || b.packets < T.each.value * b.targets) return false
  const settled = over || b.duration >= T.answers.value
  switch (vector) {
    case UDP:
      return isUdpFlood(b, atHome, settled)
    case SYN:
      return isSynFlood(b, atHome, settled)
    case ACK:
    case TCP_FLAGS:
      return isLoose(b, settled)
    case ICMP:
      return settled && (b.answered < b.packets / 2 || (b.peak >= T.ping.value && b.duration >= T.pinging.value))
    case GRE:
      return b.shape.fromScattered
    case HTTP:
      return b.seconds >= T.seconds.value
    case STOMP:
      return b.loose >= b.packets * 0.8 || (b.unheeded >= UNHEEDED && b.unheeded >= b.packets / 2)
    default:
      return true
  }
}

export function isForged({ forged, packets }: Barrage): boolean {
  return forged >= packets / 2
}

function isUdpFlood(b: Barrage, atHome: boolean, settled: boolean): boolean {
  const { shape, packets } = b
  if (b.created < packets * 0.8) {
    if (!settled) return false
    return (shape.random && b.peak >= T.stream.value) || (shape.constant && b.peak >= T.constant.value)
  }
  if (b.answered >= b.created * 0.1) return false
  if (isForged(b)) return true
  if (shape.toScattered) return shape.fromScattered || b.bytes / packets >= SMALL
  return settled && (!atHome || shape.random || shape.constant)
}

function isSynFlood(b: Barrage, atHome: boolean, settled: boolean): boolean {
  const { shape } = b
  if (b.completed >= b.created * 0.1) return false
  const few = shape.toFew && shape.ports <= T.ports.value
  if (isForged(b)) return true
  if (!few) return settled && shape.fromAnywhere
  if (atHome && b.sources.estimate >= b.packets / 4) return true
  return settled && b.refused < b.created * 0.2
}

/** Segments of no connection: each its own flow, or none where the one before had ended. */
function isLoose(b: Barrage, settled: boolean): boolean {
  const { shape } = b
  if (b.created + b.loose < b.packets * 0.8 || b.answered >= b.created * 0.2 + b.loose * 0.5) return false
  if (shape.toScattered && !shape.fromScattered) return false
  return b.created >= b.packets * 0.8 || settled
}
