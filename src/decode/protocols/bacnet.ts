import type { DatagramDecoder, Emit } from '../message.ts'
import { u16, u32 } from '../numbers.ts'
import type { Datagram, FlowMemory } from '../stream.ts'
import { text } from '../text.ts'
import { bacnetVendor } from './bacnet-vendors.ts'
import type { ControlIdentity, ControlRequest, Deed, Operations } from './control.ts'

/** A request of BACnet, or the answer to one. */
export interface BacnetRequest extends ControlRequest<'bacnet'> {
  /** Number of the service in its list: confirmed, or unconfirmed. */
  readonly service: number
  readonly confirmed: boolean
  readonly invokeId?: number
  /** Sent along with a command to restart or to be silent, in clear. */
  readonly password?: string
}

export type BacnetMessage = BacnetRequest | ControlIdentity<'bacnet'>

const NAME = 'bacnet'
const PORT = 0xbac0
/** BACnet Virtual Link Control, and the functions of it that carry a network message (ASHRAE 135, annex J.2). */
const BVLC = 0x81
const LAST_FUNCTION = 0x0c
const FORWARDED = 0x04
const CARRIERS: readonly number[] = [FORWARDED, 0x09, 0x0a, 0x0b]
const MAX_TAGS = 256

/** ASHRAE 135, clause 21, BACnetConfirmedServiceChoice. */
const CONFIRMED: Operations = {
  0: ['AcknowledgeAlarm', 'command'],
  1: ['ConfirmedCOVNotification', 'read'],
  2: ['ConfirmedEventNotification', 'read'],
  3: ['GetAlarmSummary', 'read'],
  4: ['GetEnrollmentSummary', 'read'],
  5: ['SubscribeCOV', 'read'],
  6: ['AtomicReadFile', 'program'],
  7: ['AtomicWriteFile', 'program'],
  8: ['AddListElement', 'write'],
  9: ['RemoveListElement', 'write'],
  10: ['CreateObject', 'write'],
  11: ['DeleteObject', 'write'],
  12: ['ReadProperty', 'read'],
  14: ['ReadPropertyMultiple', 'read'],
  15: ['WriteProperty', 'write'],
  16: ['WritePropertyMultiple', 'write'],
  17: ['DeviceCommunicationControl', 'stop'],
  18: ['ConfirmedPrivateTransfer', 'command'],
  19: ['ConfirmedTextMessage', 'command'],
  20: ['ReinitializeDevice', 'stop'],
  26: ['ReadRange', 'read'],
  27: ['LifeSafetyOperation', 'command'],
  28: ['SubscribeCOVProperty', 'read'],
  29: ['GetEventInformation', 'read'],
  30: ['SubscribeCOVPropertyMultiple', 'read'],
  31: ['ConfirmedCOVNotificationMultiple', 'read'],
  32: ['ConfirmedAuditNotification', 'read'],
  33: ['AuditLogQuery', 'read'],
}
/** BACnetUnconfirmedServiceChoice. What only announces (I-Am, notifications) asks for nothing. */
const UNCONFIRMED: Operations = {
  4: ['UnconfirmedPrivateTransfer', 'command'],
  5: ['UnconfirmedTextMessage', 'command'],
  6: ['TimeSynchronization', 'write'],
  7: ['Who-Has', 'find'],
  8: ['Who-Is', 'find'],
  9: ['UTCTimeSynchronization', 'write'],
  10: ['WriteGroup', 'write'],
}
const I_AM = 0
const READ_PROPERTY = 12
const READ_MULTIPLE = 14
const COMMUNICATION_CONTROL = 17
const REINITIALIZE = 20
const DEVICE = 8

