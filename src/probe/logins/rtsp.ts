import { literal } from '../address.ts'
import { printable } from '../../decode/text.ts'
import { PATHS } from '../interfaces/rtsp.ts'
import { answerable, authorization, type Challenge, challenges } from './digest.ts'
import { type Attempt, attempted, type Door, type Knock, type Look, type Pair } from './door.ts'
import { Talk } from './talk.ts'

interface Answer {
  status: number
  headers: [string, string][]
  body: string
}

/** RTSP 1.0 (RFC 2326): DESCRIBE only; no stream is set up or played. */
export const rtsp: Knock = (asker, { ip }, { port, tls }): Door => {
  const authority = `${literal(ip)}${port === 554 ? '' : `:${port}`}`
  let path = '/'
  let challenge: Challenge | undefined

  const describe = async (talk: Talk, sequence: number, at: string, credentials?: string): Promise<Answer | undefined> => {
    const head = `DESCRIBE rtsp://${authority}${at} RTSP/1.0\r\nCSeq: ${sequence}\r\nUser-Agent: Assay\r\nAccept: application/sdp\r\n`
    if (credentials === undefined) talk.write(`${head}\r\n`)
    else talk.write(`${head}Authorization: ${credentials}\r\n\r\n`, `DESCRIBE ${at} Authorization: …`)
    const { bytes } = await talk.read({ enough: whole, silenceMs: 4000 })
    return parse(bytes)
  }

  return {
    async look(): Promise<Look> {
      const talk = await Talk.open(asker, { ip, port, tls, why: 'asks for a description of its stream (RTSP), without a log-in' })
      try {
        const shown = [talk.ref]
        if (!talk.open) return { scheme: 'unknown', says: '', trouble: talk.trouble, shown }
        let says = ''
        for (const [n, at] of PATHS.entries()) {
          const answer = await describe(talk, n + 1, at)
          if (answer === undefined) return { scheme: 'unknown', says, trouble: 'it did not answer as RTSP does', shown }
          says ||= printable(answer.headers.find(([name]) => name === 'server')?.[1] ?? '', 200)
          if (answer.status === 401) {
            path = at
            const offered = challenges(answer.headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value))
            challenge = answerable(offered)
            says = `${says} ${printable(offered.map(({ parameters }) => parameters.get('realm') ?? '').join(' '), 200)}`.trim()
            if (challenge === undefined)
              return { scheme: 'unknown', says, trouble: 'it asks for a log-in of a kind that is not known', shown }
            return { scheme: challenge.scheme === 'digest' ? 'Digest' : 'Basic', says, shown }
          }
          if (answer.status === 200) {
            if (!answer.body.startsWith('v=0')) return { scheme: 'unknown', says, trouble: 'it described no stream', shown }
            const media = [...answer.body.matchAll(/^m=(\w{1,20})/gm)].map((m) => m[1]!)
            const what = `${[...new Set(media)].slice(0, 3).join(' and ') || 'a stream'} at ${at}`
            return { scheme: 'none', says, open: { gives: 'stream', what }, shown }
          }
          if (answer.status !== 404 && answer.status !== 454 && answer.status !== 400) {
            const { status } = answer
            return { scheme: 'unknown', says, trouble: `it answered DESCRIBE with ${status}`, shown }
          }
          if (!talk.open) break
        }
        return { scheme: 'unknown', says, trouble: 'where its stream is was not found', shown }
      } finally {
        talk.close()
      }
    },

    async attempt(pair: Pair, why: string): Promise<Attempt> {
      const talk = await Talk.open(asker, { ip, port, tls, why: `${why} may watch its stream (RTSP)` })
      const began = performance.now()
      const end = attempted(talk, () => began)
      try {
        if (!talk.open) return end('gone', talk.trouble)
        let used = challenge
        let sequence = 1
        if (used?.scheme === 'digest') {
          // a nonce may belong to its connection
          const first = await describe(talk, sequence++, path)
          if (first === undefined) return end('gone', 'it did not answer')
          if (first.status === 423 || first.status === 429 || first.status === 403) return end('locked', `status ${first.status}`)
          used = answerable(challenges(first.headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value)))
        }
        if (used === undefined) return end('unclear', 'it no longer asks for a log-in')
        const answer = await describe(talk, sequence, path, authorization(used, pair, 'DESCRIBE', `rtsp://${authority}${path}`))
        if (answer === undefined) return end('gone', 'it did not answer')
        if (answer.status === 200) return end('accepted')
        // the pair was taken: only the place was wrong
        if (answer.status === 404) return end('accepted', 'logged in, and no stream is there')
        if (answer.status === 401) return end('refused')
        if (answer.status === 423 || answer.status === 429 || answer.status === 403)
          return end('locked', `status ${answer.status}`)
        return end('unclear', `status ${answer.status}`)
      } finally {
        talk.close()
      }
    },
  }
}

function whole(bytes: Buffer): boolean {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\nContent-Length:\s*(\d{1,7})/i.exec(text.slice(0, end))
  return text.length >= end + 4 + Number(length?.[1] ?? 0)
}

function parse(bytes: Buffer): Answer | undefined {
  const text = bytes.toString('latin1')
  const status = /^RTSP\/1\.0 (\d{3})/.exec(text)
  const end = text.indexOf('\r\n\r\n')
  if (status === null || end < 0) return undefined
  const headers = text
    .slice(0, end)
    .split('\r\n')
    .slice(1, 100)
    .map((line): [string, string] => {
      const colon = line.indexOf(':')
      return colon < 0 ? ['', line] : [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
    })
  return { status: Number(status[1]), headers, body: text.slice(end + 4) }
}
