import { Memo } from '../../decode/memo.ts'
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

const USERS = new Set([
  'user',
  'username',
  'usr',
  'uname',
  'login',
  'loginname',
  'loginuser',
  'account',
  'userid',
  'email',
  'loginid',
  'usrname',
])
const PASSWORDS = new Set([
  'password',
  'passwd',
  'pwd',
  'pass',
  'psw',
  'userpassword',
  'userpwd',
  'userpass',
  'loginpassword',
  'loginpass',
  'loginpas',
  'adminpassword',
])
const WIFI_KEYS = new Set([
  'psk',
  'wpapsk',
  'wifipassword',
  'wifipwd',
  'wifikey',
  'wlankey',
  'wpakey',
  'wpapassphrase',
  'passphrase',
  'presharedkey',
])
const MAX_PAIRS = 64

const NONE: readonly FormCredential[] = []

/** Credentials in a query, a form (application/x-www-form-urlencoded) or JSON: a password by its key, and the user beside it. */
export function formCredentials(request: HttpRequest): readonly FormCredential[] {
  const query = request.target.indexOf('?')
  const found = query < 0 ? NONE : inForm(request.target.slice(query + 1), query + 1, false)
  const { body } = request
  if (
    body.length === 0 ||
    body[0] === LESS ||
    request.contentEncoding !== undefined ||
    (request.method !== 'POST' && request.method !== 'PUT')
  )
    return found
  const sent = text(body, 0, Math.min(body.length, 2048), 2048)
  return [...found, ...(/^\s*[{[]/.test(sent) ? inJson(sent) : sent.startsWith('<') ? NONE : inForm(sent, 0, true))]
}

const LESS = 0x3c

function inForm(form: string, start: number, inBody: boolean): readonly FormCredential[] {
  let pairs: Pair[] | undefined
  let at = 0
  for (let count = 0; count < MAX_PAIRS && at <= form.length; count++) {
    const ampersand = form.indexOf('&', at)
    const end = ampersand < 0 ? form.length : ampersand
    const equals = form.indexOf('=', at)
    // values of other keys are nobody's credentials: they need not be decoded
    const use = equals > at && equals < end ? keyUses.get(form.slice(at, equals), keyUse) : 'other'
    if (use !== 'other')
      (pairs ??= []).push({ use, value: decode(form.slice(equals + 1, Math.min(end, equals + 257))), offset: start + at })
    at = end + 1
  }
  return pairs === undefined ? NONE : credentialsIn(pairs, inBody)
}

function inJson(body: string): readonly FormCredential[] {
  const pairs: Pair[] = []
  let count = 0
  // flat pairs of strings, wherever they are; bounded lengths keep it linear
  for (const match of body.matchAll(/"([A-Za-z0-9_-]{1,32})"\s{0,8}:\s{0,8}"([^"\\]{0,256})"/g)) {
    if (count++ === MAX_PAIRS) break
    const use = keyUses.get(match[1]!, keyUse)
    if (use !== 'other') pairs.push({ use, value: match[2]!, offset: match.index })
  }
  return credentialsIn(pairs, true)
}

type KeyUse = 'user' | 'password' | 'wifi' | 'other'

// forms have few keys, which come with every use of them
const keyUses = new Memo<KeyUse>(512)

function keyUse(key: string): KeyUse {
  const plain = key.toLowerCase().replace(/[^a-z0-9]/g, '')
  return USERS.has(plain) ? 'user' : PASSWORDS.has(plain) ? 'password' : WIFI_KEYS.has(plain) ? 'wifi' : 'other'
}

/** What may be part of a credential. */
interface Pair {
  use: KeyUse
  value: string
  offset: number
}

function credentialsIn(pairs: readonly Pair[], inBody: boolean): FormCredential[] {
  const user = pairs.find(({ use, value }) => use === 'user' && value !== '')?.value
  const found: FormCredential[] = []
  for (const { use, value, offset } of pairs) {
    if (use === 'password' && (value !== '' || user !== undefined))
      found.push({ scheme: 'form', user, secret: value, offset, inBody })
    // IEEE 802.11: a passphrase has 8 to 63 characters, a key 64 digits
    else if (use === 'wifi' && value.length >= 8 && value.length <= 64)
      found.push({ scheme: 'wifi', secret: value, offset, inBody })
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
