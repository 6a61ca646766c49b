import type { SipMessage } from '../../../decode/protocols/sip.ts'
import { ofType } from '../../decoded.ts'
import { given, nothing, type StreamColumn } from './column.ts'

/** Host of "sip:host:port". */
const host = (domain: string) => /^sips?:(\[[^\]]*\]|[^:]*)/i.exec(domain)?.[1]

/** SIP in tshark's fields, over UDP as over TCP. */
export const sipColumns: readonly StreamColumn<SipMessage>[] = [
  { field: 'sip.Method', ours: (ms) => ofType(ms, 'request').map((m) => m.method) },
  { field: 'sip.Status-Code', ours: (ms) => ofType(ms, 'response').map((m) => String(m.status)) },
  { field: 'sip.CSeq.method', ours: (ms) => ofType(ms, 'response').flatMap((m) => given(m.method)) },
  { field: 'sip.r-uri.host', ours: (ms) => ofType(ms, 'request').flatMap((m) => given(host(m.domain))) },
  { field: 'sip.from.user', ours: (ms) => ofType(ms, 'request').flatMap((m) => given(m.user)) },
  {
    field: 'sip.User-Agent',
    ours: (ms) => ms.flatMap((m) => (m.type === 'request' ? given(m.agent) : given(m.server))),
    theirs: (values, row) => [...values, ...row[6]!],
  },
  { field: 'sip.Server', ours: nothing },
  {
    field: 'sip.auth.scheme',
    ours: (ms) => ms.flatMap((m) => (m.type === 'request' ? given(m.authorization) : given(...m.demands))),
  },
  { field: 'sdp.media.media', ours: (ms) => ms.flatMap((m) => m.media.map((one) => one.split(' ')[0]!)) },
  { field: 'sdp.media.proto', ours: (ms) => ms.flatMap((m) => m.media.map((one) => one.split(' ')[1]!)) },
]
