import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Failure } from './failure.ts'
import { probeCommand, type ProbeCommandOptions } from './probe.ts'
import { parseProbed } from '../probe/probed-file.ts'
import { parseReport } from '../report/read.ts'
import { answer, hangUp, listen } from '../testing/listeners.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const home = fileURLToPath(new URL('../../samples/home.pcapng.gz', import.meta.url))
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-probe-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
afterAll(hangUp)

interface Ran {
  code: number | null
  out: string
  err: string
}

/** The command as a shell runs it; servers of this process answer meanwhile. `interrupt`: Ctrl-C, when it has begun and so often. */
function assay(args: readonly string[], interrupt?: { begun: Promise<unknown>; times: number }): Promise<Ran> {
  return run([process.execPath, main, ...args], { ...process.env, NO_COLOR: '1' }, interrupt)
}

function run(
  [program, ...args]: string[],
  env: NodeJS.ProcessEnv,
  interrupt?: { begun: Promise<unknown>; times: number },
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(program!, args, { cwd: folder, env })
    let [out, err] = ['', '']
    child.stdout.on('data', (piece) => (out += piece))
    child.stderr.on('data', (piece) => (err += piece))
    if (interrupt !== undefined) void press(child, interrupt)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

async function press(child: ChildProcess, { begun, times }: { begun: Promise<unknown>; times: number }): Promise<void> {
  await begun
  for (let n = 0; n < times; n++) {
    await delay(n === 0 ? 800 : 20)
    child.kill('SIGINT')
  }
}

describe.concurrent('assay probe', { timeout: 60_000 }, () => {
  it.each<[string[], ProbeCommandOptions, RegExp]>([
    [[], {}, /nobody to ask[^]*assay probe 192\.168\.1\.7/],
    [['8.8.8.8'], {}, /8\.8\.8\.8: a public address[^]*--i-am-allowed/],
    [['224.0.0.1'], { iAmAllowed: true }, /many at once/],
    [['10.0.0.0/8'], {}, /more than 256 addresses/],
    [['127.0.0.1'], { ports: 'http' }, /--ports http: these are no ports/],
    [['127.0.0.1'], { only: ['scn'] }, /--only scn[^]*Did you mean: scan/],
    [['127.0.0.1'], { only: ['logins,lockout'] }, /--only lockout: this is asked with --full only/],
    [['127.0.0.1'], { anchor: ['. IN DS 20326 8 2 E06D'] }, /--anchor is for the maker's side/],
    [[], { site: ['www.maker.example'], anchor: ['foo'] }, /--anchor foo: no trust anchor/],
    [['127.0.0.1'], { rate: 'fast' }, /--rate fast/],
    [['127.0.0.1'], { resolver: 'dns' }, /--resolver dns/],
    [[], { site: ['192.0.2.1'] }, /--site 192\.0\.2\.1: no public name/],
    [[], { site: ['localhost'] }, /no public name/],
    [['10.0.0.0/24'], { ports: 'all' }, /more than are asked at a time/],
    [['127.0.0.1'], { html: 'x.txt' }, /ends in \.html/],
    [['127.0.0.1'], { save: 'no/such/probe.json' }, /no folder/],
    [['127.0.0.1'], { failOn: 'G' }, /--fail-on G/],
  ])('refuses %j with %j before anything is sent', async (named, options, words) => {
    const refused = await probeCommand(named, { quiet: true, ...options }).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(refused).toBeInstanceOf(Failure)
    const { message, advice, code } = refused as Failure
    expect(`${message}\n${advice}`).toMatch(words)
    expect(code).toBe(2)
  })

  it('says of options of asking that nobody is asked', async () => {
    expect(await assay(['audit', 'home.pcapng', '--save', 'kept.json'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--save is for asking: nobody to ask is named'),
    })
  })

  it('takes nothing for what was asked that is none', async () => {
    writeFileSync(join(folder, 'none.json'), '{"schema":"assay-audit-2"}')
    expect(await assay(['audit', '--probed', 'none.json'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('none.json: not what assay probe keeps: at '),
    })
  })

  it('takes a whole network of a home', async () => {
    const { code, out } = await assay(['probe', '10.0.0.0/24', '--full', '--dry-run'])
    expect(code).toBe(0)
    expect(out).toContain('10.0.0.8 and 246 more')
  })

  it('says in a dry run what would be asked, and asks nothing', async () => {
    let met = 0
    const port = await listen(() => met++)
    const { code, out } = await assay(['probe', '127.0.0.1', '--ports', `${port}`, '--dry-run', '--site', 'www.maker.example'])
    expect(code).toBe(0)
    for (const words of [
      'Nothing is sent',
      'Devices: 127.0.0.1',
      `TCP ports: 1 (${port})`,
      '--only scan',
      '--only services',
      'GET /.well-known/core',
      'nothing is published',
      'no port is ever mapped',
      'No faster than 200',
      "The maker's side: www.maker.example",
    ])
      expect(out).toContain(words)
    expect(met).toBe(0)
  })

  it('reports without any capture, keeps what was asked, and takes it again', async () => {
    const port = await listen((socket) => socket.write('login: '))
    const page = await answer('HTTP/1.1 200 OK\r\nServer: GoAhead-Webs/2.5\r\nContent-Length: 0\r\n\r\n')
    const only = ['--ports', `${port},${page}`, '--only', 'scan,services']
    const first = await assay(['probe', '127.0.0.1', ...only, '--save', 'kept.json', '--json', 'r.json', '--html', 'r.html'])
    expect(first).toMatchObject({ code: 0, err: '' })
    expect(first.out).toMatch(/audit of what 127\.0\.0\.1 answered[^]*WHAT WAS ASKED[^]*1 device: \d+ questions/)
    expect(first.out).not.toMatch(/0 captures|0 packets/)

    const report = parseReport(readFileSync(join(folder, 'r.json'), 'utf8'))
    expect(report.captures).toEqual([])
    expect(report.devices).toMatchObject([{ id: 'ip-127.0.0.1', ips: ['127.0.0.1'] }])
    const service = report.devices[0]!.services.find((s) => s.port === page)!
    expect(service).toMatchObject({ protocol: 'http', evidence: [{ probe: 0 }] })
    // every pointer leads to a question of that port
    const [evidence] = service.evidence as { probe: number; entries: number[] }[]
    for (const n of evidence!.entries) expect(report.probes![0]!.transcript[n - 1]).toMatchObject({ n, port: page })

    const html = readFileSync(join(folder, 'r.html'), 'utf8')
    expect(html).toContain('What was asked')
    for (const [, anchor] of html.matchAll(/href="#(question-[\d-]+)"/g)) expect(html).toContain(`id="${anchor}"`)

    const again = await assay(['audit', '--probed', 'kept.json', '--json', '-'])
    expect(again.code).toBe(0)
    const { probes, devices } = parseReport(again.out)
    expect(devices).toEqual(report.devices)
    expect(probes![0]!.transcript).toEqual(report.probes![0]!.transcript)
  })

  it('is part of an audit of captures', async () => {
    const port = await listen((socket) => socket.write('SSH-2.0-dropbear_2022.83\r\n'))
    const { code, out } = await assay([
      'audit',
      home,
      '--probe',
      '127.0.0.1',
      '--ports',
      `${port}`,
      '--only',
      'services',
      '--json',
      '-',
    ])
    expect(code).toBe(0)
    const { captures, probes, devices } = parseReport(out)
    expect([captures.length, probes!.length]).toEqual([1, 1])
    expect(devices.length).toBeGreaterThan(5)
    expect(devices.find(({ id }) => id === 'ip-127.0.0.1')!.services).toMatchObject([{ port, protocol: 'ssh' }])
  })

  it('tells by its exit code what was found', async () => {
    const ask = async (greeting: Buffer) => {
      const port = await listen((socket) => socket.write(greeting))
      return probeCommand(['127.0.0.1'], { ports: `${port}`, only: ['services'], quiet: true, failOn: 'fail' })
    }
    expect(await ask(Buffer.from('fffd18fffd20', 'hex'))).toBe(1)
    expect(await ask(Buffer.from('SSH-2.0-dropbear_2022.83\r\n'))).toBe(0)
  })

  it('ends by Ctrl-C with what was asked until then, and by a second at once', async () => {
    let begin: () => void = () => undefined
    const ports: number[] = []
    for (let n = 0; n < 3; n++) ports.push(await listen(() => begin()))
    const begun = () => new Promise<void>((resolve) => (begin = resolve))
    const args = ['probe', '127.0.0.1', '--ports', ports.join(','), '--only', 'scan,services', '--save', 'cut.json']
    const polite = await assay(args, { begun: begun(), times: 1 })
    expect(polite.code).toBe(0)
    expect(polite.out).toContain('It was ended before all was asked')
    const cut = parseProbed(readFileSync(join(folder, 'cut.json'), 'utf8'), 0)
    expect(cut.stopped).toBe(true)
    expect(cut.facts.filter(({ kind }) => kind === 'probe.service')).toHaveLength(3)
    // who was cut off in the middle is not in trouble: nobody asked on
    expect(cut.facts.filter(({ kind }) => kind === 'probe.trouble')).toEqual([])
    const rude = await assay(args, { begun: begun(), times: 2 })
    // by us, or by the signal itself where we were about to report
    expect([130, null]).toContain(rude.code)
    expect(rude.out).toBe('')
  })

  it('asks no faster than it was told', async () => {
    let met = 0
    const server = createServer((socket) => {
      met++
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const save = join(folder, 'slow.json')
    await probeCommand(['127.0.0.1'], { ports: `${port},1,2,3`, only: ['scan'], rate: '2', quiet: true, save })
    server.close()
    const { began, ended, transcript } = parseProbed(readFileSync(save, 'utf8'), 0)
    expect(met).toBe(1)
    expect(transcript).toHaveLength(4)
    expect(ended - began).toBeGreaterThanOrEqual(1.4e6)
  })
})
