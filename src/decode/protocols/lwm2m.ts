import { latin1, printable } from '../text.ts'

/** What a device says when it registers with its manager (OMA LwM2M 1.1 Core section 6.2.1), or asks for one (6.1.6: bootstrap). */
export interface Lwm2mRegistration {
  readonly kind: 'registration' | 'bootstrap'
  /** Its name: often a serial or IMEI number. Never to be stored unmasked. */
  readonly endpoint: string
  readonly version?: string
  /** Seconds. */
  readonly lifetime?: string
  readonly binding?: string
  /** Numbers of the objects that it has, in order; at most 64. */
  readonly objects: readonly number[]
}

const MAX_OBJECTS = 64
const MAX_PAYLOAD = 2048

/** From a POST to /rd or /bs with its queries; undefined where it names no endpoint. */
export function registrationOf(
  segments: readonly string[],
  queries: readonly string[],
  bytes: Uint8Array,
  payload: number,
  end: number,
): Lwm2mRegistration | undefined {
  const kind =
    segments.length !== 1 ? undefined : segments[0] === 'rd' ? 'registration' : segments[0] === 'bs' ? 'bootstrap' : undefined
  const value = (name: string) => queries.find((query) => query.startsWith(`${name}=`))?.slice(name.length + 1)
  const endpoint = value('ep')
  if (kind === undefined || endpoint === undefined || endpoint === '') return undefined
  const objects = new Set<number>()
  // links in CoRE's format (RFC 6690): </1/0>,</3/0>
  const links = latin1(bytes, payload, Math.min(end, payload + MAX_PAYLOAD))
  for (const [, number] of links.matchAll(/<\/(\d{1,5})(?:\/\d{1,5})?>/g))
    if (objects.size < MAX_OBJECTS) objects.add(Number(number))
  const version = value('lwm2m')
  // an endpoint may register at a directory of resources (RFC 9176) that is no manager: of LwM2M it says so, or has its objects
  if (kind === 'registration' && version === undefined && !(objects.has(1) && objects.has(3))) return undefined
  const lifetime = value('lt')
  const binding = value('b')
  return {
    kind,
    endpoint: printable(endpoint, 128),
    ...(version === undefined ? {} : { version: printable(version, 16) }),
    ...(lifetime === undefined ? {} : { lifetime: printable(lifetime, 16) }),
    ...(binding === undefined ? {} : { binding: printable(binding, 16) }),
    objects: [...objects],
  }
}

/** Is it the path of an object, its instance, or a resource of that: "/3/0/4"? */
export function isObjectPath(segments: readonly string[]): boolean {
  return segments.length >= 1 && segments.length <= 4 && segments.every((segment) => /^\d{1,5}$/.test(segment))
}
