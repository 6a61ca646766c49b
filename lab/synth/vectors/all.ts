import type { Vector } from '../vector.ts'
import { BENIGN } from './benign.ts'
import { c2Dead, c2Dht, c2Gafgyt, c2Irc, c2Mirai, c2Tls } from './command.ts'
import { beacon, dga, dnsTunnel, exfil } from './covert.ts'
import { exploit } from './exploit.ts'
import { FLOODS } from './flood.ts'
import { guessAdb, guessFtp, guessHttp, guessSsh, guessTelnet } from './guess.ts'
import { arpSpoof, rogueDhcp, rogueRa } from './lan.ts'
import { fetched, shell } from './load.ts'
import { recruited } from './recruited.ts'
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
  shell,
  exploit,
  fetched,
  c2Mirai,
  c2Gafgyt,
  c2Irc,
  c2Tls,
  c2Dead,
  c2Dht,
  beacon,
  dga,
  scanOut,
  scanPorts,
  ...FLOODS,
  ...REFLECTIONS,
  dnsTunnel,
  exfil,
  arpSpoof,
  rogueDhcp,
  rogueRa,
  recruited,
  ...BENIGN,
]
