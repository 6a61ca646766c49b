import type { Survey, Thing } from '../evidence/devices.ts'
import type { Observation } from '../evidence/evidence.ts'
import type { AskedFact, Probed } from '../probe/run.ts'

/**
 * Who was asked becomes a device of the survey, if the traffic did not show it; what was asked is told of it. Facts of the maker's side
 * are told of every target of the same probe, and where there was none of the site itself.
 */
export function addTargets(found: Survey, probes: readonly Probed[], nextHandle: number): Map<string, Observation[]> {
  const asked = new Map<string, Map<string, Observation>>()
  const tell = (id: string, facts: readonly AskedFact[]) => {
    const known = asked.get(id) ?? new Map<string, Observation>()
    asked.set(id, known)
    for (const fact of facts) {
      const name = `${fact.kind} ${fact.key}`
      // asked twice, for two sites of one domain or on two days: what was answered last counts
      if (fact.at >= (known.get(name)?.last ?? 0)) known.set(name, observation(fact))
    }
  }
  for (const { targets, sites, facts, began, ended } of probes) {
    const ofSites = facts.filter(({ of }) => sites.includes(of))
    for (const { ip, mac } of targets) {
      // what a capture calls loopback is loopback of somebody else
      const same = isLoopback(ip) ? undefined : found.things.find((t) => t.ips.includes(ip))
      const known = same ?? found.things.find((t) => mac !== undefined && t.mac === mac)
      // a router has been asked, too: it is nobody's evidence, but it was named
      const thing =
        known ?? made(nextHandle++, mac === undefined ? `ip-${ip}` : `mac-${mac.replaceAll(':', '')}`, [ip], began, ended, mac)
      if (known === undefined) {
        found.things.push(thing)
        found.network.devices = new Map([...found.network.devices, [ip, thing.id]])
      }
      tell(thing.id, [...facts.filter(({ of }) => of === ip), ...ofSites])
    }
    if (targets.length > 0) continue
    for (const site of sites) {
      const thing = found.things.find((t) => t.id === `site-${site}`) ?? made(nextHandle++, `site-${site}`, [], began, ended)
      if (!found.things.includes(thing)) found.things.push(thing)
      tell(
        thing.id,
        ofSites.filter(({ of }) => of === site),
      )
    }
  }
  return new Map([...asked].map(([id, known]) => [id, [...known.values()]]))
}

function isLoopback(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.')
}

function made(handle: number, id: string, ips: string[], first: number, last: number, mac?: string): Thing {
  return {
    handle,
    id,
    ...(mac === undefined ? {} : { mac }),
    ips,
    ipv6: [],
    packets: 0,
    bytesOut: 0,
    bytesIn: 0,
    first,
    last,
    manner: { shapes: [], stacks: [] },
  }
}

function observation({ kind, key, data, at, shown }: AskedFact): Observation {
  return { kind, key, data, count: 1, bytes: 0, first: at, last: at, exemplars: [...shown] }
}
