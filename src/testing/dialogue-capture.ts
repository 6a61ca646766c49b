import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What one side said at once: a packet. Text is one byte a character. */
export type Turn = readonly ['client' | 'server', string | Uint8Array]

/** One TCP conversation, or one exchange of datagrams. */
export interface Dialogue {
  readonly turns: readonly Turn[]
  readonly serverPort: number
  readonly clientPort?: number
  readonly transport?: 'tcp' | 'udp'
  /** Where it is not between those of the capture. */
  readonly ends?: Ends
}

/** A capture of one dialogue: see `dialoguesCapture`. */
export function dialogueCapture(
  turns: readonly Turn[],
  serverPort: number,
  transport: 'tcp' | 'udp' = 'tcp',
  clientPort = 40000,
): string {
  return dialoguesCapture([{ turns, serverPort, transport, clientPort }])
}

/** Who speaks: IPv4 addresses, and hardware addresses for a capture of Ethernet. */
export interface Ends {
  readonly client: readonly number[]
  readonly server: readonly number[]
  readonly macs?: { readonly client: readonly number[]; readonly server: readonly number[] }
}

/**
 * A capture (raw IPv4 unless `ends` have hardware addresses, made by hand) of dialogues one after the other, and of whole frames
 * between them: so that the oracle and our decoder read the same file. Frames: with TCP the first three are the handshake, then one
 * a turn from 4; with UDP one a turn from 1.
 */
export function dialoguesCapture(dialogues: readonly (Dialogue | Uint8Array)[], ends: Ends = ENDS): string {
  const path = join(mkdtempSync(join(tmpdir(), 'assay-dialogue-')), 'dialogue.pcap')
  const packets = dialogues.flatMap((d) => (d instanceof Uint8Array ? [d] : packetsOf(d, d.ends ?? ends)))
  writeFileSync(path, pcap(packets, ends.macs === undefined ? LINKTYPE_RAW : LINKTYPE_ETHERNET))
  return path
}

const ENDS: Ends = { client: [192, 168, 7, 2], server: [192, 168, 7, 1] }
const LINKTYPE_ETHERNET = 1
const LINKTYPE_RAW = 101

function packetsOf({ turns, serverPort, clientPort = 40000, transport = 'tcp' }: Dialogue, ends: Ends): Uint8Array[] {
  const packets: Uint8Array[] = []
  const next = { client: 1000, server: 5000 }
  const tcp = (side: 'client' | 'server', flags: number, payload: Uint8Array) => {
    const header = new Uint8Array(20)
    const view = new DataView(header.buffer)
    view.setUint16(0, side === 'client' ? clientPort : serverPort)
    view.setUint16(2, side === 'client' ? serverPort : clientPort)
    view.setUint32(4, next[side])
    view.setUint32(8, flags & 0x10 ? next[side === 'client' ? 'server' : 'client'] : 0)
    header[12] = 5 << 4
    header[13] = flags
    view.setUint16(14, 64240)
    packets.push(packetOf(ends, side, 6, header, payload))
    next[side] += payload.length + (flags & 2 ? 1 : 0)
  }
  const udp = (side: 'client' | 'server', payload: Uint8Array) => {
    const header = new Uint8Array(8)
    const view = new DataView(header.buffer)
    view.setUint16(0, side === 'client' ? clientPort : serverPort)
    view.setUint16(2, side === 'client' ? serverPort : clientPort)
    view.setUint16(4, 8 + payload.length)
    packets.push(packetOf(ends, side, 17, header, payload))
  }
  if (transport === 'tcp') {
    tcp('client', 0x02, NOTHING)
    tcp('server', 0x12, NOTHING)
    tcp('client', 0x10, NOTHING)
  }
  for (const [side, said] of turns) {
    const bytes = typeof said === 'string' ? Uint8Array.from(said, (character) => character.charCodeAt(0)) : said
    if (transport === 'tcp') tcp(side, 0x18, bytes)
    else udp(side, bytes)
  }
  return packets
}

const NOTHING = new Uint8Array(0)

function packetOf(
  { client, server, macs }: Ends,
  from: 'client' | 'server',
  protocol: number,
  header: Uint8Array,
  payload: Uint8Array,
): Uint8Array {
  const out = from === 'client'
  const packet = new Uint8Array(20 + header.length + payload.length)
  const view = new DataView(packet.buffer)
  packet[0] = 0x45
  view.setUint16(2, packet.length)
  packet[8] = 64
  packet[9] = protocol
  packet.set(out ? client : server, 12)
  packet.set(out ? server : client, 16)
  let sum = 0
  for (let i = 0; i < 20; i += 2) sum += view.getUint16(i)
  sum = (sum & 0xffff) + (sum >>> 16)
  view.setUint16(10, ~(sum + (sum >>> 16)) & 0xffff)
  packet.set(header, 20)
  packet.set(payload, 20 + header.length)
  if (macs === undefined) return packet
  return Uint8Array.from([...(out ? macs.server : macs.client), ...(out ? macs.client : macs.server), 8, 0, ...packet])
}

/** Classic pcap, a millisecond between packets. */
function pcap(packets: readonly Uint8Array[], linkType: number): Uint8Array {
  const file = new Uint8Array(24 + packets.reduce((sum, packet) => sum + 16 + packet.length, 0))
  const view = new DataView(file.buffer)
  view.setUint32(0, 0xa1b2c3d4)
  view.setUint16(4, 2)
  view.setUint16(6, 4)
  view.setUint32(16, 65535)
  view.setUint32(20, linkType)
  let at = 24
  for (const [i, packet] of packets.entries()) {
    view.setUint32(at, 1_790_000_000 + Math.floor(i / 1000))
    view.setUint32(at + 4, (i % 1000) * 1000)
    view.setUint32(at + 8, packet.length)
    view.setUint32(at + 12, packet.length)
    file.set(packet, at + 16)
    at += 16 + packet.length
  }
  return file
}
