import type { Random } from '../random.ts'
import { be32, type Bytes, joined } from './frames.ts'
import { bytes, type Turn } from './scene.ts'

/* SSH as the eye sees it: banners, key exchange in clear, then records of random bytes (RFC 4253). */

const string = (s: string | Bytes): Bytes => joined(be32(s.length), s)

/** Section 6: length, padding, message. */
function record(chance: Random, payload: Bytes): Bytes {
  const padding = 4 + ((8 - ((5 + payload.length + 4) % 8)) % 8)
  return joined(be32(1 + payload.length + padding), [padding], payload, bytes(chance, padding))
}

const LISTS = [
  'curve25519-sha256',
  'ssh-ed25519',
  'aes128-ctr,aes256-ctr',
  'aes128-ctr,aes256-ctr',
  'hmac-sha2-256',
  'hmac-sha2-256',
  'none',
  'none',
  '',
  '',
]
const init = (chance: Random): Bytes => record(chance, joined([20], bytes(chance, 16), ...LISTS.map(string), [0, 0, 0, 0, 0]))

/** From the banners to the first encrypted record. */
export function sshBegins(chance: Random, client: string, server: string): Turn[] {
  const key = joined(string('ssh-ed25519'), string(bytes(chance, 32)))
  const signature = joined(string('ssh-ed25519'), string(bytes(chance, 64)))
  const reply = record(chance, joined([31], string(key), string(bytes(chance, 32)), string(signature)))
  return [
    { by: 'server', says: `SSH-2.0-${server}\r\n` },
    { by: 'client', says: `SSH-2.0-${client}\r\n` },
    { by: 'server', says: init(chance) },
    { by: 'client', says: init(chance) },
    { by: 'client', says: record(chance, joined([30], string(bytes(chance, 32)))) },
    { by: 'server', says: joined(reply, record(chance, Uint8Array.of(21))) },
    { by: 'client', says: record(chance, Uint8Array.of(21)) },
    // service request and its answer
    { by: 'client', says: bytes(chance, 64) },
    { by: 'server', says: bytes(chance, 64) },
  ]
}

/** A password, and the server's no (after its second of thought) or yes. */
export const sshTry = (chance: Random, right: boolean): Turn[] => [
  { by: 'client', says: bytes(chance, 96) },
  { by: 'server', says: bytes(chance, right ? 48 : 80), after: right ? 0.1 : 2 },
]

/** Keystrokes and what they show. */
export const sshTyped = (chance: Random, keys: number): Turn[] =>
  Array.from({ length: keys }, (): Turn[] => [
    { by: 'client', says: bytes(chance, 52), after: 0.1 + chance.below(400) / 1000 },
    { by: 'server', says: bytes(chance, 52 + 16 * chance.below(20)) },
  ]).flat()
