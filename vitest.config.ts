// One run for every test; what needs a right asks for it and is skipped where it is missing. CI gets its counts from a JSON report.
import { defineConfig } from 'vitest/config';

const { CI, CODE_TEST_REPORT } = process.env;
const report = CODE_TEST_REPORT ?? (CI ? 'coverage/tests.json' : undefined);

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    // A limit for what hangs, not a measure of speed: the slowest machine that runs them decides nothing.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 5_000,
  },
});
