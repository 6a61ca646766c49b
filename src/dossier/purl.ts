/** A package URL (the package-url specification, ECMA-427), its parts decoded and normalised by the rules of its type. */
export interface Purl {
  readonly type: string
  readonly namespace?: string
  readonly name: string
  readonly version?: string
  readonly qualifiers: Readonly<Record<string, string>>
}

/** Longer ones are nobody's. */
const MAX = 2048

/** Undefined for what is none. Parsed from the right, as the specification has it ("How to parse a purl string"). */
export function parsePurl(text: string): Purl | undefined {
  if (text.length > MAX || !/^pkg:/i.test(text)) return undefined
  let rest = text.slice(4).replace(/^\/+/, '')
  const hash = rest.lastIndexOf('#')
  if (hash >= 0) rest = rest.slice(0, hash)
  const question = rest.lastIndexOf('?')
  const qualifiers = question < 0 ? {} : qualifiersOf(rest.slice(question + 1))
  if (question >= 0) rest = rest.slice(0, question)
  const slash = rest.indexOf('/')
  if (slash < 1) return undefined
  const type = rest.slice(0, slash).toLowerCase()
  rest = rest.slice(slash + 1).replace(/^\/+|\/+$/g, '')
  // an @ of the name itself is written %40; an npm scope is sometimes not, and stands at the front of a segment
  const at = rest.lastIndexOf('@')
  const version = at > 0 && rest[at - 1] !== '/' ? decoded(rest.slice(at + 1)) : undefined
  if (at > 0 && rest[at - 1] !== '/') rest = rest.slice(0, at)
  const segments = rest.split('/').filter((s) => s !== '')
  const name = decoded(segments.pop() ?? '')
  const namespace = segments.map(decoded).join('/')
  if (name === '' || !/^[a-z.+-][a-z0-9.+-]*$/.test(type)) return undefined
  return {
    type,
    ...(namespace === '' ? {} : { namespace: CASELESS.has(type) ? namespace.toLowerCase() : namespace }),
    name: nameOf(type, name),
    ...(version === undefined || version === '' ? {} : { version }),
    qualifiers,
  }
}

/** Types whose definition says that upper and lower case are the same. */
const CASELESS = new Set(['alpm', 'apk', 'bitbucket', 'composer', 'deb', 'github', 'gitlab', 'hex', 'rpm'])

function nameOf(type: string, name: string): string {
  if (type === 'pypi') return name.toLowerCase().replace(/[-_.]+/g, '-')
  return type === 'pub' || (CASELESS.has(type) && type !== 'rpm') ? name.toLowerCase() : name
}

function qualifiersOf(text: string): Record<string, string> {
  const found: Record<string, string> = Object.create(null) as Record<string, string>
  for (const pair of text.split('&', 64)) {
    const equals = pair.indexOf('=')
    if (equals > 0) found[pair.slice(0, equals).toLowerCase()] = decoded(pair.slice(equals + 1))
  }
  return found
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The same package of whatever version: what statements and databases name it by. */
export function packageKey({ type, namespace = '', name }: Purl): string {
  return `${type}/${namespace}/${name}`
}
