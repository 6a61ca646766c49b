import type { RtspMessage } from '../../decode/protocols/rtsp.ts'
import type { Context } from '../context.ts'
import { observePersonal } from '../personal.ts'
import { observeLogin, observeProtocol } from './login.ts'
import { observeSoftware } from './software.ts'

/** Methods that give pictures or their description: served without a log-in, the stream is open to anyone. */
const MEDIA: ReadonlySet<string> = new Set(['DESCRIBE', 'SETUP', 'PLAY', 'RECORD'])

export function observeRtsp(message: RtspMessage, context: Context): void {
  const { client, server } = context
  const { frame, fromClient } = message
  context.protect('clear')
  if (message.type === 'response') {
    const speaker = fromClient ? client : server
    const { server: software } = message
    // AirPlay speaks RTSP, and is no camera
    const airplay = software === undefined ? undefined : /^AirTunes\/([\w.]{1,24})/.exec(software)?.[1]
    if (software !== undefined) context.signal(speaker, airplay === undefined ? 'rtsp.server' : 'airplay.server', software, frame)
    observeSoftware(context, speaker, frame, 'AirPlay', airplay, 'rtsp')
    const demands = message.status === 401 ? message.demands.join(', ') : undefined
    observeProtocol(context, frame, fromClient ? 'client' : 'server', 'rtsp', { software, authentication: demands })
    return
  }
  const { method, url, agent, authorization, user, password, status } = message
  const path = url.split('?', 1)[0]!
  const open = authorization === undefined && status === 200 && MEDIA.has(method)
  observeProtocol(context, frame, 'client', 'rtsp', { software: agent, url: path })
  observeProtocol(context, frame, 'server', 'rtsp', { url: path, open: open ? path : undefined })
  if (authorization !== undefined && fromClient) {
    const outcome = status === 401 || status === 403 ? 'refused' : status !== undefined && status < 300 ? 'accepted' : 'unknown'
    // Digest shows the name only: nothing that opens the door was readable, but a log-in was tried
    observeLogin(context, frame, 'rtsp', authorization, password === undefined ? { outcome } : { user, password, outcome })
  }
  observePersonal(path, 'path', 'rtsp', fromClient ? client : server, fromClient ? server : client, context, frame)
}
