// .ci/run tells the truth: with an npm that only plays its part, its last line and its exit code follow what the suites reported.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, '..', '..', '.ci', 'run');
const made: string[] = [];

afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly pending?: number;
}

interface Play {
  readonly counts?: Counts;
  readonly testCode?: number;
  readonly gateCode?: number;
  /** Files in which something failed, with the tests in them that did; none where a file does not load. */
  readonly bad?: Readonly<Record<string, readonly string[]>>;
  /** What comes of it when they are run again; nothing runs again where this is absent. */
  readonly repeat?: Counts;
}

/** A report as vitest writes it, as far as it is read. */
function reportOf(counts: Partial<Counts>, directory: string, bad: NonNullable<Play['bad']> = {}): string {
  return JSON.stringify({
    numPassedTests: counts.passed,
    numFailedTests: counts.failed,
    numPendingTests: counts.pending ?? 0,
    numTodoTests: 0,
    testResults: Object.entries(bad).map(([name, failed]) => ({
      name: join(directory, name),
      status: 'failed',
      assertionResults: failed.map((fullName) => ({ status: 'failed', fullName })),
    })),
  });
}

/** A directory with the script, and programs that play npm and the vitest of the project. */
function stage({ counts, testCode = 0, gateCode = 0, bad, repeat }: Play): string {
  const directory = mkdtempSync(join(tmpdir(), 'ci-'));
  made.push(directory);
  for (const part of ['.ci', 'path', join('node_modules', '.bin')]) mkdirSync(join(directory, part), { recursive: true });
  copyFileSync(script, join(directory, '.ci', 'run'));
  const write = counts === undefined ? ':' : `printf '%s' '${reportOf(counts, directory, bad)}' > "$CODE_TEST_REPORT"`;
  const again = `printf '%s' '${reportOf(repeat ?? {}, directory)}' > "$CODE_TEST_REPORT"`;
  const play = (path: string, lines: string) => writeFileSync(join(directory, path), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  play(join('path', 'npm'), `case "$*" in\n  cit) ${write}; exit ${testCode};;\n  *simulate*) exit ${gateCode};;\nesac`);
  play(join('node_modules', '.bin', 'vitest'), `echo "vitest $*"\n${again}; exit ${repeat?.failed === 0 ? 0 : 1}`);
  return directory;
}

function run(play: Play) {
  const directory = stage(play);
  const { stdout, status } = spawnSync('bash', [join(directory, '.ci', 'run')], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(directory, 'path')}:${process.env['PATH']}` },
  });
  return { last: stdout.trimEnd().split('\n').at(-1), green: status === 0, stdout };
}

describe('.ci/run', () => {
  it('is green when every test passed, and says how many were skipped', () => {
    const { last, green, stdout } = run({ counts: { passed: 7, failed: 0, pending: 2 } });
    expect({ last, green }).toEqual({ last: '7 passed, 0 failed', green: true });
    expect(stdout).toContain('2 skipped; each says why above');
  });

  it('runs the files again in which a few tests failed, with the suite’s own configuration, and names what held only then', () => {
    const { last, green, stdout } = run({
      counts: { passed: 7, failed: 1 },
      testCode: 1,
      bad: { 'test/a.test.ts': ['a machine is slow'] },
      repeat: { passed: 3, failed: 0 },
    });
    expect({ last, green }).toEqual({ last: '8 passed, 0 failed', green: true });
    expect(stdout).toContain('vitest run -c vitest.config.ts --no-file-parallelism test/a.test.ts');
    expect(stdout).toContain('held only when repeated: a machine is slow');
    expect(stdout).toContain('== gate check');
  });

  const once = { counts: { passed: 7, failed: 1 }, testCode: 1, bad: { 'test/a.test.ts': ['a machine is slow'], 'test/b.test.ts': [] } };

  it('runs a file again, too, that did not load', () => {
    expect(run({ ...once, repeat: { passed: 0, failed: 1 } }).stdout).toContain('test/a.test.ts test/b.test.ts');
  });

  it.each<[string, Play, string]>([
    ['a test fails again', { ...once, repeat: { passed: 2, failed: 1 } }, '7 passed, 1 failed'],
    ['the repetition skips what failed', { ...once, repeat: { passed: 0, failed: 0 } }, '7 passed, 1 failed'],
    ['a test failed', { counts: { passed: 7, failed: 2 }, testCode: 1 }, '7 passed, 2 failed'],
    ['no test ran', { counts: { passed: 0, failed: 0 } }, '0 passed, 1 failed'],
    ['there is no report', { testCode: 1 }, '0 passed, 1 failed'],
    ['the runner failed beside its tests', { counts: { passed: 7, failed: 0 }, testCode: 1 }, '7 passed, 1 failed'],
    ['a gate does not hold', { counts: { passed: 7, failed: 0 }, gateCode: 3 }, '7 passed, 1 failed'],
  ])('is red when %s', (_, play, line) => {
    const { last, green } = run(play);
    expect({ last, green }).toEqual({ last: line, green: false });
  });
});
