import type { FtpMessage } from '../../../decode/protocols/ftp.ts'
import type { HttpExchange } from '../../../decode/protocols/http.ts'
import type { MailMessage } from '../../../decode/protocols/mail.ts'
import type { RtspMessage } from '../../../decode/protocols/rtsp.ts'
import type { SshMessage } from '../../../decode/protocols/ssh.ts'
import type { TelnetMessage } from '../../../decode/protocols/telnet.ts'
import type { XmppMessage } from '../../../decode/protocols/xmpp.ts'
import { ofType } from '../../decoded.ts'
import { given, type StreamColumn, unescaped } from './column.ts'

/* Protocols of lines and texts, in tshark's fields. */

const upper = (values: readonly string[]) => values.map((value) => value.toUpperCase())

export const ftpColumns: readonly StreamColumn<FtpMessage>[] = [
  { field: 'ftp.request.command', from: 'client', ours: (ms) => ofType(ms, 'command').map((m) => m.command), theirs: upper },
  {
    field: 'ftp.request.arg',
    from: 'client',
    ours: (ms) => [
      ...ofType(ms, 'command').flatMap((m) => given(m.argument)),
      ...ofType(ms, 'login').flatMap((m) => given(m.password)),
    ],
  },
  {
    field: 'ftp.response.code',
    from: 'server',
    ours: (ms) => [...ofType(ms, 'banner').map(() => '220'), ...ofType(ms, 'command').flatMap((m) => given(m.reply))],
  },
  { field: 'ftp.response.arg', from: 'server', ours: (ms) => ofType(ms, 'banner').flatMap((m) => given(m.banner)) },
]

/** Between the brackets of MAIL FROM and RCPT TO. */
const address = (value: string) => /<([^<>]+)>/.exec(value)?.[1] ?? value

export const smtpColumns: readonly StreamColumn<MailMessage>[] = [
  {
    field: 'smtp.req.parameter',
    from: 'client',
    ours: (ms) => [...ofType(ms, 'hello').flatMap((m) => given(m.name)), ...ofType(ms, 'envelope').map((m) => m.address)],
    theirs: (values) => values.flatMap((value) => [value, address(value)]),
  },
  { field: 'smtp.rsp.parameter', from: 'server', ours: (ms) => ofType(ms, 'banner').flatMap((m) => given(m.banner)) },
  { field: 'smtp.auth.username', from: 'client', ours: (ms) => logins(ms, 'LOGIN').flatMap((m) => given(m.user)) },
  { field: 'smtp.auth.password', from: 'client', ours: (ms) => logins(ms, 'LOGIN').flatMap((m) => given(m.password)) },
]

const logins = (ms: readonly MailMessage[], ...schemes: readonly string[]) =>
  ofType(ms, 'login').filter((m) => schemes.includes(m.scheme))

export const pop3Columns: readonly StreamColumn<MailMessage>[] = [
  {
    field: 'pop.request.parameter',
    from: 'client',
    // the digest of APOP is not ours to show
    ours: (ms) => [
      ...logins(ms, 'USER').flatMap((m) => given(m.user, m.password)),
      ...logins(ms, 'APOP').flatMap((m) => given(m.user)),
    ],
    theirs: (values) => values.flatMap((value) => [value, value.split(' ')[0]!]),
  },
  {
    field: 'pop.response.description',
    from: 'server',
    ours: (ms) => ofType(ms, 'banner').flatMap((m) => given(m.banner)),
  },
]

export const imapColumns: readonly StreamColumn<MailMessage>[] = [
  {
    // tshark's own user and password are those of quoted strings only: its lines, read by the grammar of RFC 3501 section 9
    field: 'imap.request',
    from: 'client',
    ours: (ms) => logins(ms, 'LOGIN').flatMap((m) => given(m.user, m.password)),
    theirs: (values) =>
      values
        .map(unescaped)
        .flatMap((line) => [line, ...[...line.matchAll(/"((?:[^"\\]|\\.)*)"|[^ "]+/g)].map((m) => m[1] ?? m[0])]),
  },
  {
    field: 'imap.line',
    from: 'server',
    ours: (ms) => ofType(ms, 'banner').flatMap((m) => given(m.banner)),
    theirs: (values) =>
      values.flatMap((line) =>
        [line, unescaped(line)].map((one) => one.replace(/(?:\\r|\\n|[\r\n])+$/, '').replace(/^\* [A-Z]+ /i, '')),
      ),
  },
]

export const rtspColumns: readonly StreamColumn<RtspMessage>[] = [
  { field: 'rtsp.method', ours: (ms) => ofType(ms, 'request').map((m) => m.method) },
  // users and passwords are taken out of ours
  { field: 'rtsp.url', ours: (ms) => ofType(ms, 'request').flatMap((m) => (m.url.includes('…') ? [] : given(m.url))) },
  { field: 'rtsp.status', ours: (ms) => ofType(ms, 'response').map((m) => String(m.status)) },
]

