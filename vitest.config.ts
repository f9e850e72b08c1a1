// One run for everything that needs no privilege; `CODE_SUITE=root` runs what does. CI gets its counts from a JSON report.
import { defineConfig } from 'vitest/config';

const { CI, CODE_SUITE, CODE_TEST_REPORT } = process.env;
const report = CODE_TEST_REPORT ?? (CI ? 'coverage/tests.json' : undefined);

export default defineConfig({
  test: {
    include: CODE_SUITE === 'root' ? ['test/root/**/*.test.ts'] : ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: CODE_SUITE === 'root' ? [] : ['test/root/**'],
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 5_000,
  },
});
