import { CaptureError } from '../capture/error.ts'
import { readCapture } from '../capture/read.ts'
import { ipv4OfNumber, ipv6Text } from '../decode/address.ts'
import { decodePacket } from '../decode/decode.ts'
import { Packet } from '../decode/packet.ts'
import { decoders } from '../decode/protocols/index.ts'
import { MAX_HOSTS } from '../device/hosts.ts'
import { Collector } from '../evidence/collector.ts'
import * as event from '../evidence/events.ts'
import { flowKey } from './flow-key.ts'

/**
 * Which protocols the real road recognises in each flow of a capture: read from the events that bookkeepers are told by, so that
 * nothing is kept for this alone. A flow may have several (STUN, then DTLS on the same ports); one with none is not there.
 */
export async function flowProtocols(path: string): Promise<Map<string, Set<string>>> {
  const flows = new Map<string, Set<string>>()
  const outlet = new event.LocalOutlet({
    take(events, from, to) {
      const { words } = events
      for (let at = from; at < to; at += words[at + event.SIZE]!) {
        const kind = words[at + event.KIND]
        if (kind !== event.CONVERSATION && kind !== event.DATAGRAM) continue
        const list = kind === event.CONVERSATION ? decoders.stream : decoders.datagram
        const key = keyOf(events, at)
        const found = flows.get(key) ?? new Set()
        flows.set(key, found.add(list[words[at + event.DECODER]!]!.protocol))
      }
      return false
    },
  })
  const collector = new Collector(decoders, { outlets: [outlet], shares: [0] }, new Float64Array(MAX_HOSTS), {
    every: true,
    flowCapacity: 1 << 13,
  })
  const packet = new Packet()
  try {
    await readCapture(path, 0, packet, () => {
      decodePacket(packet)
      collector.packet(packet)
    })
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
  }
  collector.endCapture()
  outlet.flush()
  return flows
}

function keyOf({ words, bytes }: event.Words, at: number): string {
  const meta = words[at + event.META]!
  const ports = words[at + event.PORTS]!
  const ip = (where: number) => (meta & event.IPV6 ? ipv6Text(bytes, (at + where) * 4) : ipv4OfNumber(words[at + where]!))
  return flowKey(meta & event.UDP ? 'udp' : 'tcp', ip(event.LO_IP), ports >>> 16, ip(event.HI_IP), ports & 0xffff)
}
