import type { Packet } from '../decode/packet.ts'
import type { CaptureResult, Progress } from './capture.ts'
import { digest } from './digest.ts'
import { CaptureError } from './error.ts'
import { compressionOf, Inflate, salvage, type Compression } from './inflate.ts'
import { CaptureReader } from './reader.ts'
import { type LiveInput, openLive } from './live.ts'
import { openSource, plain, type Chunk, type Source } from './source.ts'

export { CaptureError } from './error.ts'

/** Milliseconds. */
const PROGRESS_INTERVAL = 100

/**
 * Reads one capture, a file's or a live one: for each packet the capture's fields of `packet` are filled and `onPacket` is called, synchronously. Damage
 * within the capture ends it and is part of the result; only what is no capture at all is thrown, as CaptureError.
 */
export async function readCapture(
  input: string | LiveInput,
  capture: number,
  packet: Packet,
  onPacket: () => void,
  onProgress?: (progress: Progress) => void,
): Promise<CaptureResult> {
  packet.capture = capture
  const reader = new CaptureReader(packet, onPacket)
  const [path, source] = typeof input === 'string' ? [input, await openSource(input)] : [input.interface, await openLive(input)]
  const sum = digest(source.fd, source.size ?? 0)
  try {
    const compression = await pump(path, source, reader, onProgress, sum)
    const tally = reader.tally
    const told = await source.result?.()
    const dropped = told?.dropped ?? reader.format!.dropped()
    const result: CaptureResult = {
      path: told?.live.kept === true ? (input as LiveInput).write! : path,
      sha256: await sum.result(),
      format: reader.format!.name + (compression === undefined ? '' : `+${compression}`),
      packets: tally.packets,
      bytes: tally.bytes,
      linkTypes: tally.linkTypes,
    }
    if (tally.last >= tally.first) {
      result.first = tally.first
      result.last = tally.last
    }
    if (reader.damaged !== undefined) result.damaged = reader.damaged
    if (dropped !== undefined) result.dropped = dropped
    if (told !== undefined) result.live = told.live
    return result
  } finally {
    await sum.cancel()
    await source.close()
  }
}

/** Bytes from the source, decompressed where they need be, into the reader, until it or they are done. */
export async function pump(
  path: string,
  source: Source,
  reader: CaptureReader,
  onProgress?: (progress: Progress) => void,
  sum?: { inline: boolean; update(chunk: Chunk): void },
): Promise<Compression | undefined> {
  let inflate: Inflate | undefined
  let bytes = 0
  let reported = performance.now()
  const report = () =>
    onProgress?.({
      path,
      bytes,
      ...(source.size === undefined ? {} : { total: source.size }),
      packets: reader.tally.packets,
      ...source.progress?.(),
    })
  // time goes by on a quiet network, too
  const clock = onProgress && source.progress && setInterval(report, PROGRESS_INTERVAL)
  const next = async (): Promise<Chunk | undefined> => {
    try {
      const chunk = await source.next()
      if (chunk !== undefined) {
        bytes += chunk.length
        sum?.update(chunk)
      }
      return chunk
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (error instanceof CaptureError) {
        if (bytes === 0) throw error
        reader.fail(why)
        return undefined
      }
      if (bytes === 0) throw new CaptureError('unreadable', `${path} cannot be read: ${why}.`)
      reader.fail(`the file cannot be read on (${why})`)
      return undefined
    }
  }
  try {
    const head = await beginning(next)
    if (head === undefined) throw new CaptureError('not-a-capture', `${name(path)} is empty: there is nothing to audit.`)
    const compression = compressionOf(head.view, head.length)
    const magic = hexOf(head)
    const feed = (piece: Chunk) => reader.feed(piece.bytes, piece.view, piece.length)
    if (compression !== undefined) inflate = new Inflate(compression, feed)
    for (let chunk: Chunk | undefined = head; chunk !== undefined; chunk = await next()) {
      if (reader.done) {
        // a file's digest covers all of it; a pipe is left to its writer
        if (source.size === undefined || sum?.inline !== true) break
      } else if (inflate === undefined) feed(chunk)
      else {
        await inflate.write(chunk.bytes.subarray(0, chunk.length))
        if (inflate.broken !== '') {
          if (source.fd !== undefined) await salvage(compression!, source.fd, source.size!, inflate, feed)
          reader.fail(inflate.broken)
        }
      }
      if (onProgress !== undefined && performance.now() - reported >= PROGRESS_INTERVAL) {
        reported = performance.now()
        report()
      }
    }
    if (inflate !== undefined && !reader.done) {
      await inflate.end()
      if (inflate.broken !== '') reader.fail(inflate.broken)
    }
    reader.end()
    if (reader.foreign && inflate !== undefined && inflate.broken !== '') {
      throw new CaptureError(
        'unreadable',
        `${name(path)} cannot be read: ${inflate.broken}, before its first packet. Fetch or copy it again.`,
      )
    }
    if (reader.foreign) throw notCapture(path, magic, compression)
    report()
    return compression
  } finally {
    clearInterval(clock)
    inflate?.close()
  }
}

/** The first chunk, of at least four bytes where there are as many (a pipe may give fewer at a time). */
async function beginning(next: () => Promise<Chunk | undefined>): Promise<Chunk | undefined> {
  let head = await next()
  while (head !== undefined && head.length < 4) {
    const kept = head.bytes.slice(0, head.length)
    const more = await next()
    if (more === undefined) break
    head = plain(Buffer.concat([kept, more.bytes.subarray(0, more.length)]))
  }
  return head
}

function name(path: string): string {
  return path === '-' ? 'Standard input' : path
}

function hexOf(head: Chunk): string {
  return Buffer.from(head.bytes.subarray(0, Math.min(4, head.length))).toString('hex')
}

/** Beginnings of files that people take for captures. */
const OTHERS: Record<string, string> = {
  '504b0304': ', which is a zip archive: unpack it first',
  fd377a58: ', which is an xz file: unpack it first',
  '425a6839': ', which is a bzip2 file: unpack it first',
  '736e6f6f': ', which is a snoop capture: convert it with "editcap -F pcapng"',
  '58435000': ', which is a Sniffer capture: convert it with "editcap -F pcapng"',
}

function notCapture(path: string, magic: string, compression: Compression | undefined): CaptureError {
  const seen =
    compression === undefined
      ? ` (it begins with ${magic}${OTHERS[magic] ?? ''})`
      : ` (a ${compression} file, but what is in it is no capture)`
  return new CaptureError(
    'not-a-capture',
    `${name(path)} is not a capture${seen}. Assay reads pcap and pcapng, plain or compressed with gzip or zstd.`,
  )
}
