import { mask } from '../../evidence/kinds.ts'
import { mqtt } from '../../decode/protocols/mqtt.ts'
import type { StreamPrefix } from '../../decode/stream.ts'
import { printable } from '../../decode/text.ts'

/** What a device told an impostor, as it may be stored and shown. */
export interface Confided {
  text: string
  /** A password, a token or the like was in it. */
  secret: boolean
}

const MAX_SHOWN = 300

/**
 * The beginning of what was sent, printable, every secret as `mask` writes it. Where in doubt it is masked: passwords by their keys and their
 * protocols' commands, headers that authenticate, cookies, and whatever is long and random enough to be a token. Bytes of a protocol that is
 * not known are not shown.
 */
export function confided(bytes: Buffer): Confided {
  const spoken = mqttSaid(bytes)
  if (spoken) return spoken
  const text = bytes.toString('latin1', 0, 4096)
  const words = text.replace(/[\r\n\t]/g, '')
  // oxlint-disable-next-line no-control-regex
  const strange = words.replace(/[^\u0000-\u001f\u007f-\u00ff]/g, '').length
  if (strange > words.length / 50) return { text: `${bytes.length} bytes of a protocol that is not known`, secret: false }
  let secret = false
  const hide = (value: string): string => {
    secret ||= value !== ''
    return mask(value)
  }
  const lines = text.split(/\r?\n/).map((line) => masked(line, hide))
  return { text: printable(lines.filter((line) => line !== '').join(' | '), MAX_SHOWN), secret }
}

/** Keys whose values are secret, wherever they stand: in a query, a form, JSON or a header. */
const KEY = String.raw`(?:[\w.-]{0,40}(?:pass|pwd|psk|psw|secret|token|key|auth|sign|session|sid|credential|pin|otp|hmac|digest|code)[\w.-]{0,20}|user(?:name|id)?|login|e-?mail|account|phone)`
const PAIR = new RegExp(
  String.raw`(["']?\b${KEY}["']?\s{0,4}[=:]\s{0,4})("(?:[^"\\]|\\.){0,2000}"|'[^']{0,2000}'|[^&\s,;"'}<]{1,2000})`,
  'gi',
)
const ELEMENT = new RegExp(String.raw`(<(?:\w{1,20}:)?${KEY}(?:\s[^<>]{0,200})?>)([^<]{1,2000})`, 'gi')
const HEADER = /^((?:proxy-)?authorization|cookie|[\w-]*(?:auth|token|key|secret|session|signature)[\w-]*)(\s*:\s*)(.*)$/i
/** Commands of mail, FTP, IRC, Redis and STOMP. */
const COMMAND = /^(\S{1,16}\s+LOGIN\s+\S+\s+|(?:PASS|AUTH(?:ENTICATE)?(?:\s+[A-Z][\w-]{2,20})?)\s+|passcode:)(\S.*)$/i
/** As long and mixed as no word is: base64, hex, JWT, UUID. */
const TOKEN = /[A-Za-z0-9+/_.=-]{20,}/g
const USERINFO = /(:\/\/)([^/\s@]{1,200})@/g

function masked(line: string, hide: (value: string) => string): string {
  const header = HEADER.exec(line)
  if (header) {
    const [, name = '', colon = '', value = ''] = header
    // the scheme of RFC 9110 section 11.4 is no secret
    const [, scheme = '', rest = value] =
      /^authorization$/i.test(name) || /^proxy-/i.test(name) ? (/^([A-Za-z]{1,16}\s+)(.+)$/.exec(value) ?? []) : []
    return `${name}${colon}${scheme}${hide(rest)}`
  }
  const command = COMMAND.exec(line)
  if (command) return `${command[1]}${hide(command[2]!)}`
  return line
    .replace(USERINFO, (_, before: string, user: string) => `${before}${hide(user)}@`)
    .replace(PAIR, (_, key: string, value: string) => `${key}${hide(value.replace(/^(["'])(.*)\1$/s, '$2'))}`)
    .replace(ELEMENT, (_, tag: string, value: string) => `${tag}${hide(value)}`)
    .replace(TOKEN, (word) =>
      word
        .split(/([/.=])/)
        .map((part) => (isRandom(part) ? hide(part) : part))
        .join(''),
    )
}

function isRandom(part: string): boolean {
  return part.length >= 20 && /\d/.test(part) && /[A-Za-z]/.test(part)
}

/** MQTT's packets as its decoder reads them. */
function mqttSaid(bytes: Buffer): Confided | undefined {
  const prefix = (of: Buffer): StreamPrefix => ({
    bytes: of,
    length: of.length,
    truncated: false,
    midstream: false,
    frameAt: () => 0,
  })
  const conversation = { client: prefix(bytes), server: prefix(Buffer.alloc(0)), clientPort: 0, serverPort: 0 }
  if (!mqtt.recognise(conversation)) return undefined
  const said: string[] = []
  let secret = false
  mqtt.decode(conversation, (message) => {
    if (message.type === 'connect') {
      const { clientId, user, password, version } = message
      secret ||= message.hasPassword
      said.push(
        `MQTT ${version} CONNECT client ${clientId}${user === undefined ? '' : `, user ${mask(user)}`}${message.hasPassword ? `, password ${mask(password ?? '')}` : ''}`,
      )
    } else if (message.type === 'publish') said.push(`PUBLISH to ${message.topic}, ${message.payloadLength} bytes`)
    else if (message.type === 'subscribe') said.push(`SUBSCRIBE to ${message.topics.join(', ')}`)
  })
  return said.length === 0 ? undefined : { text: printable(said.join(' | '), MAX_SHOWN), secret }
}
