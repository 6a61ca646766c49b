import type { DatagramDecoder, Emit, StreamDecoder } from '../message.ts'
import { u16 } from '../numbers.ts'
import type { Datagram, StreamPrefix } from '../stream.ts'
import { hex, latin1, printable } from '../text.ts'
import type { ControlIdentity, ControlRequest, Deed, Operations } from './control.ts'

/** A request of KNXnet/IP, or the answer to one. */
export interface KnxRequest extends ControlRequest<'knxip'> {
  readonly service: number
}

/** Wrapped by KNX IP Secure: what is inside cannot be read. */
interface KnxSecure {
  readonly protocol: 'knxip'
  readonly type: 'secure'
  readonly frame: number
  readonly fromClient: boolean
  readonly service: number
}

export type KnxMessage = KnxRequest | KnxSecure | ControlIdentity<'knxip'>

const PORT = 3671
/** Header: its own size, version 1.0, service, length of the whole (KNX Standard 3/8/2, section 2.3). */
const HEADER = 6
const MAX_FRAMES = 256

/** Services that ask for something (3/8/2 table 1 and what follows). Tunnelling and routing carry what is asked: see cEMI. */
const ASKS: Operations = {
  0x0201: ['SEARCH_REQUEST', 'find'],
  0x0203: ['DESCRIPTION_REQUEST', 'find'],
  0x0205: ['CONNECT_REQUEST', 'read'],
  0x020b: ['SEARCH_REQUEST_EXTENDED', 'find'],
  0x0740: ['REMOTE_DIAGNOSTIC_REQUEST', 'find'],
  0x0742: ['REMOTE_BASIC_CONFIGURATION_REQUEST', 'write'],
  0x0743: ['REMOTE_RESET_REQUEST', 'stop'],
}
const CONNECT_ANSWER = 0x0206
const SEARCH_ANSWERS: readonly number[] = [0x0202, 0x020c]
const DESCRIPTION_ANSWER = 0x0204
const CONFIGURATION = 0x0310
const TUNNELLING = 0x0420
const ROUTING = 0x0530
const SECURE_WRAPPER = 0x0950
const SERVICES: ReadonlySet<number> = new Set(
  [
    [0x0201, 0x0202, 0x0203, 0x0204, 0x0205, 0x0206, 0x0207, 0x0208, 0x0209, 0x020a, 0x020b, 0x020c],
    [0x0310, 0x0311, 0x0420, 0x0421, 0x0422, 0x0423, 0x0424, 0x0425, 0x0530, 0x0531, 0x0532, 0x0533],
    [0x0740, 0x0741, 0x0742, 0x0743, 0x0950, 0x0951, 0x0952, 0x0953, 0x0954, 0x0955],
  ].flat(),
)

/** Makers by the number that the KNX Association gave them, which begins the serial numbers of their things. */
const MAKERS: Readonly<Record<number, string>> = { 0x0001: 'Siemens', 0x0002: 'ABB', 0x0004: 'Jung', 0x0008: 'Gira' }

/** KNXnet/IP over UDP. */
export const knxip: DatagramDecoder<KnxMessage> = {
  protocol: 'knxip',
  ports: [PORT],
  recognise({ bytes, start, end, truncated }: Datagram): boolean {
    const length = framed(bytes, start, end)
    return length === end - start || (truncated && length > end - start)
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<KnxMessage>): void {
    const length = framed(bytes, start, end)
    if (length > 0) readFrame(bytes, start, Math.min(end, start + length), frame, fromClient, emit)
  },
}

