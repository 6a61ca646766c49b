import { readFileSync } from 'node:fs'

export interface ThirdParty {
  company: string
  category: string
  /** Advertising, analytics and marketing: what follows people. */
  tracker: boolean
}

const TRACKING = new Set(['ad', 'analytics', 'marketing'])
let domains: Record<string, [company: string, category: string]> | undefined

/** Who runs a name, by the published list named in NOTICE (exact names, and "*." for all below); undefined when it lists none. */
export function thirdPartyOf(name: string): ThirdParty | undefined {
  domains ??= JSON.parse(readFileSync(new URL('../../data/third-parties.json', import.meta.url), 'utf8')) as typeof domains & {}
  let rest = name.toLowerCase()
  let found = own(rest)
  for (let i = 0; !found && i < 10; i++) {
    found = own(`*.${rest}`)
    const dot = rest.indexOf('.')
    if (dot < 0) break
    rest = rest.slice(dot + 1)
  }
  return found && { company: found[0], category: found[1], tracker: TRACKING.has(found[1]) }
}

function own(key: string): [string, string] | undefined {
  return Object.hasOwn(domains!, key) ? domains![key] : undefined
}
