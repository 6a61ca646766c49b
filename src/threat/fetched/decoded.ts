import type { HttpExchange } from '../../decode/protocols/http.ts'
import { printable } from '../../decode/text.ts'
import type { Context } from '../../evidence/context.ts'
import { detailOf, ENOUGH, type File, indicatorsOf, marksOf, nameOf, urlOf, type Way } from './fetches.ts'
import { weigh } from './marks.ts'
import { publicHost } from '../public-url.ts'
import { readElf, readScript, startsScript } from './program.ts'

/**
 * The same of what HTTP's decoder put together: an answer that came in small pieces, or in another order, is a program only to who has all
 * of it. Without a hash: only the first bytes are here. What the sensor has told, it tells again in the end, and this is forgotten.
 */
export function observeAnswer({ request, response }: HttpExchange, context: Context): void {
  if (!response || response.status < 200 || response.status > 299) return
  const { body } = response
  // a page that speaks of such commands is none
  const script = startsScript(body, 0, body.length)
  const what = readElf(body, 0, body.length) ?? (script ? readScript(body, 0, body.length) : undefined)
  if (!what) return
  const { client, server, capture, time } = context
  const asked = request && {
    method: request.method,
    path: printable(pathOf(request.target), 256),
    host: printable(publicHost(request.host ?? ''), 256),
    agent: printable(request.agent ?? '', 128),
    frame: request.frame,
    time,
  }
  const way: Way = { by: 'http', asked }
  const from = context.peer(server, client)
  const file: File = {
    way,
    giver: server.host,
    taker: client.host,
    from,
    to: context.peer(client, server),
    first: time,
    frames: [],
    what,
    name: nameOf(way),
    url: urlOf(way, from),
    size: response.contentLength ?? 0,
    sha256: undefined,
    whole: false,
  }
  const frame = response.frameOfBody(0)
  for (const role of ['target', 'source'] as const) {
    const peer = role === 'target' ? file.from : file.to
    const marks = marksOf(file, role)
    const weight = weigh(marks)
    if (weight < ENOUGH) continue
    const indicators = indicatorsOf(file, peer, role)
    const detail = { ...detailOf(file), whole: 'in pieces', weight, marks: marks.join(' '), files: 1 }
    const facts = { detector: 'fetched', role, peer, port: server.port, detail, indicators } as const
    context.sign(
      role === 'target' ? client : server,
      `${role} ${peer.ip}`,
      { ...facts, what: 'machine' in what ? 'program' : 'script' },
      frame,
      request && { frames: [{ capture, frame: request.frame }] },
    )
  }
}

/** Without its query, and without the host that a proxy is told. */
function pathOf(target: string): string {
  return target.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/, '')
}
