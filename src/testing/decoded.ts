import type { DatagramDecoder, MessageBase, StreamDecoder } from '../decode/message.ts'
import { conversations, datagrams } from './conversations.ts'
import { dialogueCapture } from './dialogue-capture.ts'
import type { Turn } from './dialogue-capture.ts'

/** Messages of every TCP conversation of a capture that the decoder recognises. */
export async function decodeStreams<M extends MessageBase>(path: string, decoder: StreamDecoder<M>): Promise<M[]> {
  const messages: M[] = []
  for (const conversation of await conversations(path)) {
    if (decoder.recognise(conversation)) decoder.decode(conversation, (message) => messages.push(message))
  }
  return messages
}

/** Messages of every datagram of a capture that the decoder recognises, each flow with its direction and memory. */
export async function decodeFlows<M extends MessageBase>(path: string, decoder: DatagramDecoder<M>): Promise<M[]> {
  const messages: M[] = []
  await datagrams(path, (datagram) => {
    if (decoder.recognise(datagram)) decoder.decode(datagram, (message) => messages.push(message))
  })
  return messages
}

/** Messages of a dialogue made by hand. */
export async function decodeTurns<M extends MessageBase>(
  turns: readonly Turn[],
  port: number,
  decoder: StreamDecoder<M>,
): Promise<M[]> {
  return decodeStreams(dialogueCapture(turns, port), decoder)
}

/** Messages of one type, in order. */
export function ofType<M extends MessageBase & { readonly type: string }, T extends M['type']>(
  messages: readonly M[],
  type: T,
): Extract<M, { readonly type: T }>[] {
  return messages.filter((message): message is Extract<M, { readonly type: T }> => message.type === type)
}
