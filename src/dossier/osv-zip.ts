import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import { Unreadable } from './sbom-json.ts'

/** Bytes of a central directory: osv.dev's largest archive has 30 MB of it. */
const MAX_DIRECTORY = 512e6

/**
 * The files of a ZIP archive, one at a time: stored or deflated, with the 64-bit extensions that archives of more than 65,535 files need
 * (PKWARE APPNOTE.TXT 6.3, section 4.3). Checksums are not looked at: what is broken is no JSON. Throws Unreadable for what is no archive
 * and for files of more than `max` bytes.
 */
export function* zipEntries(path: string, max: number): Generator<{ name: string; bytes: Uint8Array }> {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const read = (at: number, length: number): Buffer => {
      // also offsets of 64 bits that no file has
      if (!Number.isSafeInteger(at) || at < 0 || at + length > size) throw new Unreadable('the archive is cut short')
      const bytes = Buffer.alloc(length)
      if (readSync(file, bytes, 0, length, at) !== length) throw new Unreadable('the archive is cut short')
      return bytes
    }
    const { at, length } = directoryOf(size, read)
    if (length > MAX_DIRECTORY) throw new Unreadable('the archive has too many files')
    const directory = read(at, length)
    for (let place = 0; place + 46 <= length && directory.readUInt32LE(place) === 0x02014b50;) {
      const nameLength = directory.readUInt16LE(place + 28)
      const extraLength = directory.readUInt16LE(place + 30)
      const next = place + 46 + nameLength + extraLength + directory.readUInt16LE(place + 32)
      if (next > length) throw new Unreadable('the directory of the archive is broken')
      const name = directory.toString('utf8', place + 46, place + 46 + nameLength)
      const method = directory.readUInt16LE(place + 10)
      const wide = widened(directory, place, place + 46 + nameLength, extraLength)
      place = next
      if (name.endsWith('/')) continue
      if (wide.packed > max || wide.size > max) throw new Unreadable(`a file in it has more than ${max} bytes`)
      const local = read(wide.offset, 30)
      if (local.readUInt32LE(0) !== 0x04034b50) throw new Unreadable('the directory of the archive is broken')
      const packed = read(wide.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28), wide.packed)
      yield { name, bytes: unpacked(packed, method, max) }
    }
  } finally {
    closeSync(file)
  }
}

function unpacked(packed: Buffer, method: number, max: number): Uint8Array {
  if (method === 0) return packed
  if (method !== 8) throw new Unreadable(`a file in it is packed by method ${method}; deflate is read`)
  try {
    return inflateRawSync(packed, { maxOutputLength: max })
  } catch {
    throw new Unreadable('a file in it cannot be unpacked')
  }
}

/** Where the central directory lies: the end record is looked for from the end, behind a comment of up to 65,535 bytes. */
function directoryOf(size: number, read: (at: number, length: number) => Buffer): { at: number; length: number } {
  const from = Math.max(0, size - 22 - 65_535)
  const tail = read(from, size - from)
  for (let i = tail.length - 22; i >= 0; i--) {
    if (tail.readUInt32LE(i) !== 0x06054b50) continue
    const [length, at] = [tail.readUInt32LE(i + 12), tail.readUInt32LE(i + 16)]
    if (at !== 0xffffffff && length !== 0xffffffff && tail.readUInt16LE(i + 10) !== 0xffff) return { at, length }
    // the 64-bit end record, which its locator before this one leads to
    const locator = from + i - 20
    if (locator < 0) return { at, length }
    const found = read(locator, 20)
    if (found.readUInt32LE(0) !== 0x07064b50) return { at, length }
    const end = read(Number(found.readBigUInt64LE(8)), 56)
    return { length: Number(end.readBigUInt64LE(40)), at: Number(end.readBigUInt64LE(48)) }
  }
  throw new Unreadable('it is no ZIP archive')
}

/** Sizes and offset of an entry; 0xffffffff stands for one in the extra field 0x0001. */
function widened(
  directory: Buffer,
  entry: number,
  extra: number,
  extraLength: number,
): { packed: number; size: number; offset: number } {
  const found = {
    size: directory.readUInt32LE(entry + 24),
    packed: directory.readUInt32LE(entry + 20),
    offset: directory.readUInt32LE(entry + 42),
  }
  for (let at = extra; at + 4 <= extra + extraLength;) {
    const length = directory.readUInt16LE(at + 2)
    if (directory.readUInt16LE(at) === 1) {
      let place = at + 4
      for (const what of ['size', 'packed', 'offset'] as const) {
        if (found[what] !== 0xffffffff || place + 8 > at + 4 + length) continue
        found[what] = Number(directory.readBigUInt64LE(place))
        place += 8
      }
    }
    at += 4 + length
  }
  return found
}
