import { createHash } from 'node:crypto'
import type { HttpAuthorization } from '../../decode/protocols/http.ts'
import { defaultCredentials } from '../default-credentials.ts'

/**
 * Digest (RFC 7616) hides the password, but everyone on the path can try a guess: is it one of the published defaults of this user?
 * Gives the list's name. `method`: of the request.
 */
export function digestDefault({ scheme, parameters }: HttpAuthorization, method: string): string | undefined {
  const of = (name: string): string => parameters.get(name) ?? ''
  const [user, response] = [of('username'), of('response').toLowerCase()]
  const algorithm = of('algorithm').toUpperCase() || 'MD5'
  if (scheme.toLowerCase() !== 'digest' || user === '' || !/^[0-9a-f]{32,64}$/.test(response)) return undefined
  const hash = HASHES[algorithm.replace(/-SESS$/, '')]
  // "auth-int" hashes the body too
  if (hash === undefined || (of('qop') !== '' && of('qop') !== 'auth')) return undefined
  const h = (value: string): string => createHash(hash).update(value).digest('hex')
  const ha2 = h(`${method}:${of('uri')}`)
  const middle = of('qop') === '' ? of('nonce') : `${of('nonce')}:${of('nc')}:${of('cnonce')}:auth`
  for (const { user: known, password, list } of defaultCredentials) {
    if (known !== user) continue
    const plain = h(`${user}:${of('realm')}:${password}`)
    const ha1 = algorithm.endsWith('-SESS') ? h(`${plain}:${of('nonce')}:${of('cnonce')}`) : plain
    if (h(`${ha1}:${middle}:${ha2}`) === response) return list
  }
  return undefined
}

const HASHES: Record<string, string> = { MD5: 'md5', 'SHA-256': 'sha256' }
