import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Audit } from '../report/model.ts'
import { noWire, Wire } from '../testing/wire.ts'
import { seconds } from './live.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const sample = fileURLToPath(new URL('../../samples/home.pcapng.gz', import.meta.url))
const skipped = noWire()

describe('--for', () => {
  it('takes seconds, minutes and hours', () => {
    expect(['60s', '5m', '1h', '1.5h', '0.5s', '336h'].map(seconds)).toEqual([60, 300, 3600, 5400, 0.5, 1_209_600])
  })

  it.each(['60', '', 's', '0s', '-5s', '5 m', '1d', '1e3s', '337h', '99999999999s'])('says what is wrong with %j', (text) => {
    expect(() => seconds(text)).toThrow(`--for ${text}`)
  })
})

describe.skipIf(skipped !== '')(`a live audit${skipped}`, { timeout: 120_000 }, () => {
  let folder: string
  let wire: Wire
  let started: Run[] = []

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-live-'))
    writeFileSync(join(folder, 'home.pcapng'), gunzipSync(readFileSync(sample)))
    writeFileSync(join(folder, 'large.pcap'), largePackets(2600))
    wire = new Wire('assay-live')
  })
  afterEach(() => {
    for (const run of started) run.child.kill('SIGKILL')
    started = []
  })
  afterAll(() => {
    wire.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  interface Run {
    child: ChildProcess
    ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; out: string; err: string }>
  }

  /** The command at the far end of the wire. */
  function assay(args: readonly string[], options: { through?: string[]; path?: string; command?: string } = {}): Run {
    const path = options.path === undefined ? [] : ['env', `PATH=${options.path}`]
    const [command, rest] = wire.atFar([
      ...(options.through ?? []),
      ...path,
      process.execPath,
      main,
      options.command ?? 'audit',
      ...args,
    ])
    const child = spawn(command, rest, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', (piece) => (out += String(piece)))
    child.stderr.on('data', (piece) => (err += String(piece)))
    const ended = new Promise<Awaited<Run['ended']>>((resolve) =>
      child.once('close', (code, signal) => resolve({ code, signal, out, err })),
    )
    const run = { child, ended }
    started.push(run)
    return run
  }

  /** The program that captures for it, once it does: the header has come through. */
  async function capturing(run: Run, file: string): Promise<number> {
    await until(() => statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0)
    return until(() => Number(readFileSync(`/proc/${run.child.pid}/task/${run.child.pid}/children`, 'utf8').trim()))
  }

  const report = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Audit

  it('is the audit of the file that keeps the packets, and nothing is lost', async () => {
    const run = assay(['-i', wire.farName, '--write', 'kept.pcapng', '--json', 'live.json'])
    await capturing(run, 'kept.pcapng')
    const { sent } = wire.replay(join(folder, 'home.pcapng'), ['--pps', '10000'])
    run.child.kill('SIGINT')
    const { code, signal, out, err } = await run.ended
    expect({ code, signal, err }).toEqual({ code: 0, signal: null, err: '' })
    expect(out).toContain(`captured on ${wire.farName} by dumpcap`)
    expect(out).toContain('none lost')

    const live = report('live.json')
    expect(live.captures[0]).toMatchObject({
      path: 'kept.pcapng',
      packets: sent,
      dropped: { total: 0 },
      live: { interface: wire.farName, program: 'dumpcap', kept: true },
    })
    expect(live.devices.length).toBeGreaterThan(5)
    expect(statSync(join(folder, 'kept.pcapng')).mode & 0o777).toBe(0o600)
    const again = await assay(['kept.pcapng', '--json', 'file.json']).ended
    expect(again).toMatchObject({ code: 0, err: '' })
    const file = report('file.json')
    // how it was captured is all that tells them apart: a file has no more of losses than their sum
    const source = ({ captures, ...rest }: Audit) => ({
      ...rest,
      captures: captures.map((c) => ({ ...c, dropped: c.dropped!.total, live: undefined })),
    })
    expect(source(live)).toEqual(source(file))
    expect(file.captures[0]!.dropped).toMatchObject({ total: 0 })
    expect(file.captures[0]!.live).toBeUndefined()

    // evidence pointers of the live audit lead into that file
    const finding = live.devices.flatMap((d) => d.findings).find((f) => f.outcome === 'fail')!
    const cut = await assay(['live.json', finding.id, '-o', 'proof.pcapng'], { command: 'extract' }).ended
    expect(cut).toMatchObject({ code: 0, err: '' })
    expect(cut.out).toMatch(/^proof\.pcapng: \d+ packets? of kept\.pcapng/)
  })

  it('ends by itself with --for, captures only what the filter lets through, and keeps nothing unasked', async () => {
    const run = assay(['-i', wire.farName, '--for', '4s', '--filter', 'udp port 53', '--json'])
    await until(() => readFileSync(`/proc/${run.child.pid}/net/packet`, 'utf8').trim().split('\n').length > 1)
    await delay(500)
    wire.replay(join(folder, 'home.pcapng'))
    const { code, out, err } = await run.ended
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const { captures, devices } = JSON.parse(out) as Audit
    expect(captures[0]).toMatchObject({ path: wire.farName, live: { filter: 'udp port 53', kept: false } })
    expect(captures[0]!.packets).toBeGreaterThan(0)
    expect([...new Set(devices.flatMap((d) => d.endpoints.map((e) => `${e.transport}/${e.port}`)))]).toEqual(['udp/53'])

    writeFileSync(join(folder, 'unkept.json'), out)
    const finding = devices.flatMap((d) => d.findings).find((f) => f.evidence.length > 0)!
    const cut = await assay(['unkept.json', finding.id, '-o', 'x.pcapng'], { command: 'extract' }).ended
    expect(cut).toMatchObject({ code: 3, out: '' })
    expect(cut.err).toMatch(/captured live and not kept\n.*--write/)
  })

  it('takes tcpdump where there is no dumpcap', async () => {
    const path = only('tcpdump', join(folder, 'only'))
    const run = assay(['-i', wire.farName, '--write', 'tcpdump.pcap', '--json', 't.json'], { path })
    await until(() => readFileSync(`/proc/${run.child.pid}/net/packet`, 'utf8').trim().split('\n').length > 1)
    await delay(500)
    const { sent } = wire.replay(join(folder, 'home.pcapng'), ['--pps', '10000'])
    // as timeout(1) and systemd do
    run.child.kill('SIGTERM')
    expect(await run.ended).toMatchObject({ code: 0, err: '' })
    expect(report('t.json').captures[0]).toMatchObject({
      format: 'pcap',
      packets: sent,
      dropped: { total: 0, system: 0 },
      live: { program: 'tcpdump', kept: true },
    })
  })

  it('says how many packets were lost, in every report', async () => {
    const run = assay(['-i', wire.farName, '--write', 'lost.pcapng', '--json', 'lost.json', '--html', 'lost.html'])
    const dumpcap = await capturing(run, 'lost.pcapng')
    // more than the kernel keeps for a program that does not run
    process.kill(dumpcap, 'SIGSTOP')
    const { sent } = wire.replay(join(folder, 'large.pcap'))
    process.kill(dumpcap, 'SIGCONT')
    // at once: what the kernel holds must not be left behind
    run.child.kill('SIGINT')
    const { code, out } = await run.ended
    expect(code).toBe(0)
    const { packets, dropped } = report('lost.json').captures[0]!
    expect(dropped!.system).toBeGreaterThan(0)
    expect(packets + dropped!.total).toBe(sent)
    const said = dropped!.total.toLocaleString('en')
    expect(out).toMatch(new RegExp(`gaps +${said} packets lost in the system's buffer`))
    expect(readFileSync(join(folder, 'lost.html'), 'utf8')).toMatch(new RegExp(`is incomplete:</strong> ${said} packets lost`))
    // the file that keeps them says it as well
    expect(await assay(['lost.pcapng', '--json', 'again.json']).ended).toMatchObject({ code: 0 })
    expect(report('again.json').captures[0]!.dropped!.total).toBe(dropped!.total)
  })

  it('audits what came before the program was killed, and ends with 3', async () => {
    const run = assay(['-i', wire.farName, '--write', 'killed.pcapng', '--json', 'killed.json'])
    const dumpcap = await capturing(run, 'killed.pcapng')
    const { sent } = wire.replay(join(folder, 'home.pcapng'), ['--pps', '10000'])
    await delay(1000)
    process.kill(dumpcap, 'SIGKILL')
    const { code, out, err } = await run.ended
    expect(code).toBe(3)
    expect(out).toContain('losses not known')
    expect(err).toBe(
      `assay: the capture on ${wire.farName} broke off: dumpcap ended early, killed by SIGKILL. What came until then was audited\n`,
    )
    expect(report('killed.json').captures[0]!.packets).toBe(sent)
    expect(report('killed.json').captures[0]!.dropped).toBeUndefined()
  })

  it('leaves no program behind when it is killed itself', async () => {
    const run = assay(['-i', wire.farName, '--write', 'orphan.pcapng'])
    const dumpcap = await capturing(run, 'orphan.pcapng')
    run.child.kill('SIGKILL')
    await run.ended
    wire.replay(join(folder, 'home.pcapng'), ['--pps', '10000'])
    await until(() => !existsSync(`/proc/${dumpcap}`))
  })

  it('leaves no program behind on the second Ctrl-C, on a quiet network either', async () => {
    const run = assay(['-i', wire.farName, '--write', 'twice.pcapng'])
    const dumpcap = await capturing(run, 'twice.pcapng')
    // so that the first has nothing to show for yet
    process.kill(dumpcap, 'SIGSTOP')
    run.child.kill('SIGINT')
    await delay(200)
    run.child.kill('SIGINT')
    expect(await run.ended).toMatchObject({ code: 130, out: '' })
    await until(() => !existsSync(`/proc/${dumpcap}`))
  })

  it('audits what came until its terminal went away', async () => {
    const run = assay(['-i', wire.farName, '--write', 'hung-up.pcapng', '--json', 'hung-up.json'])
    const dumpcap = await capturing(run, 'hung-up.pcapng')
    run.child.kill('SIGHUP')
    expect(await run.ended).toMatchObject({ code: 0, err: '' })
    expect(existsSync(`/proc/${dumpcap}`)).toBe(false)
    expect(report('hung-up.json').captures).toHaveLength(1)
  })

  it('ends with 3 where there is no such interface, and names those there are', async () => {
    for (const name of ['nosuch0', '-', 'TCP@192.0.2.1:2002', './x']) {
      const { code, out, err } = await assay([`--interface=${name}`, '--for', '1s', '--write', 'none.pcapng']).ended
      expect({ code, out }).toEqual({ code: 3, out: '' })
      expect(err).toMatch(new RegExp(`^assay: There is no interface ${name}: there are .*\\b${wire.farName}\\b`))
      expect(existsSync(join(folder, 'none.pcapng'))).toBe(false)
    }
  })

  it('ends with 3 without the privilege, and says how to give it', async () => {
    const without = ['setpriv', '--bounding-set=-net_raw,-net_admin']
    const { code, out, err } = await assay(['-i', wire.farName, '--for', '1s'], { through: without }).ended
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toMatch(/^assay: \S+dumpcap may not capture on far0 for this user/)
    for (const way of ['usermod -aG wireshark', 'sudo setcap cap_net_raw', 'assay audit -']) expect(err).toContain(way)
  })

  it('ends with 3 where nothing captures, and says what to install', async () => {
    const { code, err } = await assay(['-i', wire.farName], { path: join(folder, 'nothing') }).ended
    expect(code).toBe(3)
    expect(err).toMatch(/^assay: Nothing that captures was found: .*apt-get install -y wireshark-common/)
  })

  it('ends with 3 for a filter that is none', async () => {
    const { code, err } = await assay(['-i', wire.farName, '--filter', 'prot tcp(']).ended
    expect(code).toBe(3)
    expect(err).toMatch(/^assay: dumpcap does not understand the filter prot tcp\( \(.+\): man pcap-filter/)
  })

  // the last: it takes the wire away
  it('audits what came before the interface went away, and ends with 3', async () => {
    const run = assay(['-i', wire.farName, '--write', 'gone.pcapng', '--json', 'gone.json'])
    await capturing(run, 'gone.pcapng')
    const { sent } = wire.replay(join(folder, 'home.pcapng'), ['--pps', '10000'])
    await delay(1000)
    wire.unplug()
    const { code, err } = await run.ended
    expect(code).toBe(3)
    expect(err).toMatch(/^assay: the capture on far0 broke off: dumpcap ended early/)
    expect(report('gone.json').captures[0]!.packets).toBe(sent)
  })
})

/** A folder with one program in it. */
function only(program: string, folder: string): string {
  mkdirSync(folder)
  const dir = ['/usr/bin', '/usr/sbin', '/sbin', '/bin'].find((d) => existsSync(join(d, program)))!
  symlinkSync(join(dir, program), join(folder, program))
  return folder
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** What it gives, once that is anything. */
async function until<T>(look: () => T): Promise<T> {
  for (const end = Date.now() + 30_000; Date.now() < end; await delay(50)) {
    const seen = look()
    if (seen) return seen
  }
  throw new Error('it never came')
}

/**
 * So many frames between two things, as pcap (draft-ietf-opsawg-pcap). They are as long as fill the kernel's buffer soonest: it is
 * made of blocks of 128 KiB, and no three go into one.
 */
function largePackets(n: number): Uint8Array {
  const size = 44_000
  const out = Buffer.alloc(24 + n * (16 + size))
  out.writeUInt32LE(0xa1b2c3d4, 0)
  out.writeUInt16LE(2, 4)
  out.writeUInt16LE(4, 6)
  out.writeUInt32LE(262_144, 16)
  out.writeUInt32LE(1, 20)
  for (let i = 0; i < n; i++) {
    const at = 24 + i * (16 + size)
    out.writeUInt32LE(1_780_000_000 + i, at)
    out.writeUInt32LE(size, at + 8)
    out.writeUInt32LE(size, at + 12)
    // a local experiment's EtherType (IEEE 802, section 9.2.4)
    out.set([2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 5, 0x88, 0xb5], at + 16)
  }
  return out
}
