// dist/ from src/, and data/ from the published lists.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildData } from './build-data.mjs'
import { node, root, run } from './setup.mjs'

buildData()
run(node(), [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', 'tsconfig.build.json'])
chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755)
writeFileSync(join(root, 'dist', '.built'), '')
