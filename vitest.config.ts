import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'lab/**/*.test.ts', 'fuzz/**/*.test.ts', 'eval/**/*.test.ts'],
    globalSetup: 'src/testing/temporary.ts',
    // oracles are other programs; they take their time on a busy machine
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
