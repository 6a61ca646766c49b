import type { DatagramDecoder, MessageBase, StreamDecoder } from '../message.ts'
import { http } from './http.ts'
import type { HttpExchange } from './http.ts'

/** Every TCP decoder, in order of trial: the strictest recognisers first. */
export const streamDecoders: readonly StreamDecoder[] = [
  http,
]

/** Every UDP decoder, in order of trial. */
export const datagramDecoders: readonly DatagramDecoder[] = []

/** Everything a decoder may say. */
export type Message = MessageBase | HttpExchange
