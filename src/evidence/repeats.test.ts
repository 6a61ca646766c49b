import { describe, expect, it } from 'vitest'
import { corpus } from '../testing/corpus.ts'
import { type Dialogue, dialoguesCapture } from '../testing/dialogue-capture.ts'
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

  it('are told apart by all that an observation tells: the port that serves where the server asks', async () => {
    const request = 'GET /state HTTP/1.1\r\nHost: thing\r\n\r\n'
    const answer = 'HTTP/1.1 200 OK\r\nServer: thing\r\nContent-Length: 2\r\n\r\nok'
    const dialogue = (clientPort: number): Dialogue => ({
      turns: [
        ['server', request],
        ['client', answer],
      ],
      serverPort: 50000,
      clientPort,
    })
    const path = dialoguesCapture([1, 2, 3, 4, 5, 6].map((i) => dialogue(8000 + i)))
    expect(await evidence(path, false)).toEqual(await evidence(path, true))
    const ports = (await devicesOf(path)).flatMap((d) => d.of('http.server').map(({ data }) => data.port))
    expect(ports.toSorted((a, b) => a - b)).toEqual([8001, 8002, 8003, 8004, 8005, 8006])
  })
})
