import type { Case } from './cases.ts'

/**
 * How strong an attack is at least, by our own judgement where nobody is named: what is weaker is in the sweep to show where detection ends, and
 * not in the recall that is to be reached. By the generator's beginning.
 */
const LEAST: readonly (readonly [generator: string, parameter: string, least: number, why: string])[] = [
  ['flood-', 'rate', 200, 'fewer harm nobody'],
  ['flood-', 'seconds', 10, 'shorter ones harm nobody'],
  ['reflect-', 'rate', 50, 'fewer harm nobody'],
  ['guess-telnet', 'tries', 10, 'Mirai tries ten pairs on each it finds (Antonakakis et al. 2017)'],
  ['guess-ssh', 'tries', 60, 'lists for SSH have hundreds of pairs'],
  ['c2-dead', 'calls', 30, 'bots call for days'],
  ['c2-dht', 'peers', 20, 'a node of a hash table knows dozens'],
  ['beacon', 'beats', 60, 'beacons go on for days'],
  ['dga', 'names', 100, 'Conficker.A made 250 names a day'],
  ['dns-tunnel', 'queries', 100, 'a page of text takes as many'],
  ['dns-tunnel', 'rate', 1, 'a tunnel is used by somebody who waits'],
  ['arp-spoof', 'lies', 30, 'tools repeat the lie every second or ten, as long as they listen'],
  ['exfil', 'bytes', 50_000_000, 'less does not stand out from what a camera sends by itself'],
]

/** Parts that a receiver has to put together before he can see a log-in or a request. */
const HIDDEN = 'fragments'
/** Encrypted to look like everybody's, and silent masters: nothing but the rhythm could tell. */
const BLIND: readonly string[] = ['c2-tls']

/** Why a case is weaker than that; undefined for what is to be found. `stage` of the truth at hand. */
export function weaker({ vector, asked }: Pick<Case, 'vector' | 'asked'>, stage: string): string | undefined {
  if (asked['evasion'] === HIDDEN) return 'IP fragments are not put together'
  if (BLIND.includes(vector.id) || asked['over'] === 'tls') return 'encrypted'
  if (vector.id === 'c2-irc' && asked['orders'] === 0) return 'nothing was said'
  // let in at the fifth try: what is told is that he got in
  if ((vector.id === 'shell' || vector.id === 'recruited') && stage === 'guessed') return 'five tries'
  for (const [generator, parameter, least, why] of LEAST) {
    const value = asked[parameter] ?? vector.params[parameter]?.value
    if (vector.id.startsWith(generator) && typeof value === 'number' && value < least) return why
  }
  return undefined
}

/** The same for readers. */
export const STRENGTH: readonly string[] = [
  ...LEAST.map(([generator, parameter, least, why]) => `${generator}*: ${parameter} of at least ${least}: ${why}`),
  'no IP fragments (Assay does not put them together); no TLS; of IRC only channels in which something is ordered; of guessing that gets in at the fifth try only that it got in',
]
