import type { Severity } from '../detector.ts'
import { Expression, ExpressionError } from './expression.ts'
import type { Addresses, Bit, BufferName, Content, Pattern, Ports, Range, Refused, Rule, Test, Threshold } from './rule.ts'
import { ANSWERED, isOfHeaders } from './rule.ts'
import { portsOf, wrongAddress } from './spelling.ts'

/*
 * A useful part of the language of Suricata's rules (docs.suricata.io, "Suricata Rules"). A rule that says anything beyond it is refused, and
 * told of by its line and the keyword: one that is half understood would find what it does not mean.
 */

const MAX_LINE = 1 << 16
const MAX_TESTS = 64

/** The word for what is wrong with a rule. */
class Beyond extends Error {
  readonly keyword: string | undefined

  constructor(keyword: string | undefined, why: string) {
    super(why)
    this.keyword = keyword
  }
}

/** Rules of a file's text, and those that are not understood. */
export function readSuricata(text: string, file: string): { rules: Rule[]; refused: Refused[] } {
  const rules: Rule[] = []
  const refused: Refused[] = []
  for (const { line, said } of statements(text)) {
    const id = /[(;]\s*sid\s*:\s*(\d{1,10})\s*;/.exec(said)?.[1]
    const known = id === undefined ? {} : { id: `sid:${id}` }
    try {
      if (said.length > MAX_LINE) throw new Beyond(undefined, `longer than ${MAX_LINE} characters`)
      rules.push(ruleOf(said, file, line))
    } catch (error) {
      if (!(error instanceof Beyond)) throw error
      refused.push({
        file,
        line,
        ...known,
        ...(error.keyword === undefined ? {} : { keyword: error.keyword }),
        why: error.message,
      })
    }
  }
  return { rules, refused }
}

/** Each rule and the line on which it begins: those that end with a backslash go on. */
function* statements(text: string): Generator<{ line: number; said: string }> {
  const lines = text.split(/\r?\n/)
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1
    if (/^\s*(?:#|$)/.test(lines[i]!)) continue
    const parts = [lines[i]!]
    while (parts.at(-1)!.endsWith('\\') && i + 1 < lines.length) {
      parts[parts.length - 1] = parts.at(-1)!.slice(0, -1)
      parts.push(lines[++i]!)
    }
    yield { line, said: parts.join('').trim() }
  }
}

const ACTIONS = new Set(['alert', 'drop', 'reject', 'rejectsrc', 'rejectdst', 'rejectboth'])

/** Suricata's names of protocols, and which decoders' they are. */
const APPLICATIONS: Record<string, readonly string[]> = {
  http: ['http'],
  http1: ['http'],
  dns: ['dns'],
  mdns: ['mdns'],
  tls: ['tls'],
  ssl: ['tls'],
  quic: ['quic'],
  ssh: ['ssh'],
  ftp: ['ftp'],
  smtp: ['smtp'],
  imap: ['imap'],
  pop3: ['pop3'],
  telnet: ['telnet'],
  mqtt: ['mqtt'],
  sip: ['sip'],
  snmp: ['snmp'],
  ntp: ['ntp'],
  dhcp: ['dhcp'],
  modbus: ['modbus'],
  dnp3: ['dnp3'],
  enip: ['enip'],
  ike: ['ike'],
}
/** Of which both TCP and UDP are spoken. */
const DATAGRAMS = new Set(['dns', 'mdns', 'quic', 'sip', 'snmp', 'ntp', 'dhcp', 'ike'])

type Draft = { -readonly [K in keyof Rule]: Rule[K] } & {
  tests: Test[]
  bits: Bit[]
  techniques: string[]
}

function ruleOf(said: string, file: string, line: number): Rule {
  const open = said.indexOf('(')
  if (open < 0 || !said.endsWith(')'))
    throw new Beyond(undefined, 'a rule is: action protocol addresses ports -> addresses ports (options)')
  const head = words(said.slice(0, open).trim())
  if (head.length !== 7) throw new Beyond(undefined, 'before "(" stand action, protocol, addresses, ports, ->, addresses, ports')
  const [action, protocol, from, fromPorts, arrow, to, toPorts] = head as [string, string, string, string, string, string, string]
  if (!ACTIONS.has(action)) throw new Beyond(action, 'of actions only alert (and drop and reject, as alert) is understood')
  if (arrow !== '->' && arrow !== '<>') throw new Beyond(arrow, 'a direction is -> or <>')
  const draft: Draft = {
    id: '',
    title: '',
    severity: 'low',
    techniques: [],
    file,
    line,
    imported: true,
    transport: 'any',
    tests: [],
    bits: [],
    ...ends('from', addresses(from), ports(fromPorts)),
    ...ends('to', addresses(to), ports(toPorts)),
    ...(arrow === '<>' ? { both: true } : {}),
  }
  setProtocol(draft, protocol.toLowerCase())
  new Options(draft).take(said.slice(open + 1, -1))
  return draft
}

function ends(which: 'from' | 'to', at: Addresses | undefined, of: Ports | undefined): Partial<Draft> {
  return which === 'from'
    ? { ...(at && { from: at }), ...(of && { fromPorts: of }) }
    : { ...(at && { to: at }), ...(of && { toPorts: of }) }
}

/** Lists in brackets may hold spaces. */
function words(head: string): string[] {
  const out: string[] = []
  let depth = 0
  let word = ''
  for (const c of head) {
    if (c === '[') depth++
    else if (c === ']') depth--
    if (/\s/.test(c) && depth <= 0) {
      if (word !== '') out.push(word)
      word = ''
    } else if (!/\s/.test(c)) word += c
  }
  return word === '' ? out : [...out, word]
}

function setProtocol(draft: Draft, protocol: string): void {
  switch (protocol) {
    case 'tcp':
    case 'udp':
    case 'icmp':
      draft.transport = protocol
      return
    case 'tcp-stream':
      draft.transport = 'tcp'
      return
    case 'ip':
      return
    default: {
      const of = Object.hasOwn(APPLICATIONS, protocol) ? APPLICATIONS[protocol] : undefined
      if (!of) throw new Beyond(protocol, 'a protocol that is not understood in rules')
      draft.protocols = of
      if (!DATAGRAMS.has(protocol)) draft.transport = 'tcp'
    }
  }
}

/** As Suricata's own settings have them (suricata.yaml). */
const ADDRESS_VARIABLES: Record<string, string> = {
  HOME_NET: 'home',
  EXTERNAL_NET: '!home',
  HTTP_SERVERS: 'home',
  SMTP_SERVERS: 'home',
  SQL_SERVERS: 'home',
  DNS_SERVERS: 'home',
  TELNET_SERVERS: 'home',
  DC_SERVERS: 'home',
  DNP3_SERVER: 'home',
  DNP3_CLIENT: 'home',
  MODBUS_CLIENT: 'home',
  MODBUS_SERVER: 'home',
  ENIP_CLIENT: 'home',
  ENIP_SERVER: 'home',
  AIM_SERVERS: '!home',
}
const PORT_VARIABLES: Record<string, string> = {
  HTTP_PORTS: '80',
  SHELLCODE_PORTS: '!80',
  ORACLE_PORTS: '1521',
  SSH_PORTS: '22',
  DNP3_PORTS: '20000',
  MODBUS_PORTS: '502',
  FILE_DATA_PORTS: '[80,110,143]',
  FTP_PORTS: '21',
  GENEVE_PORTS: '6081',
  VXLAN_PORTS: '4789',
  TEREDO_PORTS: '3544',
}

/** Members of a list within lists, each with whether it is negated. */
function members(text: string, variables: Record<string, string>, not = false, depth = 0): { word: string; not: boolean }[] {
  if (depth > 8) throw new Beyond(text.slice(0, 40), 'lists stand more than 8 deep')
  let word = text.trim()
  while (word.startsWith('!')) {
    not = !not
    word = word.slice(1).trim()
  }
  if (word.startsWith('$')) {
    const value = variables[word.slice(1)]
    if (value === undefined) throw new Beyond(word, 'a variable that is not known')
    return members(value, variables, not, depth + 1)
  }
  if (!word.startsWith('[')) return [{ word, not }]
  if (!word.endsWith(']')) throw new Beyond(text.slice(0, 40), 'a list that is not closed')
  return split(word.slice(1, -1), ',').flatMap((one) => members(one, variables, not, depth + 1))
}

/** At separators that are in no brackets. */
function split(text: string, separator: string): string[] {
  const out: string[] = []
  let depth = 0
  let word = ''
  for (const c of text) {
    if (c === '[') depth++
    else if (c === ']') depth--
    if (c === separator && depth === 0) {
      out.push(word)
      word = ''
    } else word += c
  }
  return [...out, word]
}

function addresses(text: string): Addresses | undefined {
  const all = members(text, ADDRESS_VARIABLES)
  for (const { word } of all) {
    if (word !== 'any' && word !== 'home' && wrongAddress(word)) throw new Beyond(word, 'no address, and no network')
    if (word === 'home' && text.includes('home')) throw new Beyond(text.slice(0, 40), 'no address, and no network')
  }
  const some = all.filter((m) => !m.not).map((m) => m.word)
  const not = all.filter((m) => m.not).map((m) => m.word)
  if (not.includes('any')) throw new Beyond(text.slice(0, 40), 'there is no address that is not any')
  if (not.length === 0 && (some.length === 0 || some.includes('any'))) return undefined
  return { some: some.includes('any') ? [] : some, not }
}

function ports(text: string): Ports | undefined {
  const all = members(text, PORT_VARIABLES)
  const some = all.filter((m) => !m.not).map((m) => m.word)
  const not = all.filter((m) => m.not).map((m) => m.word)
  if (not.includes('any')) throw new Beyond(text.slice(0, 40), 'there is no port that is not any')
  if (not.length === 0 && (some.length === 0 || some.includes('any'))) return undefined
  const made = portsOf(some.includes('any') ? [] : some, not, ':')
  if (typeof made === 'string') throw new Beyond(made, 'no port, and no range of ports')
  return made
}

/** classification.config of Suricata: priority by class of rule. 3 for what is not listed. */
const GRAVE = `attempted-admin attempted-user successful-admin successful-user unsuccessful-user trojan-activity web-application-attack
  shellcode-detect policy-violation inappropriate-content domain-c2 command-and-control credential-theft exploit-kit targeted-activity`
const MIDDLING = `attempted-recon attempted-dos successful-dos denial-of-service bad-unknown misc-attack default-login-attempt
  suspicious-login suspicious-filename-detect system-call-detect unusual-client-port-connection non-standard-protocol
  rpc-portmap-decode web-application-activity successful-recon-limited successful-recon-largescale coin-mining pup-activity
  social-engineering external-ip-check`
const PRIORITIES: Record<string, number> = Object.fromEntries(
  [GRAVE, MIDDLING].flatMap((names, i) => names.split(/\s+/).map((name) => [name, i + 1])),
)
const SEVERITY: readonly Severity[] = ['high', 'high', 'medium', 'low', 'info']

/** Keywords that name what the contents after them are looked for in. */
const STICKY: Record<string, BufferName> = {
  pkt_data: 'payload',
  'http.method': 'http.method',
  'http.uri': 'http.uri',
  'http.uri.raw': 'http.uri.raw',
  'http.host': 'http.host',
  'http.user_agent': 'http.user_agent',
  'http.header': 'http.header',
  'http.cookie': 'http.cookie',
  'http.request_body': 'http.request_body',
  'http.stat_code': 'http.stat_code',
  'http.server': 'http.server',
  'http.response_body': 'http.response_body',
  'dns.query': 'dns.query',
  dns_query: 'dns.query',
  'tls.sni': 'tls.sni',
  tls_sni: 'tls.sni',
  'quic.sni': 'tls.sni',
  'ja4.hash': 'ja4',
}
/** Keywords after a content, which name what it is looked for in. */
const MODIFIERS: Record<string, BufferName> = {
  http_method: 'http.method',
  http_uri: 'http.uri',
  http_raw_uri: 'http.uri.raw',
  http_host: 'http.host',
  http_user_agent: 'http.user_agent',
  http_header: 'http.header',
  http_cookie: 'http.cookie',
  http_client_body: 'http.request_body',
  http_stat_code: 'http.stat_code',
}
/** Letters after an expression. */
const PATTERN_BUFFERS: Record<string, BufferName> = {
  U: 'http.uri',
  I: 'http.uri.raw',
  M: 'http.method',
  H: 'http.header',
  P: 'http.request_body',
  C: 'http.cookie',
  V: 'http.user_agent',
  W: 'http.host',
  S: 'http.stat_code',
}
/** Say nothing that matters here. */
const IGNORED = new Set(['rev', 'gid', 'target', 'rawbytes', 'reference', 'prefilter'])

class Options {
  private readonly draft: Draft
  private buffer: BufferName = 'payload'
  private priority: number | undefined

  constructor(draft: Draft) {
    this.draft = draft
  }

  take(text: string): void {
    for (const [keyword, value] of options(text)) {
      if (this.draft.tests.length > MAX_TESTS) throw new Beyond('content', `more than ${MAX_TESTS} contents`)
      this.option(keyword, value)
    }
    this.finish()
  }

  private option(keyword: string, value: string): void {
    const { draft } = this
    const sticky = own(STICKY, keyword)
    const modified = own(MODIFIERS, keyword)
    if (sticky !== undefined) this.buffer = sticky
    else if (modified !== undefined) this.change(keyword, { in: modified })
    else if (!IGNORED.has(keyword)) this.rest(keyword, value, draft)
  }

  private rest(keyword: string, value: string, draft: Draft): void {
    switch (keyword) {
      case 'msg':
        draft.title = unquoted(value).replace(/\\([";:\\])/g, '$1')
        return
      case 'sid':
        if (!/^\d{1,10}$/.test(value)) throw new Beyond(keyword, `"${value}" is no number`)
        draft.id = `sid:${value}`
        return
      case 'classtype':
        this.priority ??= own(PRIORITIES, value) ?? 3
        return
      case 'priority':
        this.priority = number(keyword, value, 1, 255)
        return
      case 'metadata':
        this.metadata(value)
        return
      case 'content':
        this.content(value)
        return
      case 'pcre':
        this.pattern(value)
        return
      case 'nocase':
        this.change(keyword, { nocase: true })
        return
      case 'fast_pattern':
        if (value !== '' && value !== 'only') throw new Beyond(keyword, `"${value}" is not understood`)
        this.change(keyword, { fast: true })
        return
      case 'offset':
        this.change(keyword, { offset: number(keyword, value, 0, 65535) })
        return
      case 'depth':
        this.change(keyword, { depth: number(keyword, value, 1, 65535) })
        return
      case 'distance':
        this.change(keyword, { distance: number(keyword, value, -65535, 65535) })
        return
      case 'within':
        this.change(keyword, { within: number(keyword, value, 1, 65535) })
        return
      case 'startswith':
        this.change(keyword, { offset: 0, depth: this.last(keyword).bytes.length })
        return
      case 'endswith':
        this.change(keyword, { atEnd: true })
        return
      case 'isdataat':
        this.dataAt(value)
        return
      case 'bsize':
        draft.tests.push({ kind: 'length', in: this.sticky(keyword), range: range(keyword, value) })
        return
      case 'urilen':
        this.uriLength(value)
        return
      case 'flow':
        this.flow(value)
        return
      case 'flowbits':
        this.flowbits(value)
        return
      case 'noalert':
        draft.silent = true
        return
      case 'threshold':
      case 'detection_filter':
        this.threshold(keyword, value)
        return
      case 'dsize':
        draft.size = range(keyword, value)
        return
      case 'flags':
        draft.flags = flags(value)
        return
      case 'itype':
        draft.type = range(keyword, value)
        return
      case 'icode':
        draft.code = range(keyword, value)
        return
      default:
        throw new Beyond(keyword, 'a keyword that is not understood')
    }
  }

  private finish(): void {
    const { draft } = this
    if (draft.id === '') throw new Beyond('sid', 'a rule needs one')
    if (draft.title === '') throw new Beyond('msg', 'a rule needs one')
    draft.severity = SEVERITY[Math.min(this.priority ?? 3, 4)]!
    const wrong = faultOf(draft)
    if (wrong) throw new Beyond(...wrong)
  }

  /** What the keyword before was about. */
  private last(keyword: string): Content {
    const last = this.draft.tests.at(-1)
    if (last?.kind !== 'content') throw new Beyond(keyword, 'it stands after no content')
    return last
  }

  private change(keyword: string, by: Partial<Content>): void {
    const last = this.last(keyword)
    this.draft.tests[this.draft.tests.length - 1] = { ...last, ...by }
  }

  private sticky(keyword: string): BufferName {
    if (this.buffer === 'payload') throw new Beyond(keyword, 'it stands after no buffer such as http.uri')
    return this.buffer
  }

  private content(value: string): void {
    const not = value.startsWith('!')
    const bytes = bytesOf(unquoted(not ? value.slice(1).trim() : value))
    this.draft.tests.push({ kind: 'content', in: this.buffer, bytes, ...(not ? { not } : {}) })
  }

  private pattern(value: string): void {
    const not = value.startsWith('!')
    const said = /^\/(.*)\/([A-Za-z]*)$/s.exec(unquoted(not ? value.slice(1).trim() : value))
    if (!said) throw new Beyond('pcre', 'it is written "/expression/flags"')
    const made: { -readonly [K in keyof Pattern]: Pattern[K] } = {
      kind: 'pattern',
      in: this.buffer,
      source: said[1]!.replace(/\\([/";])/g, '$1'),
    }
    if (not) made.not = true
    for (const flag of said[2]!) {
      const buffer = own(PATTERN_BUFFERS, flag)
      if (buffer !== undefined) made.in = buffer
      else if (flag === 'i') made.nocase = true
      else if (flag === 's') made.dotAll = true
      else if (flag === 'm') made.multiline = true
      else if (flag === 'A') made.anchored = true
      else if (flag === 'R') made.relative = true
      else if (flag !== 'G' && flag !== 'E' && flag !== 'O' && flag !== 'B')
        throw new Beyond('pcre', `its flag ${flag} is not understood`)
    }
    this.draft.tests.push(made)
  }

  private dataAt(value: string): void {
    const said = /^(!)?\s*(\d{1,5})((?:\s*,\s*(?:relative|rawbytes))*)$/.exec(value)
    if (!said) throw new Beyond('isdataat', `"${value}" is not understood`)
    this.draft.tests.push({
      kind: 'data-at',
      in: this.buffer,
      count: Number(said[2]),
      ...(said[1] ? { not: true } : {}),
      ...(said[3]!.includes('relative') ? { relative: true } : {}),
    })
  }

  private uriLength(value: string): void {
    const raw = /^(.*?)\s*,\s*(raw|norm)$/.exec(value)
    const which = raw?.[2] === 'norm' ? 'http.uri' : 'http.uri.raw'
    this.draft.tests.push({ kind: 'length', in: which, range: range('urilen', raw?.[1] ?? value) })
  }

  private flow(value: string): void {
    for (const one of value.split(',').map((v) => v.trim())) {
      switch (one) {
        case 'to_server':
        case 'from_client':
          this.draft.way = 'to-server'
          break
        case 'to_client':
        case 'from_server':
          this.draft.way = 'to-client'
          break
        case 'established':
          this.draft.established = true
          break
        case 'stateless':
        case 'only_stream':
          break
        default:
          throw new Beyond('flow', `"${one}" is not understood`)
      }
    }
  }

  private flowbits(value: string): void {
    const [what, names] = value.split(',', 2).map((v) => v.trim()) as [string, string | undefined]
    if (what === 'noalert' && names === undefined) {
      this.draft.silent = true
      return
    }
    const list = (names ?? '').split('|').map((n) => n.trim())
    if (!/^(?:set|unset|toggle|isset|isnotset)$/.test(what) || list.some((n) => !/^[\w.\-/]{1,100}$/.test(n)))
      throw new Beyond('flowbits', `"${value}" is not understood`)
    if (list.length > 1 && !what.startsWith('is')) throw new Beyond('flowbits', 'one name at a time is set')
    this.draft.bits.push({ do: what as Bit['do'], names: list })
  }

  private threshold(keyword: string, value: string): void {
    const said = new Map<string, string>()
    for (const part of value.split(',')) {
      const [name, ...rest] = part.trim().split(/\s+/)
      said.set(name!, rest.join(' '))
    }
    for (const name of said.keys())
      if (!['type', 'track', 'count', 'seconds'].includes(name)) throw new Beyond(keyword, `"${name}" is not understood`)
    const type = said.get('type') ?? (keyword === 'detection_filter' ? 'threshold' : '')
    const by = BY[said.get('track') ?? '']
    if (by === undefined) throw new Beyond(keyword, `track ${said.get('track') ?? ''} is not understood`)
    const count = number(keyword, said.get('count') ?? '', 1, 1_000_000)
    const seconds = number(keyword, said.get('seconds') ?? '', 1, 86_400 * 30)
    if (!['limit', 'threshold', 'both'].includes(type)) throw new Beyond(keyword, `type ${type} is not understood`)
    // how often it is told of is no question here: it is told of once, and counted
    if (type !== 'limit') this.draft.threshold = { count: keyword === 'detection_filter' ? count + 1 : count, seconds, by }
  }

  private metadata(value: string): void {
    for (const [, id] of value.matchAll(/\bmitre_technique_id\s+(T\d{4}(?:[._]\d{3})?)\b/g))
      if (this.draft.techniques.length < 8) this.draft.techniques.push(id!.replace('_', '.'))
  }
}

const BY: Record<string, Threshold['by']> = { by_src: 'source', by_dst: 'target', by_both: 'both', by_rule: 'rule' }

/** What is wrong with a rule as a whole: the keyword, and why. */
export function faultOf(rule: Rule): [keyword: string | undefined, why: string] | undefined {
  const { tests, transport, flags: of, size, type, code } = rule
  const asked = tests.filter((t) => t.kind !== 'name' && t.in !== 'payload' && !ANSWERED.has(t.in))
  const answered = tests.filter((t) => t.kind !== 'name' && ANSWERED.has(t.in))
  if (asked.length > 0 && answered.length > 0)
    return [(answered[0] as Content).in, 'question and answer are looked at one by one: a rule may be of one of them']
  if (of !== undefined && (transport !== 'tcp' || !isOfHeaders(rule)))
    return ['flags', 'they are looked at in rules for tcp without content: segments are put together before they are searched']
  if (size !== undefined && transport !== 'udp' && !(transport === 'tcp' && isOfHeaders(rule)))
    return [
      'dsize',
      'it is looked at in rules for udp, and for tcp without content: segments are put together before they are searched',
    ]
  if ((type !== undefined || code !== undefined) && transport !== 'icmp') return ['itype', 'only icmp has it']
  if (transport === 'icmp' && !isOfHeaders(rule)) return ['content', 'of icmp only type and code are looked at']
  for (const [i, test] of tests.entries()) {
    if (test.kind === 'content') {
      if (test.bytes.length === 0) return ['content', 'it is empty']
      if (test.fast && test.not) return ['fast_pattern', 'what must not be there cannot be looked for first']
      if ((test.distance !== undefined || test.within !== undefined) && (test.offset !== undefined || test.depth !== undefined))
        return ['distance', 'it stands beside offset or depth: from where is it counted?']
      if (test.within !== undefined && test.within < test.bytes.length) return ['within', 'it is shorter than the content']
      if (test.depth !== undefined && test.depth < test.bytes.length) return ['depth', 'it is shorter than the content']
    }
    if (test.kind === 'pattern') {
      try {
        void new Expression(test.source, test)
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error
        return ['pcre', error.message]
      }
    }
    const relative =
      test.kind === 'content'
        ? test.distance !== undefined || test.within !== undefined
        : (test.kind === 'pattern' || test.kind === 'data-at') && test.relative === true
    if (
      relative &&
      !tests.slice(0, i).some((b) => (b.kind === 'content' || b.kind === 'pattern') && b.in === (test as Content).in && !b.not)
    )
      return [
        test.kind === 'content' ? 'distance' : test.kind === 'pattern' ? 'pcre' : 'isdataat',
        'it is relative, and nothing stands before it',
      ]
  }
  return undefined
}

/** keyword and value of each option: text in quotes may hold ';'. */
function* options(text: string): Generator<[keyword: string, value: string]> {
  let at = 0
  while (at < text.length) {
    const begin = at
    let quoted = false
    while (at < text.length && (quoted || text[at] !== ';')) {
      if (text[at] === '\\') at++
      else if (text[at] === '"') quoted = !quoted
      at++
    }
    const option = text.slice(begin, at).trim()
    if (quoted) throw new Beyond(/^[\w.]*/.exec(option)![0] || undefined, 'a text in quotes that is not closed')
    at++
    if (option === '') continue
    if (at > text.length) throw new Beyond(/^[\w.]*/.exec(option)![0] || undefined, 'it is not ended by ";"')
    const colon = option.indexOf(':')
    if (colon < 0) yield [option, '']
    else yield [option.slice(0, colon).trim(), option.slice(colon + 1).trim()]
  }
}

function unquoted(value: string): string {
  return value.startsWith('"') && value.endsWith('"') && value.length >= 2 ? value.slice(1, -1) : value
}

/** Text with bytes in hexadecimal between bars; the backslash stands before `"`, `;`, `:`, `|` and itself. */
export function bytesOf(text: string): Uint8Array {
  const out: number[] = []
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '|') {
      const end = text.indexOf('|', i + 1)
      const hex = end < 0 ? '' : text.slice(i + 1, end).replaceAll(/\s/g, '')
      if (end < 0 || !/^(?:[0-9a-fA-F]{2})*$/.test(hex))
        throw new Beyond('content', 'bytes between bars are pairs of hexadecimal digits')
      for (let k = 0; k < hex.length; k += 2) out.push(Number.parseInt(hex.slice(k, k + 2), 16))
      i = end
      continue
    }
    if (text[i] === '\\' && /[";:|\\]/.test(text[i + 1] ?? '')) i++
    const character = String.fromCodePoint(text.codePointAt(i)!)
    out.push(...encoder.encode(character))
    i += character.length - 1
  }
  return Uint8Array.from(out)
}

const encoder = new TextEncoder()

function number(keyword: string, value: string, least: number, most: number): number {
  const n = /^-?\d{1,7}$/.test(value) ? Number(value) : Number.NaN
  if (!(n >= least && n <= most)) throw new Beyond(keyword, `"${value}" is no number from ${least} to ${most}`)
  return n
}

/** 5, <5, >5, 5<>9 (both ends are out). */
function range(keyword: string, value: string): Range {
  const said = /^(?:(\d{1,5})|([<>])\s*(=?)\s*(\d{1,5})|(\d{1,5})\s*<>\s*(\d{1,5})|(\d{1,5})\s*-\s*(\d{1,5}))$/.exec(value)
  if (!said) throw new Beyond(keyword, `"${value}" is no number and no range`)
  const [, one, sign, same, bound, low, high, from, to] = said
  if (one !== undefined) return { least: Number(one), most: Number(one) }
  if (low !== undefined) return { least: Number(low) + 1, most: Number(high) - 1 }
  if (from !== undefined) return { least: Number(from), most: Number(to) }
  const by = same === '=' ? 0 : 1
  return sign === '<' ? { least: 0, most: Number(bound) - by } : { least: Number(bound) + by, most: Infinity }
}

const FLAG_BITS: Record<string, number> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128, '0': 0 }

function flags(value: string): NonNullable<Rule['flags']> {
  const made = flagsOf(value)
  if (!made) throw new Beyond('flags', `"${value}" is not understood`)
  return made
}

/** S, SA+, !R, S,CE (but for these); undefined for what is none. */
export function flagsOf(value: string): Rule['flags'] {
  const said = /^([!*+])?([FSRPAUEC0]+)([!*+])?(?:,\s*([FSRPAUEC]+))?$/.exec(value.replaceAll('1', 'C').replaceAll('2', 'E'))
  if (!said || (said[1] && said[3])) return undefined
  const bits = (text: string) => text.split('').reduce((sum, c) => sum | FLAG_BITS[c]!, 0)
  const how = said[1] ?? said[3]
  const mask = 0xff & ~(said[4] === undefined ? 0 : bits(said[4]))
  return { value: bits(said[2]!), mask, how: how === '+' ? 'all' : how === '*' ? 'any' : how === '!' ? 'none' : 'equal' }
}

function own<T>(of: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(of, key) ? of[key] : undefined
}
