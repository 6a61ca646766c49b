import { u16le } from '../numbers.ts'
import type { Deed, Operations } from './control.ts'

/** What a request by CIP asks for. */
export interface CipAsked {
  readonly service: number
  readonly operation: string
  readonly deed: Deed
  /** Which it is of several that came as one; -1 where it came alone. */
  readonly part: number
}

/** Services that come packed in one, at most; and requests within requests that are looked into. */
const MAX_PACKED = 64
const MAX_DEPTH = 3

const MULTIPLE = 0x0a
const UNCONNECTED_SEND = 0x52
const PCCC = 0x4b
/** Classes: of messages, of connections, and of PCCC. */
const MANAGER_CLASS = 0x06
const PCCC_CLASS = 0x67
/** General status: a part of what was asked, the rest follows; one at least of several services failed (volume 1, appendix B-1). */
const PARTIAL = 0x06
const EMBEDDED = 0x1e

/** Services of CIP (volume 1, appendix A), and of the classes that controllers have. */
const SERVICES: Operations = {
  0x01: ['Get_Attributes_All', 'read'],
  0x02: ['Set_Attributes_All', 'write'],
  0x03: ['Get_Attribute_List', 'read'],
  0x04: ['Set_Attribute_List', 'write'],
  0x05: ['Reset', 'stop'],
  0x06: ['Start', 'command'],
  0x07: ['Stop', 'stop'],
  0x08: ['Create', 'write'],
  0x09: ['Delete', 'write'],
  0x0d: ['Apply_Attributes', 'write'],
  0x0e: ['Get_Attribute_Single', 'read'],
  0x10: ['Set_Attribute_Single', 'write'],
  0x11: ['Find_Next_Object_Instance', 'read'],
  0x15: ['Restore', 'program'],
  0x16: ['Save', 'write'],
  0x17: ['No_Operation', 'read'],
  0x18: ['Get_Member', 'read'],
  0x19: ['Set_Member', 'write'],
  0x1a: ['Insert_Member', 'write'],
  0x1b: ['Remove_Member', 'write'],
  0x4b: ['Execute PCCC', 'command'],
  0x4c: ['Read Tag', 'read'],
  0x4d: ['Write Tag', 'write'],
  0x53: ['Write Tag Fragmented', 'write'],
  0x54: ['Forward_Open', 'read'],
  0x55: ['Get Instance Attribute List', 'read'],
  0x5b: ['Large_Forward_Open', 'read'],
}
/** Two services have another meaning at the connection manager than at tags. */
const MANAGER: Operations = { 0x4e: ['Forward_Close', 'read'], 0x52: ['Unconnected_Send', 'read'] }
const TAGS: Operations = { 0x4e: ['Read Modify Write Tag', 'write'], 0x52: ['Read Tag Fragmented', 'read'] }

/** All that the request at `cip` asks for: one thing, or what is packed in a Multiple_Service_Packet. Nothing for an answer. */
export function askedBy(bytes: Uint8Array, cip: number, end: number): CipAsked[] {
  const asked: CipAsked[] = []
  gather(bytes, cip, end, -1, MAX_DEPTH, asked)
  return asked
}

function gather(bytes: Uint8Array, cip: number, end: number, part: number, depth: number, asked: CipAsked[]): void {
  if (cip + 2 > end || depth < 0) return
  const service = bytes[cip]!
  const data = cip + 2 + 2 * bytes[cip + 1]!
  if (service === UNCONNECTED_SEND && isOfClass(bytes, cip, end, MANAGER_CLASS) && data + 4 <= end) {
    // another request within, for whom it is to be handed to: priority, ticks, length (volume 1, section 3-5.5.4)
    const size = u16le(bytes, data + 2)
    if (size >= 2 && data + 4 + size <= end) return gather(bytes, data + 4, data + 4 + size, part, depth - 1, asked)
  }
  if (service === MULTIPLE) {
    // how many there are, and where each begins, counted from that number on (appendix)
    if (data + 2 > end) return
    const count = u16le(bytes, data)
    const list = data + 2
    for (let i = 0; i < Math.min(count, MAX_PACKED) && list + 2 * i + 2 <= end && asked.length < MAX_PACKED; i++) {
      const at = data + u16le(bytes, list + 2 * i)
      if (at >= list + 2 * count) gather(bytes, at, end, part < 0 ? i : part, depth - 1, asked)
    }
    return
  }
  if (service >= 0x80) return
  const [operation, deed] =
    service === PCCC && isOfClass(bytes, cip, end, PCCC_CLASS)
      ? pcccOf(bytes, data, end)
      : (SERVICES[service] ??
        (isOfClass(bytes, cip, end, MANAGER_CLASS) ? MANAGER : TAGS)[service] ?? [`service ${service}`, 'command' as const])
  asked.push({ service, operation, deed, part })
}

