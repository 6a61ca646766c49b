import { describe, expect, it } from 'vitest'
import { mix } from './mix.ts'

describe('mix', () => {
  it('makes of a difference what cannot be foreseen without the secret, whichever bit it is', () => {
    const secrets = 10_000
    for (let bit = 0; bit < 32; bit++) {
      const seen = new Map<number, number>()
      for (let i = 1; i <= secrets; i++) {
        const secret = Math.imul(i, 0x6c078965) ^ (i << 13)
        const difference = mix(secret, 0x0a000001) ^ mix(secret, 0x0a000001 ^ (1 << bit))
        seen.set(difference, (seen.get(difference) ?? 0) + 1)
      }
      // with the next word an attacker could cancel a difference that he can guess
      expect(Math.max(...seen.values()) / secrets, `bit ${bit}`).toBeLessThan(0.05)
    }
  })
})
