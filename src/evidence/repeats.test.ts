import { describe, expect, it } from 'vitest'
import { corpus } from '../testing/corpus.ts'
import { devicesOf } from '../testing/observed.ts'
import { KINDS } from './kinds.ts'

/** All that is known of every device; with `every` each message is decoded, whether it came before or not. */
async function evidence(path: string, every: boolean) {
  return (await devicesOf(path, [], every)).map((d) => ({
    id: d.id,
    identity: d.identity,
    endpoints: d.endpoints,
    observations: KINDS.flatMap((kind) => d.of(kind)),
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
