import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Kinds } from '../../evidence/kinds.ts'
import { script } from '../path/table.ts'
import { cutRules } from './rules.ts'
import { CLOUD, DEVICE, GATEWAY, Home, noGateway, type Place, type Started } from '../../testing/gateway.ts'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const skipped = noGateway({ curl: 'curl' })

interface Saved {
  facts: { kind: string; data: Kinds['probe.cut'] & Kinds['probe.trouble']; entries: number[] }[]
  transcript: { n: number; why: string }[]
}

/** Twins: what lives without its cloud, and what dies with it in three ways. It calls its cloud five times a second. */
const THING = `
  const http = require('node:http'), net = require('node:net')
  let heard = Date.now()
  const alone = () => Date.now() - heard > 1000
  setInterval(() => {
    const s = net.connect({ host: '${CLOUD}', port: 9000, timeout: 900 }, () => { heard = Date.now(); s.destroy() })
    s.on('error', () => 0).on('timeout', () => s.destroy())
  }, 200)
  http.createServer((q, a) => a.end('lives')).listen(8081)
  const dies = http.createServer((q, a) => a.end('lives')).listen(8082)
  setInterval(() => {
    if (alone() && dies.listening) { dies.close(); dies.closeAllConnections() }
    if (!alone() && !dies.listening) dies.listen(8082)
  }, 100)
  http.createServer((q, a) => { a.statusCode = alone() ? 503 : 200; a.end() }).listen(8083)
  net.createServer((s) => { s.on('error', () => 0); if (!alone()) s.write('220 ready\\r\\n') }).listen(8084)
`

