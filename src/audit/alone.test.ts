import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { capturesIn } from '../testing/corpus.ts'
import { dialogueCapture, type Turn } from '../testing/dialogue-capture.ts'
import { audit } from './audit.ts'

/** RTP (RFC 3550 section 5.1) of one source: numbers and times from `first` on. */
const sound = (first: number, count: number): Turn[] =>
  Array.from({ length: count }, (_, i) => {
    const packet = Buffer.alloc(172, 0x55)
    packet.set([0x80, 0])
    packet.writeUInt16BE(first + i, 2)
    packet.writeUInt32BE(160 * (first + i), 4)
    packet.writeUInt32BE(0x5eed, 8)
    return ['client', packet]
  })
/** Of no protocol. */
const filler: Turn[] = Array.from({ length: 3 }, (_, i) => ['client', Uint8Array.of(1, 2, 3, 4, i)])

/** Captures that would tell each other something: three packets of a stream, and three that go on with it. */
const own = [dialogueCapture(sound(0, 3), 40002, 'udp'), dialogueCapture([...filler, ...sound(3, 3)], 40002, 'udp')]
const sample = fileURLToPath(new URL('../../samples/home.pcapng.gz', import.meta.url))
const some = capturesIn(['ndpi/pcap', 'ja4/pcap'], 60_000).filter((_, i) => i % 4 === 0)

describe('an audit knows nothing of those before it in the process', () => {
  it('says the same of each capture, in whatever order they come', async () => {
    const captures = [...own, sample, ...some]
    const tell = async (path: string) => JSON.stringify(await audit([path], { threads: 0 }))
    // each comes once before, and once after, every other
    const said = new Map<string, string>()
    for (const path of captures.toReversed()) said.set(path, await tell(path))
    for (const path of captures) expect((await tell(path)) === said.get(path), path).toBe(true)
  })
})
