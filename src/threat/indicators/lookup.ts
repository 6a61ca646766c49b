import { isIP } from 'node:net'
import { IPV6_BASE } from '../../device/addresses.ts'
import type { Listed } from './list.ts'

/** Finds what is on the lists. By index into `listed`, undefined for what is not. */
export class Lookup {
  readonly listed: readonly Listed[]
  private readonly byValue = new Map<string, number>()
  private readonly ipv4 = new Map<number, number>()
  private readonly ipv6 = new Map<string, number>()
  /** By length of the network, longest first. */
  private readonly networks4: [length: number, of: Map<number, number>][] = []
  private readonly networks6: [length: number, of: Map<string, number>][] = []
  readonly hasNames: boolean
  readonly hasAddresses: boolean
  readonly hasHashes: boolean

  constructor(listed: readonly Listed[]) {
    this.listed = listed
    const networks4 = new Map<number, Map<number, number>>()
    const networks6 = new Map<number, Map<string, number>>()
    for (const [i, { type, value }] of listed.entries()) {
      if (type === 'ip') {
        if (isIP(value) === 4) put(this.ipv4, numberOf(value), i)
        else put(this.ipv6, value, i)
      } else if (type === 'network') {
        const [ip, text] = value.split('/') as [string, string]
        const length = Number(text)
        if (isIP(ip) === 4) put(inner(networks4, length), numberOf(ip) & maskOf(length), i)
        else put(inner(networks6, length), prefixOf(ip, length), i)
      } else put(this.byValue, `${type} ${value}`, i)
    }
    this.networks4.push(...[...networks4].sort(([a], [b]) => b - a))
    this.networks6.push(...[...networks6].sort(([a], [b]) => b - a))
    const has = (...types: string[]) => listed.some(({ type }) => types.includes(type))
    this.hasNames = has('domain', 'url', 'ja4')
    this.hasAddresses = has('ip', 'network')
    this.hasHashes = has('sha256', 'sha1', 'md5')
  }

  value(type: 'url' | 'ja4' | 'sha256' | 'sha1' | 'md5', value: string): number | undefined {
    return this.byValue.get(`${type} ${value}`)
  }

  /** The name, or one that it is below. */
  domain(name: string): number | undefined {
    for (let at = 0; ;) {
      const found = this.byValue.get(`domain ${name.slice(at)}`)
      if (found !== undefined) return found
      const dot = name.indexOf('.', at)
      if (dot < 0) return undefined
      at = dot + 1
    }
  }

  /** @param key as Addresses has it; @param text of an IPv6 address */
  address(key: number, text: (key: number) => string): number | undefined {
    if (key >= IPV6_BASE) return this.address6(text, key)
    const found = this.ipv4.get(key)
    if (found !== undefined) return found
    for (let i = 0; i < this.networks4.length; i++) {
      const [length, of] = this.networks4[i]!
      const within = of.get(key & maskOf(length))
      if (within !== undefined) return within
    }
    return undefined
  }

  private address6(text: (key: number) => string, key: number): number | undefined {
    if (this.ipv6.size === 0 && this.networks6.length === 0) return undefined
    const ip = text(key)
    const found = this.ipv6.get(ip)
    if (found !== undefined || isIP(ip) !== 6) return found
    for (const [length, of] of this.networks6) {
      const within = of.get(prefixOf(ip, length))
      if (within !== undefined) return within
    }
    return undefined
  }
}

/** What is listed first counts. */
function put<K>(map: Map<K, number>, key: K, index: number): void {
  if (!map.has(key)) map.set(key, index)
}

function inner<K>(of: Map<number, Map<K, number>>, length: number): Map<K, number> {
  let map = of.get(length)
  if (!map) of.set(length, (map = new Map()))
  return map
}

/** Signed, as Addresses has it. */
function numberOf(ip: string): number {
  return ip.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0)
}

function maskOf(length: number): number {
  return length === 0 ? 0 : -1 << (32 - length)
}

/** The first bits of an IPv6 address, in hexadecimal. */
function prefixOf(ip: string, length: number): string {
  const dotted = /(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(ip)
  const plain = dotted
    ? `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`
    : ip
  const [head = '', tail] = plain.split('::') as [string?, string?]
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
  const bits = BigInt(`0x${groups.map((group) => group.padStart(4, '0')).join('')}`)
  return (bits >> BigInt(128 - length)).toString(16)
}
