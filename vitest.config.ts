import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    environment: 'node',
    setupFiles: ['.ci/test-patience.ts', '.ci/test-compile-cache.ts'],
    expect: { poll: { timeout: 60_000 } },
    globalSetup: ['plugins/transport-whatsapp-web/src/testing/global-setup.ts'],
    include: [
      '{kernel,host}/src/**/*.test.ts',
      '{plugins,examples}/*/src/**/*.test.ts',
      'bench/proof/**/*.test.ts',
      '.ci/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // Files run as processes of their own, two at a time: native SQLite handles, signals and the working directory
    // belong to a process, and two is what a small build machine has.
    pool: 'forks',
    maxWorkers: 2,
    // Limits against a hang, not measures: a busy machine may be ten times slower than an idle one.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    restoreMocks: true,
    unstubEnvs: true,
    reporters: ['default', 'json'],
    outputFile: { json: 'coverage/tests.json' },
    coverage: {
      provider: 'v8',
      reporter: ['text-summary', 'json-summary', 'json'],
      reportsDirectory: 'coverage',
      reportOnFailure: true,
      include: ['{kernel,host}/src/**/*.ts', '{plugins,examples}/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/fixtures/**'],
    },
  },
})
