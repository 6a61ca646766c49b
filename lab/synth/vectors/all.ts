import type { Vector } from '../vector.ts'
import { c2Dead, c2Dht, c2Gafgyt, c2Irc, c2Mirai, c2Tls } from './command.ts'
import { FLOODS } from './flood.ts'
import { guessAdb, guessFtp, guessHttp, guessSsh, guessTelnet } from './guess.ts'
import { REFLECTIONS } from './reflect.ts'
import { probed, scanOut, scanPorts } from './scan.ts'

/** In the order of the stages; what is benign last. */
export const VECTORS: readonly Vector[] = [
  probed,
  guessTelnet,
  guessSsh,
  guessFtp,
  guessHttp,
  guessAdb,
  c2Mirai,
  c2Gafgyt,
  c2Irc,
  c2Tls,
  c2Dead,
  c2Dht,
  scanOut,
  scanPorts,
  ...FLOODS,
  ...REFLECTIONS,
]
