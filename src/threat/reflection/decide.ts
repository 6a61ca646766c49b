import type { Tunable } from '../detector.ts'
import { type Reflected, REFLECTOR, SOURCE, TARGET } from './reflected.ts'
import { DNS, SYN_ACK } from './services.ts'

export const TUNABLES = {
  answers: { value: 40, unit: 'answers a second', why: 'that nobody here asked for: capturing one direction only shows a few' },
  unasked: { value: 100, unit: 'answers', why: 'more than two seconds of them' },
  servers: { value: 10, unit: 'servers', why: 'a flood of reflected answers comes from many' },
  torrent: { value: 1000, unit: 'answers a second', why: 'so many from however few servers' },
  large: { value: 400, unit: 'bytes', why: 'mean answer of DNS: what a home is told is shorter by half' },
  accepted: { value: 100, unit: 'SYN-ACKs a second', why: 'a home opens some dozens of connections a second at most' },
  acceptors: { value: 20, unit: 'servers', why: 'by so many' },
  repeated: { value: 50, unit: 'SYN-ACKs', why: 'sent again as nobody answered them: five a connection that was asked for' },
  questions: { value: 50, unit: 'questions', why: 'the same, from the Internet: nobody asks so often' },
  pace: { value: 5, unit: 'questions a second', why: 'monitoring asks once in some seconds' },
  gain: { value: 3, unit: 'times', why: 'bytes answered to bytes asked: for less nobody takes the trouble' },
  forged: { value: 20, unit: 'questions', why: 'under an address that is not its own: no program does that once' },
} as const satisfies Record<string, Tunable>
const T = TUNABLES

export function isReflection(r: Reflected): boolean {
  switch (r.role) {
    case TARGET:
      return r.service === SYN_ACK ? isSynAck(r) : isUnasked(r)
    case REFLECTOR:
      return (
        r.packets >= T.questions.value &&
        r.same >= r.packets * 0.9 &&
        r.answered >= r.bytes * T.gain.value &&
        r.packets >= r.duration * T.pace.value
      )
    case SOURCE:
      return (
        r.packets >= T.forged.value &&
        r.peak >= T.pace.value &&
        (r.service !== DNS || r.same >= r.packets * 0.9) &&
        r.others.estimate >= Math.min(T.servers.value, r.packets / 10)
      )
    default:
      return false
  }
}

function isUnasked(r: Reflected): boolean {
  if (r.peak < T.answers.value || r.packets < T.unasked.value) return false
  if (r.service === DNS && r.bytes < r.packets * T.large.value) return false
  return r.peak >= T.torrent.value || r.others.estimate >= T.servers.value
}

function isSynAck(r: Reflected): boolean {
  if (r.again >= T.repeated.value) return true
  return r.peak >= T.accepted.value && r.packets >= 2 * T.accepted.value && r.others.estimate >= T.acceptors.value
}
