import { Worker } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import { renderJson } from '../report/json.ts'
import { corpus } from '../testing/corpus.ts'
import { dialoguesCapture } from '../testing/dialogue-capture.ts'
import { audit, type AuditOptions } from './audit.ts'

/** Everything that an audit says, as text. */
async function said(path: string, options: AuditOptions): Promise<string> {
  return renderJson(await audit([path], options))
}

const CAPTURES = [
  'samples/home.pcapng.gz',
  corpus('iot-sentinel/D-LinkCam/Setup-C-1-STA.pcap'),
  corpus('iot-sentinel/HueBridge/Setup-C-1-STA.pcap'),
  corpus('iot-sentinel/WeMoSwitch/Setup-C-1-STA.pcap'),
  corpus('malware/id2t/mirai_botnet.pcap'),
  corpus('malware/stopddos/amp.TCP.reflection.SYNACK.pcap'),
]

describe('an audit', { timeout: 120_000 }, () => {
  for (const path of CAPTURES) {
    const name = path?.split('/').slice(-2).join('/') ?? 'the public captures are not here'
    it.skipIf(path === undefined)(`says the same however many threads it has (${name})`, async () => {
      const alone = await said(path!, { threads: 0 })
      for (const threads of [1, 2, 3]) expect(await said(path!, { threads }), `${threads} threads`).toBe(alone)
    })

    it.skipIf(path === undefined)(
      `says the same when every message is decoded, whether it came before or not (${name})`,
      async () => {
        expect(await said(path!, { onMessage: () => {} })).toBe(await said(path!, { threads: 0 }))
      },
    )
  }

  it('says the same of several captures together', async () => {
    const paths = CAPTURES.filter((path) => path !== undefined)
    const together = [...paths, paths[0]!]
    const alone = renderJson(await audit(together, { threads: 0 }))
    expect(alone).toContain(`"capture": ${together.length - 1},`)
    for (const threads of [1, 2, 3])
      expect(renderJson(await audit(together, { threads })) === alone, `${threads} threads`).toBe(true)
  })

  it('says the same of who came to own an address after it was spoken of', async () => {
    const thing = { mac: [2, 0, 0, 0, 0, 1], ip: [192, 168, 1, 5] }
    // a public address on the link: its own only when it has said so
    const other = { mac: [2, 0, 0, 0, 0, 2], ip: [203, 0, 113, 8] }
    const arp = ({ mac, ip }: typeof thing) =>
      Uint8Array.from([...Array<number>(6).fill(255), ...mac, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2, ...mac, ...ip, ...mac, ...ip])
    const polled = {
      turns: [
        ['client', 'GET /x HTTP/1.1\r\nHost: hub.example.com\r\n\r\n'],
        // longer than what is held of it: the conversation is passed on before it ends
        ['server', `HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n${'x'.repeat(60_000)}`],
        ['client', 'GET /y HTTP/1.1\r\nHost: hub.example.com\r\n\r\n'],
      ],
      serverPort: 9999,
    } as const
    const path = dialoguesCapture([arp(thing), polled, arp(other)], {
      client: other.ip,
      server: thing.ip,
      macs: { client: other.mac, server: thing.mac },
    })
    const alone = await said(path, { threads: 0 })
    for (const threads of [1, 2, 3]) expect(await said(path, { threads }), `${threads} threads`).toBe(alone)
  })

  it('ends with the error of a thread that cannot begin, and leaves none behind', async () => {
    // what a thread is given is copied, and this cannot be copied when it is read for the second time
    for (const threads of [1, 2, 3]) {
      let copies = 0
      const canaries = {
        get 0() {
          return ++copies < threads ? 'a' : () => {}
        },
      } as unknown as string[]
      const end = vi.spyOn(Worker.prototype, 'terminate')
      await expect(audit(['samples/home.pcapng.gz'], { threads, canaries })).rejects.toThrow(/could not be cloned/)
      expect(end).toHaveBeenCalledTimes(threads - 1)
      await Promise.all(end.mock.results.map(({ value }) => value))
      end.mockRestore()
    }
  })
})
