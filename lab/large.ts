#!/usr/bin/env node
/**
 * `node lab/large.ts --out FILE.pcap [--packets N] [--flows N] [--devices N] [--seed TEXT]`: synthesises a large capture without any
 * network: many homes' worth of devices that ask names, speak TLS 1.3, HTTP and NTP, side by side, while a flood of SYNs from made-up
 * addresses makes up the rest of the flows. The same arguments give the same bytes. For measurements; truth is `lab/run.ts`'s business.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { random, type Random } from './random.ts'

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    packets: { type: 'string', default: '5000000' },
    flows: { type: 'string', default: '2000000' },
    devices: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
  },
})
const [packets, flows, devices] = [values.packets, values.flows, values.devices].map(Number) as [number, number, number]
if (!values.out || !(packets >= flows) || !(flows >= 0) || !(devices > 0 && devices <= 60_000)) {
  console.error(
    'usage: node lab/large.ts --out FILE.pcap [--packets N] [--flows N, at most packets] [--devices N, at most 60000] [--seed TEXT]',
  )
  process.exit(2)
}

/** One packet of a conversation: which way, TCP flags (0: UDP), what it carries. */
interface Step {
  out: boolean
  flags: number
  payload: Uint8Array
}

interface Story {
  port: number
  tcp: boolean
  steps: Step[]
}

const FIN_ACK = 0x11
const SYN = 0x02
const SYN_ACK = 0x12
const ACK = 0x10
const PSH_ACK = 0x18
const NOTHING = new Uint8Array(0)
const text = (s: string): Uint8Array => Uint8Array.from(s, (c) => c.codePointAt(0)!)

function bytes(chance: Random, n: number): Uint8Array {
  return Uint8Array.from({ length: n }, () => chance.below(256))
}

/** A length of `width` bytes, then the body. */
function sized(width: number, ...parts: (Uint8Array | number[])[]): Uint8Array {
  const body = joined(...parts)
  return joined(
    Array.from({ length: width }, (_, i) => (body.length >>> (8 * (width - 1 - i))) & 255),
    body,
  )
}

