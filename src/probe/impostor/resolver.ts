import { createSocket, type Socket as Udp } from 'node:dgram'
import { getServers, promises as dns } from 'node:dns'
import { once } from 'node:events'
import { createServer, isIP, type Server, type Socket } from 'node:net'
import { A, AAAA, HTTPS, readName, SVCB, takenName } from '../../decode/protocols/dns-message.ts'
import { printable } from '../../decode/text.ts'
import { placeOf } from '../consent.ts'

/** A question of RFC 1035 section 4.1.2, and where it ends. */
interface Question {
  id: number
  name: string
  type: number
  end: number
}

const NOERROR = 0
const SERVFAIL = 2

export interface ResolverOptions {
  /** 'ip' or 'ip:port' of who knows in truth; undefined: the system's. */
  readonly upstream?: string
  /** Addresses that are next to the device, or this machine's own: names that lead there are no backend's. */
  readonly isNear: (ip: string) => boolean
  /** The address to give for a name, which is at `real` in truth (none: nobody knows); undefined: as if it were not there. */
  readonly answer: (name: string, real: readonly string[]) => Promise<string | undefined>
}

/**
 * Answers a device's DNS: names with addresses of ours, and only IPv4; whatever else it asks as the real resolver does. Names that are
 * never on the Internet (one label, `.local`, `.home.arpa` and the like) are left to the real one, too.
 */
export class Resolver {
  readonly port: number
  private readonly udp: Udp[]
  private readonly tcp: Server
  private readonly options: ResolverOptions
  private readonly upstream: { ip: string; port: number }
  private readonly real: dns.Resolver
  private readonly held = new Set<Socket>()
  private working = 0

  private constructor(udp: Udp[], tcp: Server, port: number, options: ResolverOptions) {
    this.udp = udp
    this.tcp = tcp
    this.port = port
    this.options = options
    const server = options.upstream ?? getServers()[0] ?? '127.0.0.1'
    const { ip, port: at } = isIP(server) === 0 ? placeOf(server) : { ip: server, port: 53 }
    this.upstream = { ip, port: at }
    this.real = new dns.Resolver({ timeout: 2000, tries: 1 })
    this.real.setServers([`${isIP(ip) === 6 ? `[${ip}]` : ip}:${at}`])
    for (const socket of udp)
      socket.on('message', (message, from) => {
        void this.answered(message).then((answer) => answer && socket.send(answer, from.port, from.address, () => undefined))
      })
    tcp.on('connection', (socket) => this.overTcp(socket))
  }

  static async listen(options: ResolverOptions): Promise<Resolver> {
    const tcp = createServer()
    tcp.maxConnections = 32
    tcp.listen(0)
    await once(tcp, 'listening')
    const { port } = tcp.address() as { port: number }
    const udp: Udp[] = []
    for (const type of ['udp4', 'udp6'] as const) {
      const socket = createSocket({ type, ipv6Only: type === 'udp6' })
      const { promise, resolve } = Promise.withResolvers<boolean>()
      socket.on('error', () => resolve(false))
      socket.bind(port, () => resolve(true))
      // a machine may be without IPv6
      if (await promise) udp.push(socket)
      else socket.close()
    }
    if (udp.length === 0) throw new Error(`UDP port ${port} is taken: DNS cannot be answered`)
    return new Resolver(udp, tcp, port, options)
  }

  close(): void {
    for (const socket of this.udp) socket.close()
    this.tcp.close()
    for (const socket of this.held) socket.destroy()
    this.real.cancel()
  }

  /** RFC 1035 section 4.2.2: messages with their length before them. */
  private overTcp(socket: Socket): void {
    this.held.add(socket)
    let came = Buffer.alloc(0)
    socket.setTimeout(10_000, () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('close', () => this.held.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      came = Buffer.concat([came, chunk])
      while (came.length >= 2 && came.length >= 2 + came.readUInt16BE(0)) {
        const message = came.subarray(2, 2 + came.readUInt16BE(0))
        came = came.subarray(2 + message.length)
        void this.overStream(message, socket)
      }
      if (came.length > 2 + 0xffff) socket.destroy()
    })
  }