describe.skipIf(skipped !== '')(`the cut at the gateway${skipped}`, { timeout: 60_000 }, () => {
  let folder: string
  let home: Home

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'assay-cut-'))
    home = new Home('assay-cut', folder)
    home.start('cloud', [
      process.execPath,
      '-e',
      `require('node:net').createServer((s) => s.on('error', () => 0).end()).listen(9000)`,
    ])
    home.start('device', [process.execPath, '-e', THING])
    // only speaks when it is spoken to
    home.start('other', [process.execPath, '-e', `require('node:http').createServer((q, a) => a.end('lives')).listen(8081)`])
    for (const [place, url] of [
      ['gateway', `http://${DEVICE}:8083/`],
      ['gateway', 'http://10.77.1.21:8081/'],
    ] as const)
      await until(async () => (await home.start(place, ['curl', '-sf', '-m', '2', url]).ended).code === 0)
  })
  afterAll(() => {
    home.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  function cut(ip: string, ports: string, time: string): { run: Started; end: () => Promise<Saved> } {
    const file = join(folder, `${ip}.json`)
    rmSync(file, { force: true })
    const run = home.start('gateway', [
      process.execPath,
      main,
      'probe',
      ip,
      '--only',
      'cut',
      '--ports',
      ports,
      '--for',
      time,
      '--save',
      file,
    ])
    return {
      run,
      end: async () => {
        const { code, err } = await run.ended
        expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
        return JSON.parse(readFileSync(file, 'utf8')) as Saved
      },
    }
  }
  const begun = ({ run }: { run: Started }) => until(async () => run.heard.err.includes('The Internet is away'))
  const reaches = async (place: Place) =>
    (await home.start(place, ['curl', '-s', '-m', '1', `telnet://${CLOUD}:9000`]).ended).code === 0

  it('tells what lives without the Internet from what dies, of the device that is named alone, and gives it back', async () => {
    const before = home.tables()
    const run = cut(DEVICE, '8081-8084', '3s')
    await begun(run)
    expect(home.tables()).toHaveLength(before.length + 1)
    expect(await reaches('device')).toBe(false)
    expect(await reaches('other')).toBe(true)
    // who is near may still be spoken to
    expect((await home.start('device', ['curl', '-s', '-m', '2', 'http://10.77.1.21:8081/']).ended).out).toBe('lives')
    const { facts, transcript } = await run.end()
    expect(home.tables()).toEqual(before)
    expect(await reaches('device')).toBe(true)
    const told = facts.filter(({ kind }) => kind === 'probe.cut')
    expect(told.map(({ data }) => [data.service, data.before, data.during, data.after])).toEqual([
      ['tcp/8081', true, true, true],
      ['tcp/8082', true, false, true],
      ['tcp/8083', true, false, true],
      ['tcp/8084', true, false, true],
    ])
    for (const { data, entries } of told) {
      expect(data.dropped).toBeGreaterThan(3)
      expect(data.seconds).toBeGreaterThanOrEqual(3)
      const whys = entries.map((n) => transcript.find((entry) => entry.n === n)!.why)
      expect(whys).toEqual([
        'asks whether it answers before the Internet is taken away',
        'asks whether it answers without the Internet, after 3 seconds',
        'asks whether it answers with the Internet again',
      ])
    }
  })

  it('counts nothing as dropped where nothing was sent', async () => {
    const { facts } = await cut('10.77.1.21', '8081', '2s').end()
    expect(facts.filter(({ kind }) => kind === 'probe.cut').map(({ data }) => data)).toMatchObject([
      { service: 'tcp/8081', before: true, during: true, dropped: 0 },
    ])
  })

  it('says where nothing is open', async () => {
    const { facts } = await cut(DEVICE, '9', '2s').end()
    expect(facts.filter(({ kind }) => kind === 'probe.trouble').map(({ data }) => data)).toMatchObject([
      { probe: 'cut', reason: expect.stringContaining('None of its TCP ports') as string },
    ])
  })

  it('gives the Internet back when it is killed', async () => {
    const run = cut(DEVICE, '8081', '30s')
    await begun(run)
    expect(await reaches('device')).toBe(false)
    run.run.child.kill('SIGKILL')
    await run.run.ended
    await until(async () => home.tables().length === 0)
    expect(await reaches('device')).toBe(true)
  })

  it('ends by the kernel where nobody is left to end it; a device is told by its address, too', async () => {
    const near = { v4: [`${GATEWAY}/24`], v6: [] }
    const file = join(folder, 'left.nft')
    writeFileSync(file, script('left', cutRules({ by: 'ip', address: DEVICE }, 2, near)))
    home.must('gateway', ['nft', '-f', file])
    expect(await reaches('device')).toBe(false)
    expect(await reaches('other')).toBe(true)
    await until(() => reaches('device'))
    expect(home.tables()).toEqual(['table inet left'])
    home.must('gateway', ['nft', 'delete table inet left'])
  })

  it('cuts what asks this machine for names, and no other question to it, until Ctrl-C', async () => {
    const answers = home.start('gateway', [
      process.execPath,
      '-e',
      `const d = require('node:dgram')
       for (const p of [53, 5300]) { const u = d.createSocket('udp4'); u.on('message', (m, f) => u.send('here', f.port, f.address)).bind(p) }`,
    ])
    const ask = async (port: number) =>
      (
        await home.start('device', [
          process.execPath,
          '-e',
          `const u = require('node:dgram').createSocket('udp4')
           u.on('message', (m) => { console.log('' + m); process.exit() })
           u.send('x', ${port}, '${GATEWAY}'); setTimeout(() => process.exit(), 800)`,
        ]).ended
      ).out.trim()
    await until(async () => (await ask(53)) === 'here')
    const run = cut(DEVICE, '8081', '30s')
    await begun(run)
    expect([await ask(53), await ask(5300)]).toEqual(['', 'here'])
    run.run.child.kill('SIGINT')
    await run.run.ended
    expect(home.tables()).toEqual([])
    expect(await ask(53)).toBe('here')
    answers.child.kill('SIGKILL')
  })
})

async function until(look: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end; await delay(50)) if (await look()) return
  throw new Error('it never came')
}
