import { ipv4Text } from '../address.ts'
import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import { u16 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'
import { takenName } from './dns-message.ts'
import { readNetbiosName } from './nbns.ts'

/** NetBIOS datagram service (RFC 1002 section 4.4), by which machines announce themselves. Names as of nbns.ts. */
export interface NbdgmMessage extends MessageBase {
  readonly protocol: 'nbdgm'
  readonly kind: 'unique' | 'group' | 'broadcast'
  /** Who sent it first: a distribution server passes on what others say. */
  readonly sourceIp: string
  readonly source: string
  readonly destination: string
}

const PORT = 138
/** DIRECT_UNIQUE, DIRECT_GROUP and BROADCAST datagrams. */
const DIRECT_UNIQUE = 0x10
const KINDS = ['unique', 'group', 'broadcast'] as const
const HEADER = 14
/** A name without a scope: its length, twice sixteen letters, and the root. */
const NAME = 34

export const nbdgm: DatagramDecoder<NbdgmMessage> = {
  protocol: 'nbdgm',
  ports: [PORT],
  recognise({ bytes, start, end, srcPort, dstPort }: Datagram): boolean {
    if ((srcPort !== PORT && dstPort !== PORT) || end - start < HEADER + 2 * NAME) return false
    // the flags' upper half is zero; the first name's length
    return KINDS[bytes[start]! - DIRECT_UNIQUE] !== undefined && bytes[start + 1]! < 16 && bytes[start + HEADER] === 0x20
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<NbdgmMessage>): void {
    const kind = end - start < HEADER ? undefined : KINDS[bytes[start]! - DIRECT_UNIQUE]
    // later fragments have no names (section 4.4.2)
    if (kind === undefined || u16(bytes, start + 12) !== 0) return
    const after = readNetbiosName(bytes, start, start + HEADER, end)
    if (after < 0) return
    const source = takenName()
    if (readNetbiosName(bytes, start, after, end) < 0) return
    emit({ protocol: 'nbdgm', frame, fromClient, kind, sourceIp: ipv4Text(bytes, start + 4), source, destination: takenName() })
  },
}
