// The tests that need a Docker Engine: one of our own for all of them, one file after the other. Without one they are skipped, and say why.
import { defineConfig } from 'vitest/config';

const { CODE_TEST_REPORT: report } = process.env;

export default defineConfig({
  test: {
    include: ['test/docker/**/*.test.ts', 'test/swarm/**/*.test.ts'],
    globalSetup: ['test/lab/setup.ts'],
    fileParallelism: false,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    // As in the other configuration: a limit for what hangs.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
  },
});
