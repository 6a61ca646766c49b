import { describe, expect, it } from 'vitest'
import { random, type Random } from '../lab/random.ts'
import { readCapture } from '../src/capture/read.ts'
import { decodePacket } from '../src/decode/decode.ts'
import { Packet } from '../src/decode/packet.ts'
import { TUNNELS } from '../src/decode/tunnel.ts'
import { capturesIn, corpus } from '../src/testing/corpus.ts'
import { tsharkAvailable } from '../src/testing/tshark.ts'
import { compareHeaders, type Difference } from './headers.ts'
import { explained } from './headers-explained.ts'
import { FIELDS, type Probe } from './headers-said.ts'
import { joined, mutate } from './mutate.ts'
import { type Carried, wrapped, type Wrapped } from './wrapped.ts'

// Real frames, and real packets behind link headers and in tunnels of every kind, of which the headers are changed; each field held to
// tshark's (headers.ts). `ASSAY_ORACLE=all` begins from every small public capture and changes 300,000; ASSAY_SEED names other changes.

const every = process.env['ASSAY_ORACLE'] === 'all'
const seed = process.env['ASSAY_SEED'] ?? 'test'
const CASES = every ? 300_000 : 25_000
const A_RUN = 5000
const FOLDERS = every ? ['.'] : ['zeek', 'tcpdump']
/** Starts of a kind. */
const OF_A_KIND = 3
const MAX_BYTES = 600

/** The least of values alike in 1,000 cases. */
const LEAST: readonly (readonly [RegExp, number])[] = [
  [/^(eth\.|ip\.|ipv6\.)/, 150],
  [/^(udp|tcp)\.(src|dst)port$/, 50],
  [/^(tcp|udp|icmp|icmpv6)\.[^.]+$/, 10],
  [/^(wlan|sll|vlan|arp)\./, 5],
  [/./, 1],
]
/** Headers, as tshark names them, that must be met. */
const LAYERS =
  'eth vlan ieee8021ad llc pppoes ppp chdlc null raw sll wlan radiotap ah ipv6.hopopts ipv6.dstopts ipv6.routing ipv6.fraghdr'
    .split(' ')
    .map((layer) => `:${layer}`)
/** A router advertisement (RFC 4861 section 4.2) with what the captures have none of: resolvers (RFC 8106). */
const ADVERTISEMENT = `60000000 0068 3a ff fe800000000000000000000000000001 ff020000000000000000000000000001
  8600 0000 40c0 0708 00000000 00000000 0101 020000000001 0501 0000 000005dc
  0304 40c0 00002000 00001000 00000000 20010db8000000000000000000000000
  1905 0000 00000708 20010db8000000000000000000000053 20010db8000000000000000000000054`

interface Start extends Wrapped {
  /** Bytes up to the payload. */
  readonly header: number
  /** The packet without its link header, where it is one. */
  readonly carried: Carried | undefined
}

async function starts(): Promise<Start[]> {
  const advertisement = new Uint8Array(Buffer.from(ADVERTISEMENT.replaceAll(/\s/g, ''), 'hex'))
  const carried = { type: 0x86dd, bytes: advertisement }
  const made: Start = { linkType: 101, bytes: advertisement, header: advertisement.length, carried }
  const kinds = new Map<string, Start[]>([['made', [made, made, made]]])
  for (const path of capturesIn(FOLDERS, 1 << 16)) {
    const p = new Packet()
    await readCapture(path, 0, p, () => {
      if (p.end - p.start > MAX_BYTES || p.wireLength !== p.end - p.start) return
      decodePacket(p)
      const of = [p.linkType, p.etherType, p.vlan >= 0, p.protocol, p.fragment, p.tunnel, p.anomaly]
      const detail = p.protocol === 58 || p.protocol === 1 ? p.srcPort : p.protocol === 6 ? p.payload - p.transport : 0
      const kind = `${of.join()} ${detail}`
      const list = kinds.get(kind) ?? []
      if (list.length >= OF_A_KIND) return
      kinds.set(kind, [...list, startOf(p)])
    }).catch(() => undefined)
  }
  return [...kinds.values()].flat()
}

