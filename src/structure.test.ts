import { readdirSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** The road the data takes, left to right: a folder imports only from folders to its left (and from itself). */
const ROAD = [
  'capture',
  'decode',
  'flow',
  'device',
  'dossier',
  'evidence',
  'threat',
  'probe',
  'checks',
  'frameworks',
  'report',
  'audit',
  'index.ts',
  'cli',
]
/** decode/ reads packets of capture/, and capture/ fills decode/'s one cursor, which is a shape and no behaviour. */
const SHARED = new Set(['decode/packet.ts'])

const src = fileURLToPath(new URL('.', import.meta.url))
const files = (readdirSync(src, { recursive: true }) as string[])
  .filter((f) => f.endsWith('.ts'))
  .map((f) => f.replaceAll(sep, '/'))
const isTest = (file: string) => file.endsWith('.test.ts') || file.startsWith('testing/')
const product = files.filter((f) => !isTest(f))

/** Files of the project that a file imports: from any import or export with a relative path, types included, and import(). */
function imports(file: string): string[] {
  const code = readFileSync(resolve(src, file), 'utf8')
  const found = code.matchAll(/^(?:import|export)\b[^'"`;]*?from '(\.[^']+)'|\bimport\('(\.[^']+)'\)|^import '(\.[^']+)'/gm)
  return [...found].map((m) => relative(src, resolve(src, dirname(file), (m[1] ?? m[2] ?? m[3])!)).replaceAll(sep, '/'))
}

const graph = new Map(product.map((file) => [file, imports(file)]))
const place = (file: string) => ROAD.indexOf(file.includes('/') ? file.slice(0, file.indexOf('/')) : file)

describe('the structure', () => {
  it('is read: every file of the road, and imports that exist', () => {
    expect(product.length).toBeGreaterThan(100)
    expect([...graph.values()].flat().length).toBeGreaterThan(300)
    for (const [file, list] of graph)
      for (const to of list) if (to.endsWith('.ts')) expect(files, `${file} imports ${to}`).toContain(to)
    expect(product.filter((f) => place(f) < 0)).toEqual([])
  })

  it('is one way: a folder imports only from its left', () => {
    const wrong = [...graph].flatMap(([file, list]) =>
      list.filter((to) => to.endsWith('.ts') && !SHARED.has(to) && place(to) > place(file)).map((to) => `${file} -> ${to}`),
    )
    expect(wrong).toEqual([])
  })

  it('keeps tests and their helpers out of the product', () => {
    expect([...graph].flatMap(([file, list]) => list.filter(isTest).map((to) => `${file} -> ${to}`))).toEqual([])
  })

  it('has no cycles', () => {
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done') return
      if (state.get(file) === 'open') return void cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
      state.set(file, 'open')
      for (const to of graph.get(file) ?? []) visit(to, [...path, file])
      state.set(file, 'done')
    }
    for (const file of product) visit(file, [])
    expect(cycles).toEqual([])
  })

  it('loads no schema library for an audit that has no file to check: it takes longer than a small audit', () => {
    const loaded = new Set<string>()
    const load = (file: string): void => {
      if (loaded.has(file)) return
      loaded.add(file)
      if (!file.endsWith('.ts')) return
      const code = readFileSync(resolve(src, file), 'utf8')
      for (const [, from] of code.matchAll(/^(?:import|export)\b(?! type\b)[^'"`;]*?from '([^']+)'/gm))
        load(from!.startsWith('.') ? relative(src, resolve(src, dirname(file), from!)).replaceAll(sep, '/') : from!)
    }
    for (const file of ['cli/main.ts', 'cli/audit.ts', 'audit/audit.ts', 'audit/office-thread.ts', 'report/terminal.ts'])
      load(file)
    expect(loaded.size).toBeGreaterThan(200)
    expect([...loaded].filter((name) => /^(typebox|ajv|yaml|jose|docx|ssh2|pkijs)\b/.test(name))).toEqual([])
  })
})
