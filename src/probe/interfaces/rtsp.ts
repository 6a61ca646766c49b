import { literal } from '../address.ts'
import type { RtspMessage } from '../../decode/protocols/rtsp.ts'
import { latin1 } from '../../decode/text.ts'
import type { DeviceAsking, OpenPort } from '../probe.ts'
import { hearStream } from '../services/heard.ts'

/** Where cameras' makers put their streams: paths that manuals and installers' lists give. */
export const PATHS = [
  '/',
  '/live',
  '/live/ch0',
  '/live/ch00_0',
  '/live.sdp',
  '/stream1',
  '/h264',
  '/11',
  '/ch0_0.h264',
  '/onvif1',
  '/videoMain',
  '/Streaming/Channels/101',
  '/cam/realmonitor?channel=1&subtype=0',
  '/user=admin_password=_channel=1_stream=0.sdp',
  '/media/video1',
  '/axis-media/media.amp',
]
const SOME = 8

/** Pictures that are described to anybody: DESCRIBE without a log-in (RFC 2326, section 10.2). No stream is begun. */
export async function askRtsp(asking: DeviceAsking): Promise<void> {
  for (const one of asking.open.filter(({ protocol, tls }) => protocol === 'rtsp' && !tls).slice(0, 3))
    await describe(asking, one)
}

async function describe({ asker, target, note, full, trouble }: DeviceAsking, { port }: OpenPort): Promise<void> {
  const host = literal(target.ip)
  let sequence = 0
  for (const path of full ? PATHS : PATHS.slice(0, SOME)) {
    const url = `rtsp://${host}:${port}${path}`
    const conversation = await asker.connect(target.ip, port, `asks for a description of ${path}, without a log-in`, { ms: 6000 })
    try {
      if (!conversation.open) return
      const asked = Buffer.from(
        `DESCRIBE ${url} RTSP/1.0\r\nCSeq: ${++sequence}\r\nAccept: application/sdp\r\nUser-Agent: Assay\r\n\r\n`,
      )
      conversation.write(asked)
      const { bytes } = await conversation.read({ silenceMs: 2000, enough: isWhole })
      if (bytes.length === 0) {
        trouble(
          `rtsp tcp/${port}`,
          `it gave no answer to DESCRIBE ${path}`,
          `Ask it again: assay probe ${target.ip} --only interfaces`,
          [conversation.ref],
        )
        return
      }
      const messages = (hearStream(bytes, port, { protocol: 'rtsp', bytes: asked })?.messages ?? []) as readonly RtspMessage[]
      const status = messages.find((m) => m.type === 'response')?.status
      const media = [
        ...new Set([...latin1(bytes, 0, bytes.length).matchAll(/^m=(video|audio|application) /gm)].map(([, kind]) => kind!)),
      ]
      // one that wants a log-in wants it for every path
      if (status === 401 || status === 403) return
      if (status !== 200 || media.length === 0) continue
      note(
        'probe.interface',
        `rtsp tcp/${port}`,
        {
          protocol: 'rtsp',
          port,
          what: `${url}: ${media.join(' and ')}, described without a log-in`,
          gives: 'stream',
          detail: { url },
        },
        [conversation.ref],
      )
      return
    } finally {
      conversation.close()
    }
  }
}

/** Head and, by its Content-Length, body. */
function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /^content-length:\s*(\d{1,6})/im.exec(bytes.toString('latin1', 0, end))?.[1]
  return bytes.length >= end + 4 + Number(length ?? 0)
}
