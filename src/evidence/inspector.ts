import type { MessageBase } from '../decode/message.ts'
import type { Conversation, Datagram } from '../decode/stream.ts'
import type { Context } from './context.ts'

/** What an inspector may know and do beside what observers may. */
export interface InspectorContext extends Context {
  /** Row and number of the flow, which stay while it lives: what is kept of a flow is known by both. */
  readonly row: number
  readonly flow: number
  /** What was just said means more than its signs count: it is to be shown again when it comes again word for word. */
  refuse(): void
}

/**
 * Looks at bytes: at conversations and first datagrams, whether a decoder reads them or not. Called in the bookkeeper, after what was
 * decoded; what is passed is valid during the call only.
 */
export interface Inspector {
  /** A message that was read, before the conversation or datagram that it is in. */
  message(message: MessageBase): void
  /** `protocol`: '' where no decoder knows it. */
  conversation(conversation: Conversation, protocol: string, context: InspectorContext): void
  datagram(datagram: Datagram, protocol: string, context: InspectorContext): void
}
