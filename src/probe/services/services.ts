import { literal } from '../address.ts'
import { latin1 } from '../../decode/text.ts'
import type { Conversation } from '../asker.ts'
import type { Heard as Read } from '../inbox.ts'
import { PRINTING } from '../ports.ts'
import type { DeviceAsking, DeviceProbe, OpenPort } from '../probe.ts'
import { type Heard, hearStream } from './heard.ts'
import { type Product, productOf } from './product.ts'
import { HTTP, type Question, questions } from './questions.ts'
import { beginTls, readWithin } from './within.ts'

const GREETING_MS = 1500
const ANSWER_MS = 2000
/** Who has begun to speak says the rest soon. */
const AFTER_MS = 300
/** One conversation, whatever the other side does. */
const TALK_MS = 5000
/** Open ports that are asked what they are, and how many at once. */
const MOST = 64
const AT_ONCE = 6
/** What is taken of an answer. */
const MAX_SAID = 16_384

/** Ports on which TLS is spoken from the first byte on. */
const TLS_PORTS = new Set([
  443, 465, 563, 636, 853, 989, 990, 992, 993, 995, 4433, 4443, 5061, 5223, 5358, 5443, 5671, 5986, 6443, 7443,
])
const TLS_LIKE = /443$|^8883$/

/** Finds out what is spoken on the ports that are open. */
export const services: DeviceProbe = {
  of: 'device',
  id: 'services',
  title: 'Services',
  ms: 90_000,
  asks: (full) => [
    'waits 1.5 seconds on each open TCP port for a greeting (SSH, FTP, Telnet, mail); on those that print (9100 and the like) nothing else',
    `else asks for a page (HTTP GET /), for TLS, and on its usual ports in the words of ${questions
      .filter(({ asked }) => asked !== 'always')
      .map(({ protocol }) => protocol)
      .join(', ')}: the first words of a client, without any log-in`,
    ...(full ? ['RTSP, MQTT, SIP, Modbus, EtherNet/IP and ADB on every port that said nothing known, too'] : []),
    `at most ${MOST} ports of a device, ${AT_ONCE} at once`,
  ],
  async run(asking) {
    const { open, trouble } = asking
    const tcp = open.filter(({ transport }) => transport === 'tcp')
    const queue = tcp.slice(0, MOST)
    if (tcp.length > MOST)
      trouble(
        'ports',
        `${tcp.length} ports are open, of which the first ${MOST} were asked what they are`,
        `Ask the others by number: assay probe ${asking.target.ip} --ports ${tcp
          .slice(MOST, MOST + 4)
          .map(({ port }) => port)
          .join(',')},…`,
      )
    let said = 0
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let one = queue.shift(); one !== undefined; one = queue.shift()) if (await identify(one, asking)) said++
      }),
    )
    if (tcp.length > 1 && said === 0)
      trouble(
        'all',
        `it takes connections on ${tcp.length} ports, and said nothing on any of them`,
        `Ask it again when it is not busy: assay probe ${asking.target.ip}`,
      )
  },
}

/** What became of one port. */
interface Found extends Product {
  protocol: string
  tls: boolean
  within?: string
}

/** Whether it said anything. */
async function identify(port: OpenPort, asking: DeviceAsking): Promise<boolean> {
  const talk = new Talk(port.port, asking)
  const found = await talk.identify()
  port.tls = found.tls
  port.protocol = found.within ?? (found.tls ? '' : found.protocol)
  const { protocol, within, product, version, banner } = found
  const { note, trouble } = asking
  note(
    'probe.service',
    `tcp/${port.port}`,
    {
      transport: 'tcp',
      port: port.port,
      protocol,
      ...(within === undefined ? {} : { within }),
      ...(banner === undefined ? {} : { banner }),
      ...(product === undefined ? {} : { product }),
      ...(version === undefined ? {} : { version }),
    },
    talk.shown,
  )
  if (talk.trouble !== undefined)
    trouble(
      `tcp/${port.port}`,
      talk.trouble,
      `Ask this port alone: assay probe ${asking.target.ip} --ports ${port.port} --only services`,
      talk.shown,
    )
  return talk.said
}

/** The conversations that one port takes. */
class Talk {
  readonly shown: { probe: number; entry: number }[] = []
  /** Anything came. */
  said = false
  /** Why it is not known what it is, where it did not behave as services do. */
  trouble: string | undefined
  private readonly port: number
  private readonly asking: DeviceAsking
  private readonly host: string

  constructor(port: number, asking: DeviceAsking) {
    this.port = port
    this.asking = asking
    this.host = literal(asking.target.ip)
  }

  async identify(): Promise<Found> {
    const { port } = this
    const mute = PRINTING.has(port)
    const isTls = TLS_PORTS.has(port) || TLS_LIKE.test(String(port))
    if (!isTls) {
      const greeting = await this.greeting(mute)
      if (greeting !== undefined || mute) return greeting ?? { protocol: '', tls: false }
    }
    const own = questions.filter(({ ports }) => ports.includes(port))
    const first: (Question | 'tls')[] = isTls ? ['tls', ...own, HTTP] : [...own, HTTP, 'tls']
    const others = questions.filter((q) => q.asked === 'full' && this.asking.full && !own.includes(q))
    let unknown: Found | undefined
    let malformed: string | undefined
    for (const question of new Set([...first, ...others])) {
      const found = question === 'tls' ? await this.tls() : await this.ask(question)
      if (found === undefined) continue
      if (found.protocol !== '') {
        this.trouble = undefined
        return found
      }
      unknown ??= found
      if (question !== 'tls' && own.includes(question)) malformed ??= question.protocol
    }
    if (malformed !== undefined)
      this.trouble ??= `it answered the first words of ${malformed} with something that is in no known protocol`
    // on the ports of TLS whoever is no TLS may greet
    return (isTls ? await this.greeting(false) : undefined) ?? unknown ?? { protocol: '', tls: false }
  }

