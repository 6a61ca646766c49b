import { readCapture } from '../capture/read.ts'
import { decodePacket } from '../decode/decode.ts'
import { Packet } from '../decode/packet.ts'
import { decoders } from '../decode/protocols/index.ts'
import { MAX_HOSTS } from '../device/hosts.ts'
import { NOTHING_BESIDE } from '../evidence/beside.ts'
import { Bookkeeper } from '../evidence/bookkeeper.ts'
import { Collector } from '../evidence/collector.ts'
import { describe, survey } from '../evidence/devices.ts'
import { LocalOutlet } from '../evidence/events.ts'
import type { DeviceEvidence } from '../evidence/evidence.ts'
import { observers } from '../evidence/observe/index.ts'

/**
 * What the whole road from packets to evidence says of a capture's devices: nothing is stood in for. With `every` each message is
 * decoded, whether it came before or not.
 */
export async function devicesOf(path: string, canaries: readonly string[] = [], every = false): Promise<DeviceEvidence[]> {
  const macs = new Float64Array(MAX_HOSTS)
  const books = new Bookkeeper(decoders, observers, macs, { canaries, ...(every && { onMessage: () => {} }) })
  const outlet = new LocalOutlet(books)
  const collector = new Collector(decoders, { outlets: [outlet], shares: [0] }, macs, { every })
  const packet = new Packet()
  await readCapture(path, 0, packet, () => {
    decodePacket(packet)
    collector.packet(packet)
  })
  collector.endCapture()
  outlet.flush()
  return [...describe(books, survey(collector).things, NOTHING_BESIDE)]
}

/** The same by address. */
export async function observed(path: string, canaries: readonly string[] = []): Promise<(ip: string) => DeviceEvidence> {
  const found = await devicesOf(path, canaries)
  return (ip) => {
    const device = found.find((one) => one.ips.includes(ip))
    if (device === undefined) throw new Error(`no device has ${ip}: ${found.map((one) => one.ips.join()).join(' ')}`)
    return device
  }
}
