import { readCapture } from '../capture/read.ts'
import { decodePacket } from '../decode/decode.ts'
import { Packet } from '../decode/packet.ts'
import { decoders } from '../decode/protocols/index.ts'
import { MAX_HOSTS } from '../device/hosts.ts'
import type { Trait } from '../device/first-packets.ts'
import type { Signal } from '../device/identity.ts'
import { NOTHING_BESIDE } from '../evidence/beside.ts'
import { Bookkeeper } from '../evidence/bookkeeper.ts'
import { Collector } from '../evidence/collector.ts'
import { describe, survey } from '../evidence/devices.ts'
import { LocalOutlet } from '../evidence/events.ts'
import { observers } from '../evidence/observe/index.ts'

/** What a device showed of what it is. */
export interface Shown {
  mac: string
  signals: readonly Signal[]
  habits: readonly Trait[]
}

/** The devices of one capture, through the engine's own road. */
export async function shownIn(path: string): Promise<Shown[]> {
  const macs = new Float64Array(MAX_HOSTS)
  const keeper = new Bookkeeper(decoders, observers, macs)
  const outlet = new LocalOutlet(keeper)
  const collector = new Collector(decoders, { outlets: [outlet], shares: [0] }, macs)
  const packet = new Packet()
  await readCapture(path, 0, packet, () => {
    decodePacket(packet)
    collector.packet(packet)
  })
  collector.endCapture()
  collector.report()
  outlet.flush()
  keeper.release()
  return [...describe(keeper, survey(collector).things, NOTHING_BESIDE)].map((d) => ({
    mac: d.macs[0] ?? '',
    signals: d.signals.map((s) => ({ ...s })),
    habits: d.habits,
  }))
}
