import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'lab/**/*.test.ts', 'fuzz/**/*.test.ts', 'eval/**/*.test.ts'],
    globalSetup: 'src/testing/temporary.ts',
    // oracles are other programs; they take their time on a busy machine
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // V8's registry of code pages loses one now and then where threads come and go, and ends the process ('Check failed:
    // jit_page.has_value()', nodejs/node issue 64500); seen here once
    execArgv: ['--no-memory-protection-keys'],
  },
})
