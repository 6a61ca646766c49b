import { afterAll, describe, expect, it } from 'vitest'
import { freePort } from '../testing/daemons.ts'
import { hangUp, listen } from '../testing/listeners.ts'
import { dryRun } from './dry-run.ts'
import { longest } from './probe.ts'
import { probe, wanted } from './run.ts'

afterAll(hangUp)

const target = { ip: '127.0.0.1' }

describe('all that is asked', () => {
  it('is one fact of one thing, which knows more the more was asked', async () => {
    const port = await listen((socket) => socket.write('SSH-2.0-dropbear_2022.83\r\n'))
    const { facts, transcript } = await probe({ targets: [target], ports: [port], only: ['services'] })
    const services = facts.filter(({ kind }) => kind === 'probe.service')
    expect(services).toMatchObject([{ key: `tcp/${port}`, data: { protocol: 'ssh', product: 'dropbear' } }])
    // by both questions: whether somebody listens, and what it says
    expect(services[0]!.shown.map(({ entry }) => transcript[entry - 1]!.why)).toEqual([
      'waits for a greeting',
      'asks whether anybody listens there',
    ])
  })

  it('begins with the scan whatever is wanted', () => {
    expect(wanted(['services']).ofDevices.map(({ id }) => id)).toEqual(['scan', 'services'])
    expect(wanted(['site-web'])).toMatchObject({ ofDevices: [], ofSites: [{ id: 'site-web' }] })
    const ids = wanted(undefined).ofDevices.map(({ id }) => id)
    expect(ids[0]).toBe('scan')
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('ends at once when it was ended before, and between two questions when it is ended', async () => {
    const port = await listen(() => undefined)
    const never = await probe({ targets: [target], ports: [port], only: ['scan'], signal: AbortSignal.abort() })
    expect(never).toMatchObject({ stopped: true, facts: [], transcript: [] })
    const began = performance.now()
    const cut = await probe({
      targets: [target],
      ports: [port, await freePort()],
      only: ['services'],
      signal: AbortSignal.timeout(500),
    })
    expect(performance.now() - began).toBeLessThan(3000)
    expect(cut.stopped).toBe(true)
    expect(cut.facts.map(({ kind }) => kind)).toEqual(['probe.ports', 'probe.service'])
    expect(cut.transcript.at(-1)).toMatchObject({ why: 'waits for a greeting', ended: 'stopped' })
  })

  it('has time for all ports, however slowly they may be asked', () => {
    const [scan] = wanted(['scan']).ofDevices
    for (const perSecond of [0.1, 1, 20, 200]) {
      // a silent port is asked twice
      expect(longest(scan!, 330, perSecond)).toBeGreaterThan((2 * 330 * 1000) / perSecond)
      // the longest that a timer can be set to
      expect(longest(scan!, 65_535, perSecond)).toBeLessThan(2 ** 31)
    }
  })

  it('asks nobody but the targets', async () => {
    const port = await freePort()
    const { transcript } = await probe({ targets: [target], ports: [port], only: ['scan', 'datagrams'] })
    expect(new Set(transcript.map(({ ip }) => ip))).toEqual(new Set(['127.0.0.1']))
  })

  it('finds first what is asked of, where only some of it is wanted', () => {
    const ids = (only: string[]) => wanted(only).ofDevices.map(({ id }) => id)
    expect(ids(['logins'])).toEqual(['scan', 'services', 'logins'])
    expect(ids(['datagrams'])).toEqual(['scan', 'datagrams'])
    expect(ids(['site-web'])).toEqual([])
    const lines = dryRun({ targets: [target], ports: [80], only: ['pages', 'lockout'] })
    expect(lines).toContain('Only with --full: Bad log-ins (lockout)')
    expect(lines.join()).not.toContain('--only lockout')
  })

  it('is told before: every probe, what it asks, and how long that takes at most', () => {
    const lines = dryRun({ targets: [target], sites: ['www.maker.example'], ports: [80], full: true })
    const { ofDevices, ofSites } = wanted(undefined)
    for (const one of [...ofDevices, ...ofSites]) {
      expect(
        lines.some((line) => line.includes(`--only ${one.id}`)),
        one.id,
      ).toBe(true)
      for (const what of one.asks(true)) expect(lines).toContain(`  - ${what}`)
    }
    const named = dryRun({ targets: [{ ...target, name: 'camera.lan' }], ports: [80] })
    expect(named).toContain('Their names were looked up, which was all that was sent.')
    expect(lines.join()).not.toContain('looked up')
    expect(lines.at(-1)).toMatch(/^No faster than 200 .* at most \d+ (?:s|min)/)
  })
})
