/**
 * One more word into a hash that began with a secret. What a difference between two words becomes depends on the secret, so that
 * nobody who can choose addresses and ports can choose ones that collide (and make every lookup walk past all of them).
 */
export function mix(h: number, word: number): number {
  h = Math.imul(h ^ word, 0x9e3779b1)
  // a second round: multiplying alone leaves a difference of the highest bit as it is
  h = Math.imul(h ^ (h >>> 15), 0x85ebca77)
  return h ^ (h >>> 13)
}
