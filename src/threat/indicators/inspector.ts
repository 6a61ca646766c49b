import type { MessageBase } from '../../decode/message.ts'
import type { Inspector, InspectorContext } from '../../evidence/inspector.ts'
import { type Part, type Said, saidIn } from '../rules/parts.ts'
import type { BufferName } from '../rules/rule.ts'
import { listedFacts, type Met } from './indicators.ts'
import type { Lookup } from './lookup.ts'

const MAX_SAID = 256
const WANTED: ReadonlySet<BufferName> = new Set(['dns.query', 'tls.sni', 'http.host', 'http.uri.raw', 'ja4'])
const NAMES: readonly [BufferName, Met][] = [
  ['dns.query', 'dns'],
  ['tls.sni', 'tls'],
  ['http.host', 'http'],
]

/** Looks for names, URLs and fingerprints of programs that are listed. */
export class IndicatorInspector implements Inspector {
  private readonly lookup: Lookup
  private said: Said[] = []

  constructor(lookup: Lookup) {
    this.lookup = lookup
  }

  message(message: MessageBase): void {
    if (this.said.length < MAX_SAID) this.said.push(...saidIn(message, WANTED))
  }

  conversation(_conversation: unknown, _protocol: string, context: InspectorContext): void {
    for (const one of this.said) this.look(one, context)
    this.said.length = 0
  }

  datagram(_datagram: unknown, _protocol: string, context: InspectorContext): void {
    this.conversation(undefined, '', context)
  }

  private look({ fromClient, parts }: Said, context: InspectorContext): void {
    for (const [buffer, met] of NAMES) {
      const part = parts.get(buffer)
      if (!part) continue
      const name = textOf(part).toLowerCase()
      this.tell(this.lookup.domain(name), met, name, part, fromClient, context)
    }
    const ja4 = parts.get('ja4')
    if (ja4) this.tell(this.lookup.value('ja4', textOf(ja4)), 'ja4', textOf(ja4), ja4, fromClient, context)
    const uri = parts.get('http.uri.raw')
    if (uri) this.url(textOf(uri), uri, parts.get('http.host'), fromClient, context)
  }

  private url(target: string, part: Part, host: Part | undefined, fromClient: boolean, context: InspectorContext): void {
    const server = fromClient ? context.server : context.client
    const { port } = server
    const at = (name: string) => `${name}${port === 80 ? '' : `:${port}`}`
    const urls = /^http:\/\//i.test(target)
      ? [target.slice(7).replace(/^[^/]*/, (authority) => authority.toLowerCase().replace(/:80$/, ''))]
      : [...(host ? [at(textOf(host))] : []), at(server.ip)].map((name) => `${name}${target}`)
    for (const url of urls) {
      const found = this.lookup.value('url', url)
      if (found === undefined) continue
      this.tell(found, 'url', url, part, fromClient, context)
      return
    }
  }

  private tell(
    found: number | undefined,
    met: Met,
    seen: string,
    part: Part,
    fromClient: boolean,
    context: InspectorContext,
  ): void {
    if (found === undefined) return
    const listed = this.lookup.listed[found]!
    const asker = fromClient ? context.client : context.server
    const other = fromClient ? context.server : context.client
    const facts = listedFacts(listed, met, 'source', seen)
    facts.peer = context.peer(other, asker)
    facts.port = other.port
    context.sign(asker, `${listed.type} ${listed.value} ${met}`, facts, part.frameOf(0))
  }
}

function textOf({ bytes }: Part): string {
  return bytes.toString('latin1')
}
