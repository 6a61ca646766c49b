import { readCapture } from '../capture/read.ts'
import { decodePacket } from '../decode/decode.ts'
import { Packet } from '../decode/packet.ts'
import { classify } from '../decode/protocols/bytes.ts'
import { datagramDecoders, streamDecoders } from '../decode/protocols/index.ts'
import { Collector } from '../evidence/collector.ts'
import { survey } from '../evidence/devices.ts'
import type { DeviceEvidence } from '../evidence/evidence.ts'
import { observers } from '../evidence/observe/index.ts'

/** What the whole road from packets to evidence says of a capture's devices: nothing is stood in for. By address. */
export async function observed(path: string, canaries: readonly string[] = []): Promise<(ip: string) => DeviceEvidence> {
  const collector = new Collector({ stream: streamDecoders, datagram: datagramDecoders, classify }, observers, canaries)
  const packet = new Packet()
  await readCapture(path, 0, packet, () => {
    decodePacket(packet)
    collector.packet(packet)
  })
  collector.endCapture()
  const found = [...survey(collector).devices]
  return (ip) => {
    const device = found.find((one) => one.ips.includes(ip))
    if (device === undefined) throw new Error(`no device has ${ip}: ${found.map((one) => one.ips.join()).join(' ')}`)
    return device
  }
}