/** BACnet/IP (ASHRAE 135, annex J). It has no log-in, and nothing of it is encrypted: that is BACnet/SC's, which is TLS. */
export const bacnet: DatagramDecoder<BacnetMessage> = {
  protocol: 'bacnet',
  ports: [PORT],
  remembers: true,
  recognise({ bytes, start, end, truncated }: Datagram): boolean {
    if (end - start < 4 || bytes[start] !== BVLC || bytes[start + 1]! > LAST_FUNCTION) return false
    const length = u16(bytes, start + 2)
    if (length !== end - start && !(truncated && length > end - start)) return false
    const network = networkAt(bytes, start)
    // the network layer's version is 1, and two bits of its control are always 0 (clause 6.2.2)
    if (network >= 0) return network + 2 <= end && bytes[network] === 1 && (bytes[network + 1]! & 0x50) === 0
    // management of the link: result, registration and removal of foreign devices have their sizes
    const kind = bytes[start + 1]!
    return kind === 0x00 || kind === 0x05 ? length === 6 : kind === 0x08 ? length === 10 : length >= 4
  },
  decode({ bytes, start, end, frame, fromClient, memory }: Datagram, emit: Emit<BacnetMessage>): void {
    if (end - start < 4 || bytes[start] !== BVLC) return
    const stop = Math.min(end, start + u16(bytes, start + 2))
    const network = networkAt(bytes, start)
    if (network < 0) return linkMessage(bytes[start + 1]!, frame, fromClient, emit)
    const { apdu, routed } = applicationAt(bytes, network, stop)
    if (apdu < 0 || apdu + 2 > stop) return
    // what comes from beyond a router is not the doing of who sent the packet
    if (!routed && bytes[start + 1] !== FORWARDED) readApdu(bytes, apdu, stop, frame, fromClient, memory, emit)
  },
}

/** Where the network message starts, -1 where the link's function carries none. */
function networkAt(bytes: Uint8Array, start: number): number {
  const kind = bytes[start + 1]!
  return CARRIERS.includes(kind) ? start + (kind === FORWARDED ? 10 : 4) : -1
}

/** What the link layer is asked for: of these only changes of its tables concern who may be reached. */
function linkMessage(kind: number, frame: number, fromClient: boolean, emit: Emit<BacnetMessage>): void {
  const [operation, deed] = LINK[kind] ?? []
  if (operation === undefined || deed === undefined) return
  const base = { protocol: 'bacnet', type: 'request', frame, fromClient, outcome: 'unknown', authentication: 'none' } as const
  emit({ ...base, deed, operation, service: kind, confirmed: false })
}

const LINK: Operations = {
  1: ['Write-Broadcast-Distribution-Table', 'write'],
  2: ['Read-Broadcast-Distribution-Table', 'read'],
  5: ['Register-Foreign-Device', 'write'],
  6: ['Read-Foreign-Device-Table', 'read'],
  8: ['Delete-Foreign-Device-Table-Entry', 'write'],
}

/** Over the addresses of the network header (clause 6.2); `apdu` is -1 for the network layer's own messages. */
function applicationAt(bytes: Uint8Array, network: number, end: number): { apdu: number; routed: boolean } {
  const control = network + 2 <= end ? bytes[network + 1]! : 0x80
  let at = network + 2
  if (control & 0x20) at += 3 + (at + 2 < end ? bytes[at + 2]! : end)
  if (control & 0x08) at += 3 + (at + 2 < end ? bytes[at + 2]! : end)
  if (control & 0x20) at++
  return { apdu: control & 0x80 || at >= end ? -1 : at, routed: (control & 0x08) !== 0 }
}

/** Clause 20.1: what kind it is stands in the upper half of the first byte. */
function readApdu(
  bytes: Uint8Array,
  at: number,
  end: number,
  frame: number,
  fromClient: boolean,
  memory: FlowMemory,
  emit: Emit<BacnetMessage>,
): void {
  const kind = bytes[at]! >> 4
  const segmented = (bytes[at]! & 8) !== 0
  const base = { protocol: 'bacnet', frame, fromClient, authentication: 'none' } as const
  if (kind === 1) {
    const service = bytes[at + 1]!
    if (service === I_AM) readIAm(bytes, at + 2, end, frame, fromClient, emit)
    const known = UNCONFIRMED[service]
    if (known === undefined) return
    const [operation, deed] = known
    return emit({ ...base, type: 'request', deed, operation, outcome: 'unknown', service, confirmed: false })
  }
  // a request, or its answer: simple, with a result, or an error
  const place = kind === 0 ? (segmented ? 5 : 3) : kind === 2 || kind === 5 ? 2 : kind === 3 ? (segmented ? 4 : 2) : -1
  if (place < 0 || at + place >= end) return
  // what follows the first segment of many belongs to it
  if (segmented && (kind === 0 || kind === 3) && bytes[at + place - 2] !== 0) return
  const service = bytes[at + place]!
  const invokeId = bytes[at + (kind === 0 ? 2 : 1)]!
  const named = CONFIRMED[service] ?? ([`service ${service}`, 'command'] as const)
  const fact = { ...base, service, confirmed: true, invokeId }
  const data = at + place + 1
  if (kind === 0) {
    const password = segmented ? undefined : passwordOf(bytes, data, end, service)
    const [operation, deed] = segmented ? named : (stateOf(bytes, data, end, service) ?? named)
    keep(memory, invokeId, fromClient, deed === named[1] ? undefined : [operation, deed])
    const asked = { ...fact, type: 'request', deed, operation, outcome: 'unknown' } as const
    return emit(password === undefined ? asked : { ...asked, authentication: 'used', password })
  }
  // an answer does not show whether a password came with the question
  const authentication = service === COMMUNICATION_CONTROL || service === REINITIALIZE ? 'unknown' : 'none'
  const [operation, deed] = kept(memory, invokeId, fromClient) ?? named
  emit({ ...fact, type: 'answer', deed, operation, outcome: kind === 5 ? 'refused' : 'done', authentication })
  if (kind === 3 && !segmented) readProperties(bytes, data, end, service, frame, fromClient, emit)
}

