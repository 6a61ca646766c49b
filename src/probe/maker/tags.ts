/**
 * 'v=DMARC1; p=none' as its tags (RFC 6376 section 3.2; DMARC, MTA-STS and TLS-RPT write theirs so, too). Undefined where it is no such
 * list, or says a tag twice.
 */
export function readTags(text: string): Map<string, string> | undefined {
  const tags = new Map<string, string>()
  for (const part of text.split(';')) {
    if (part.trim() === '') continue
    const equals = part.indexOf('=')
    const name = part.slice(0, Math.max(equals, 0)).trim()
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || tags.has(name)) return undefined
    tags.set(name, part.slice(equals + 1).trim())
  }
  return tags
}

/** It begins with this version: others at the same name are none of ours. */
export function isVersion(text: string, version: string): boolean {
  return new RegExp(`^\\s*v\\s*=\\s*${version}\\s*(;|$)`).test(text)
}
