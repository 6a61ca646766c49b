import { createHash, randomBytes } from 'node:crypto'
import type { Pair } from './door.ts'

/** What a server demands: a scheme (in lower case) and its parameters, names in lower case. */
export interface Challenge {
  scheme: string
  parameters: ReadonlyMap<string, string>
}

/** Challenges of WWW-Authenticate headers (RFC 9110, section 11.6.1), in order. Bounded: at most 8 of at most 16 parameters each. */
export function challenges(headers: readonly string[]): Challenge[] {
  const found: Challenge[] = []
  for (const header of headers) {
    const pieces = header
      .slice(0, 4096)
      .matchAll(/([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|(?=[\s,]|$))/g)
    let at: Map<string, string> | undefined
    for (const [, name = '', quoted, plain] of pieces) {
      const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain
      if (value !== undefined) {
        if (at && at.size < 16) at.set(name.toLowerCase(), value)
      } else if (found.length < 8) {
        at = new Map()
        found.push({ scheme: name.toLowerCase(), parameters: at })
      }
    }
  }
  return found
}

/** The strongest that we can answer: Digest before Basic. */
export function answerable(offered: readonly Challenge[]): Challenge | undefined {
  const digests = offered.filter(({ scheme, parameters }) => scheme === 'digest' && algorithm(parameters) !== undefined)
  return (
    digests.find(({ parameters }) => algorithm(parameters)?.hash === 'sha256') ??
    digests[0] ??
    offered.find(({ scheme }) => scheme === 'basic')
  )
}

/** Value of the Authorization header that answers a challenge with a pair. Of Digest (RFC 7616; RFC 2069 where there is no qop). */
export function authorization(
  challenge: Challenge,
  { user, password }: Pair,
  method: string,
  uri: string,
  cnonce = randomBytes(8).toString('hex'),
): string {
  if (challenge.scheme === 'basic') return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const { parameters } = challenge
  const { hash, session, name } = algorithm(parameters) ?? { hash: 'md5', session: false, name: undefined }
  const h = (text: string) => createHash(hash).update(text).digest('hex')
  const realm = parameters.get('realm') ?? ''
  const nonce = parameters.get('nonce') ?? ''
  const qop = parameters
    .get('qop')
    ?.split(/\s*,\s*/)
    .includes('auth')
    ? 'auth'
    : undefined
  const nc = '00000001'
  let a1 = h(`${user}:${realm}:${password}`)
  if (session) a1 = h(`${a1}:${nonce}:${cnonce}`)
  const a2 = h(`${method}:${uri}`)
  const response = qop ? h(`${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`) : h(`${a1}:${nonce}:${a2}`)
  const opaque = parameters.get('opaque')
  return [
    `Digest username=${quote(user)}, realm=${quote(realm)}, nonce=${quote(nonce)}, uri=${quote(uri)}, response="${response}"`,
    ...(name === undefined ? [] : [`algorithm=${name}`]),
    ...(qop ? [`qop=${qop}, nc=${nc}, cnonce="${cnonce}"`] : session ? [`cnonce="${cnonce}"`] : []),
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
  ].join(', ')
}

/** What stands in a header comes from the other side: it ends no line. */
const quote = (text: string) => `"${text.replaceAll(/[^\u0020-\u00ff]/g, '').replaceAll(/["\\]/g, '\\$&')}"`

function algorithm(parameters: ReadonlyMap<string, string>): { hash: string; session: boolean; name?: string } | undefined {
  const name = parameters.get('algorithm')
  if (name === undefined) return { hash: 'md5', session: false }
  const known = /^(MD5|SHA-256)(-sess)?$/i.exec(name)
  if (known === null) return undefined
  return { hash: known[1]!.toLowerCase() === 'md5' ? 'md5' : 'sha256', session: known[2] !== undefined, name }
}
