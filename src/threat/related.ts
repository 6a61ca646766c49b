/** As much of a threat as is needed to see what it has in common with others. */
interface Relatable {
  id: string
  device: string
  related?: string[]
  steps: readonly { peer?: { ip: string }; indicators: readonly { type: string; value: string; role: string }[] }[]
}

/** More tell nobody more. */
const MAX_RELATED = 16

/**
 * Says of each threat which others belong to it: the one attacks the device of the other, or both of them have the same address, name or
 * file of somebody outside. In place.
 *
 * @param deviceOf whose an address is
 */
export function relate(threats: readonly Relatable[], deviceOf: (ip: string) => string | undefined): void {
  const byDevice = Map.groupBy(threats, ({ device }) => device)
  const byMark = new Map<string, Set<Relatable>>()
  for (const threat of threats)
    for (const mark of marksOf(threat, deviceOf)) {
      const sharing = byMark.get(mark) ?? new Set()
      byMark.set(mark, sharing.add(threat))
    }
  for (const threat of threats) {
    const related = new Set<string>()
    const add = (others: Iterable<Relatable>) => {
      for (const { id, device } of others) {
        if (related.size >= MAX_RELATED) return
        if (device !== threat.device) related.add(id)
      }
    }
    for (const { peer } of threat.steps) {
      const device = peer === undefined ? undefined : deviceOf(peer.ip)
      if (device !== undefined) add(byDevice.get(device) ?? [])
    }
    for (const mark of marksOf(threat, deviceOf)) add(byMark.get(mark)!)
    if (related.size > 0) threat.related = [...related].sort()
  }
}

/** Addresses, names and files outside that it has to do with. */
function marksOf({ steps }: Relatable, deviceOf: (ip: string) => string | undefined): Set<string> {
  const marks = steps.flatMap(({ indicators }) =>
    indicators
      .filter(({ type, value }) => type !== 'credential' && (type !== 'ip' || deviceOf(value) === undefined))
      .map(({ type, value }) => `${type} ${value}`),
  )
  return new Set(marks)
}
