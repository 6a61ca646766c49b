/** A certificate's extensions that decide whether a chain holds (RFC 5280, section 4.2), read from its DER. */
export interface Extensions {
  /** Of basic constraints: how many intermediates may follow; undefined where that is not bounded. */
  readonly pathLength?: number
  /** Where key usage is told: whether signatures that are no certificates may be made (4.2.1.3). */
  readonly signs?: boolean
  /** Object identifiers, in hex, of those that are critical and not understood here: such a certificate must be refused (4.2). */
  readonly unknownCritical: readonly string[]
}

const BASIC_CONSTRAINTS = '551d13'
const KEY_USAGE = '551d0f'
/** digitalSignature, contentCommitment. */
const SIGNS = 0xc0
/** Subject's names and policies say nothing of who may sign a document; extended key usage is read by Node. */
const UNDERSTOOD = new Set([BASIC_CONSTRAINTS, KEY_USAGE, '551d11', '551d20', '551d25'])

/** @param der a certificate that OpenSSL has read: what is not as expected ends the reading */
export function extensionsOf(der: Uint8Array): Extensions {
  const tbs = parts(first(der)).at(0)
  // extensions [3]
  const list = tbs === undefined ? undefined : parts(tbs.body).find(({ tag }) => tag === 0xa3)
  let pathLength: number | undefined
  let signs: boolean | undefined
  const unknownCritical: string[] = []
  for (const extension of list === undefined ? [] : parts(first(list.body))) {
    const [oid, ...rest] = parts(extension.body)
    if (oid === undefined) continue
    const id = Buffer.from(oid.body).toString('hex')
    if (rest[0]?.tag === 0x01 && rest[0].body[0] !== 0 && !UNDERSTOOD.has(id)) unknownCritical.push(id)
    // a bit string: how many bits are unused, then the bits
    if (id === KEY_USAGE) signs = ((first(rest.at(-1)?.body ?? new Uint8Array())[1] ?? 0) & SIGNS) !== 0
    if (id !== BASIC_CONSTRAINTS || rest.at(-1) === undefined) continue
    const length = parts(first(rest.at(-1)!.body)).find(({ tag }) => tag === 0x02)
    // of a length that is absurd, none may follow
    if (length !== undefined) pathLength = length.body.length === 1 ? length.body[0]! : 0
  }
  return {
    ...(pathLength === undefined ? {} : { pathLength }),
    ...(signs === undefined ? {} : { signs }),
    unknownCritical,
  }
}

interface Part {
  readonly tag: number
  readonly body: Uint8Array
}

/** The contents of the one element that these bytes are. */
function first(der: Uint8Array): Uint8Array {
  return parts(der)[0]?.body ?? new Uint8Array()
}

/** Elements one after the other (X.690, 8.1): definite lengths of at most three bytes, as DER has them. */
function parts(der: Uint8Array): Part[] {
  const out: Part[] = []
  for (let at = 0; at + 2 <= der.length;) {
    const tag = der[at]!
    let length = der[at + 1]!
    at += 2
    if (length >= 0x80) {
      const bytes = length & 0x7f
      if (bytes === 0 || bytes > 3 || at + bytes > der.length) return out
      length = 0
      for (let i = 0; i < bytes; i++) length = length * 256 + der[at++]!
    }
    out.push({ tag, body: der.subarray(at, at + length) })
    at += length
  }
  return out
}
