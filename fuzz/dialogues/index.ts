import type { Turn } from '../../src/testing/dialogue-capture.ts'
import type { Said } from '../conversations.ts'
import { adb, amqp, kasa, mqtt, openvpn } from './brokers.ts'
import { finds } from './finds.ts'
import * as lines from './lines.ts'
import { resealed } from '../../src/testing/dnp3.ts'
import { dnp3, enip, knxip, modbus, opcua, s7 } from './machines.ts'

const made: Readonly<Record<string, readonly (readonly Turn[])[]>> = {
  ...lines,
  adb,
  amqp,
  kasa,
  mqtt,
  openvpn,
  dnp3,
  enip,
  knxip,
  modbus,
  opcua,
  s7,
}

/** The conversations that were made of a protocol. */
export const dialoguesOf = (protocol: string): Said[][] => inBytes(made[protocol]!)

/** Those that once showed a fault of ours. */
export const findsOf = (protocol: string): Said[][] => inBytes(finds[protocol] ?? [])

function inBytes(dialogues: readonly (readonly Turn[])[]): Said[][] {
  return dialogues.map((turns) =>
    turns.map(([side, said]): Said => [side, typeof said === 'string' ? Uint8Array.from(Buffer.from(said, 'latin1')) : said]),
  )
}

/** What must be set right in a protocol's changed bytes so that they are not refused at once. */
export const repairs: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = { dnp3: resealed }
