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
    const told = asked.get(id) ?? new Map<string, Observation>()
    asked.set(id, told)
    for (const fact of facts) {
      const name = `${fact.kind} ${fact.key}`
      // asked twice, for two sites of one domain or on two days: what was answered last counts
      if (fact.at >= (told.get(name)?.last ?? 0)) told.set(name, observation(fact))
    }
  }
  const known = new Known(found.things)
  const devices = new Map(found.network.devices)
  const join = (thing: Thing) => {
    found.things.push(thing)
    known.add(thing)
    return thing
  }
  for (const { targets, sites, facts, began, ended } of probes) {
    const byWhom = Map.groupBy(facts, ({ of }) => of)
    const ofSites = facts.filter(({ of }) => sites.includes(of))
    for (const { ip, mac } of targets) {
      // what a capture calls loopback is loopback of somebody else
      const same = isLoopback(ip) ? undefined : known.byIp.get(ip)
      let thing = same ?? (mac === undefined ? undefined : known.byMac.get(mac))
      if (thing === undefined) {
        // a router has been asked, too: it is nobody's evidence, but it was named
        thing = join(
          made(nextHandle++, mac === undefined ? `ip-${ip}` : `mac-${mac.replaceAll(':', '')}`, [ip], began, ended, mac),
        )
        devices.set(ip, thing.id)
      }
      tell(thing.id, [...(byWhom.get(ip) ?? []), ...ofSites])
    }
    if (targets.length > 0) continue
    for (const site of sites) {
      const { id } = known.byId.get(`site-${site}`) ?? join(made(nextHandle++, `site-${site}`, [], began, ended))
      tell(id, byWhom.get(site) ?? [])
    }
  }
  found.network.devices = devices
  return new Map([...asked].map(([id, told]) => [id, [...told.values()]]))
}

/** Things by what they are found by: the first of each. */
class Known {
  readonly byIp = new Map<string, Thing>()
  readonly byMac = new Map<string, Thing>()
  readonly byId = new Map<string, Thing>()

  constructor(things: readonly Thing[]) {
    for (const thing of things) this.add(thing)
  }

  add(thing: Thing): void {
    for (const ip of thing.ips) first(this.byIp, ip, thing)
    if (thing.mac !== undefined) first(this.byMac, thing.mac, thing)
    first(this.byId, thing.id, thing)
  }
}

function first(of: Map<string, Thing>, name: string, thing: Thing): void {
  if (!of.has(name)) of.set(name, thing)
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
