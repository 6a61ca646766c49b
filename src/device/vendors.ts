import { readFileSync } from 'node:fs'

interface Tables {
  names: string[]
  /** By hex digits of the prefix (9, 7, 6): sorted prefixes, and which name each has. */
  sizes: { digits: number; prefixes: Float64Array; index: Uint32Array }[]
}

let tables: Tables | undefined

function load(): Tables {
  const at = (name: string) => new URL(`../../data/${name}`, import.meta.url)
  const { sizes } = JSON.parse(readFileSync(at('vendors.json'), 'utf8')) as { sizes: Record<string, number> }
  const bytes = new Uint8Array(readFileSync(at('vendors.bin')))
  const out: Tables['sizes'] = []
  let o = 0
  for (const [digits, n] of Object.entries(sizes)) {
    // copied: the arrays' alignment is not the file's
    const prefixes = new Float64Array(bytes.slice(o, o + 8 * n).buffer)
    const index = new Uint32Array(bytes.slice(o + 8 * n, o + 12 * n).buffer)
    out.unshift({ digits: Number(digits), prefixes, index })
    o += 12 * n
  }
  return { names: readFileSync(at('vendors.txt'), 'utf8').split('\n'), sizes: out }
}

/** Who the IEEE assigned a hardware address's block to (longest prefix of 36, 28 or 24 bits); undefined for local, unassigned and made-up ones. */
export function vendorOf(mac: string): string | undefined {
  if (isLocallyAdministered(mac) || beginsWithZeros(mac)) return undefined
  const hex = mac.replaceAll(':', '')
  tables ??= load()
  for (const { digits, prefixes, index } of tables.sizes) {
    const wanted = Number.parseInt(hex.slice(0, digits), 16)
    let from = 0
    let to = prefixes.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if (prefixes[middle]! < wanted) from = middle + 1
      else to = middle
    }
    if (prefixes[from] === wanted) return tables.names[index[from]!]
  }
  return undefined
}

/** Xerox's first block, by the registry: but who sends from it today mostly made its address up. */
export function beginsWithZeros(mac: string): boolean {
  return mac.startsWith('00:00:00')
}

/** The second bit of the first byte: made up by software (privacy), not assigned by the IEEE (RFC 9542, 2.1). */
export function isLocallyAdministered(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 2) !== 0
}