/** I-Am (clause 16.10): object identifier, longest message, segmentation, vendor. */
function readIAm(
  bytes: Uint8Array,
  at: number,
  end: number,
  frame: number,
  fromClient: boolean,
  emit: Emit<BacnetMessage>,
): void {
  const tags = new Tags(bytes, at, end)
  if (!tags.next() || !tags.is(OBJECT) || tags.length !== 4) return
  const object = u32(bytes, tags.value)
  if (!tags.next() || !tags.next() || !tags.next() || !tags.is(UNSIGNED)) return
  const vendor = tags.unsigned()
  const named = bacnetVendor(vendor)
  emit({
    protocol: 'bacnet',
    type: 'identity',
    frame,
    fromClient,
    ...(named === undefined ? {} : { vendor: named }),
    detail: { instance: String(object & 0x3fffff), 'vendor id': String(vendor) },
  })
}

type Named = readonly [operation: string, deed: Deed]

/**
 * Two services by what they are told to do, where it is not what they are there for: DeviceCommunicationControl ([1]: 0 lets a device speak
 * again), ReinitializeDevice ([0]: 2 to 6 begin and end its backup and restoration). Clauses 16.1 and 16.4.
 */
function stateOf(bytes: Uint8Array, at: number, end: number, service: number): Named | undefined {
  const wanted = service === COMMUNICATION_CONTROL ? 1 : service === REINITIALIZE ? 0 : -1
  if (wanted < 0) return undefined
  const tags = new Tags(bytes, at, end)
  while (tags.next()) {
    if (!tags.context || tags.number !== wanted) continue
    const state = tags.unsigned()
    if (service === COMMUNICATION_CONTROL) return state === 0 ? ['DeviceCommunicationControl (enable)', 'command'] : undefined
    if (state === 2 || state === 3) return ['ReinitializeDevice (backup)', 'program']
    return state >= 4 && state <= 6 ? ['ReinitializeDevice (restore)', 'program'] : undefined
  }
  return undefined
}

/** An answer names the service only: of each side's open requests for these what else they asked for, by their number. */
function keep(memory: FlowMemory, invokeId: number, fromClient: boolean, named: Named | undefined): void {
  const open = memory[NAME] as Map<number, Named> | undefined
  const key = invokeId * 2 + (fromClient ? 1 : 0)
  if (named === undefined) open?.delete(key)
  else if (open === undefined) memory[NAME] = new Map([[key, named]])
  else open.set(key, named)
}

/** What the request was for that is answered by whoever was asked. */
function kept(memory: FlowMemory, invokeId: number, fromClient: boolean): Named | undefined {
  return (memory[NAME] as Map<number, Named> | undefined)?.get(invokeId * 2 + (fromClient ? 0 : 1))
}

/** Passwords of DeviceCommunicationControl ([2]) and ReinitializeDevice ([1]): clauses 16.1 and 16.4. */
function passwordOf(bytes: Uint8Array, at: number, end: number, service: number): string | undefined {
  const wanted = service === COMMUNICATION_CONTROL ? 2 : service === REINITIALIZE ? 1 : -1
  if (wanted < 0) return undefined
  const tags = new Tags(bytes, at, end)
  while (tags.next()) if (tags.context && tags.number === wanted) return tags.characters()
  return undefined
}