/** The same over TCP (KNXnet/IP version 2 devices). */
export const knxipStream: StreamDecoder<KnxMessage> = {
  protocol: 'knxip',
  recognise({ client, server }) {
    const fits = (stream: StreamPrefix) => stream.length === 0 || framed(stream.bytes, 0, stream.length) > 0
    return client.length + server.length > 0 && fits(client) && fits(server)
  },
  decode({ client, server }, emit) {
    for (const fromClient of [true, false]) {
      const stream = fromClient ? client : server
      for (let at = 0, count = 0; count < MAX_FRAMES; count++) {
        const length = framed(stream.bytes, at, stream.length)
        if (length <= 0) break
        readFrame(stream.bytes, at, Math.min(stream.length, at + length), stream.frameAt(at), fromClient, emit)
        at += length
      }
    }
  },
}

/** Length of the frame that starts here, by its own word; 0 where none does. */
function framed(bytes: Uint8Array, at: number, end: number): number {
  if (at + HEADER > end || bytes[at] !== HEADER || bytes[at + 1] !== 0x10) return 0
  const length = u16(bytes, at + 4)
  return length >= HEADER && SERVICES.has(u16(bytes, at + 2)) ? length : 0
}

function readFrame(bytes: Uint8Array, at: number, end: number, frame: number, fromClient: boolean, emit: Emit<KnxMessage>): void {
  const service = u16(bytes, at + 2)
  const body = at + HEADER
  const say = (type: 'request' | 'answer', operation: string, deed: Deed, outcome: KnxRequest['outcome']) => {
    // KNX Data Secure: what is asked is hidden, and proves who asks
    const authentication = operation === SECURED ? 'used' : 'none'
    emit({ protocol: 'knxip', type, frame, fromClient, deed, operation, outcome, authentication, service })
  }
  const asks = ASKS[service]
  if (asks !== undefined) return say('request', asks[0], asks[1], 'unknown')
  // channel, and a status of 0 where it was opened (3/8/2 section 7.8.2)
  if (service === CONNECT_ANSWER && body + 2 <= end)
    return say('answer', 'CONNECT_REQUEST', 'read', bytes[body + 1] === 0 ? 'done' : 'refused')
  // endpoint (8 bytes), then description blocks; a description has the blocks alone
  if (SEARCH_ANSWERS.includes(service))
    return bytes[body] === ENDPOINT ? readBlocks(bytes, body + ENDPOINT, end, frame, fromClient, emit) : undefined
  if (service === DESCRIPTION_ANSWER) return readBlocks(bytes, body, end, frame, fromClient, emit)
  if (service >= SECURE_WRAPPER) return emit({ protocol: 'knxip', type: 'secure', frame, fromClient, service })
  const carried = service === ROUTING ? body : service === TUNNELLING || service === CONFIGURATION ? body + CONNECTION : -1
  // the connection's header begins with its own size (3/8/2 section 5.3.1)
  if (carried < 0 || (carried > body && bytes[body] !== CONNECTION)) return
  const asked = deedOf(bytes, carried, end)
  if (asked !== undefined) say('request', asked[0], asked[1], 'unknown')
}

/** Size of an endpoint (3/8/2 section 7.5.1): itself, protocol, address, port. */
const ENDPOINT = 8
/** Size of a connection's header: itself, channel, sequence number, reserved. */
const CONNECTION = 4
const SECURED = 'A_SecureService'
const DATA_REQUEST = 0x11
const DATA_INDICATION = 0x29
/** cEMI's own messages (3/6/3 section 4.1.3.3): properties of the interface itself, and its restart. */
const LOCAL: Operations = {
  0xfc: ['M_PropRead', 'read'],
  0xf6: ['M_PropWrite', 'write'],
  0xf8: ['M_FuncPropCommand', 'command'],
  0xf9: ['M_FuncPropStateRead', 'read'],
  0xf1: ['M_Reset', 'stop'],
}
/** Application services (3/3/7 section 2) by their ten bits; those below 0x200 by their upper four. */
const APPLICATION: Operations = {
  0x000: ['A_GroupValue_Read', 'read'],
  0x080: ['A_GroupValue_Write', 'command'],
  0x0c0: ['A_IndividualAddress_Write', 'write'],
  0x200: ['A_Memory_Read', 'read'],
  0x280: ['A_Memory_Write', 'program'],
  0x300: ['A_DeviceDescriptor_Read', 'read'],
  0x380: ['A_Restart', 'stop'],
  0x3d5: ['A_PropertyValue_Read', 'read'],
  0x3d7: ['A_PropertyValue_Write', 'write'],
  0x3d1: ['A_Authorize_Request', 'read'],
  0x3d3: ['A_Key_Write', 'write'],
  0x3f1: [SECURED, 'command'],
}

