import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { KINDS } from '../evidence/kinds.ts'
import { observationTitles } from './observations.ts'

const page = readFileSync(new URL('../../docs/observations.md', import.meta.url), 'utf8')
const source = ['kinds', 'sign', 'asked/device', 'asked/tls', 'asked/path', 'asked/maker']
  .map((file) => readFileSync(new URL(`../evidence/${file}.ts`, import.meta.url), 'utf8'))
  .join('\n')

/** Names of the properties of the type written in `text`. */
const fields = (text: string) => [...text.matchAll(/(\w+)\??: /g)].map((m) => m[1])
const body = (name: string) =>
  source
    .slice(source.search(new RegExp(`export interface ${name} `)))
    .split('\n}')[0]!
    .replace(/\/\*\*[^]*?\*\//g, '')

describe('docs/observations.md', () => {
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((s) => [s.slice(0, s.indexOf('\n')), s]),
  )

  it('has every kind of observation, and no other', () => {
    expect(new Set(sections.keys())).toEqual(new Set(KINDS))
    expect(new Set(Object.keys(observationTitles))).toEqual(new Set(KINDS))
  })

  it.each([...KINDS])('names every field of %s', (kind) => {
    // a member at the table's own depth, up to the next one
    const members = ['Kinds', 'DeviceKinds', 'TlsKinds', 'PathKinds', 'MakerKinds'].flatMap((name) =>
      body(name).split(/\n {2}(?=['\w])/),
    )
    const member = members.find((m) => m.startsWith(`'${kind}': `) || m.startsWith(`${kind}: `))!
    const type = member.slice(member.indexOf(': ') + 2).trim()
    const named =
      type === 'TlsFacts'
        ? [...fields(body('TlsFacts')), ...fields(body('CertificateFacts'))]
        : fields(type === 'SignFacts' ? body('SignFacts') : type)
    expect(named.length).toBeGreaterThan(1)
    const section = sections.get(kind === 'tls.server' ? 'tls.client' : kind)!
    for (const field of named) expect(section, field).toContain(`\`${field}\``)
  })
})
