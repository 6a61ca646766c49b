// Everything a fresh clone needs, with nothing but Node: dependencies, the pinned Node, the built project. Idempotent and quick
// when nothing changed. Plain JavaScript for whatever Node the machine has.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name) => join(root, 'node_modules', '.bin', name)
const marker = join(root, 'node_modules', '.assay-installed')

/** The Node that runs the project: the pinned one where it installed, else this one when it is new enough. */
export function node() {
  const pinned = bin('node')
  if (existsSync(pinned)) {
    try {
      execFileSync(pinned, ['--version'], { stdio: 'ignore' })
      return pinned
    } catch {
      // a system for which there is no prebuilt Node: fall through
    }
  }
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 15)) return process.execPath
  throw new Error(
    `Assay needs Node 22.15 or newer; this is ${process.version}, and the copy that npm installs (node_modules/.bin/node) does not run here. ` +
      'Install a newer Node and try again.',
  )
}

export function setup() {
  install()
  build()
}

function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return
  say('Installing dependencies (once)…')
  npm(['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'])
  // npm may be set to skip install scripts; the pinned Node comes with one
  try {
    execFileSync(bin('node'), ['--version'], { stdio: 'ignore' })
  } catch {
    npm(['rebuild', 'node', '--loglevel=error'])
  }
  node()
  // a set-up that is not whole is tried again next time
  if (!existsSync(join(root, 'node_modules', 'typescript', 'bin', 'tsc')))
    throw new Error('npm did not install the development dependencies; see its messages above.')
  writeFileSync(marker, lock)
}

function build() {
  const built = join(root, 'dist', '.built')
  const sources = ['src', 'scripts'].flatMap((dir) => files(join(root, dir)))
  const newest = Math.max(
    ...[...sources, marker, join(root, 'tsconfig.json'), join(root, 'tsconfig.build.json'), join(root, 'package.json')].map(
      (f) => statSync(f).mtimeMs,
    ),
  )
  if (existsSync(built) && existsSync(join(root, 'data', 'vendors.bin')) && statSync(built).mtimeMs >= newest) return
  say('Building…')
  run(node(), [join(root, 'scripts', 'build.mjs')])
}

function files(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? files(join(dir, e.name)) : [join(dir, e.name)],
  )
}

/** npm of the same installation, never through a shell. */
function npm(args) {
  const cli = process.env.npm_execpath
  if (cli?.endsWith('npm-cli.js')) run(process.execPath, [cli, ...args])
  else run('npm', args)
}

export function run(command, args, options = {}) {
  // what tools print goes to standard error: standard output is the audit's
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options })
}

export function say(text) {
  process.stderr.write(`${text}\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup()
