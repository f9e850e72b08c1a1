// `codectl bench conformance`: runs the tests that bear ids of the catalogue, runtime by runtime, and says of each behaviour what they showed.
import { join } from 'node:path';
import { asCodeError } from '../../base/errors.ts';
import { readFileIfExists, removeTree } from '../../platform/files.ts';
import { thisMachine } from '../../platform/measure.ts';
import { runPiped } from '../../platform/process/run.ts';
import { environment, scratch } from '../bench/contenders/contender.ts';
import type { Checkout } from './checkout.ts';
import { openCheckout } from './checkout.ts';
import type { Told } from './matrix.ts';
import { cellOf, idsOf, repeatedBy, toldBy } from './matrix.ts';
import type { Column, Conformance } from './page.ts';
import type { Suite } from './suites.ts';
import { suites } from './suites.ts';

export interface ConformanceCall {
  /** None named: all of them. */
  readonly runtimes: readonly string[];
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export const runtimesMeasured: readonly string[] = suites.map(({ runtime }) => runtime);

/** `root`: of the checkout. Errors: `unsupported` where it is none. */
export async function measureConformance(root: string, { runtimes, progress, signal }: ConformanceCall): Promise<Conformance> {
  const checkout = await openCheckout(root, signal);
  const columns: Column[] = [];
  for (const suite of suites.filter(({ runtime }) => runtimes.length === 0 || runtimes.includes(runtime))) {
    progress(`${suite.runtime}: ${suite.files.join(' ')}`);
    columns.push(await columnOf(checkout, suite, progress, signal));
  }
  return { behaviours: checkout.behaviours, columns };
}

async function columnOf(checkout: Checkout, suite: Suite, progress: (line: string) => void, signal: AbortSignal): Promise<Column> {
  const [at, machine, began] = [new Date().toISOString(), thisMachine(), performance.now()];
  const told = await judged(checkout, suite, progress, signal);
  const count = (status: string) => told.tests.filter((one) => one.status === status).length;
  return {
    runtime: suite.runtime,
    at,
    commit: checkout.commit,
    machine,
    seconds: (performance.now() - began) / 1_000,
    tests: { passed: count('passed'), failed: count('failed'), skipped: count('skipped') },
    cells: Object.fromEntries(checkout.behaviours.map((one) => [one.id, cellOf(one, told, suite.runtime, suite.simulated)])),
  };
}

/** What fails is run once more, one test at a time. */
async function judged(checkout: Checkout, suite: Suite, progress: (line: string) => void, signal: AbortSignal): Promise<Told> {
  const told = await run(checkout, suite, anyId, progress, signal);
  const failed = told.tests.filter(({ status }) => status === 'failed').map(({ title }) => title);
  if (failed.length === 0) return told;
  progress(`${suite.runtime}, again, one at a time: ${failed.length} that failed`);
  let seen = told;
  for (const title of failed) seen = repeatedBy(seen, await run(checkout, suite, `${escaped(title)}$`, progress, signal));
  return seen;
}

const anyId = '[A-Z]-\\d\\d ';

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

/** A run that ended without a word on its tests has shown nothing. `which`: a pattern for their names. */
async function run(
  { root, vitest }: Checkout,
  suite: Suite,
  which: string,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<Told> {
  const place = await scratch();
  const file = join(place, 'report.json');
  const args = [vitest, 'run', '-c', suite.config, ...suite.files, '-t', which];
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${file}`];
  const command = {
    command: process.execPath,
    args: [...args, ...reporters],
    cwd: root,
    env: environment({ NO_COLOR: '1', ...suite.environment }),
  };
  try {
    const { code, said } = await heard(command, progress, signal);
    const text = await readFileIfExists(file);
    return text === undefined ? { tests: [], unread: [`the run ended with code ${code} and without a report: ${said}`] } : toldBy(text);
  } catch (thrown) {
    signal.throwIfAborted();
    return { tests: [], unread: [asCodeError(thrown).message] };
  } finally {
    await removeTree(place);
  }
}

/** Tells of each test that bears an id as it ends; returns how all of it ended, and the last words. */
async function heard(command: Parameters<typeof runPiped>[0], progress: (line: string) => void, signal: AbortSignal) {
  let [rest, said, code] = ['', '', 0];
  for await (const piece of runPiped(command, signal)) {
    if (piece.kind === 'exit') code = piece.code;
    else {
      const lines = `${rest}${piece.text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (isOfTest(line)) progress(line.trim());
      said = lines.findLast((line) => line.trim() !== '')?.trim() ?? said;
    }
  }
  return { code, said };
}

/** `✓ test/x.test.ts > a group > D-01 …` */
function isOfTest(line: string): boolean {
  return /^\s*[✓×]/.test(line) && idsOf(line.split(' > ').at(-1) ?? '').length > 0;
}