export const sshColumns: readonly StreamColumn<SshMessage>[] = [
  {
    field: 'ssh.protocol',
    ours: (ms) =>
      ofType(ms, 'banner').map(
        (m) => `SSH-${m.version}${m.software === '' ? '' : `-${m.software}`}${m.comment === '' ? '' : ` ${m.comment}`}`,
      ),
  },
  { field: 'ssh.kex_algorithms', ours: (ms) => ofType(ms, 'key-exchange').flatMap((m) => given(m.keyExchange.join())) },
  { field: 'ssh.server_host_key_algorithms', ours: (ms) => ofType(ms, 'key-exchange').flatMap((m) => given(m.hostKey.join())) },
  {
    field: 'ssh.encryption_algorithms_server_to_client',
    ours: (ms) => ofType(ms, 'key-exchange').flatMap((m) => given(m.ciphers.join())),
  },
  { field: 'ssh.mac_algorithms_server_to_client', ours: (ms) => ofType(ms, 'key-exchange').flatMap((m) => given(m.macs.join())) },
]

const VERBS = ['subnegotiates', 'will', "won't", 'do', "don't"]
/** IANA's numbers. */
const OPTIONS: Readonly<Record<string, number>> = {
  binary: 0,
  echo: 1,
  'suppress-go-ahead': 3,
  status: 5,
  'timing-mark': 6,
  'terminal-type': 24,
  'window-size': 31,
  'terminal-speed': 32,
  'remote-flow-control': 33,
  linemode: 34,
  'x-display-location': 35,
  environment: 36,
  authentication: 37,
  encryption: 38,
  'new-environment': 39,
}
const negotiated = (ms: readonly TelnetMessage[]) =>
  ofType(ms, 'session').flatMap((m) => m.options.map((option) => option.split(' ')))
/** What was typed, line by line. */
const typed = (values: readonly string[]) =>
  values
    .map(unescaped)
    .join('')
    .split(/[\r\n\0]+/)

export const telnetColumns: readonly StreamColumn<TelnetMessage>[] = [
  { field: 'telnet.cmd', ours: (ms) => negotiated(ms).map(([, verb]) => String(250 + VERBS.indexOf(verb!))) },
  { field: 'telnet.subcmd', ours: (ms) => negotiated(ms).flatMap(([, , option]) => given(OPTIONS[option!])) },
  {
    field: 'telnet.data',
    from: 'client',
    ours: (ms) => ofType(ms, 'login').flatMap((m) => given(m.user, m.password)),
    theirs: typed,
  },
]

/** A user and a password in base64 (RFC 4616). */
const plain = (value: string) => Buffer.from(value, 'base64').toString('utf8').split('\0').slice(1, 3)
const attributes = (name: string) => (values: readonly string[]) =>
  values.flatMap((value) => (value.startsWith(`${name}=`) ? [value.slice(name.length + 2, -1)] : []))

export const xmppColumns: readonly StreamColumn<XmppMessage>[] = [
  {
    field: 'xml.attribute',
    from: 'client',
    ours: (ms) => ofType(ms, 'stream').flatMap((m) => given(m.to)),
    theirs: attributes('to'),
  },
  { field: 'xmpp.xmlns', from: 'client', ours: (ms) => ofType(ms, 'stream').flatMap((m) => given(m.namespace)) },
  { field: 'xml.cdata', from: 'server', ours: (ms) => ofType(ms, 'stream').flatMap((m) => given(...m.mechanisms)) },
  {
    field: 'xml.attribute',
    from: 'client',
    ours: (ms) => ofType(ms, 'login').flatMap((m) => (m.mechanism === 'jabber:iq:auth' ? [] : given(m.mechanism))),
    theirs: attributes('mechanism'),
  },
  {
    field: 'xml.cdata',
    from: 'client',
    ours: (ms) => ofType(ms, 'login').flatMap((m) => given(m.user, m.password)),
    theirs: (values) => values.flatMap((value) => [value, ...plain(value)]),
  },
]

export const httpColumns: readonly StreamColumn<HttpExchange>[] = [
  { field: 'http.request.method', ours: (ms) => ms.flatMap((m) => given(m.request?.method)) },
  { field: 'http.request.uri', ours: (ms) => ms.flatMap((m) => given(m.request?.target)) },
  { field: 'http.host', ours: (ms) => ms.flatMap((m) => given(m.request?.host)) },
  { field: 'http.user_agent', ours: (ms) => ms.flatMap((m) => given(m.request?.agent)) },
  { field: 'http.response.code', ours: (ms) => ms.flatMap((m) => given(m.response?.status)) },
  { field: 'http.server', ours: (ms) => ms.flatMap((m) => given(m.response?.server)) },
  {
    field: 'http.authbasic',
    ours: (ms) =>
      ms.flatMap((m) =>
        (m.request?.authorization ?? []).flatMap((a) =>
          a.user !== undefined && /^basic$/i.test(a.scheme) ? [`${a.user}:${a.secret}`] : [],
        ),
      ),
  },
]
