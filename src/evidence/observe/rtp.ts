import type { RtcpMessage } from '../../decode/protocols/rtcp.ts'
import type { RtpMessage } from '../../decode/protocols/rtp.ts'
import { type Context, receiverOf, roleOf, senderOf } from '../context.ts'
import { shown } from './shown.ts'

/** Sound and pictures: to whom, of which kind. Its header is the same with SRTP, so that only content shows that it is readable. */
export function observeRtp(message: RtpMessage, context: Context): void {
  if (message.readable) context.protect('clear')
  const type = TYPES[message.payloadType] ?? `payload type ${message.payloadType}`
  tell('rtp', type, { media: type }, message, context)
}

/** Who takes part: in clear, with the software that it names. */
export function observeRtcp(message: RtcpMessage, context: Context): void {
  const { cname, tool } = message
  tell(
    'rtcp',
    '',
    { ...(cname === undefined ? {} : { name: shown(cname) }), ...(tool === undefined ? {} : { software: shown(tool) }) },
    message,
    context,
  )
}

function tell(
  protocol: 'rtp' | 'rtcp',
  kind: string,
  detail: Record<string, string>,
  message: RtpMessage | RtcpMessage,
  context: Context,
): void {
  const sender = senderOf(message, context)
  if (sender.host < 0) return
  const peer = context.peer(receiverOf(message, context), sender)
  const role = roleOf(message.fromClient)
  context.add(sender, 'protocol', `${protocol} ${role} ${peer.ip} ${kind}`, { protocol, role, peer, detail }, message.frame)
}

/** RFC 3551 section 6: static types that are met; others are named in a session's description. */
const TYPES: Readonly<Record<number, string>> = {
  0: 'G.711 µ-law',
  3: 'GSM',
  8: 'G.711 A-law',
  9: 'G.722',
  18: 'G.729',
  26: 'JPEG',
  33: 'MPEG transport stream',
}
