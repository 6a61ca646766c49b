import type { Difference, Said } from './conversations.ts'
import { fromBase64, hasControls } from '../src/decode/protocols/dialogue.ts'
import { METHODS } from '../src/decode/protocols/rtsp.ts'
import { plain } from './differential.ts'

/** Where we differ, and which of us is right. */
interface Explained {
  readonly protocol: string
  readonly fields?: readonly string[]
  readonly why: string
  when(difference: Difference): boolean
}

const sides = ['client', 'server'] as const
/** What a side said, one character a byte. */
const words = ({ said }: Difference, from: Said[0]) =>
  said.map(([side, bytes]) => (side === from ? Buffer.from(bytes).toString('latin1') : '')).join('')
const both = (d: Difference) => words(d, 'client') + words(d, 'server')
const hexOf = (said: string) => Buffer.from(said, 'latin1').toString('hex')
const begins = (d: Difference, digits: string) => hexOf(words(d, 'client')).startsWith(digits)
/** One of these headers has this value. */
const header = (d: Difference, ...names: readonly string[]) =>
  sides.some((side) =>
    words(d, side)
      .split(/\r\n|\n|\r/)
      .some(
        (line) =>
          names.some((name) => line.toLowerCase().startsWith(`${name}:`)) &&
          plain(line.slice(line.indexOf(':') + 1).trim()) === d.value,
      ),
  )

/** MQTT 5.0 section 1.5.5. */
function mqttSize(bytes: Buffer, at: number): number {
  let size = 0
  for (let i = 1; i <= 4 && at + i < bytes.length; i++) {
    size += (bytes[at + i]! & 127) * 128 ** (i - 1)
    if (bytes[at + i]! < 128) return 1 + i + size
  }
  return -1
}

/** Packets of MQTT that say that they are CONNECT. */
function connects(said: string): number {
  const bytes = Buffer.from(said, 'latin1')
  let count = 0
  for (let at = 0, size = 0; at < bytes.length && (size = mqttSize(bytes, at)) > 0; at += size) if (bytes[at]! >> 4 === 1) count++
  return count
}

/** Messages that have their size in front: one of them is longer than what was sent. */
function claimsMore(said: string, sizeAt: (bytes: Buffer, at: number) => number): boolean {
  const bytes = Buffer.from(said, 'latin1')
  for (let at = 0; at < bytes.length;) {
    const size = sizeAt(bytes, at)
    if (size <= 0 || at + size > bytes.length) return true
    at += size
  }
  return false
}

