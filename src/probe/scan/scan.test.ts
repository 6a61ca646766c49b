import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Asker } from '../asker.ts'
import { askDevice } from '../../testing/asking.ts'
import { freePort } from '../../testing/daemons.ts'
import { hangUp, listen } from '../../testing/listeners.ts'
import { scan } from './scan.ts'

afterEach(hangUp)

const ports = (...list: number[]) => list.map((port) => ({ port }))

describe('the scan', () => {
  it('tells open ports from closed ones, and shows the questions', async () => {
    const open = await listen(() => undefined)
    const [one, two] = [await freePort(), await freePort()]
    const asked = await askDevice(scan, ports(one, open, two))
    expect(asked.of('probe.ports')).toEqual([
      { transport: 'tcp', asked: 3, open: 1, closed: 2, silent: 0, which: expect.stringContaining(String(open)) },
    ])
    expect(asked.of('probe.service')).toEqual([{ transport: 'tcp', port: open, protocol: '' }])
    const { shown } = asked.facts.find(({ kind }) => kind === 'probe.service')!
    expect(asked.transcript[shown[0]!.entry - 1]).toMatchObject({ port: open, ended: 'answered' })
    expect(asked.troubles).toEqual([])
  })

  it('says that all are closed only where somebody refused', async () => {
    const asked = await askDevice(scan, ports(await freePort()))
    expect(asked.of('probe.ports')).toMatchObject([{ open: 0, closed: 1 }])
    expect(asked.troubles).toEqual([])
  })

  it.each([
    ['silent', /^nobody answered: of 40 TCP ports/],
    ['unreachable', /^it cannot be reached from here/],
  ])('says of a host that is %s that nothing is known of it', async (ended, why) => {
    const troubles: string[] = []
    const notes: string[] = []
    let asked = 0
    await scan.run({
      asker: {
        connect: async () => ({
          listened: false,
          entry: { ended, ms: 1 },
          ref: { probe: 0, entry: ++asked },
          close: () => undefined,
        }),
      } as unknown as Asker,
      full: false,
      target: { ip: '192.168.1.7' },
      ports: Array.from({ length: 40 }, (_, i) => i + 1),
      open: [],
      note: (kind) => notes.push(kind),
      trouble: (_, reason) => troubles.push(reason),
      unseen: () => undefined,
    })
    expect(notes).toEqual([])
    expect(troubles).toMatchObject([expect.stringMatching(why)])
    // who cannot be reached is not asked for every port
    expect(asked).toBe(ended === 'silent' ? 40 : 31)
  })

  it('knows who answers on every port, and believes none of them', async () => {
    const everywhere: number[] = []
    for (let n = 0; n < 40; n++) everywhere.push(await listen(() => undefined))
    const nobodys = [50_923, 58_211, 61_337]
    const servers = nobodys.map((port) => createServer((socket) => socket.destroy()).listen(port, '127.0.0.1'))
    try {
      const asked = await askDevice(scan, ports(...everywhere))
      expect(asked.of('probe.service')).toEqual([])
      expect(asked.troubles).toMatchObject([{ reason: expect.stringContaining('takes connections on every port') }])
      // one of them closed: they are forty services
      servers[0]!.close()
      await new Promise((resolve) => servers[0]!.once('close', resolve))
      expect((await askDevice(scan, ports(...everywhere))).of('probe.service')).toHaveLength(40)
    } finally {
      for (const server of servers) server.close()
    }
  })

  it('ends when it is told to', async () => {
    const open = await listen(() => undefined)
    const began = performance.now()
    const many = ports(...Array.from({ length: 2000 }, () => open))
    await expect(askDevice(scan, many, { signal: AbortSignal.timeout(300) })).rejects.toThrow()
    expect(performance.now() - began).toBeLessThan(2000)
  })
})