/** What a frame of the bus (cEMI) asks for, where it does. */
function deedOf(bytes: Uint8Array, at: number, end: number): readonly [string, Deed] | undefined {
  if (at + 2 > end) return undefined
  const code = bytes[at]!
  if (LOCAL[code] !== undefined) return LOCAL[code]
  if (code !== DATA_REQUEST && code !== DATA_INDICATION) return undefined
  // two bytes of control, source, destination, length; then transport and application share ten bits
  const apci = at + 2 + bytes[at + 1]! + 7
  // as many as the length says, and no control of the connection, which has the upper bit
  if (apci + 2 > end || bytes[apci - 1]! < 1 || apci + 1 + bytes[apci - 1]! > end || bytes[apci]! >= 0x80) return undefined
  // values of groups are for groups (the upper bit of the second byte of control)
  if ((bytes[apci]! & 3) === 0 && bytes[apci + 1]! < 0xc0 && bytes[apci - 6]! < 0x80) return undefined
  const ten = ((bytes[apci]! & 3) << 8) | bytes[apci + 1]!
  // the upper four bits tell a service of group, memory or restart, whose lower six are its data
  return APPLICATION[ten] ?? (ten < 0x2c0 || (ten & 0x3c0) === 0x380 ? APPLICATION[ten & 0x3c0] : undefined)
}

/** Description blocks (3/8/2 section 7.5.4): 1 says what the device is, 2 which services it has; 6 (secured services) that it can protect them. */
function readBlocks(
  bytes: Uint8Array,
  at: number,
  end: number,
  frame: number,
  fromClient: boolean,
  emit: Emit<KnxMessage>,
): void {
  let found: { name: string; serial: string; vendor?: string } | undefined
  const detail: Record<string, string> = {}
  for (let o = at, count = 0; o + 2 <= end && count < 16; count++) {
    const size = bytes[o]!
    if (size < 2 || o + size > end) break
    if (bytes[o + 1] === 1 && size >= 54) {
      const vendor = MAKERS[u16(bytes, o + 8)]
      found = {
        // 30 bytes of ISO 8859-1, filled up with zeros
        name: printable(latin1(bytes, o + 24, o + 54).replace(/\0+$/, ''), 30),
        serial: hex(bytes, o + 8, o + 14),
        ...(vendor === undefined ? {} : { vendor }),
      }
      detail['programming mode'] = (bytes[o + 3]! & 1) !== 0 ? 'on' : 'off'
    } else if (bytes[o + 1] === 2) {
      const families = []
      for (let f = o + 2; f + 2 <= o + size; f += 2) families.push(FAMILIES[bytes[f]!] ?? String(bytes[f]))
      detail['services'] = families.join(', ')
    } else if (bytes[o + 1] === 6) detail['secured services'] = 'yes'
    o += size
  }
  if (found === undefined) return
  const { name, serial, vendor } = found
  emit({
    protocol: 'knxip',
    type: 'identity',
    frame,
    fromClient,
    ...(vendor === undefined ? {} : { vendor }),
    ...(name === '' ? {} : { name }),
    serial,
    detail,
  })
}

const FAMILIES: Readonly<Record<number, string>> = {
  2: 'core',
  3: 'device management',
  4: 'tunnelling',
  5: 'routing',
  6: 'remote logging',
  7: 'remote configuration',
  8: 'object server',
  9: 'security',
}
