import type { EntryRef } from '../../evidence/pointer.ts'
import type { Asker, Conversation } from '../asker.ts'
import { portWords } from '../ports.ts'
import type { DeviceAsking, DeviceProbe } from '../probe.ts'

/** How long an answer is waited for while nobody knows how fast the other side is, and at least. */
const FIRST_MS = 1000
const LEAST_MS = 250
/** Small things hold few connections. */
const AT_ONCE = 16
/** Nobody answers on so many ports: then nobody is there, or somebody drops everything. */
const ENOUGH_UNREACHABLE = 16
/** Where more than so many ports and most of them are open, ports that nobody uses are asked, too. */
const SUSPICIOUS = 32
const NOBODYS = [50_923, 58_211, 61_337]
/** Open ports of which each is told. */
const MOST = 256

/** Finds TCP ports on which somebody answers. */
export const scan: DeviceProbe = {
  of: 'device',
  id: 'scan',
  title: 'Ports',
  ms: (ports) => 60_000 + ports * 150,
  asks: () => [
    'opens a TCP connection to each port and closes it again, at most 16 at once; a port that is silent is asked twice',
    `where most ports are open, ${NOBODYS.join(', ')}, too: who answers on those answers on every port`,
  ],
  async run(asking) {
    const { asker, target, ports, open, note, trouble } = asking
    const tally = new Tally(asker, target.ip)
    await tally.ask(ports)
    if (tally.answered > 0) await tally.ask(tally.silent.splice(0))
    if (tally.answered === 0) {
      const why = tally.unreachable > 0 ? 'it cannot be reached from here' : 'nobody answered'
      trouble(
        'tcp',
        `${why}: of ${ports.length} TCP ports none was open, and none refused`,
        `See that it is switched on, and on the same network: ping ${target.ip}`,
        tally.shown.slice(0, 4),
      )
      return
    }
    const found = tally.open.toSorted((a, b) => a.port - b.port)
    const counts = {
      transport: 'tcp' as const,
      asked: ports.length,
      open: found.length,
      closed: tally.closed,
      silent: tally.silent.length,
    }
    const everywhere = found.length > SUSPICIOUS && found.length > ports.length / 2 && (await answersEverywhere(asking))
    note(
      'probe.ports',
      'tcp',
      { ...counts, which: portWords(ports) },
      [...found.map(({ ref }) => ref), ...tally.shown].slice(0, 8),
    )
    if (everywhere) {
      trouble(
        'tcp',
        `it takes connections on every port, as a tarpit or a firewall does (${found.length} of ${ports.length} asked): which of them are services cannot be told`,
        'Ask from another place of the network, or name the ports that are known: --ports 80,443',
        found.slice(0, 8).map(({ ref }) => ref),
      )
      return
    }
    for (const { port, ref } of found.slice(0, MOST)) {
      open.push({ transport: 'tcp', port, protocol: '', tls: false })
      note('probe.service', `tcp/${port}`, { transport: 'tcp', port, protocol: '' }, [ref])
    }
    if (found.length > MOST)
      trouble(
        'tcp',
        `${found.length} ports are open, of which the first ${MOST} are told`,
        'Ask fewer ports at a time: --ports 1-1023',
      )
  },
}

class Tally {
  readonly open: { port: number; ref: EntryRef }[] = []
  silent: number[] = []
  closed = 0
  unreachable = 0
  /** Some that did not open. */
  readonly shown: EntryRef[] = []
  /** The slowest answer so far, in milliseconds. */
  private slowest = 0
  private readonly asker: Asker
  private readonly ip: string

  constructor(asker: Asker, ip: string) {
    this.asker = asker
    this.ip = ip
  }

  get answered(): number {
    return this.open.length + this.closed
  }

  async ask(ports: readonly number[]): Promise<void> {
    const queue = [...ports]
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (queue.length > 0 && !this.nobody) {
          const port = queue.shift()!
          const connectMs = this.patience
          const conversation = await this.asker.connect(this.ip, port, 'asks whether anybody listens there', {
            connectMs,
            ms: 3000,
          })
          conversation.close()
          this.count(port, conversation)
        }
      }),
    )
  }

  private get nobody(): boolean {
    return this.answered === 0 && this.unreachable >= ENOUGH_UNREACHABLE
  }

  /** Who has answered within 5 ms is not waited for a second. */
  private get patience(): number {
    return this.slowest === 0 ? FIRST_MS : Math.min(FIRST_MS, Math.max(LEAST_MS, this.slowest * 8))
  }

  private count(port: number, { listened, entry, ref }: Conversation): void {
    if (listened || entry.ended === 'refused') this.slowest = Math.max(this.slowest, entry.ms, 1)
    if (listened) {
      // the connection was all that was asked for
      entry.ended = 'answered'
      this.open.push({ port, ref })
    } else {
      if (this.shown.length < 8) this.shown.push(ref)
      if (entry.ended === 'refused') this.closed++
      else {
        if (entry.ended === 'unreachable') this.unreachable++
        this.silent.push(port)
      }
    }
  }
}

async function answersEverywhere({ asker, target }: DeviceAsking): Promise<boolean> {
  const all = await Promise.all(
    NOBODYS.map(async (port) => {
      const conversation = await asker.connect(target.ip, port, 'asks whether it answers on a port that nobody uses', {
        ms: 3000,
      })
      conversation.close()
      return conversation.listened
    }),
  )
  return !all.includes(false)
}
