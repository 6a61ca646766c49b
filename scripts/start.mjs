// `npm start [-- captures and options]`: set up, audit (the shipped sample when nothing is named), write the HTML report beside.
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { node, root, setup } from './setup.mjs'

try {
  setup()
} catch (error) {
  process.stderr.write(`Set-up failed: ${error.message}\n`)
  process.exit(1)
}
const given = process.argv.slice(2)
// npm changes to the project's folder: paths are meant from where the user stands
const cwd = process.env.INIT_CWD ?? process.cwd()
const args = given.length === 0 ? [join(root, 'samples', 'home.pcapng.gz')] : given
const html = given.some((a) => a === '--html' || a.startsWith('--html=')) ? [] : ['--html', resolve(cwd, 'assay-report.html')]
const { status, signal } = spawnSync(node(), [join(root, 'dist', 'cli', 'main.js'), 'audit', ...args, ...html], {
  cwd,
  stdio: 'inherit',
})
process.exit(signal ? 130 : (status ?? 1))