export const EXPLAINED: readonly Explained[] = [
  {
    protocol: 'amqp',
    why: "tshark takes the header of 0-9-1 (section 4.2.2) for no version, and reads from the first whole method on that is a segment's only one",
    when: (d) => begins(d, '414d515000000901'),
  },
  {
    protocol: 'ssh',
    why: 'tshark learns the version from a line of the client that says 2.0 or 1.99 and is its first (RFC 4253 section 4.2), and reads nothing without',
    when: (d) => d.field !== 'ssh.protocol' && !/^SSH-(2\.0|1\.99)-[^\n]*\n/.test(words(d, 'client')),
  },
  {
    protocol: 'sip',
    fields: ['sip.User-Agent', 'sip.Server'],
    why: 'tshark gives headers up at one that it cannot read; the line is there',
    when: (d) => header(d, 'user-agent', 'server'),
  },
  {
    protocol: 'sip',
    fields: ['sip.from.user'],
    why: 'the same',
    when: (d) => d.malformed && words(d, 'client').includes(`sip:${d.value}@`),
  },
  {
    protocol: 'sip',
    fields: ['sip.from.user'],
    why: 'what is before a ":" (behind it is a password, RFC 3261 section 25.1), and behind the last "<"; tshark shows all',
    when: (d) =>
      d.theirs.some((user) => user.startsWith(`${d.value}:`) || user.endsWith(`:${d.value}`)) ||
      words(d, 'client').includes(`sip:${d.value}:`),
  },
  {
    protocol: 'sip',
    fields: ['sip.auth.scheme'],
    why: 'tshark gives headers up at one that it cannot read, and reads no scheme without parameters; the header is there',
    when: (d) =>
      /^[\w-]+$/.test(d.value) &&
      both(d)
        .split('\n')
        .some((line) => new RegExp(`^(?:www-|proxy-)?auth(?:enticate|orization): *${d.value}(?:[ ,\\r]|$)`, 'i').test(line)),
  },
  {
    protocol: 'sip',
    fields: ['sdp.media.media', 'sdp.media.proto'],
    why: 'tshark reads a description no further than it is sound, and none of a message whose headers are not; the line is there (RFC 8866 section 5.14)',
    when: (d) => new RegExp(`^m=(?:${d.value} \\d\\S* \\S+|\\S+ \\d\\S* ${d.value}) \\S`, 'm').test(both(d)),
  },
  {
    protocol: 'sip',
    fields: ['sip.CSeq.method'],
    why: 'the same; of two we take the one that can be read',
    when: (d) => new RegExp(`cseq:\\s*\\d+\\s+${d.value}\\b`, 'i').test(both(d)),
  },
  {
    protocol: 'dns',
    why: 'of a message that claims more than was sent (RFC 1035 section 4.2.2) tshark shows nothing',
    when: (d) =>
      sides.some((side) => claimsMore(words(d, side), (bytes, at) => (at + 2 > bytes.length ? -1 : 2 + bytes.readUInt16BE(at)))),
  },
  {
    protocol: 'dns',
    why: 'of a record whose name is none tshark reads no further; we go on at its end (RFC 1035 section 4.1.3: RDLENGTH)',
    when: (d) => d.malformed,
  },
  {
    protocol: 'sip',
    fields: ['sip.Status-Code', 'sip.Method'],
    why: 'of a message whose headers have no end tshark shows nothing',
    when: (d) =>
      sides.some((side) =>
        new RegExp(`(?:SIP/2\\.0 ${d.value} |${d.value} \\S+ SIP/2\\.0)(?:(?!\\r?\\n\\r?\\n)[^])*$`).test(words(d, side)),
      ),
  },
  {
    protocol: 'sip',
    fields: ['sip.Method', 'sip.r-uri.host'],
    why: 'of a first line of more than 512 bytes we read the beginning',
    when: (d) =>
      words(d, 'client')
        .split('\n')
        .some((line) => line.length > 512 && line.includes(d.value)),
  },
  {
    protocol: 'rtsp',
    fields: ['rtsp.url'],
    why: 'what stands before an "@" may be a user and a password (RFC 3986 section 3.2.1), and is taken out of our URLs',
    when: (d) => (both(d).match(/rtsp:\/\/\S+/g) ?? []).some((url) => url.replace(/\/\/[^/?]*@/, '//') === d.value),
  },
  {
    protocol: 'rtsp',
    why: 'a method that nobody registered is one, too (RFC 2326 section 6.1: extension-method); tshark shows those of the RFC',
    when: (d) =>
      [...both(d).matchAll(/([A-Z_]{3,20}) (\S+) RTSP\/\d/g)].some(
        ([, method, url]) => !METHODS.includes(method!) && (method === d.value || url === d.value),
      ),
  },
  {
    protocol: 'mqtt',
    why: 'a second CONNECT, or one of the server, is none (MQTT 5.0 section 3.1); tshark reads on as it says',
    when: (d) => connects(words(d, 'client')) > 1 || connects(words(d, 'server')) > 0,
  },
  {
    protocol: 'mqtt',
    why: 'of a packet whose end was never sent we show what is there',
    when: (d) => sides.some((side) => claimsMore(words(d, side), mqttSize) && plain(words(d, side)).endsWith(d.value)),
  },
  {
    protocol: 'smtp',
    fields: ['smtp.auth.username', 'smtp.auth.password'],
    why: 'tshark takes a line for a user or a password by the 334 before it (RFC 4954 section 4); a server reads the lines behind AUTH LOGIN in their order, whenever they were sent',
    when: (d) =>
      [...words(d, 'client').matchAll(/^AUTH LOGIN\r?\n(.*)\r?\n(?:(.*)\r?\n)?/gim)].some(
        ([, user, password]) => fromBase64(d.field === 'smtp.auth.username' ? user! : (password ?? '')) === d.value,
      ),
  },
  {
    protocol: 'sip',
    fields: ['sip.r-uri.host'],
    why: 'two "@": none may be in a host or, as it is, in a user (RFC 3261 section 25.1); we show what is behind the last, and nothing that may be a user',
    when: (d) => d.theirs.some((host) => host.endsWith(`@${d.value}`)),
  },
  {
    protocol: 'amqp',
    why: 'of a frame that claims more than was sent tshark shows nothing',
    when: (d) =>
      sides.some((side) =>
        claimsMore(words(d, side), (bytes, at) =>
          bytes.toString('latin1', at, at + 4) === 'AMQP' ? 8 : at + 4 > bytes.length ? -1 : bytes.readUInt32BE(at),
        ),
      ),
  },
  {
    protocol: 'adb',
    why: 'tshark takes a segment that is not one message for data, or for the rest of a message that claims more than was sent',
    when: ({ said }) =>
      said.some(([, b]) => b.length < 24 || b.length !== 24 + Buffer.from(b.buffer, b.byteOffset, b.length).readUInt32LE(12)),
  },
  {
    protocol: 'ssh',
    why: 'of a packet (RFC 4253 section 6) that was not sent to its end tshark shows nothing',
    when: (d) =>
      sides.some((side) => {
        const said = words(d, side)
        return claimsMore(said.slice(said.indexOf('\n') + 1), (bytes, at) =>
          at + 4 > bytes.length ? -1 : 4 + bytes.readUInt32BE(at),
        )
      }),
  },
  {
    protocol: 'xmpp',
    why: 'tshark reads no further than XML is well formed (RFC 6120 section 11.3); what we read stands there',
    when: (d) =>
      !d.value.includes('<') &&
      sides.some((side) => {
        const said = words(d, side)
        const secrets = [...said.matchAll(/>([A-Za-z0-9+/]+={0,2})</g)].flatMap(([, one]) => (fromBase64(one!) ?? '').split('\0'))
        return [`'${d.value}'`, `"${d.value}"`, `>${d.value}<`].some((one) => said.includes(one)) || secrets.includes(d.value)
      }),
  },
  {
    protocol: 'telnet',
    fields: ['telnet.data'],
    why: 'tshark shows what is before a NUL (RFC 854: it does nothing), and does not take back what a backspace, DEL or ^U takes back',
    when: (d) => hasControls(words(d, 'client').replaceAll(/[\r\n]/g, '')),
  },
  {
    protocol: 'smtp',
    fields: ['smtp.req.parameter'],
    why: 'lines of a message for which nobody asked, not yet or not again (354), are commands to a server (RFC 5321 section 4.1.1)',
    when: ({ said, value }) => {
      const texts = said.map(([side, bytes]) => [side, Buffer.from(bytes).toString('latin1')] as const)
      const asked = (one: (typeof texts)[number]) => one[0] === 'server' && /(?:^|\n)354/.test(one[1])
      const commands = new RegExp(`^(?:MAIL FROM|RCPT TO): ?<${value}>`, 'im')
      const first = texts.findIndex(asked)
      const given = texts.map(([side, text], at) => (side === 'client' && commands.test(text) ? at : -1)).filter((at) => at >= 0)
      return given.some((at) => first < 0 || at < first) || given.length > texts.filter(asked).length
    },
  },
  {
    protocol: 's7',
    why: 'a unit in pieces (ISO 8073 section 13.7.3: no end of TSDU) is shown by tshark when its last has come, by us from its first',
    when: (d) => /0300.{4}02f0[0-7]/.test(hexOf(both(d))),
  },
  {
    protocol: 's7',
    why: 'a list that goes on in later units, of which tshark shows nothing until the last',
    when: (d) => /3207.{16}00011208128401.{4}(?!00)/.test(hexOf(words(d, 'server'))),
  },
  {
    protocol: 'http',
    fields: ['http.response.code'],
    why: 'tshark loses what comes after an answer whose body it waits for; the status line is there',
    when: (d) => new RegExp(`(?:^|\\n)HTTP/1\\.\\d ${d.value}\\b`).test(words(d, 'server')),
  },
  {
    protocol: 'http',
    fields: ['http.request.uri'],
    why: 'a target with blanks: things send such, and the version is the last word (RFC 9112 section 3 lets a recipient read on); tshark ends it at the first',
    when: (d) => d.value.includes(' '),
  },
  {
    protocol: 'http',
    fields: ['http.server', 'http.user_agent', 'http.host'],
    why: 'tshark gives headers up at a line that is none; the header is there',
    when: (d) => header(d, 'server', 'user-agent', 'host'),
  },
  {
    protocol: 'http',
    fields: ['http.authbasic'],
    why: 'we end at the first sign that is no base64 (RFC 4648 section 3.3), tshark passes over it',
    when: (d) => d.theirs.some((pair) => pair.startsWith(d.value)),
  },
  {
    protocol: 'http',
    fields: ['http.authbasic'],
    why: 'tshark gives headers up at a line that is none; the header is there',
    when: (d) =>
      [...words(d, 'client').matchAll(/authorization: *basic ([^\r\n]*)/gi)].some(([, pair]) => fromBase64(pair!) === d.value),
  },
  {
    protocol: 'dnp3',
    why: 'a message in segments or fragments (not both FIR and FIN, IEEE 1815 sections 8.2 and 4.2): tshark shows it when its last has come, and such as begin none put its joining of later ones out of step',
    // transport and application control behind the header of ten bytes
    when: (d) => /0564.{16}(?![c-f].[c-f]).{4}/.test(hexOf(both(d))),
  },
  {
    protocol: 'ftp',
    fields: ['ftp.request.command'],
    why: "Telnet's interrupt and synch before a command are none of it (RFC 959 section 4.1.3)",
    when: (d) => new RegExp(`[\xff\xf4\xf2]${d.value}`, 'i').test(words(d, 'client')),
  },
  {
    protocol: 'imap',
    fields: ['imap.request'],
    why: 'tshark gives a line up that begins with what is no tag (RFC 9051 section 9); the next ones are there',
    when: (d) =>
      d.malformed &&
      words(d, 'client')
        .split('\r\n')
        .some((line) => !hasControls(line) && line.includes(d.value)),
  },
  {
    protocol: 'modbus',
    why: 'a request that is too short for its function (section 6) is one: tshark gives it up',
    when: (d) => d.malformed && ['mbtcp.trans_id', 'mbtcp.unit_id', 'modbus.func_code'].includes(d.field),
  },
  {
    protocol: 'modbus',
    why: 'of a message that claims more than was sent tshark shows nothing',
    when: (d) => claimsMore(words(d, 'client'), (bytes, at) => (at + 6 > bytes.length ? -1 : 6 + bytes.readUInt16BE(at + 4))),
  },
  {
    protocol: 'modbus',
    fields: ['modbus.exception_code'],
    why: 'an exception that says 0, which is no code (section 7): tshark takes the answer for a good one',
    when: (d) => d.value === '0',
  },
  {
    protocol: 'enip',
    why: 'of a message that claims more than was sent tshark shows the header',
    when: (d) =>
      sides.some((side) =>
        claimsMore(words(d, side), (bytes, at) => (at + 4 > bytes.length ? -1 : 24 + bytes.readUInt16LE(at + 2))),
      ),
  },
]

export function explained(protocol: string, difference: Difference): Explained | undefined {
  return EXPLAINED.find(
    (e) => e.protocol === protocol && (e.fields === undefined || e.fields.includes(difference.field)) && e.when(difference),
  )
}
