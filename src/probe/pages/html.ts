import { printable } from '../../decode/text.ts'

/** A tag as it stands in a page: names in lower case, values with the commonest references undone. */
export interface Tag {
  name: string
  closes: boolean
  attributes: ReadonlyMap<string, string>
  /** Where it ends in the text. */
  end: number
}

const MAX_TAGS = 20_000
const MAX_ATTRIBUTES = 40

/**
 * The tags of a page, in order, as far as the rules of HTML are kept; whatever it holds costs time in proportion to its length. What
 * stands in comments, scripts and styles is passed over.
 */
export function* tags(html: string): Generator<Tag> {
  const low = html.toLowerCase()
  let at = 0
  for (let n = 0; n < MAX_TAGS; n++) {
    const open = html.indexOf('<', at)
    if (open < 0) return
    if (html.startsWith('<!--', open)) {
      const end = html.indexOf('-->', open + 4)
      if (end < 0) return
      at = end + 3
      continue
    }
    const closes = html[open + 1] === '/'
    let i = open + (closes ? 2 : 1)
    const start = i
    while (i < html.length && /[A-Za-z0-9:-]/.test(html[i]!)) i++
    if (i === start) {
      at = open + 1
      continue
    }
    const name = html.slice(start, Math.min(i, start + 32)).toLowerCase()
    const attributes = new Map<string, string>()
    while (i < html.length && html[i] !== '>') {
      if (/[\s/]/.test(html[i]!)) {
        i++
        continue
      }
      const from = i
      while (i < html.length && !/[\s/>=]/.test(html[i]!)) i++
      // a '=' where a name should be is part of it
      if (i === from) i++
      const key = html.slice(from, i).toLowerCase()
      while (i < html.length && /\s/.test(html[i]!)) i++
      let value = ''
      if (html[i] === '=') {
        i++
        while (i < html.length && /\s/.test(html[i]!)) i++
        const quote = html[i]
        if (quote === '"' || quote === "'") {
          const end = html.indexOf(quote, i + 1)
          if (end < 0) return
          value = html.slice(i + 1, end)
          i = end + 1
        } else {
          const begin = i
          while (i < html.length && !/[\s>]/.test(html[i]!)) i++
          value = html.slice(begin, i)
        }
      }
      if (attributes.size < MAX_ATTRIBUTES && !attributes.has(key)) attributes.set(key, undone(value.slice(0, 4096)))
    }
    at = Math.min(i + 1, html.length)
    yield { name, closes, attributes, end: at }
    if (!closes && (name === 'script' || name === 'style')) {
      const end = low.indexOf(`</${name}`, at)
      if (end < 0) return
      at = end
    }
  }
}

const REFERENCES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

function undone(value: string): string {
  return value.replaceAll(/&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|(amp|lt|gt|quot|apos|nbsp));/gi, (_, decimal, hexa, name) => {
    if (name) return REFERENCES[(name as string).toLowerCase()]!
    const code = decimal ? Number(decimal) : Number.parseInt(hexa as string, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD'
  })
}

export interface Field {
  /** 'text' where it says nothing; 'select', 'textarea' and 'button' for those. */
  type: string
  name: string
  value: string
  checked: boolean
  /** What it shows to whoever fills it in, and to his browser: placeholder, label, autocomplete. */
  hint: string
}

export interface Form {
  action: string | undefined
  method: string
  encoding: string
  /** A script is called when it is sent. */
  scripted: boolean
  fields: Field[]
}

/** What a page says of itself, as far as a probe wants to know. */
export interface Page {
  title: string
  generator: string
  /** Where it sends a browser by itself: by http-equiv refresh, or a page of nothing but a script that says so in so many words. */
  refresh?: string
  /** A Content-Security-Policy that the page itself carries. */
  policy?: string
  forms: Form[]
  scripts: number
  /** Characters of text that is shown without any script. */
  words: number
  /** That text, as far as MAX_SHOWN. */
  text: string
}