/** BACnetPropertyIdentifier of what names a device. */
const PROPERTIES: Readonly<Record<number, 'vendor' | 'model' | 'firmware' | 'serial' | 'name' | 'software' | 'location'>> = {
  12: 'software',
  44: 'firmware',
  58: 'location',
  70: 'model',
  77: 'name',
  121: 'vendor',
  372: 'serial',
}

/** Results of ReadProperty (clause 15.5) and ReadPropertyMultiple (15.7), of the device object only. */
function readProperties(
  bytes: Uint8Array,
  at: number,
  end: number,
  service: number,
  frame: number,
  fromClient: boolean,
  emit: Emit<BacnetMessage>,
): void {
  if (service !== READ_PROPERTY && service !== READ_MULTIPLE) return
  // in a list of results the property has tag 2 and its value is within 4
  const shift = service === READ_MULTIPLE ? 1 : 0
  const told: Partial<Record<(typeof PROPERTIES)[number], string>> = {}
  const tags = new Tags(bytes, at, end)
  let device = false
  let property = -1
  let inside = false
  while (tags.next()) {
    if (tags.opening || tags.closing) {
      inside = tags.opening && tags.number === 3 + shift
      if (tags.closing) property = tags.number === 3 + shift ? -1 : property
    } else if (!inside && tags.context && tags.number === 0 && tags.length === 4)
      device = u32(bytes, tags.value) >>> 22 === DEVICE
    else if (!inside && tags.context && tags.number === 1 + shift) property = tags.unsigned()
    else if (inside && device && tags.is(CHARACTERS)) {
      const name = PROPERTIES[property]
      if (name !== undefined) told[name] ??= tags.characters()
    }
  }
  const { vendor, model, firmware, serial, name, software, location } = told
  if (Object.keys(told).length === 0) return
  const detail = { ...(software === undefined ? {} : { software }), ...(location === undefined ? {} : { location }) }
  const known = { vendor, model, firmware, serial, name }
  const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined))
  emit({ protocol: 'bacnet', type: 'identity', frame, fromClient, ...given, detail })
}

/** Application tags (clause 20.2.1.4). */
const UNSIGNED = 2
const CHARACTERS = 7
const OBJECT = 12

/** A cursor over tagged values (clause 20.2), brackets included; it stops at the first that does not fit. */
class Tags {
  number = 0
  context = false
  opening = false
  closing = false
  value = 0
  length = 0
  private left = MAX_TAGS
  private readonly bytes: Uint8Array
  private at: number
  private readonly end: number

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  next(): boolean {
    const { bytes, end } = this
    if (this.at >= end || this.left-- <= 0) return false
    const first = bytes[this.at++]!
    this.number = first >> 4
    this.context = (first & 8) !== 0
    if (this.number === 15) this.number = this.at < end ? bytes[this.at++]! : 255
    const size = first & 7
    this.opening = this.context && size === 6
    this.closing = this.context && size === 7
    this.length = this.opening || this.closing ? 0 : size
    if (size === 5) {
      if (this.at >= end) return false
      this.length = bytes[this.at++]!
      if (this.length >= 254) {
        const wide = this.length === 255 ? 4 : 2
        if (this.at + wide > end) return false
        this.length = wide === 4 ? u32(bytes, this.at) : u16(bytes, this.at)
        this.at += wide
      }
    }
    // a Boolean's value is in its tag
    if (!this.context && this.number === 1) this.length = 0
    this.value = this.at
    this.at += this.length
    return this.at <= end
  }

  /** Is it a value of this application tag? */
  is(number: number): boolean {
    return !this.context && this.number === number
  }

  unsigned(): number {
    let value = 0
    for (let i = 0; i < Math.min(this.length, 4); i++) value = value * 256 + this.bytes[this.value + i]!
    return value
  }

  /** Text, whose first byte says in which set: 0 is UTF-8 (once ASCII). */
  characters(): string | undefined {
    if (this.length < 1 || this.bytes[this.value] !== 0) return undefined
    return text(this.bytes, this.value + 1, this.value + this.length, 128)
  }
}
