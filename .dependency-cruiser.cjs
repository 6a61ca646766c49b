// The road the data takes is one way: a folder imports only from folders to its left (docs/architecture.md).
const road = ['capture', 'decode', 'flow', 'device', 'evidence', 'checks', 'frameworks', 'report', 'cli']

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...road.slice(0, -1).map((folder, i) => ({
      name: `${folder}-imports-only-from-its-left`,
      severity: 'error',
      from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
      to: { path: `^src/(${road.slice(i + 1).join('|')}|audit|index)` },
    })),
    {
      name: 'tests-and-their-helpers-stay-out-of-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: ['\\.test\\.ts$', '^src/testing/'] },
      to: { path: ['^src/testing/', '\\.test\\.ts$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs'], exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
}
