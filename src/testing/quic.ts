import { createCipheriv } from 'node:crypto'
import type { initialKeys } from '../decode/protocols/quic.ts'

/** What one side protects its packets with. */
export type QuicKeys = ReturnType<typeof initialKeys>['client']

/** Encrypts and protects a packet whose header ends in `size` bytes of packet number (RFC 9001 sections 5.3 and 5.4). */
export function seal(header: Uint8Array, size: number, payload: Uint8Array, keys: QuicKeys): Uint8Array {
  const at = header.length - size
  const nonce = Uint8Array.from(keys.iv)
  for (let i = 0; i < size; i++) nonce[12 - size + i]! ^= header[at + i]!
  const cipher = createCipheriv('aes-128-gcm', keys.key, nonce)
  cipher.setAAD(header)
  const packet = Uint8Array.from(Buffer.concat([header, cipher.update(payload), cipher.final(), cipher.getAuthTag()]))
  const mask = createCipheriv('aes-128-ecb', keys.hp, null).update(packet.subarray(at + 4, at + 20))
  packet[0]! ^= mask[0]! & 0x0f
  for (let i = 0; i < size; i++) packet[at + i]! ^= mask[1 + i]!
  return packet
}
