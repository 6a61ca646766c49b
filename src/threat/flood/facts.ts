import type { Told } from '../../evidence/sensor.ts'
import type { Attack, Sum } from './attack.ts'
import { isForged } from './decide.ts'
import { VECTORS } from './vectors.ts'

/** Most of them go to one port, or come from one address. */
const MOST = 0.9

/** What is told of a flood: its figures so far. Undefined while there is none. */
export function telling(attack: Attack): (Told & { key: string }) | undefined {
  const { sum, raised } = attack
  if (!sum || !raised) return undefined
  const { worst } = sum
  const what = VECTORS[attack.vector]!
  const sources = Math.min(worst.sources.estimate, worst.packets)
  const port = worst.toFirst >= worst.packets * MOST && worst.port > 0 && what !== 'icmp' ? worst.port : undefined
  const other = attack.atHome ? (sources === 1 ? worst.source : undefined) : worst.target
  return {
    key: `${attack.atHome ? 'target' : 'source'} ${what}`,
    detector: 'flood',
    what,
    role: attack.atHome ? 'target' : 'source',
    ...(other !== undefined && { peer: { ip: other, port: port ?? 0, scope: attack.scope(other) } }),
    ...(port !== undefined && { port }),
    detail: {
      packets: sum.packets,
      bytes: sum.bytes,
      'peak a second': sum.peak,
      seconds: sum.seconds,
      targets: sum.targets,
      sources,
      'mean bytes': Math.round(worst.bytes / worst.packets),
      ...(isForged(worst) && !attack.atHome && { forged: worst.forged }),
      ...shapeOf(sum, what),
    },
    ...(!attack.atHome && { indicators: sum.named.map((value) => ({ type: 'ip' as const, value, role: 'flooded' })) }),
    raised,
    count: sum.packets,
    first: sum.first,
    last: sum.last,
    frames: sum.frames,
  }
}

function shapeOf({ worst }: Sum, what: string): Record<string, number | string> {
  const { shape, packets } = worst
  return {
    ...(shape.toScattered && packets >= 100 && { ports: 'random' }),
    ...((what === 'udp' || what === 'ack' || what === 'stomp') && shape.random && { payload: 'random' }),
    ...(what === 'udp' && shape.constant && { payload: 'the same' }),
    ...(what === 'syn' && { finished: worst.completed }),
    ...(what === 'icmp' && worst.answered >= packets / 2 && { answered: worst.answered }),
  }
}
