import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Audit } from './report/model.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = existsSync(join(root, 'dist', 'cli', 'main.js')) && existsSync(join(root, 'data', 'vendors.bin'))

interface Packed {
  filename: string
  size: number
  unpackedSize: number
  files: { path: string; size: number }[]
}

/**
 * npm with the Node that runs the tests, away from the network: it must not be asked, and what npm sets for the scripts of this
 * package must not reach another.
 */
function npm(command: 'npm' | 'npx', args: string[], cwd: string): string {
  const env: NodeJS.ProcessEnv = { PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` }
  for (const name of ['HOME', 'SystemRoot', 'APPDATA', 'TMPDIR']) if (process.env[name]) env[name] = process.env[name]
  env['npm_config_offline'] = 'true'
  env['npm_config_update_notifier'] = 'false'
  env['npm_config_loglevel'] = 'error'
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 << 20 })
}

function pack(folder: string, into: string): Packed {
  // built already (npm test sets up first): the build would write to what other tests are reading
  const said = JSON.parse(npm('npm', ['pack', folder, '--json', '--ignore-scripts', '--pack-destination', into], into)) as
    | Packed[]
    | Record<string, Packed>
  return Object.values(said)[0]!
}

/** Every package that a user of ours installs, from the lock file: all that is not for development only. */
function dependencies(): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>
  }
  return Object.entries(packages)
    .filter(([path, p]) => path !== '' && !p.dev && !p.devOptional && !p.optional)
    .map(([path]) => path)
}

describe.skipIf(!built)(`the package${built ? '' : ' (skipped: not built, run npm run build)'}`, { timeout: 120_000 }, () => {
  let folder: string
  let home: string
  let packed: Packed

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-package-'))
    home = join(folder, 'elsewhere')
    mkdirSync(home)
    packed = pack(root, folder)
    // its dependencies as the registry gave them, so that nothing is fetched: what is not declared is not there
    const tarballs = [packed, ...dependencies().map((path) => pack(join(root, path), folder))].map((p) =>
      join(folder, p.filename),
    )
    writeFileSync(join(home, 'package.json'), '{ "private": true }')
    npm('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs], home)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('holds what a user needs, and nothing else', () => {
    const paths = packed.files.map((f) => f.path)
    for (const path of [
      'LICENSE',
      'NOTICE',
      'package.json',
      'dist/cli/main.js',
      'dist/index.js',
      'dist/index.d.ts',
      'samples/home.pcapng.gz',
    ])
      expect(paths).toContain(path)
    for (const name of ['vendors.bin', 'vendors.txt', 'countries.bin', 'third-parties.json'])
      expect(paths).toContain(`data/${name}`)
    expect(paths.some((path) => path.startsWith('docs/'))).toBe(true)
    expect(
      paths.filter((path) => /\.test\.|\.map$|\.tsbuildinfo$|^dist\/testing\/|^(src|lab|fuzz|bench|scripts)\//.test(path)),
    ).toEqual([])
    expect(packed.size).toBeLessThan(6 << 20)
    process.stdout.write(`${packed.filename}: ${packed.files.length} files, ${Math.round(packed.size / 1024)} KiB packed\n`)
  })

  it('declares every package that it imports', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>
    }
    const imported = new Set<string>()
    for (const { path } of packed.files) {
      if (!path.startsWith('dist/') || !path.endsWith('.js')) continue
      const source = readFileSync(join(home, 'node_modules', 'assay', path), 'utf8')
      for (const [, name] of source.matchAll(/^import [^'"]*['"]([^'".][^'"]*)['"]|import\(['"]([^'".][^'"]*)['"]\)/gm))
        if (name !== undefined && !name.startsWith('node:')) imported.add(name.split('/')[0]!)
    }
    expect(imported.size).toBeGreaterThan(0)
    for (const name of imported) expect(Object.keys(dependencies)).toContain(name)
  })

  it('runs where it was installed', () => {
    expect(npm('npx', ['--no-install', 'assay', '--help'], home)).toContain('assay audit home.pcapng')
    const sample = join(home, 'node_modules', 'assay', 'samples', 'home.pcapng.gz')
    const audit = JSON.parse(npm('npx', ['--no-install', 'assay', 'audit', sample, '--json'], home)) as Audit
    expect(audit.schema).toBe('assay-audit-2')
    expect(audit.devices.length).toBeGreaterThanOrEqual(6)
    expect(audit.captures[0]!.packets).toBeGreaterThan(1000)
    // the data came along: makers from the registry of hardware addresses
    expect(audit.devices.filter((d) => d.identity.vendor !== undefined).length).toBeGreaterThan(0)
  })

  it('is a library, too', () => {
    writeFileSync(join(home, 'use.mjs'), "import { audit } from 'assay'\nprocess.stdout.write(typeof audit)\n")
    expect(execFileSync(process.execPath, ['use.mjs'], { cwd: home, encoding: 'utf8' })).toBe('function')
  })
})
