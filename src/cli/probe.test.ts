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
import { missing } from '../testing/daemons.ts'
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

  it('takes nothing for what was asked that is none', async () => {
    writeFileSync(join(folder, 'none.json'), '{"schema":"assay-audit-2"}')
    expect(await assay(['audit', '--probed', 'none.json'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('none.json: not what assay probe keeps: at '),
    })
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

const NEEDS = ['ip', 'unshare', 'tcpdump', 'coap-server-notls', 'miniupnpd', 'snmpd', 'dnsmasq', '(root)']

/** Runs a shell script in a network namespace of its own, in which only loopback and an empty link are. */
function enclosed(script: string): Promise<Ran> {
  const whole = `set -e; ip link set lo up
ip link add v0 type veth peer name v1; ip addr add 10.77.0.1/24 dev v0; ip link set v0 up; ip link set v1 up
ip neigh add 10.77.0.3 lladdr 02:00:00:00:00:03 dev v0 nud permanent
cd ${folder}; ended() { kill $(jobs -p) 2>/dev/null || true; }; trap ended EXIT
assay() { ${process.execPath} ${main} "$@"; }
${script}`
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
  return run(['unshare', '-n', 'bash', '-c', whole], env)
}

describe
  .skipIf(missing(...NEEDS))
  .concurrent(`assay probe, in a network of its own${missing(...NEEDS)}`, { timeout: 60_000 }, () => {
    it('finds services that answer datagrams, and what they give to anybody', async () => {
      writeFileSync(
        join(folder, 'mini.conf'),
        'ext_ifname=v0\next_ip=5.6.7.8\nlistening_ip=lo\nport=5000\nenable_upnp=yes\nfriendly_name=Router\nuuid=00000000-0000-0000-0000-000000000001\n',
      )
      writeFileSync(join(folder, 'snmp.conf'), 'rocommunity public\nagentaddress udp:127.0.0.1:161\nsysDescr Lab switch 4.2.1\n')
      writeFileSync(join(folder, 'silent.conf'), 'rocommunity of-its-own\nagentaddress udp:127.0.0.2:161\n')
      const { err } = await enclosed(`coap-server-notls -A 127.0.0.1 >/dev/null 2>&1 &
miniupnpd -d -f mini.conf >/dev/null 2>&1 &
snmpd -f -C -c snmp.conf -Lf /dev/null -p a.pid & snmpd -f -C -c silent.conf -Lf /dev/null -p b.pid &
dnsmasq -k -C /dev/null --no-resolv --listen-address=127.0.0.1 --bind-interfaces &
sleep 1.2
assay probe 127.0.0.1 127.0.0.2 --ports 5000,53,4 --only services,datagrams,interfaces --quiet --save udp.json`)
      expect(err).toBe('')
      const { facts } = parseProbed(readFileSync(join(folder, 'udp.json'), 'utf8'), 0)
      const of = (ip: string, kind: string) =>
        Object.fromEntries(facts.filter((f) => f.of === ip && f.kind === kind).map(({ key, data }) => [key, data]))
      const services = of('127.0.0.1', 'probe.service')
      expect(services).toMatchObject({
        'udp/53': { protocol: 'dns', product: 'dnsmasq', version: expect.stringMatching(/^2\.\d+$/) },
        'udp/161': { protocol: 'snmp', banner: 'Lab switch 4.2.1' },
        'udp/1900': { protocol: 'ssdp', product: 'MiniUPnPd', version: expect.stringMatching(/^2\./) },
        'udp/5683': { protocol: 'coap' },
        'tcp/53': { protocol: 'dns', product: 'dnsmasq' },
        'tcp/5000': { protocol: 'http', product: 'MiniUPnPd' },
      })
      expect(Object.keys(services)).toHaveLength(6)
      expect(of('127.0.0.1', 'probe.interface')).toMatchObject({
        'coap /.well-known/core': { gives: 'read', what: expect.stringContaining('/time') },
        'upnp WANIPConnection': { gives: 'control', detail: { address: '5.6.7.8' } },
      })
      // the twin has the same software with a community of its own: it does not answer to "public"
      expect(of('127.0.0.2', 'probe.service')['udp/161']).toBeUndefined()
      expect(of('127.0.0.2', 'probe.interface')).toEqual({})
    })

    it('sends nothing in a dry run, and writes down every packet of a wet one', async () => {
      const { out, err } =
        await enclosed(`tcpdump -i any -U -w dry.pcap 2>/dev/null & sleep 0.7; assay probe 127.0.0.1 10.77.0.0/30 --dry-run --site www.maker.example >/dev/null; sleep 0.5; kill %1; wait %1 || true
tcpdump -r dry.pcap 'tcp or udp' 2>/dev/null | wc -l
tcpdump -i lo -U -w wet.pcap 2>/dev/null & sleep 0.7; assay probe 127.0.0.1 --ports 1-50 --only scan --quiet --save wet.json; sleep 0.5; kill %1; wait %1 || true
tcpdump -nr wet.pcap 'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn' 2>/dev/null | wc -l`)
      expect(err).toBe('')
      const [dry, wet] = out.trim().split('\n').map(Number)
      expect(dry).toBe(0)
      expect(wet).toBe(50)
      expect(parseProbed(readFileSync(join(folder, 'wet.json'), 'utf8'), 0).transcript).toHaveLength(50)
    })

    it('says that nobody answered, and passes nobody for it', async () => {
      const { out } = await enclosed(`assay probe 10.77.0.3 --ports 1-16 --only services,interfaces --json - `)
      const report = parseReport(out)
      expect(report.devices).toMatchObject([{ id: 'mac-020000000003', services: [] }])
      const [device] = report.devices
      expect(device!.observations.map(({ kind }) => kind)).toEqual(['probe.trouble'])
      expect(device!.findings.find(({ check }) => check === 'ports-declared')).toMatchObject({
        outcome: 'error',
        reason: expect.stringMatching(/^Nobody answered/),
      })
      expect(device!.findings.filter(({ outcome }) => outcome === 'pass' || outcome === 'fail')).toEqual([])
    })

    it('finds who of a range is there', async () => {
      const { out, err } = await enclosed(`assay probe 10.77.0.0/29 --ports 1-16 --only scan --json -`)
      expect(
        parseReport(out)
          .devices.map(({ id }) => id)
          .sort(),
      ).toEqual(['ip-10.77.0.1', 'mac-020000000003'])
      expect(err).toContain('of 6 addresses, 2 answered')
    })
  })
