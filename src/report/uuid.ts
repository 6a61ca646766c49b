import { createHash } from 'node:crypto'

/** Our own space of names, so that the same thing has the same UUID in every export. A random UUID, made once. */
const SPACE = '6f1c1f0e-5c7b-4f0f-9a3d-2f8e7b6a5d41'

/** UUID version 5 of a name in our space. */
export function uuid(...name: readonly string[]): string {
  return uuid5(SPACE, name.join('\n'))
}

/** RFC 9562, section 5.5. */
export function uuid5(space: string, name: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(space.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