  private async overStream(message: Buffer, socket: Socket): Promise<void> {
    const answer = await this.answered(message)
    if (!answer || !socket.writable) return
    const length = Buffer.alloc(2)
    length.writeUInt16BE(answer.length)
    socket.write(Buffer.concat([length, answer]))
  }

  private async answered(message: Buffer): Promise<Buffer | undefined> {
    if (this.working >= MAX_WORKING) return undefined
    const question = readQuestion(message)
    if (!question) return undefined
    this.working++
    try {
      return await this.decide(message, question)
    } finally {
      this.working--
    }
  }

  private async decide(message: Buffer, question: Question): Promise<Buffer | undefined> {
    const { name, type } = question
    if (isLocalName(name) || ![A, AAAA, HTTPS, SVCB].includes(type)) return this.forwarded(message)
    const real = await this.resolve(name)
    if (real === undefined) return this.forwarded(message)
    // IPv6 and what HTTPS records say would lead past us: there is none
    if (type !== A) return answer(message, question, NOERROR)
    const address = await this.options.answer(name, real)
    return address === undefined ? answer(message, question, SERVFAIL) : answer(message, question, NOERROR, address)
  }

  /** Addresses of a name; [] where nobody could be asked; undefined where the name, or an address of it that is far, does not exist. */
  private async resolve(name: string): Promise<readonly string[] | undefined> {
    const asked = await Promise.allSettled([this.real.resolve4(name), this.real.resolve6(name)])
    const found = asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
    const gone = asked.every(
      (one) => one.status === 'rejected' && /^(ENOTFOUND|ENODATA)$/.test((one.reason as NodeJS.ErrnoException).code ?? ''),
    )
    const far = found.filter((ip) => !this.options.isNear(ip)).slice(0, 4)
    return gone || (far.length === 0 && found.length > 0) ? undefined : far
  }

  private async forwarded(message: Buffer): Promise<Buffer | undefined> {
    const socket = createSocket(isIP(this.upstream.ip) === 6 ? 'udp6' : 'udp4')
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
    const timer = setTimeout(() => resolve(undefined), 2000)
    socket.on('error', () => resolve(undefined))
    socket.on('message', (got) => got.length > 2 && got.readUInt16BE(0) === message.readUInt16BE(0) && resolve(got))
    socket.send(message, this.upstream.port, this.upstream.ip, (error) => error && resolve(undefined))
    const got = await promise
    clearTimeout(timer)
    socket.close()
    return got
  }
}

const MAX_WORKING = 256

/** Special-use and private names (RFC 6761, RFC 6762, RFC 8375, RFC 9476 and custom): no backend has one. */
function isLocalName(name: string): boolean {
  return (
    !name.includes('.') ||
    /(^|\.)(local|localdomain|localhost|lan|home|internal|home\.arpa|in-addr\.arpa|ip6\.arpa|fritz\.box)$/i.test(name)
  )
}

/** One question of the class IN in a query; undefined for all else. */
function readQuestion(message: Buffer): Question | undefined {
  if (message.length < 17 || message.length > 4096) return undefined
  const flags = message.readUInt16BE(2)
  // a query (QR 0) of the standard kind (opcode 0) with one question
  if ((flags & 0xf800) !== 0 || message.readUInt16BE(4) !== 1) return undefined
  const at = readName(message, 0, 12, message.length)
  if (at < 0 || at + 4 > message.length || message.readUInt16BE(at + 2) !== 1) return undefined
  const name = printable(takenName(), 255)
  return { id: message.readUInt16BE(0), name, type: message.readUInt16BE(at), end: at + 4 }
}

/** RFC 1035 section 4.1: the question again, and an address of ours that is to be forgotten soon. */
function answer(message: Buffer, { id, end }: Question, rcode: number, address?: string): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt16BE(id, 0)
  // QR, RD as asked, RA
  head.writeUInt16BE(0x8080 | (message.readUInt16BE(2) & 0x0100) | rcode, 2)
  head.writeUInt16BE(1, 4)
  const parts = [head, message.subarray(12, end)]
  if (address !== undefined) {
    head.writeUInt16BE(1, 6)
    // the name as in the question (a pointer to it), A, IN, one second, four bytes
    parts.push(Buffer.of(0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)))
  }
  return Buffer.concat(parts)
}