function joined(...parts: (Uint8Array | number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

/** RFC 8446, section 4.1.2. */
function clientHello(chance: Random, name: string): Uint8Array {
  const suites = [0x13, 0x01, 0x13, 0x02, 0x13, 0x03, 0xc0, 0x2b, 0xc0, 0x2f]
  const extensions = [
    joined([0, 0], sized(2, sized(2, [0], sized(2, text(name))))),
    joined([0, 10], sized(2, sized(2, [0, 29, 0, 23]))),
    joined([0, 13], sized(2, sized(2, [4, 3, 8, 4]))),
    joined([0, 16], sized(2, sized(2, sized(1, text('http/1.1'))))),
    joined([0, 43], sized(2, sized(1, [3, 4, 3, 3]))),
    joined([0, 51], sized(2, sized(2, [0, 29], sized(2, bytes(chance, 32))))),
  ]
  const hello = joined([3, 3], bytes(chance, 32), sized(1, bytes(chance, 32)), sized(2, suites), [1, 0], sized(2, ...extensions))
  return joined([22, 3, 1], sized(2, [1], sized(3, hello)))
}

/** RFC 8446, section 4.1.3, with the change of cipher that middleboxes like to see (appendix D.4). */
function serverHello(chance: Random): Uint8Array {
  const extensions = [joined([0, 43], sized(2, [3, 4])), joined([0, 51], sized(2, [0, 29], sized(2, bytes(chance, 32))))]
  const hello = joined([3, 3], bytes(chance, 32), sized(1, bytes(chance, 32)), [0x13, 0x01, 0], sized(2, ...extensions))
  return joined([22, 3, 3], sized(2, [2], sized(3, hello)), [20, 3, 3, 0, 1, 1])
}

const record = (chance: Random, n: number): Uint8Array => joined([23, 3, 3], sized(2, bytes(chance, n)))

function tcp(port: number, ...exchanges: [out: boolean, payload: Uint8Array][]): Story {
  const steps: Step[] = [
    { out: true, flags: SYN, payload: NOTHING },
    { out: false, flags: SYN_ACK, payload: NOTHING },
    { out: true, flags: ACK, payload: NOTHING },
  ]
  for (const [out, payload] of exchanges)
    steps.push({ out, flags: PSH_ACK, payload }, { out: !out, flags: ACK, payload: NOTHING })
  steps.push(
    { out: true, flags: FIN_ACK, payload: NOTHING },
    { out: false, flags: FIN_ACK, payload: NOTHING },
    { out: true, flags: ACK, payload: NOTHING },
  )
  return { port, tcp: true, steps }
}

function udp(port: number, asked: Uint8Array, answered: Uint8Array): Story {
  return {
    port,
    tcp: false,
    steps: [
      { out: true, flags: 0, payload: asked },
      { out: false, flags: 0, payload: answered },
    ],
  }
}

/** A server out there, and the conversations devices have with it. */
function server(chance: Random, i: number): { ip: number; stories: Story[] } {
  const name = `s${i}.cloud${i % 40}.example`
  // 5.x.y.z and 23.x.y.z: somebody's, never reached.
  const ip = ((i % 2 ? 5 : 23) << 24) | ((i * 2654435761) & 0xffffff)
  const labels = joined(...name.split('.').map((label) => sized(1, text(label))), [0])
  const question = joined([1, 0, 0, 1, 0, 0, 0, 0, 0, 0], labels, [0, 1, 0, 1])
  const answer = joined(
    [0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0],
    labels,
    [0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4],
    [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255],
  )
  const id = [chance.below(256), chance.below(256)]
  const ntp = (first: number): Uint8Array => joined([first, 2, 6, 0xec], bytes(chance, 44))
  const body = text('x'.repeat(200 + chance.below(800)))
  return {
    ip,
    stories: [
      udp(53, joined(id, question), joined(id, answer)),
      tcp(
        443,
        [true, clientHello(chance, name)],
        [false, serverHello(chance)],
        [false, record(chance, 900)],
        [true, record(chance, 74)],
        [true, record(chance, 200)],
        [false, record(chance, 1200)],
      ),
      tcp(
        443,
        [true, clientHello(chance, name)],
        [false, serverHello(chance)],
        [true, record(chance, 120)],
        [false, record(chance, 60)],
      ),
      tcp(
        80,
        [true, text(`GET /status?id=${i} HTTP/1.1\r\nHost: ${name}\r\nUser-Agent: thing/${i % 9}.0\r\n\r\n`)],
        [
          false,
          joined(
            text(`HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`),
            body,
          ),
        ],
      ),
      udp(123, ntp(0x23), ntp(0x24)),
      udp(20_000 + (i % 1000), bytes(chance, 60), bytes(chance, 300)),
    ],
  }
}

/** A conversation under way. */
interface Talk {
  device: number
  port: number
  server: number
  story: Story
  at: number
  sent: number
  received: number
}

const chance = random(values.seed)
const servers = Array.from({ length: 300 }, (_, i) => server(chance.fork(`server ${i}`), i))
const GATEWAY = [0x94, 0x83, 0xc4, 0x10, 0x20, 0x30]
const OUIS = ['001788', '50c7bf', 'b0c554', '5ccf7f', 'b827eb', 'accf23', '8c79f5', '000d6f'].map((hex) =>
  [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)),
)
const VICTIM = (198 << 24) | (51 << 16) | (100 << 8) | 7

const file = openSync(values.out, 'w')
const buffer = Buffer.allocUnsafe(1 << 20)
let used = 0
let written = 0
let clock = 0
let flooded = 0

buffer.writeUInt32LE(0xa1b2c3d4, 0)
buffer.writeUInt16LE(2, 4)
buffer.writeUInt16LE(4, 6)
buffer.fill(0, 8, 16)
buffer.writeUInt32LE(262_144, 16)
buffer.writeUInt32LE(1, 20)
used = 24

/** Internet checksum (RFC 1071) of bytes, going on from a sum. */
function checksum(from: number, to: number, start: number): number {
  let sum = start
  for (let at = from; at + 1 < to; at += 2) sum += (buffer[at]! << 8) | buffer[at + 1]!
  if ((to - from) & 1) sum += buffer[to - 1]! << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

function put32(value: number, at: number): void {
  buffer.writeUInt32BE(value >>> 0, at)
}

/** Writes one packet. `device` owns the hardware address on the home's side. */
function emit(
  device: number,
  out: boolean,
  source: number,
  target: number,
  sourcePort: number,
  targetPort: number,
  flags: number,
  seq: number,
  ack: number,
  payload: Uint8Array,
): void {
  const transport = flags ? 20 : 8
  const length = 14 + 20 + transport + payload.length
  if (used + 16 + length > buffer.length) flush()
  // 1,764,000,000: in November 2025; about thirteen microseconds a packet.
  clock += 10 + (written % 7)
  buffer.writeUInt32LE(1_764_000_000 + Math.floor(clock / 1e6), used)
  buffer.writeUInt32LE(clock % 1e6, used + 4)
  buffer.writeUInt32LE(length, used + 8)
  buffer.writeUInt32LE(length, used + 12)
  const eth = used + 16
  const own = [...OUIS[device % OUIS.length]!, 1 + (device >>> 16), (device >>> 8) & 255, device & 255]
  buffer.set(out ? GATEWAY : own, eth)
  buffer.set(out ? own : GATEWAY, eth + 6)
  buffer.writeUInt16BE(0x0800, eth + 12)
  const ip = eth + 14
  buffer.fill(0, ip, ip + 20 + transport)
  buffer[ip] = 0x45
  buffer.writeUInt16BE(length - 14, ip + 2)
  buffer.writeUInt16BE(written & 0xffff, ip + 4)
  buffer[ip + 6] = 0x40
  buffer[ip + 8] = 64
  buffer[ip + 9] = flags ? 6 : 17
  put32(source, ip + 12)
  put32(target, ip + 16)
  buffer.writeUInt16BE(checksum(ip, ip + 20, 0), ip + 10)
  const head = ip + 20
  const end = eth + length
  buffer.writeUInt16BE(sourcePort, head)
  buffer.writeUInt16BE(targetPort, head + 2)
  buffer.set(payload, head + transport)
  if (flags) {
    put32(seq, head + 4)
    put32(flags & 0x10 ? ack : 0, head + 8)
    buffer[head + 12] = 0x50
    buffer[head + 13] = flags
    buffer.writeUInt16BE(29_200, head + 14)
  } else buffer.writeUInt16BE(end - head, head + 4)
  // The pseudo header (RFC 9293, section 3.1): addresses, protocol, length.
  const sum = checksum(head, end, (~checksum(ip + 12, ip + 20, (flags ? 6 : 17) + (end - head)) & 0xffff) >>> 0)
  buffer.writeUInt16BE(sum === 0 && !flags ? 0xffff : sum, head + (flags ? 16 : 6))
  used += 16 + length
  written++
}

function flush(): void {
  let at = 0
  while (at < used) at += writeSync(file, buffer, at, used - at)
  used = 0
}

const address = (device: number): number => (10 << 24) | ((device >>> 8) << 16) | ((device & 255) << 8) | 2

function begin(): Talk {
  const which = chance.below(servers.length)
  return {
    device: chance.below(devices),
    port: 32_768 + chance.below(28_000),
    server: which,
    story: chance.pick(servers[which]!.stories),
    at: 0,
    sent: 1000,
    received: 5000,
  }
}

/** The next packet of a conversation; false after its last. */
function advance(talk: Talk): boolean {
  const step = talk.story.steps[talk.at++]!
  const [here, there] = [address(talk.device), servers[talk.server]!.ip]
  const { port } = talk.story
  const { flags, payload } = step
  if (step.out) emit(talk.device, true, here, there, talk.port, port, flags, talk.sent, talk.received, payload)
  else emit(talk.device, false, there, here, port, talk.port, flags, talk.received, talk.sent, payload)
  const took = payload.length + (flags & 0x03 ? 1 : 0)
  if (step.out) talk.sent += took
  else talk.received += took
  return talk.at < talk.story.steps.length
}

/** A SYN from nowhere, through an infected device's hardware address: each a flow of its own. */
function flood(): void {
  const n = flooded++
  emit(n % 3, true, Math.imul(n + 1, 2_654_435_761), VICTIM, 1024 + (n % 64_000), 80, SYN, Math.imul(n, 40_503), 0, NOTHING)
}

// So many conversations that their packets and the flood's come to what was asked: packets = talks * average + (flows - talks).
const stories = servers.flatMap((s) => s.stories)
const average = stories.reduce((sum, story) => sum + story.steps.length, 0) / stories.length
const talks = Math.min(flows, Math.floor((packets - flows) / (average - 1)))
const floodShare = (flows - talks) / packets
const open: Talk[] = []
let begun = 0
for (;;) {
  if (written >= packets) break
  while (open.length < 1000 && begun < talks) {
    open.push(begin())
    begun++
  }
  if (open.length === 0 || chance.below(1 << 20) < floodShare * (1 << 20)) {
    if (flooded >= flows - talks && open.length === 0) break
    if (flooded < flows - talks) {
      flood()
      continue
    }
  }
  const which = chance.below(open.length)
  if (!advance(open[which]!)) {
    open[which] = open.at(-1)!
    open.pop()
  }
}
flush()
closeSync(file)
console.log(`${values.out}: ${written} packets, ${begun + flooded} flows (${flooded} of a flood), ${devices} devices`)
