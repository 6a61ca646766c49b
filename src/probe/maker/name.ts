/**
 * Names as this folder writes them: lower case, no dot at the end, the root is ''. What is not a printable character, and a dot or a
 * backslash within a label, stands as `\DDD` (RFC 4343 section 2.1): so a name can be cut at its dots.
 */

/** RFC 1035 section 2.3.4: 63 octets a label, 255 a name. Undefined where it breaks that. */
export function nameBytes(name: string): Buffer | undefined {
  if (name === '') return Buffer.of(0)
  const parts: Buffer[] = []
  for (const label of name.split('.')) {
    const plain = label.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number(code) & 255))
    const bytes = Buffer.from(plain, 'latin1')
    if (bytes.length === 0 || bytes.length > 63) return undefined
    parts.push(Buffer.of(bytes.length), bytes)
  }
  const all = Buffer.concat([...parts, Buffer.of(0)])
  return all.length > 255 ? undefined : all
}

/** One label's bytes as text, capital letters made small (RFC 4034 section 6.2). */
export function labelText(bytes: Uint8Array): string {
  let out = ''
  for (const b of bytes) {
    if (b >= 0x41 && b <= 0x5a) out += String.fromCharCode(b + 32)
    else if (b > 0x20 && b < 0x7f && b !== 0x2e && b !== 0x5c) out += String.fromCharCode(b)
    else out += `\\${String(b).padStart(3, '0')}`
  }
  return out
}

/** 'a.b.c' gives 'b.c'; the root has none. */
export function parent(name: string): string | undefined {
  if (name === '') return undefined
  const dot = name.indexOf('.')
  return dot < 0 ? '' : name.slice(dot + 1)
}

/** `name` is `zone`, or lies below it. */
export function within(name: string, zone: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`)
}

export function labelCount(name: string): number {
  return name === '' ? 0 : name.split('.').length
}

/**
 * A host or domain as a person or a record writes it: small letters, no dot at the end, international names in their ASCII form.
 * Undefined where it is no name.
 */
export function asName(given: string): string | undefined {
  const bare = given.trim().replace(/\.$/, '').toLowerCase()
  const ascii = /^[\x21-\x7e]*$/.test(bare) ? bare : URL.parse(`http://${bare}`)?.hostname
  return ascii === undefined || nameBytes(ascii) === undefined ? undefined : ascii
}
