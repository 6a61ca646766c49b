import { createServer, type Server } from 'node:net'
import { readClientHello } from '../decode/protocols/tls-hello.ts'

/** What a made server takes. It never finishes a handshake: it is for those who only look at the first flight. */
export interface RawTls {
  /** Versions by number (0x0300 is SSL 3.0), and the suites that each takes, best first. */
  suites: Readonly<Record<number, readonly number[]>>
  prefers: 'server' | 'client'
  /** DER. */
  certificate: Uint8Array
  /** Kinds of SSL 2.0 (three bytes each); undefined: it does not speak it. */
  sslv2?: readonly number[]
  compression?: boolean
  heartbeat?: boolean
  secureRenegotiation?: boolean
  fallbackScsv?: boolean
  /** Of a prime that it makes up. */
  dhBits?: number
  /** For export suites. */
  exportDhBits?: number
}

/** A server that answers ClientHellos from bytes: what no library speaks any more can be asked of it. */
export function rawTlsServer(config: RawTls): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      if (bytes.length < 5) return
      if (bytes[0] === 22) {
        const end = 5 + bytes.readUInt16BE(3)
        if (bytes.length < end) return
        if (bytes[5] === 1) socket.write(rawTlsAnswer(config, bytes.subarray(9, end)))
        // whatever comes after the flight: it knows no more
        else socket.end(alert(80))
        bytes = bytes.subarray(end)
      } else if (bytes[0]! & 0x80 && bytes[2] === 1) {
        if (bytes.length < 2 + (bytes.readUInt16BE(0) & 0x7fff)) return
        if (config.sslv2 && bytes.readUInt16BE(3) === 2) socket.write(sslv2Hello(config.certificate, config.sslv2))
        else socket.end()
        bytes = Buffer.alloc(0)
      } else socket.end()
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as { port: number }).port, server }))
  })
}

const RECORD_OF_HELLO = 0x0301

function alert(description: number): Buffer {
  return Buffer.of(21, 3, 1, 0, 2, 2, description)
}

/** What it says to the body of a ClientHello. */
export function rawTlsAnswer(config: RawTls, body: Uint8Array): Buffer {
  const hello = readClientHello(body, 0, body.length, true, 'tcp')
  if (hello === undefined) return alert(50)
  const offered = hello.supportedVersions.length > 0 ? hello.supportedVersions : undefined
  const versions = Object.keys(config.suites)
    .map(Number)
    .toSorted((a, b) => b - a)
  const version = versions.find((v) => (offered ? offered.includes(v) : v <= hello.legacyVersion))
  if (version === undefined) return alert(70)
  if (config.fallbackScsv && hello.suites.includes(0x5600) && version < versions[0]!) return alert(86)
  const mine = config.suites[version]!
  const suite =
    config.prefers === 'server' ? mine.find((s) => hello.suites.includes(s)) : hello.suites.find((s) => mine.includes(s))
  if (suite === undefined) return alert(40)
  const signals = hello.suites.includes(0x00ff) || hello.extensions.includes(0xff01)
  const extensions = [
    ...(config.secureRenegotiation && signals ? [Buffer.of(0xff, 1, 0, 1, 0)] : []),
    ...(config.heartbeat && hello.extensions.includes(15) ? [Buffer.of(0, 15, 0, 1, 1)] : []),
  ]
  // the compression methods stand behind version, random, session id and suites
  const suitesAt = 35 + body[34]!
  const methods = suitesAt + 2 + ((body[suitesAt]! << 8) | body[suitesAt + 1]!)
  const deflates = config.compression === true && body.subarray(methods + 1, methods + 1 + body[methods]!).includes(1)
  const list = Buffer.concat(extensions)
  const messages = [
    message(
      2,
      u16(version),
      Buffer.alloc(32, 7),
      Buffer.of(0),
      u16(suite),
      Buffer.of(deflates ? 1 : 0),
      list.length > 0 ? vector16(list) : Buffer.alloc(0),
    ),
    ...(ANONYMOUS.has(suite) ? [] : [message(11, vector24(vector24(config.certificate)))]),
    ...(DHE.has(suite)
      ? [keyExchange(EXPORT.has(suite) ? (config.exportDhBits ?? 512) : (config.dhBits ?? 1024), version, ANONYMOUS.has(suite))]
      : []),
    message(14),
  ]
  return Buffer.concat([Buffer.of(22), u16(version === 0x0300 ? version : RECORD_OF_HELLO), vector16(Buffer.concat(messages))])
}

const ANONYMOUS = new Set([0x17, 0x18, 0x19, 0x1a, 0x1b, 0x34, 0x3a])
const EXPORT = new Set([0x11, 0x14, 0x17, 0x19])
const DHE = new Set([...ANONYMOUS, 0x11, 0x14, 0x12, 0x15, 0x13, 0x16, 0x33, 0x39, 0x67, 0x9e])

/** Parameters of made-up numbers: nobody reads more of them than their size. */
function keyExchange(bits: number, version: number, anonymous: boolean): Buffer {
  const p = Buffer.alloc(bits / 8, 0xff)
  const signature = anonymous ? [] : [...(version >= 0x0303 ? [Buffer.of(4, 1)] : []), vector16(Buffer.alloc(256, 9))]
  return message(12, vector16(p), vector16(Buffer.of(2)), vector16(Buffer.alloc(bits / 8, 5)), ...signature)
}

export function sslv2Hello(certificate: Uint8Array, kinds: readonly number[]): Buffer {
  const list = Buffer.concat(kinds.map((kind) => Buffer.of(kind >> 16, (kind >> 8) & 0xff, kind & 0xff)))
  const body = Buffer.concat([
    Buffer.of(4, 0, 1),
    u16(2),
    u16(certificate.length),
    u16(list.length),
    u16(16),
    certificate,
    list,
    Buffer.alloc(16, 3),
  ])
  return Buffer.concat([u16(0x8000 | body.length), body])
}

function message(type: number, ...parts: Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(type), vector24(Buffer.concat(parts))])
}

function u16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff)
}

function vector16(body: Uint8Array): Buffer {
  return Buffer.concat([u16(body.length), body])
}

function vector24(body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(body.length >> 16, (body.length >> 8) & 0xff, body.length & 0xff), body])
}
