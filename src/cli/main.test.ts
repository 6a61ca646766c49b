import { spawn, spawnSync, type SpawnSyncOptionsWithStringEncoding } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Audit } from '../report/model.ts'
import { framesOf } from '../report/pointers.ts'
import { tsharkAvailable, tsharkFields } from '../testing/tshark.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
let folder: string

/** The command as a shell runs it, in a folder of its own that holds telnet.pcap. */
function assay(args: readonly string[], options: Partial<SpawnSyncOptionsWithStringEncoding> = {}) {
  const env = { ...process.env, ...options.env }
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'ASSAY_DEBUG', 'COLUMNS'])
    if (options.env?.[name] === undefined) delete env[name]
  const run = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: folder, timeout: 60_000, ...options, env })
  return { code: run.status, out: run.stdout, err: run.stderr }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-cli-'))
  writeFileSync(join(folder, 'telnet.pcap'), telnetCapture())
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('assay', { timeout: 60_000 }, () => {
  it('helps, with examples, and says its version', () => {
    const help = assay(['--help'])
    expect(help).toMatchObject({ code: 0, err: '' })
    for (const word of ['audit', 'explain', 'extract', 'checks', 'Examples:', 'Exit codes:']) expect(help.out).toContain(word)
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
    expect(assay(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
    expect(assay(['audit', '--help']).out).toContain('--fail-on')
  })

  it.each([
    [[], /Usage: assay/],
    [['audti', 'x'], /unknown command 'audti'[^]*audit/],
    [['telnet.pcap'], /To audit it: assay audit telnet\.pcap/],
    [['audit'], /nothing to audit[^]*assay audit --help/],
    [['audit', '--json', 'r.json'], /nothing to audit/],
    [['audit', 'telnet.pcap', '--jsn'], /unknown option '--jsn'[^]*--json/],
    [['audit', 'telnet.pcap', '--fail-on', 'G'], /--fail-on G[^]*A to F/],
    [['audit', 'telnet.pcap', '--html', 'telnet.pcap'], /ends in \.html/],
    [['audit', 'telnet.pcap', '--html', 'no/such/r.html'], /no folder[^]*mkdir/],
    [['audit', 'telnet.pcap', './telnet.pcap'], /named twice/],
    [['audit', 'telnet.pcap', '--canary', 'ab'], /--canary/],
    [['audit', 'telnet.pcap', '--json', '-', '--html', '-'], /standard output/],
    [['audit', 'telnet.pcap', '--for', '60s'], /--for is for live captures[^]*--interface/],
    [['audit', 'telnet.pcap', '--write', 'x.pcapng'], /--write is for live captures/],
    [['audit', 'telnet.pcap', '-i', 'eth0'], /either a live capture or captures/],
    [['audit', '-i', 'eth0', '--for', '60'], /--for 60[^]*60s/],
    [['audit', '-i', 'eth0', '-i', 'eth1'], /--interface eth0 and eth1[^]*--write/],
    [['audit', '-i', 'eth0', '--write', 'telnet.pcap'], /telnet\.pcap: it exists/],
    [['audit', '-i', 'eth0', '--write', 'no/such/x.pcapng'], /no folder[^]*mkdir/],
    [['audit', '-i', 'eth0', '--write', 'x.txt'], /ends in \.pcapng/],
    [['explain', 'dangerous-servises'], /Did you mean: dangerous-services/],
  ] as [string[], RegExp][])('%j is wrong usage (2): what, and what to do', (args, said) => {
    const { code, out, err } = assay(args)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toMatch(said)
    expect(err).not.toMatch(/^\s+at /m)
  })

  it('audits (0) and reports on the terminal, as JSON and as a page', () => {
    const { code, out, err } = assay(['audit', 'telnet.pcap', '--json', 'r.json', '--html', 'r.html'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('THE NETWORK')
    expect(out).toContain('192.168.1.9')
    expect(out).toContain(join(folder, 'r.html'))
    expect(readFileSync(join(folder, 'r.html'), 'utf8')).toMatch(/^<!doctype html>/)
    const audit = JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')) as Audit
    const valid = new Ajv2020({ allErrors: true }).compile(JSON.parse(assay(['schema']).out) as object)
    expect(valid(audit), JSON.stringify(valid.errors)).toBe(true)
    expect(audit.captures[0]).toMatchObject({ packets: 8, sha256: createHash('sha256').update(telnetCapture()).digest('hex') })
    // the hand-made capture's ground truth: one thing that offers Telnet
    expect(audit.devices.flatMap((d) => d.services.map((s) => `${d.ips.join()} ${s.transport}/${s.port} ${s.protocol}`))).toEqual(
      ['192.168.1.9 tcp/23 telnet'],
    )
  })

  it('never takes a capture for a file to write to', () => {
    const before = readFileSync(join(folder, 'telnet.pcap'))
    const { code, out } = assay(['audit', '--json', 'telnet.pcap'])
    expect(code).toBe(0)
    expect((JSON.parse(out) as Audit).captures[0]!.path).toBe('telnet.pcap')
    expect(readFileSync(join(folder, 'telnet.pcap'))).toEqual(before)
  })

  it('ends with 1 when --fail-on is met, and is silent with --quiet', () => {
    expect(assay(['audit', 'telnet.pcap', '--quiet', '--fail-on', 'fail'])).toEqual({ code: 1, out: '', err: '' })
    expect(assay(['audit', 'telnet.pcap', '--quiet'])).toEqual({ code: 0, out: '', err: '' })
  })

  it('reads standard input', () => {
    const { code, out } = assay(['audit', '-', '--json'], { input: telnetCapture() as never })
    expect(code).toBe(0)
    expect((JSON.parse(out) as Audit).captures[0]).toMatchObject({ path: '-', packets: 8 })
  })

  it('ends with 3 for what cannot be read, in a line without a stack', () => {
    mkdirSync(join(folder, 'empty-folder'), { recursive: true })
    writeFileSync(join(folder, 'text.pcap'), 'not a capture')
    for (const name of ['missing.pcap', 'empty-folder', 'text.pcap']) {
      const { code, out, err } = assay(['audit', name])
      expect({ code, out }).toEqual({ code: 3, out: '' })
      expect(err).toMatch(new RegExp(`^assay: .*${name}`))
      expect(err).not.toMatch(/^\s+at /m)
    }
    expect(assay(['explain', 'x', '--report', 'text.pcap'])).toMatchObject({ code: 3 })
    expect(assay(['extract', 'missing.json', 'x', '-o', 'y.pcapng'])).toMatchObject({ code: 3 })
  })

  it('audits a damaged capture up to the damage, reports, and ends with 3', () => {
    writeFileSync(join(folder, 'cut.pcap'), telnetCapture().subarray(0, -10))
    const { code, out, err } = assay(['audit', 'cut.pcap', '--json', 'cut.json', '--fail-on', 'fail'])
    expect(code).toBe(3)
    expect(out).toMatch(/damaged/)
    expect(err).toMatch(/^assay: cut\.pcap is damaged at byte \d+/)
    expect((JSON.parse(readFileSync(join(folder, 'cut.json'), 'utf8')) as Audit).captures[0]).toMatchObject({ packets: 7 })
  })

  it('colours only where asked or on a terminal', () => {
    const escape = '\u001b['
    expect(assay(['audit', 'telnet.pcap']).out).not.toContain(escape)
    expect(assay(['audit', 'telnet.pcap'], { env: { FORCE_COLOR: '1' } }).out).toContain(escape)
    expect(assay(['audit', 'telnet.pcap'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }).out).not.toContain(escape)
    for (const line of assay(['audit', 'telnet.pcap'], { env: { COLUMNS: '60' } }).out.split('\n'))
      expect(line.length).toBeLessThanOrEqual(60)
  })

  it('ends quietly when its reader has seen enough', async () => {
    const child = spawn(process.execPath, [main, 'audit', 'telnet.pcap', '--verbose'], { cwd: folder })
    child.stdout.destroy()
    let err = ''
    child.stderr.on('data', (d) => (err += String(d)))
    const code = await new Promise((done) => child.on('close', done))
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  it('on SIGINT, audits what came through a pipe until then', async () => {
    const child = spawn(process.execPath, [main, 'audit', '-', '--json'], { cwd: folder })
    const ended = new Promise((done) => child.on('close', (code, signal) => done({ code, signal })))
    let out = ''
    let err = ''
    child.stdout.on('data', (d) => (out += String(d)))
    child.stderr.on('data', (d) => (err += String(d)))
    child.stdin.on('error', () => {})
    // more than any pipe holds: when it is written, it is being read
    const many = telnetCapture(40_000)
    await Promise.race([new Promise((done) => child.stdin.write(many, done)), ended])
    child.kill('SIGINT')
    await new Promise((done) => setTimeout(done, 200))
    child.stdin.end()
    expect({ ended: await ended, err }).toEqual({ ended: { code: 0, signal: null }, err: '' })
    expect((JSON.parse(out) as Audit).captures[0]!.packets).toBe(8 + 40_000)
  })

  it('ends on the second SIGINT', async () => {
    const child = spawn(process.execPath, [main, 'audit', '-'], { cwd: folder })
    const ended = new Promise((done) => child.on('close', (code, signal) => done({ code, signal })))
    let err = ''
    child.stderr.on('data', (d) => (err += String(d)))
    child.stdin.on('error', () => {})
    await Promise.race([new Promise((done) => child.stdin.write(telnetCapture(40_000), done)), ended])
    child.kill('SIGINT')
    await new Promise((done) => setTimeout(done, 200))
    child.kill('SIGINT')
    expect({ ended: await ended, err }).toEqual({ ended: { code: null, signal: 'SIGINT' }, err: '' })
  })

  it('explains a detector of threats, and knows it by a slip of the keyboard', () => {
    expect(assay(['explain', 'scan'])).toMatchObject({ code: 0, err: '', out: expect.stringContaining('By which figures') })
    expect(assay(['explain', 'scna']).err).toContain('Did you mean: scan')
  })

  it('writes threats as STIX, of an audit and of its report, and ends by a threat that is asked for', () => {
    expect(
      assay(['audit', 'telnet.pcap', '--quiet', '--json', 's.json', '--stix', 'a.json', '--fail-on', 'threat']),
    ).toMatchObject({ err: '' })
    expect(assay(['export', 's.json', '--stix', 'b.json'])).toMatchObject({ code: 0, out: expect.stringContaining('b.json') })
    const [a, b] = ['a.json', 'b.json'].map((name) => readFileSync(join(folder, name), 'utf8'))
    expect(a).toBe(b)
    expect(JSON.parse(a!)).toMatchObject({ type: 'bundle' })
    expect(assay(['export', 's.json', '--stix', 'b.txt'])).toMatchObject({ code: 2, err: expect.stringContaining('.json') })
  })

  it('explains a check, and a finding with its packets', () => {
    const audit = JSON.parse(assay(['audit', 'telnet.pcap', '--json']).out) as Audit
    writeFileSync(join(folder, 'e.json'), JSON.stringify(audit))
    const check = assay(['explain', 'dangerous-services'])
    expect(check.code).toBe(0)
    for (const head of ['What it looks for', 'Why it matters', 'How to mend it', 'What a pass needs'])
      expect(check.out).toContain(head)
    const finding = audit.devices
      .flatMap((d) => d.findings)
      .find((f) => f.check === 'dangerous-services' && f.outcome === 'fail')!
    const found = assay(['explain', finding.id, '--report', 'e.json'])
    expect(found.code).toBe(0)
    expect(found.out).toContain('192.168.1.9')
    expect(found.out).toMatch(/frame\.number in \{[\d.,]+\}/)
    // the id alone still leads to its check
    expect(assay(['explain', finding.id]).out).toBe(check.out)
    // a slip in the id must not look as if it had been found
    expect(assay(['explain', `${finding.id}x`, '--report', 'e.json'])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`Did you mean: ${finding.id}`),
    })
  })

  it('lists the checks', () => {
    const { code, out } = assay(['checks'])
    expect(code).toBe(0)
    expect(out).toMatch(/^ {2}dangerous-services {2,}\S/m)
  })

  it.skipIf(!tsharkAvailable())("extracts a finding's packets, which tshark then sees (needs tshark)", () => {
    const audit = JSON.parse(assay(['audit', 'telnet.pcap', '--json']).out) as Audit
    writeFileSync(join(folder, 'x.json'), JSON.stringify(audit))
    const finding = audit.devices
      .flatMap((d) => d.findings)
      .find((f) => f.check === 'dangerous-services' && f.outcome === 'fail')!
    const run = assay(['extract', 'x.json', finding.id, '-o', 'proof.pcapng'])
    expect(run).toMatchObject({ code: 0, err: '' })
    const fields = ['frame.time_epoch', 'tcp.seq_raw', 'tcp.flags']
    const whole = tsharkFields(join(folder, 'telnet.pcap'), fields)
    expect([...tsharkFields(join(folder, 'proof.pcapng'), fields).values()]).toEqual(
      framesOf(finding.evidence)[0]!.frames.map((n) => whole.get(n)),
    )

    expect(assay(['extract', 'x.json', 'no-such-finding', '-o', 'n.pcapng'])).toMatchObject({ code: 2 })
    expect(assay(['extract', 'x.json', finding.id, '-o', 'telnet.pcap'])).toMatchObject({ code: 2 })
    expect(assay(['extract', 'x.json', finding.id])).toMatchObject({ code: 2 })
    appendFileSync(join(folder, 'telnet.pcap'), new Uint8Array(1))
    const changed = assay(['extract', 'x.json', finding.id, '-o', 'n.pcapng'])
    writeFileSync(join(folder, 'telnet.pcap'), telnetCapture())
    expect(changed).toMatchObject({ code: 3, out: '' })
    expect(changed.err).toMatch(/is not the capture that was audited/)
    expect(existsSync(join(folder, 'n.pcapng'))).toBe(false)
  })
})

describe('assay extract', () => {
  it('names the files of several captures as it was asked to', () => {
    writeFileSync(join(folder, 'again.pcap'), telnetCapture(1))
    const audit = JSON.parse(assay(['audit', 'telnet.pcap', 'again.pcap', '--json']).out) as Audit
    writeFileSync(join(folder, 'two.json'), JSON.stringify(audit))
    const { id } = audit.devices
      .flatMap((d) => d.findings)
      .find((f) => framesOf(f.evidence).filter((e) => e.frames.length > 0).length > 1)!
    expect(assay(['extract', 'two.json', id, '-o', 'both.pcapng']).out).toMatch(/^both-1\.pcapng: .*\nboth-2\.pcapng: /)
    expect(existsSync(join(folder, 'both-2.pcapng'))).toBe(true)
  })
})

/**
 * A log-in prompt over Telnet, by hand: pcap (draft-ietf-opsawg-pcap) of Ethernet, ARP (RFC 826), IPv4 (RFC 791), TCP (RFC 9293),
 * Telnet (RFC 854). `more` ARP packets come behind it.
 */
function telnetCapture(more = 0): Uint8Array {
  const client = { mac: [2, 0, 0, 0, 0, 5], ip: [192, 168, 1, 5], port: 40_000 }
  const server = { mac: [2, 0, 0, 0, 0, 9], ip: [192, 168, 1, 9], port: 23 }
  const [SYN, ACK, PSH] = [2, 16, 8]
  const will = [255, 253, 24, 255, 253, 32, 255, 251, 1]
  const frames = [
    arp(1, client, server),
    arp(2, server, client),
    segment(client, server, 1000, 0, SYN, []),
    segment(server, client, 5000, 1001, SYN | ACK, []),
    segment(client, server, 1001, 5001, ACK, []),
    segment(server, client, 5001, 1001, ACK | PSH, will),
    segment(client, server, 1001, 5010, ACK | PSH, [255, 252, 24, 255, 252, 32]),
    segment(server, client, 5010, 1007, ACK | PSH, [...Buffer.from('camera login: ')]),
  ]
  const u32 = (n: number) => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24]
  const header = [...u32(0xa1b2c3d4), 2, 0, 4, 0, ...u32(0), ...u32(0), ...u32(65_535), ...u32(1)]
  const record = (f: number[], i: number) => [
    ...u32(1_780_000_000 + i),
    ...u32(250_000),
    ...u32(f.length),
    ...u32(f.length),
    ...f,
  ]
  const tail = Uint8Array.from(record(frames[0]!, frames.length))
  const head = Uint8Array.from([...header, ...frames.flatMap(record)])
  const whole = new Uint8Array(head.length + more * tail.length)
  whole.set(head)
  for (let i = 0; i < more; i++) whole.set(tail, head.length + i * tail.length)
  return whole
}

interface End {
  mac: number[]
  ip: number[]
  port: number
}

const b16 = (n: number) => [n >> 8, n & 255]
const b32 = (n: number) => [...b16(n >>> 16), ...b16(n & 0xffff)]

/** RFC 826; a request (1) goes to everyone. */
function arp(operation: 1 | 2, from: End, to: End): number[] {
  const target = operation === 1 ? [255, 255, 255, 255, 255, 255] : to.mac
  return [
    ...target,
    ...from.mac,
    0x08,
    0x06,
    0,
    1,
    8,
    0,
    6,
    4,
    0,
    operation,
    ...from.mac,
    ...from.ip,
    ...(operation === 1 ? [0, 0, 0, 0, 0, 0] : to.mac),
    ...to.ip,
  ]
}

function segment(from: End, to: End, seq: number, ack: number, flags: number, data: number[]): number[] {
  const tcp = [...b16(from.port), ...b16(to.port), ...b32(seq), ...b32(ack), 0x50, flags, ...b16(8192), 0, 0, 0, 0, ...data]
  const ip = [0x45, 0, ...b16(20 + tcp.length), 0, 1, 0x40, 0, 64, 6, 0, 0, ...from.ip, ...to.ip]
  return [...to.mac, ...from.mac, 0x08, 0x00, ...ip, ...tcp]
}
