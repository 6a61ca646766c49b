import { createSocket, type RemoteInfo } from 'node:dgram'
import { createServer, type AddressInfo } from 'node:net'

/** Parts of DNS messages, made by hand: for servers that do what no good one does. */
export interface Answer {
  rcode?: number
  cut?: boolean
  /** Instead of the ones asked with. */
  id?: number
  question?: Buffer
  records?: Buffer[]
}

/** Capital letters and all, as given. */
export function wireName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.')
  return Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), Buffer.from(label)]), Buffer.of(0)])
}

export function record(name: Buffer | string, type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(10)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(1, 2)
  head.writeUInt16BE(data.length, 8)
  return Buffer.concat([typeof name === 'string' ? wireName(name) : name, head, data])
}

export function txt(text: string): Buffer {
  const pieces = text.match(/[^]{1,255}/g) ?? ['']
  return Buffer.concat(pieces.map((piece) => Buffer.concat([Buffer.of(piece.length), Buffer.from(piece)])))
}

export function answerTo(asked: Buffer, { rcode = 0, cut = false, id, question, records = [] }: Answer): Buffer {
  let end = 12
  while (asked[end] !== 0) end += 1 + asked[end]!
  const head = Buffer.alloc(12)
  head.writeUInt16BE(id ?? asked.readUInt16BE(0), 0)
  head.writeUInt16BE(0x8180 | rcode | (cut ? 0x0200 : 0), 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(records.length, 6)
  return Buffer.concat([head, question ?? asked.subarray(12, end + 5), ...records])
}

/** A server on 127.0.0.1, on UDP and TCP of one port. `udp` gives what is sent back, in order. */
export async function dnsServer(
  udp: (asked: Buffer, name: string) => Buffer[],
  tcp?: (asked: Buffer) => Buffer,
): Promise<{ at: string; asked: string[]; close(): void }> {
  const asked: string[] = []
  const stream = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      const whole = tcp?.(bytes.subarray(2)) ?? Buffer.alloc(0)
      const size = Buffer.alloc(2)
      size.writeUInt16BE(whole.length)
      socket.end(Buffer.concat([size, whole]))
    })
  })
  await new Promise<void>((done) => stream.listen(0, '127.0.0.1', done))
  const { port } = stream.address() as AddressInfo
  if (tcp === undefined) stream.close()
  const socket = createSocket('udp4')
  socket.on('message', (bytes: Buffer, from: RemoteInfo) => {
    const labels: string[] = []
    for (let at = 12; bytes[at] !== 0; at += 1 + bytes[at]!) labels.push(bytes.toString('latin1', at + 1, at + 1 + bytes[at]!))
    asked.push(labels.join('.'))
    for (const answer of udp(bytes, labels.join('.'))) socket.send(answer, from.port, from.address)
  })
  await new Promise<void>((done) => socket.bind(port, '127.0.0.1', () => done()))
  return {
    at: `127.0.0.1:${port}`,
    asked,
    close: () => {
      socket.close()
      stream.close()
    },
  }
}
