// Conformance, measured by a real run of tests in a small checkout: what passed, failed, was skipped, could not be read, or is not there at all.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { measureConformance } from '../../src/proving/conformance/conformance.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'codectl-checkout-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const put = async (path: string, text: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};

const config = "export default { test: { include: ['**/*.test.ts'] } };";
const checkout = async () => {
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(root, 'node_modules'));
  await put('package.json', '{ "type": "module" }');
  await put('vitest.config.ts', config);
  const ids = ['D-01', 'D-02', 'D-03', 'D-04', 'D-05'].map((id) => ({ id, title: id.toLowerCase(), status: 'tested' }));
  const later = { id: 'O-01', title: 'later', status: 'later', because: 'one machine' };
  await put('test/replay/catalogue.ts', `export const catalogue: readonly object[] = ${JSON.stringify([...ids, later])};`);
};

const tests = `
  import { expect, it } from 'vitest';
  const before = [];
  it('D-01 holds', () => void before.push('one'));
  it('D-02 does not hold (at all)', () => expect(1).toBe(2));
  it('D-04 holds when it is alone', () => expect(before).toEqual([]));
  it('D-03 is left out', ({ task, skip }) => {
    task.meta.why = 'nobody asked';
    skip();
  });
  it('bears no id, and would fail', () => expect(1).toBe(2));
`;
const measure = async (runtime: string, told: string[] = []) => {
  const { columns } = await measureConformance(root, {
    runtimes: [runtime],
    progress: (line) => void told.push(line),
    signal: new AbortController().signal,
  });
  return columns[0]!;
};

it('says of every behaviour what its tests have shown, and tells of each test as it ends', async () => {
  await checkout();
  await put('test/kubernetes/one.test.ts', tests);
  const told: string[] = [];
  const { runtime, cells, tests: counted, commit } = await measure('kubernetes', told);
  expect({ runtime, counted, commit }).toEqual({ runtime: 'kubernetes', counted: { passed: 2, failed: 1, skipped: 1 }, commit: 'unknown' });
  expect(cells).toEqual({
    'D-01': { state: 'met', tests: 1 },
    'D-02': { state: 'not_met', because: expect.stringContaining('expected 1 to be 2') },
    'D-03': { state: 'not_measured', because: 'nobody asked' },
    'D-04': { state: 'met', tests: 1, repeated: 1 },
    'D-05': { state: 'not_measured', because: 'no test on kubernetes bears its id' },
    'O-01': { state: 'not_measured', because: 'one machine' },
  });
  expect(told.join('\n')).toMatch(/✓ .*D-01 holds/);
  expect(told.join('\n')).toMatch(/× .*D-02 does not hold/);
});

it('claims nothing where a file of tests cannot be read, where there are none, or of what is simulated', async () => {
  await checkout();
  await put('test/kubernetes/one.test.ts', "import { it } from 'vitest'; it('D-01 holds', () => {});");
  await put('test/kubernetes/two.test.ts', "import './nowhere.ts';");
  expect((await measure('kubernetes')).cells['D-01']).toEqual({ state: 'not_measured', because: expect.stringContaining('two.test.ts') });
  expect((await measure('process')).cells['D-01']).toEqual({ state: 'not_measured', because: 'no test on process bears its id' });
  await put('vitest.config.ts', 'this is no configuration');
  expect((await measure('kubernetes')).cells['D-01']).toEqual({
    state: 'not_measured',
    because: expect.stringContaining('without a report'),
  });
  await put('vitest.config.ts', config);
  await put('src/decide/one.test.ts', "import { it } from 'vitest'; it('D-01 holds', () => {});");
  expect((await measure('fake')).cells['D-01']).toEqual({ state: 'not_measured', because: 'it holds in simulation, which is never met' });
});

it('says so where there is no checkout, and where the tests are not installed', async () => {
  await expect(measure('process')).rejects.toMatchObject({ code: 'unsupported', hint: expect.stringContaining('Clone the repository') });
  await put('test/replay/catalogue.ts', 'export const catalogue = [];');
  await expect(measure('process')).rejects.toMatchObject({ code: 'unsupported', hint: expect.stringContaining('npm ci') });
});
