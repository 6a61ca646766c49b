import type { MessageBase, StreamDecoder } from '../message.ts'
import { u32le } from '../numbers.ts'
import type { StreamPrefix } from '../stream.ts'
import { text } from '../text.ts'

/** CNXN: who a side is. From the server it means that the client was let in. */
interface AdbConnect extends MessageBase {
  readonly protocol: 'adb'
  readonly type: 'connect'
  /** 'device', 'host', 'recovery'… */
  readonly system: string
  readonly product?: string
  readonly model?: string
  readonly device?: string
}

/** What the server demanded before it let the client in, as far as the conversation shows. */
interface AdbAccess extends MessageBase {
  readonly protocol: 'adb'
  readonly type: 'access'
  /** 'none': it answered with its CNXN at once; 'key': it asked for a signature (AUTH); 'tls': for STLS. */
  readonly demands: 'none' | 'key' | 'tls'
  /** Its own CNXN came. */
  readonly granted: boolean
}

/** A service that a side opened: "shell:", "sync:". */
interface AdbOpen extends MessageBase {
  readonly protocol: 'adb'
  readonly type: 'open'
  readonly service: string
}

export type AdbMessage = AdbConnect | AdbAccess | AdbOpen

const HEADER = 24
const MAX_MESSAGES = 64
const MAX_BANNER = 1024
/** A shell's command stands in its name. */
const MAX_SERVICE = 1024

const CNXN = 0x4e584e43
const AUTH = 0x48545541
const STLS = 0x534c5453
const OPEN = 0x4e45504f

/** Android Debug Bridge (AOSP, packages/modules/adb/protocol.txt): six little-endian words, the last the first's complement. */
export const adb: StreamDecoder<AdbMessage> = {
  protocol: 'adb',

  recognise({ client, server }) {
    if (client.length > 0) return commandAt(client, 0) === CNXN
    const answer = commandAt(server, 0)
    return answer === CNXN || answer === AUTH || answer === STLS
  },

  decode({ client, server }, emit) {
    let demands: AdbAccess['demands'] = 'none'
    let granted = false
    let first = -1
    each(server, (command, at) => {
      if (first < 0) first = at
      if (command === AUTH && demands === 'none' && !granted) demands = 'key'
      if (command === STLS) demands = 'tls'
      if (command === CNXN) granted = true
    })
    for (const fromClient of [true, false]) {
      const stream = fromClient ? client : server
      each(stream, (command, at, end) => {
        const frame = stream.frameAt(at)
        // a string, which a NUL ends
        const nul = stream.bytes.subarray(at + HEADER, end).indexOf(0)
        const stop = nul < 0 ? end : at + HEADER + nul
        if (command === CNXN) emit(readBanner(text(stream.bytes, at + HEADER, stop, MAX_BANNER), frame, fromClient))
        else if (command === OPEN)
          emit({
            protocol: 'adb',
            type: 'open',
            frame,
            fromClient,
            service: text(stream.bytes, at + HEADER, stop, MAX_SERVICE),
          })
      })
    }
    if (first >= 0) emit({ protocol: 'adb', type: 'access', frame: server.frameAt(first), fromClient: false, demands, granted })
  },
}

function commandAt({ bytes, length }: StreamPrefix, at: number): number {
  if (at + HEADER > length) return 0
  const command = u32le(bytes, at)
  return (command ^ u32le(bytes, at + 20)) >>> 0 === 0xffffffff ? command : 0
}

function each(stream: StreamPrefix, visit: (command: number, at: number, end: number) => void): void {
  for (let at = 0, count = 0; count < MAX_MESSAGES; count++) {
    const command = commandAt(stream, at)
    if (command === 0) return
    const stop = at + HEADER + u32le(stream.bytes, at + 12)
    visit(command, at, Math.min(stop, stream.length))
    // what follows STLS is TLS
    if (command === STLS) return
    at = stop
  }
}

/** "device::ro.product.name=…;ro.product.model=…;": system type, serial (unused), properties. */
function readBanner(banner: string, frame: number, fromClient: boolean): AdbConnect {
  const properties = banner.slice(banner.lastIndexOf('::') + 2).split(';')
  const property = (name: string) => properties.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1)
  return {
    protocol: 'adb',
    type: 'connect',
    frame,
    fromClient,
    system: banner.split(':', 1)[0]!.slice(0, 32),
    product: property('ro.product.name')?.slice(0, 128),
    model: property('ro.product.model')?.slice(0, 128),
    device: property('ro.product.device')?.slice(0, 128),
  }
}