function startOf(p: Packet): Start {
  const header = p.transport >= 0 ? p.payload - p.start : p.network >= 0 ? p.network + 40 - p.start : 60
  const { linkType, network, etherType } = p
  const carries = network >= 0 && (p.ipVersion !== 0 || etherType === 0x0806)
  const type = p.ipVersion === 4 ? 0x0800 : p.ipVersion === 6 ? 0x86dd : etherType
  return {
    linkType,
    bytes: p.buf.slice(p.start, p.end),
    header,
    carried: carries ? { type, bytes: p.buf.slice(network, p.end) } : undefined,
  }
}

/** The headers changed, what follows them left mostly as it is. */
function changed({ bytes, linkType }: Wrapped, header: number, other: Uint8Array, chance: Random): Probe {
  const upTo = chance.below(10) === 0 ? bytes.length : Math.min(bytes.length, header)
  const from = chance.below(2) === 0 ? 0 : Math.min(upTo, 12)
  const head = mutate(bytes.subarray(from, upTo), other.subarray(0, 80), chance)
  const whole = chance.below(10) === 0 ? bytes : joined(bytes.subarray(0, from), head, bytes.subarray(upTo)).slice(0, MAX_BYTES)
  const cut = chance.below(8) === 0 ? chance.below(whole.length + 1) : whole.length
  return { linkType, bytes: whole.subarray(0, cut), wireLength: chance.below(2) === 0 ? cut : whole.length }
}

function written({ field, ours, theirs, probe, said, layers, malformed }: Difference): string {
  const { linkType, wireLength, bytes } = probe
  const why = `${said.anomalies.join()} / ${layers}${malformed ? ' malformed' : ''}`
  return `${field}: ours ${ours.join()}, tshark ${theirs.join()} (${why}) ${linkType} ${wireLength} ${Buffer.from(bytes).toString('hex')}`
}

const missing =
  corpus('zeek') === undefined ? 'the public captures are not here' : tsharkAvailable() ? '' : 'tshark is not installed'

describe.skipIf(missing !== '')(`changed headers mean what they mean to tshark${missing && ` (skipped: ${missing})`}`, () => {
  it('of links, networks, transports and tunnels', { timeout: 3_600_000 }, async () => {
    const chance = random(`headers ${seed}`)
    const all = await starts()
    const packets = all.flatMap(({ carried }) => carried ?? [])
    const probe = (): Probe => {
      const start = chance.pick(all)
      const other = chance.pick(all).bytes
      if (chance.below(2) === 0) return changed(start, start.header, other, chance)
      const made = wrapped(chance.pick(packets), chance)
      return changed(made, 40 + chance.below(120), other, chance)
    }
    const values = new Map<string, number>()
    const finds: string[] = []
    const reasons = new Map<string, number>()
    for (let first = 0; first < CASES; first += A_RUN) {
      const found = compareHeaders(Array.from({ length: Math.min(A_RUN, CASES - first) }, probe))
      for (const [name, n] of [...found.values, ...found.headers]) values.set(name, (values.get(name) ?? 0) + n)
      for (const difference of found.differences) {
        const why = explained(difference)?.why
        if (why === undefined) finds.push(written(difference))
        else reasons.set(why, (reasons.get(why) ?? 0) + 1)
      }
    }
    const demanded = [...FIELDS, ...TUNNELS.slice(1), ...LAYERS].filter((name) => !name.startsWith('ieee8021ad.'))
    process.stdout.write(`headers alike: ${demanded.map((name) => `${values.get(name)} ${name}`).join(', ')}\n`)
    process.stdout.write(`explained: ${[...reasons].map(([why, n]) => `${n}: ${why}`).join('; ')}\n`)
    expect(finds).toEqual([])
    const least = (name: string) => (LEAST.find(([names]) => names.test(name))![1] * CASES) / 1000
    const few = demanded.filter((name) => (values.get(name) ?? 0) < least(name))
    expect(few).toEqual([])
  })
})
