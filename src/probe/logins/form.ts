import type { Field, Form, Page } from '../pages/html.ts'
import type { Pair } from './door.ts'

/** A form that asks who one is, and nothing else. */
export interface LoginForm {
  form: Form
  /** Undefined: only a password is asked for. */
  user: string | undefined
  password: string
}

/** Fields by which one sets something: what is sent to such a form may change the device. */
const SETTING = /ssid|psk|wpa|wep|wlan|wi-?fi|confirm|repeat|again|new|old|retype|verify|smtp|mail_?server|domain|proxy/i
/** Words of a page on which one chooses a password: the first that is sent to it is the one from then on. */
const CHOOSES =
  /\b(?:set|create|choose|define|pick|new|initial|confirm|repeat|re-?enter|re-?type)\s+(?:up\s+)?(?:an?\s+|the\s+|your\s+|own\s+|new\s+|initial\s+|strong\s+|login\s+|device\s+|admin\w*\s+){0,3}(?:password|passphrase|pin)\b|\bnew-password\b|\bset-?up wizard\b|\b(?:first|initial)[- ](?:time|set-?up|configuration|use)\b|\bcreate (?:an? )?(?:\w+ )?(?:account|user)\b|neues (?:passwort|kennwort)|(?:passwort|kennwort) (?:festlegen|vergeben|wählen|bestätigen)|nouveau mot de passe|nueva contraseña|设置密码|新密码|确认密码/i
/** Where such a page is sent to, and what its button says. */
const CHOSEN_AT =
  /(?:set|new|create|change|init\w*|add)[-_]?(?:pass|pwd|user|account|admin)|wizard|set-?up|sign-?up|regist|first/i
const CHOOSING = /^\s*(?:save|create|register|set|change)\b/i
const TYPED = new Set(['text', 'email', 'tel', 'search', 'url', 'number', 'password'])

/**
 * The log-in form of a page; a reason where it has a password field that must not be sent anything: a form with two passwords sets one, one
 * with a network's name joins it. Undefined where it asks for no password.
 */
export function loginForm(page: Page): LoginForm | string | undefined {
  const asking = page.forms.filter(({ fields }) => fields.some(({ type }) => type === 'password'))
  if (asking.length === 0) return undefined
  if (asking.length > 1) return 'it has several forms that ask for a password'
  const form = asking[0]!
  const typed = form.fields.filter(({ type }) => TYPED.has(type))
  const passwords = typed.filter(({ type }) => type === 'password')
  if (passwords.length > 1) return 'its form asks for several passwords, as one does that sets them'
  const others = typed.filter(({ type }) => type !== 'password')
  if (others.length > 1 || form.fields.some(({ type, name }) => type === 'textarea' || type === 'file' || SETTING.test(name)))
    return 'its form asks for more than a name and a password'
  const hints = form.fields.map(({ hint }) => hint).join(' ')
  if (
    CHOOSES.test(`${page.title} ${page.text} ${hints}`) ||
    CHOSEN_AT.test(form.action ?? '') ||
    form.fields.some(({ type, value }) => type === 'submit' && CHOOSING.test(value))
  )
    return 'its form may be one that sets a password'
  const password = passwords[0]!
  if (password.name === '' || form.action === undefined || form.method !== 'post')
    return 'its log-in is made by a script, which is not run'
  if (form.encoding !== 'application/x-www-form-urlencoded') return `its form is sent as ${form.encoding.slice(0, 60)}`
  if (others[0]?.name === '') return 'its log-in is made by a script, which is not run'
  return { form, user: others[0]?.name ?? chosenUser(form), password: password.name }
}

/** Some let one choose among a few users. */
function chosenUser({ fields }: Form): string | undefined {
  return fields.find(({ type, name }) => type === 'select' && /user|name|login|account/i.test(name))?.name
}

/** What a browser would send (URL Standard, application/x-www-form-urlencoded). */
export function filled({ form, user, password }: LoginForm, pair: Pair): string {
  const sent = new URLSearchParams()
  let pressed = false
  for (const field of form.fields) {
    if (field.name === '') continue
    if (field.name === user) sent.append(field.name, pair.user)
    else if (field.name === password) sent.append(field.name, pair.password)
    else if (isSent(field)) {
      if (field.type === 'submit') {
        if (pressed) continue
        pressed = true
      }
      sent.append(field.name, field.value)
    }
  }
  return sent.toString()
}

function isSent({ type, checked }: Field): boolean {
  if (type === 'checkbox' || type === 'radio') return checked
  return type === 'hidden' || type === 'submit'
}
