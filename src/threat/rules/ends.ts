import { BlockList, isIP } from 'node:net'
import type { Party } from '../../evidence/context.ts'
import type { Addresses, Ports, Range } from './rule.ts'

/** An end of what is looked at: a Party, or what a sensor knows. */
export type End = Pick<Party, 'ip' | 'scope'>

/** Addresses of a rule, made ready. */
export class AddressTest {
  private readonly some: Members
  private readonly not: Members

  constructor({ some, not }: Addresses) {
    this.some = new Members(some)
    this.not = new Members(not)
  }

  has(end: End): boolean {
    return (this.some.empty || this.some.has(end)) && !this.not.has(end)
  }
}

class Members {
  readonly empty: boolean
  private readonly home: boolean
  private readonly away: boolean
  private readonly list: BlockList | undefined

  constructor(words: readonly string[]) {
    this.empty = words.length === 0
    this.home = words.includes('home')
    this.away = words.includes('away')
    const addresses = words.filter((word) => word !== 'home' && word !== 'away')
    if (addresses.length === 0) return
    this.list = new BlockList()
    for (const word of addresses) {
      const [ip, length] = word.split('/') as [string, string?]
      const family = isIP(ip) === 6 ? 'ipv6' : 'ipv4'
      if (length === undefined) this.list.addAddress(ip, family)
      else this.list.addSubnet(ip, Number(length), family)
    }
  }

  has(end: End): boolean {
    if (end.scope === 'local' ? this.home : this.away && end.scope === 'internet') return true
    if (this.list === undefined) return false
    // its text is made when it is asked for
    const { ip } = end
    const family = isIP(ip)
    return family !== 0 && this.list.check(ip, family === 6 ? 'ipv6' : 'ipv4')
  }
}

export function hasPort({ some, not }: Ports, port: number): boolean {
  return (some.length === 0 || some.some((range) => within(range, port))) && !not.some((range) => within(range, port))
}

export function within({ least, most }: Range, n: number): boolean {
  return n >= least && n <= most
}
