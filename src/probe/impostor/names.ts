/** RFC 2544's network for tests of equipment, which is nobody's on the Internet: 198.18.0.0/15. */
export const POOL = '198.18.0.0/15'
const FIRST = (198 << 24) | (18 << 16) | 256
/** More names than a thing calls; beyond them none is answered. */
const MAX_NAMES = 4096

/** One address of ours for each name that the device asks for, so that every call shows whom it is meant for. */
export class Names {
  private readonly byName = new Map<string, { address: string; real: readonly string[] }>()
  private readonly byAddress = new Map<string, string>()

  /** @param real where it is in truth. Undefined where there is no room for it. */
  addressOf(name: string, real: readonly string[]): { address: string; isNew: boolean } | undefined {
    const key = name.toLowerCase()
    const known = this.byName.get(key)
    if (known) return { address: known.address, isNew: false }
    if (this.byName.size >= MAX_NAMES) return undefined
    const n = FIRST + this.byName.size
    const address = [n >>> 24, (n >>> 16) & 0xff, (n >>> 8) & 0xff, n & 0xff].join('.')
    this.byName.set(key, { address, real })
    this.byAddress.set(address, key)
    return { address, isNew: true }
  }

  nameOf(address: string): string | undefined {
    return this.byAddress.get(address)
  }

  /** Where it is in truth: of a name of ours what its resolver said, else the address itself. */
  realOf(address: string): readonly string[] {
    const name = this.byAddress.get(address)
    return name === undefined ? [address] : this.byName.get(name)!.real
  }
}
