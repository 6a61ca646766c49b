import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseProbed } from '../probe/probed-file.ts'
import { parseReport } from '../report/read.ts'
import { missing } from '../testing/daemons.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-probe-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const NEEDS = ['ip', 'unshare', 'tcpdump', 'coap-server-notls', 'miniupnpd', 'snmpd', 'dnsmasq', '(root)']

/** Runs a shell script in a network namespace of its own, in which only loopback and an empty link are. */
function enclosed(script: string): Promise<{ out: string; err: string; code: number | null }> {
  const whole = `set -e; ip link set lo up
ip link add v0 type veth peer name v1; ip addr add 10.77.0.1/24 dev v0; ip link set v0 up; ip link set v1 up
ip neigh add 10.77.0.3 lladdr 02:00:00:00:00:03 dev v0 nud permanent
cd ${folder}; ended() { kill $(jobs -p) 2>/dev/null || true; }; trap ended EXIT
assay() { ${process.execPath} ${main} "$@"; }
${script}`
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
  return new Promise((resolve) => {
    const child = spawn('unshare', ['-n', 'bash', '-c', whole], { env })
    let [out, err] = ['', '']
    child.stdout.on('data', (piece) => (out += piece))
    child.stderr.on('data', (piece) => (err += piece))
    child.on('close', (code) => resolve({ out, err, code }))
  })
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
      // echoes on the port of time, talks nonsense on that of CoAP, pours on that of SIP, answers files from elsewhere
      writeFileSync(
        join(folder, 'liar.mjs'),
        `import { createSocket } from 'node:dgram'
const on = (port, serve) => { const s = createSocket('udp4'); s.on('message', (m, from) => serve(s, m, from)); s.bind(port, '127.0.0.2') }
on(123, (s, m, from) => s.send(m, from.port, from.address))
on(5683, (s, m, from) => s.send(Buffer.from('nonsense'), from.port, from.address))
on(5060, (s, m, from) => { for (let n = 0; n < 500; n++) s.send(Buffer.alloc(60000, 120), from.port, from.address) })
on(69, (s, m, from) => createSocket('udp4').bind(0, '127.0.0.2').send(Buffer.from([0, 5, 0, 1, 110, 111, 0]), from.port, from.address))
`,
      )
      const { err } = await enclosed(`coap-server-notls -A 127.0.0.1 >/dev/null 2>&1 &
miniupnpd -d -f mini.conf >/dev/null 2>&1 &
snmpd -f -C -c snmp.conf -Lf /dev/null -p a.pid & snmpd -f -C -c silent.conf -Lf /dev/null -p b.pid &
dnsmasq -k -C /dev/null --no-resolv --listen-address=127.0.0.1 --bind-interfaces &
${process.execPath} liar.mjs &
sleep 1.2
ss -Hlnt | awk '{print $4}' | sed 's/.*://' | sort -u > listening
assay probe 127.0.0.1 127.0.0.2 --ports 1-200,4900-5700 --rate 2000 --only services,datagrams,interfaces --quiet --save udp.json`)
      expect(err).toBe('')
      const { facts, transcript } = parseProbed(readFileSync(join(folder, 'udp.json'), 'utf8'), 0)
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
      // what the system says of who listens is what was found
      const listening = readFileSync(join(folder, 'listening'), 'utf8').trim().split('\n')
      expect(listening.length).toBeGreaterThan(2)
      expect(new Set(Object.keys(services))).toEqual(
        new Set([...listening.map((port) => `tcp/${port}`), 'udp/53', 'udp/161', 'udp/1900', 'udp/5683']),
      )
      expect(of('127.0.0.1', 'probe.interface')).toMatchObject({
        'coap /.well-known/core': { gives: 'read', what: expect.stringContaining('/time') },
        'upnp WANIPConnection': { gives: 'control', detail: { address: '5.6.7.8' } },
      })
      // the twin has the same software with a community of its own: it does not answer to "public"
      expect(of('127.0.0.2', 'probe.service')['udp/161']).toBeUndefined()
      expect(of('127.0.0.2', 'probe.interface')).toEqual({})
      expect(Object.keys(of('127.0.0.2', 'probe.service')).filter((key) => key.startsWith('udp'))).toEqual(['udp/69'])
      expect(Object.keys(of('127.0.0.2', 'probe.trouble')).sort()).toEqual([
        'datagrams udp/123',
        'datagrams udp/5060',
        'datagrams udp/5683',
      ])
      expect(transcript.every(({ received }) => received < 2e6)).toBe(true)
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
      const { out, code, err } = await enclosed(`assay probe 10.77.0.3 --ports 1-16 --only services,interfaces --json - `)
      expect([code, err]).toEqual([3, expect.stringContaining('nobody answered: 10.77.0.3')])
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
