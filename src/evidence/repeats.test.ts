import { describe, expect, it } from 'vitest'
import { readCapture } from '../capture/read.ts'
import { decodePacket } from '../decode/decode.ts'
import { Packet } from '../decode/packet.ts'
import { classify } from '../decode/protocols/bytes.ts'
import { datagramDecoders, streamDecoders } from '../decode/protocols/index.ts'
import { corpus } from '../testing/corpus.ts'
import { Collector } from './collector.ts'
import { survey } from './devices.ts'
import { KINDS } from './kinds.ts'
import { observers } from './observe/index.ts'

/** All that is known of every device; with `every` each message is decoded, whether it came before or not. */
async function evidence(path: string, every: boolean) {
  const packet = new Packet()
  const collector = new Collector(
    { stream: streamDecoders, datagram: datagramDecoders, classify },
    observers,
    [],
    every ? () => {} : undefined,
  )
  await readCapture(path, 0, packet, () => {
    decodePacket(packet)
    collector.packet(packet)
  })
  collector.endCapture()
  return [...survey(collector).devices].map((d) => ({
    id: d.id,
    identity: { ...d.identity, signals: d.identity.signals.map((s) => ({ ...s, frames: s.frames[0] })) },
    endpoints: d.endpoints,
    // a repeat adds to the count, not to the examples
    observations: KINDS.flatMap((kind) => d.of(kind)).map((o) => ({ ...o, exemplars: o.exemplars[0] })),
  }))
}

describe('announcements that come again', () => {
  const captures = [
    'iot-sentinel/D-LinkCam/Setup-C-1-STA.pcap',
    'iot-sentinel/WeMoSwitch/Setup-C-1-STA.pcap',
    'iot-sentinel/HueBridge/Setup-C-1-STA.pcap',
  ]
  for (const path of ['samples/home.pcapng.gz', ...captures.map((c) => corpus(c))]) {
    it.skipIf(path === undefined)(
      `count as if each had been decoded (${path?.split('/').slice(-2).join('/') ?? 'the public captures are not here'})`,
      async () => {
        expect(await evidence(path!, false)).toEqual(await evidence(path!, true))
      },
    )
  }
})
