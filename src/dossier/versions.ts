import { compareApk } from './versions-apk.ts'
import { compareDpkg } from './versions-dpkg.ts'
import { compareGem } from './versions-gem.ts'
import { compareMaven } from './versions-maven.ts'
import { comparePep440 } from './versions-pep440.ts'
import { compareRpm } from './versions-rpm.ts'
import { compareNuget, compareSemver } from './versions-semver.ts'

/** Below 0: `a` is older; above: newer; undefined: one of them is no version of this order. */
export type Compare = (a: string, b: string) => number | undefined

/** Longer ones are nobody's, and would cost time. */
const MAX = 256

/**
 * How an ecosystem of OSV orders its versions (OSV schema, "affected[].ranges[].type": ECOSYSTEM). Undefined where Assay does not know:
 * then only versions that a record lists one by one can be compared.
 */
export function orderOf(ecosystem: string): Compare | undefined {
  const [name] = ecosystem.split(':', 1)
  const compare = ORDERS[name!]
  return compare && ((a, b) => (a.length > MAX || b.length > MAX ? undefined : compare(a, b)))
}

const ORDERS: Readonly<Record<string, Compare>> = {
  __proto__: null as never,
  npm: compareSemver,
  Go: compareSemver,
  'crates.io': compareSemver,
  Hex: compareSemver,
  Pub: compareSemver,
  SwiftURL: compareSemver,
  'GitHub Actions': compareSemver,
  NuGet: compareNuget,
  PyPI: comparePep440,
  RubyGems: compareGem,
  Maven: compareMaven,
  Debian: compareDpkg,
  Ubuntu: compareDpkg,
  Echo: compareDpkg,
  Alpine: compareApk,
  Wolfi: compareApk,
  Chainguard: compareApk,
  'Red Hat': compareRpm,
  'Rocky Linux': compareRpm,
  AlmaLinux: compareRpm,
  openSUSE: compareRpm,
  SUSE: compareRpm,
  openEuler: compareRpm,
  'Azure Linux': compareRpm,
  Mageia: compareRpm,
}