/** The path's first segment is a class of eight bits. */
function isOfClass(bytes: Uint8Array, cip: number, end: number, number: number): boolean {
  return cip + 4 <= end && bytes[cip + 1]! >= 1 && bytes[cip + 2] === 0x20 && bytes[cip + 3] === number
}

/** Status of the answer at `cip` to that part of a request (-1: the whole of it); -1 where it is not there. */
export function statusBy(bytes: Uint8Array, cip: number, end: number, part: number): number {
  // an answer says so by the upper bit of its service
  if (cip + 4 > end || bytes[cip]! < 0x80) return -1
  const status = bytes[cip + 2]!
  const data = cip + 4 + 2 * bytes[cip + 3]!
  if (part < 0) {
    // PCCC has a status of its own: requestor, command, status
    const inner = data + (data < end ? bytes[data]! : 0) + 1
    return status === 0 && bytes[cip] === (PCCC | 0x80) && inner < end ? bytes[inner]! : status
  }
  if (status !== 0 && status !== EMBEDDED) return status
  if (bytes[cip] !== (MULTIPLE | 0x80) || data + 4 + 2 * part > end || part >= u16le(bytes, data)) return -1
  const at = data + u16le(bytes, data + 2 + 2 * part)
  return at + 3 <= end && bytes[at]! >= 0x80 ? bytes[at + 2]! : -1
}

export function isDone(status: number): boolean {
  return status === 0 || status === PARTIAL
}

/** Commands of PCCC that need no function (Rockwell publication 1770-6.5.16, chapter 7). */
const COMMANDS: Operations = {
  0x00: ['PCCC protected write', 'write'],
  0x01: ['PCCC unprotected read', 'read'],
  0x02: ['PCCC protected bit write', 'write'],
  0x05: ['PCCC unprotected bit write', 'write'],
  0x08: ['PCCC unprotected write', 'write'],
}
/** Command << 8 | function. What is not here may be anything, and is a command. */
const FUNCTIONS: Operations = {
  0x0600: ['PCCC echo', 'read'],
  0x0601: ['PCCC read diagnostic counters', 'read'],
  0x0603: ['PCCC diagnostic status', 'read'],
  0x0609: ['PCCC read link parameters', 'read'],
  0x0700: ['PCCC disable outputs', 'stop'],
  0x0704: ['PCCC enter download mode', 'program'],
  0x0706: ['PCCC enter upload mode', 'program'],
  0x0f00: ['PCCC word range write', 'write'],
  0x0f01: ['PCCC word range read', 'read'],
  0x0f02: ['PCCC bit write', 'write'],
  0x0f03: ['PCCC file write', 'write'],
  0x0f04: ['PCCC file read', 'read'],
  0x0f05: ['PCCC download request', 'program'],
  0x0f06: ['PCCC upload', 'program'],
  0x0f07: ['PCCC shutdown', 'stop'],
  0x0f08: ['PCCC physical write', 'write'],
  0x0f09: ['PCCC physical read', 'read'],
  0x0f0a: ['PCCC restart request', 'stop'],
  0x0f17: ['PCCC read bytes physical', 'read'],
  0x0f18: ['PCCC write bytes physical', 'write'],
  0x0f26: ['PCCC read-modify-write', 'write'],
  0x0f29: ['PCCC read section size', 'read'],
  0x0f50: ['PCCC download all request', 'program'],
  0x0f52: ['PCCC download completed', 'program'],
  0x0f53: ['PCCC upload all request', 'program'],
  0x0f55: ['PCCC upload completed', 'program'],
  0x0f57: ['PCCC initialize memory', 'program'],
  0x0f67: ['PCCC typed write', 'write'],
  0x0f68: ['PCCC typed read', 'read'],
  0x0f79: ['PCCC read-modify-write N', 'write'],
  0x0fa1: ['PCCC protected typed logical read', 'read'],
  0x0fa2: ['PCCC protected typed logical read', 'read'],
  0x0fa7: ['PCCC protected typed file read', 'read'],
  0x0fa9: ['PCCC protected typed logical write', 'write'],
  0x0faa: ['PCCC protected typed logical write', 'write'],
  0x0fab: ['PCCC protected typed logical masked write', 'write'],
  0x0faf: ['PCCC protected typed file write', 'write'],
}
const CHANGE_MODE = 0x0f80
const PROGRAM_MODE = 1

/** Behind the length and identifier of who asks: command, status, transaction, function. */
function pcccOf(bytes: Uint8Array, data: number, end: number): readonly [string, Deed] {
  const at = data < end ? data + bytes[data]! : end
  if (at >= end) return ['Execute PCCC', 'command']
  const command = bytes[at]! & 15
  const code = at + 4 < end ? (command << 8) | bytes[at + 4]! : -1
  // from running to programming: it halts
  if (code === CHANGE_MODE) return ['PCCC change mode', at + 5 < end && bytes[at + 5] === PROGRAM_MODE ? 'stop' : 'command']
  return COMMANDS[command] ?? FUNCTIONS[code] ?? [`PCCC ${command}/${code & 255}`, 'command']
}
