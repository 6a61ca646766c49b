import type { MessageBase } from '../message.ts'

/**
 * What a request of a protocol for machines and buildings does to whom it is sent: it looks for things, reads, changes a value,
 * gives a command (switch, move, start), halts or restarts, or carries programs and files.
 */
export type Deed = 'find' | 'read' | 'write' | 'command' | 'stop' | 'program'

/** One name and one deed for every operation of a protocol. */
export type Operations = Readonly<Record<number, readonly [operation: string, deed: Deed]>>

/** A request with what became of it where that is known, or an answer, whose request may not have been seen. */
export interface ControlRequest<P extends string> extends MessageBase {
  readonly protocol: P
  readonly type: 'request' | 'answer'
  readonly deed: Deed
  /** By the protocol's own standard: "Write Single Coil". */
  readonly operation: string
  readonly outcome: 'done' | 'refused' | 'unknown'
  /** Whether the asker had to show who it is; 'unknown' where that was not seen. */
  readonly authentication: 'none' | 'used' | 'unknown'
}

/** What the sender says it is. */
export interface ControlIdentity<P extends string> extends MessageBase {
  readonly protocol: P
  readonly type: 'identity'
  readonly vendor?: string
  readonly model?: string
  readonly firmware?: string
  /** Never to be stored unmasked. */
  readonly serial?: string
  readonly name?: string
  /** Whatever else it tells of itself. */
  readonly detail?: Readonly<Record<string, string>>
}

export type ControlMessage<P extends string> = ControlRequest<P> | ControlIdentity<P>