/** What stands right behind these is not shown. */
const UNSHOWN = new Set(['head', 'title', 'script', 'style', 'noscript'])
const FEW_WORDS = 60
/** `location.href = "/login.asp"` and `location.replace('/login.asp')`, as the first pages of many devices have it. */
const LOCATION =
  /\blocation(?:\.href)? {0,9}= {0,9}["']([^"'#\s][^"'\s]{0,200})["']|\blocation\.(?:replace|assign)\( {0,9}["']([^"'#\s][^"'\s]{0,200})["']/

const MAX_FORMS = 16
const MAX_FIELDS = 64
const MAX_SHOWN = 8000

export function readPage(html: string): Page {
  const page: Page = { title: '', generator: '', forms: [], scripts: 0, words: 0, text: '' }
  let form: Form | undefined
  let last = 0
  let shown = true
  for (const { name, closes, attributes, end } of tags(html)) {
    const get = (key: string) => attributes.get(key) ?? ''
    if (shown) {
      const text = textBefore(html, last, end)
      page.words += text.replaceAll(' ', '').length
      if (text.length > 1 && page.text.length < MAX_SHOWN) page.text += `${text} `
    }
    shown = closes || !UNSHOWN.has(name)
    last = end
    if (closes) {
      if (name === 'form') form = undefined
      continue
    }
    if (name === 'title' && page.title === '') {
      const stop = html.indexOf('<', end)
      page.title = printable(
        undone(html.slice(end, stop < 0 ? end + 200 : Math.min(stop, end + 400)))
          .trim()
          .replaceAll(/\s+/g, ' '),
        120,
      )
    } else if (name === 'meta') {
      if (get('name').toLowerCase() === 'generator') page.generator = printable(get('content'), 120)
      const about = get('http-equiv').toLowerCase()
      if (about === 'refresh') {
        const to = /^\s*[\d.]*\s*[;,]?\s*url\s*=\s*['"]?([^'"]+)/i.exec(get('content'))?.[1]
        if (to !== undefined) page.refresh ??= to.trim()
      } else if (about === 'content-security-policy') page.policy ??= get('content')
    } else if (name === 'script') page.scripts++
    else if (name === 'form') {
      if (page.forms.length >= MAX_FORMS) continue
      form = {
        action: attributes.get('action'),
        method: get('method').toLowerCase() || 'get',
        encoding: get('enctype').toLowerCase() || 'application/x-www-form-urlencoded',
        scripted: attributes.has('onsubmit') || /^\s*javascript:/i.test(get('action')),
        fields: [],
      }
      page.forms.push(form)
    } else if (name === 'input' || name === 'select' || name === 'textarea' || name === 'button') {
      const type =
        name === 'input' ? get('type').toLowerCase() || 'text' : name === 'button' ? get('type').toLowerCase() || 'submit' : name
      const hint = ['placeholder', 'aria-label', 'title', 'autocomplete'].map(get).join(' ')
      const field = { type, name: get('name'), value: get('value'), checked: attributes.has('checked'), hint }
      if (form && attributes.has('onclick') && (type === 'submit' || type === 'button')) form.scripted = true
      if (form === undefined) {
        // a field outside of any form is read by a script
        if (type !== 'password' || page.forms.length >= MAX_FORMS) continue
        page.forms.push({ action: undefined, method: 'get', encoding: '', scripted: true, fields: [field] })
      } else if (form.fields.length < MAX_FIELDS) form.fields.push(field)
    }
  }
  if (page.refresh === undefined && page.forms.length === 0 && page.words < FEW_WORDS && page.scripts > 0) {
    const said = LOCATION.exec(html.slice(0, 16_384))
    const to = said?.[1] ?? said?.[2]
    if (to !== undefined) page.refresh = to
  }
  return page
}

function textBefore(html: string, from: number, to: number): string {
  const stop = html.indexOf('<', from)
  return html.slice(from, Math.min(stop < 0 ? to : stop, from + 2000)).replaceAll(/\s+/g, ' ')
}
