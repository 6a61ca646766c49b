import { choice, number, settle, type Value, vector, type Vector } from '../vector.ts'
import { c2Gafgyt, c2Mirai } from './command.ts'
import { FLOODS } from './flood.ts'
import { shell } from './load.ts'
import { probed, scanOut } from './scan.ts'

/** All stages, one after the other. */
export const recruited = vector({
  id: 'recruited',
  title: 'a thing is recruited from the first probe to its first attack',
  after: 'Antonakakis et al. 2017, figure 1',
  params: {
    family: choice('mirai', 'whose command channel', ['mirai', 'gafgyt']),
    loader: choice('wget', 'how the program comes', ['wget', 'tftp', 'ftpget', 'echo']),
    pause: number(20, 'seconds between stages'),
    attack: choice(
      'flood-udp',
      'what it is told to do',
      FLOODS.map((v) => v.id),
    ),
  },
  make(scene, p, from) {
    const run = (v: Vector, asked: Record<string, Value>, at: number) => v.make(scene, settle(v, asked), at)
    let at = run(probed, { probes: 10 }, from)
    at = run(shell, { loader: p.loader }, at + p.pause)
    const command = p.family === 'mirai' ? c2Mirai : c2Gafgyt
    const begins = at + p.pause
    at = run(command, { beats: 6 }, begins)
    run(scanOut, { probes: 200 }, begins + 30)
    return Math.max(
      at,
      run(
        FLOODS.find((v) => v.id === p.attack)!,
        { seconds: 5 },
        begins + 90,
      ),
    )
  },
})