  private async open(why: string): Promise<Conversation | undefined> {
    const conversation = await this.asking.asker.connect(this.asking.target.ip, this.port, why, { ms: TALK_MS })
    if (this.shown.length < 4) this.shown.push(conversation.ref)
    if (conversation.open) return conversation
    conversation.close()
    return undefined
  }

  /** What it says without being asked. */
  private async greeting(mute: boolean): Promise<Found | undefined> {
    const conversation = await this.open('waits for a greeting')
    if (conversation === undefined) return undefined
    const said = await hear(conversation, GREETING_MS)
    conversation.close()
    if (said.bytes.length === 0) return undefined
    this.said = true
    this.judge(conversation, said)
    // nobody greets like that
    if (said.ended === 'full') this.trouble ??= `it said more than ${MAX_SAID} bytes before it was asked anything`
    return this.found(said.bytes, mute ? undefined : hearStream(said.bytes, this.port))
  }

  private async ask(question: Question): Promise<Found | undefined> {
    const conversation = await this.open(`asks whether it speaks ${question.protocol}`)
    if (conversation === undefined) return undefined
    const asked = question.says(this.host, this.port)
    conversation.write(asked)
    let said = await hear(conversation, ANSWER_MS)
    if (question.next !== undefined && said.bytes.length > 0 && conversation.open) {
      conversation.write(question.next)
      const more = await hear(conversation, ANSWER_MS)
      said = { ...more, bytes: Buffer.concat([said.bytes, more.bytes]) }
    }
    if (question.bye !== undefined) conversation.write(question.bye)
    conversation.close()
    if (said.bytes.length === 0) return undefined
    this.said = true
    this.judge(conversation, said)
    return this.found(said.bytes, hearStream(said.bytes, this.port, { protocol: question.protocol, bytes: asked }))
  }

  private async tls(): Promise<Found | undefined> {
    const conversation = await this.open('asks whether it speaks TLS, and what within')
    if (conversation === undefined) return undefined
    const handshake = await beginTls(conversation, ANSWER_MS * 1.5)
    try {
      if (conversation.entry.received > 0) this.said = true
      if (handshake.kind === 'alert') return { protocol: 'tls', tls: true }
      if (handshake.kind === 'none') {
        if (conversation.entry.ended === 'endless') this.trouble = conversation.entry.reason
        return undefined
      }
      const { socket } = handshake
      const own = questions.find(({ ports }) => ports.includes(this.port))
      const greets = own === undefined && !String(this.port).endsWith('443')
      let said = greets ? await readWithin(socket, 800) : Buffer.alloc(0)
      const question = own ?? HTTP
      const asked = question.says(this.host, this.port)
      if (said.length === 0) {
        socket.write(asked)
        said = await readWithin(socket, ANSWER_MS)
      }
      const heard = hearStream(said, this.port, { protocol: question.protocol, bytes: asked })
      const { product, version, banner } = this.found(said, heard)
      return {
        protocol: 'tls',
        tls: true,
        ...(heard === undefined ? {} : { within: heard.protocol }),
        ...(product === undefined ? {} : { product }),
        ...(version === undefined ? {} : { version }),
        ...(banner === undefined ? {} : { banner }),
      }
    } finally {
      conversation.close()
    }
  }

  private found(bytes: Buffer, heard: Heard | undefined): Found {
    // what goes on without end is no greeting and no answer, whatever it begins with
    const protocol = this.trouble === undefined ? (heard?.protocol ?? '') : ''
    return { protocol, tls: protocol === 'tls', ...productOf(protocol, heard?.messages ?? [], latin1(bytes, 0, bytes.length)) }
  }

  /** Who pours, or drips, is known by what it said until then, and by nothing else. */
  private judge({ entry }: Conversation, { ended }: Read): void {
    if (ended === 'late') this.trouble = `it went on for more than ${TALK_MS / 1000} seconds`
    else if (ended === 'full' && entry.received > 1 << 20) this.trouble = entry.reason
  }
}

/** Its first words, and those that follow at once. Of what is too short to be known more is waited for. */
async function hear(conversation: Conversation, silenceMs: number): Promise<Read> {
  const first = await conversation.read({ silenceMs, enough: () => true, max: MAX_SAID })
  if (first.ended !== 'enough') return first
  let { bytes }: Read = first
  let ended: Read['ended']
  for (;;) {
    const more = await conversation.read({ silenceMs: bytes.length < SHORT ? GREETING_MS : AFTER_MS, max: MAX_SAID })
    bytes = Buffer.concat([bytes, more.bytes])
    ended = more.ended
    if (ended !== 'silent' || more.bytes.length === 0 || bytes.length >= SHORT) return { bytes, ended }
  }
}

/** Bytes: what is shorter may be a word that is not over. */
const SHORT = 8
