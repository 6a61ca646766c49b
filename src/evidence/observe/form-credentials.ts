import type { HttpRequest } from '../../decode/protocols/http.ts'
import { text } from '../../decode/text.ts'

export interface FormCredential {
  /** 'form': a log-in; 'wifi': the network's key, as a phone hands it to a thing. */
  readonly scheme: 'form' | 'wifi'
  readonly user?: string
  /** In memory only. */
  readonly secret: string
  /** In the body, or in the target. */
  readonly offset: number
  readonly inBody: boolean
}

const USERS = new Set(['user', 'username', 'usr', 'uname', 'login', 'loginname', 'loginuser', 'account', 'userid', 'email', 'loginid', 'usrname'])
const PASSWORDS = new Set(['password', 'passwd', 'pwd', 'pass', 'psw', 'userpassword', 'userpwd', 'userpass', 'loginpassword', 'loginpass', 'loginpas', 'adminpassword'])
const WIFI_KEYS = new Set(['psk', 'wpapsk', 'wifipassword', 'wifipwd', 'wifikey', 'wlankey', 'wpakey', 'wpapassphrase', 'passphrase', 'presharedkey'])
const MAX_PAIRS = 64

/** Credentials in a query, a form (application/x-www-form-urlencoded) or JSON: a password by its key, and the user beside it. */
export function formCredentials(request: HttpRequest): FormCredential[] {
  const query = request.target.indexOf('?')
  const found = query < 0 ? [] : inForm(request.target.slice(query + 1), query + 1, false)
  if (request.body.length === 0 || request.contentEncoding !== undefined || (request.method !== 'POST' && request.method !== 'PUT')) return found
  const body = text(request.body, 0, Math.min(request.body.length, 2048), 2048)
  return [...found, ...(/^\s*[{[]/.test(body) ? inJson(body) : body.startsWith('<') ? [] : inForm(body, 0, true))]
}

function inForm(form: string, start: number, inBody: boolean): FormCredential[] {
  const pairs: Pair[] = []
  let offset = start
  for (const pair of form.split('&', MAX_PAIRS)) {
    const equals = pair.indexOf('=')
    if (equals > 0) pairs.push({ key: pair.slice(0, equals), value: decode(pair.slice(equals + 1, equals + 257)), offset })
    offset += pair.length + 1
  }
  return credentialsIn(pairs, inBody)
}

function inJson(body: string): FormCredential[] {
  const pairs: Pair[] = []
  // flat pairs of strings, wherever they are; bounded lengths keep it linear
  for (const match of body.matchAll(/"([A-Za-z0-9_-]{1,32})"\s{0,8}:\s{0,8}"([^"\\]{0,256})"/g)) {
    if (pairs.length === MAX_PAIRS) break
    pairs.push({ key: match[1]!, value: match[2]!, offset: match.index })
  }
  return credentialsIn(pairs, true)
}

interface Pair {
  key: string
  value: string
  offset: number
}

function credentialsIn(pairs: readonly Pair[], inBody: boolean): FormCredential[] {
  const plain = pairs.map((pair) => ({ ...pair, key: pair.key.toLowerCase().replace(/[^a-z0-9]/g, '') }))
  const user = plain.find(({ key, value }) => USERS.has(key) && value !== '')?.value
  const found: FormCredential[] = []
  for (const { key, value, offset } of plain) {
    if (PASSWORDS.has(key) && (value !== '' || user !== undefined)) found.push({ scheme: 'form', user, secret: value, offset, inBody })
    // IEEE 802.11: a passphrase has 8 to 63 characters, a key 64 digits
    else if (WIFI_KEYS.has(key) && value.length >= 8 && value.length <= 64) found.push({ scheme: 'wifi', secret: value, offset, inBody })
    if (found.length === 4) break
  }
  return found
}

function decode(value: string): string {
  const spaced = value.replaceAll('+', ' ')
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}
