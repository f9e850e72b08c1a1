// From what tests said to what may be claimed: a behaviour is met where every test of it ran and passed, and nowhere else.
import { z } from 'zod';

/** One behaviour that peers publish. */
export interface Behaviour {
  readonly id: string;
  readonly title: string;
  /** Why nothing tests it yet. */
  readonly putOff?: string;
}

export type Cell =
  /** `repeated`: so many of them failed beside others, and passed alone. */
  | { readonly state: 'met'; readonly tests: number; readonly repeated?: number }
  | { readonly state: 'not_met' | 'not_measured'; readonly because: string };

/** One test, as its run told of it. */
export interface Tested {
  /** It begins with the ids of what it shows. */
  readonly title: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it failed, or did not run. */
  readonly because?: string;
  /** It failed beside others, and passed when it was run once more with nothing beside it. */
  readonly repeated?: true;
}

export interface Told {
  readonly tests: readonly Tested[];
  /** Files whose tests are not known, because they could not even be read. */
  readonly unread: readonly string[];
}

/** What vitest writes: of it, what is needed here. */
const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          title: z.string(),
          ancestorTitles: z.array(z.string()),
          status: z.string(),
          failureMessages: z.array(z.string()),
          meta: z.looseObject({ why: z.string().optional() }).optional(),
        }),
      ),
    }),
  ),
});

type Reported = z.infer<typeof report>['testResults'][number]['assertionResults'][number];

/** `D-01 D-10 a new version …`: what the test is about. */
export function idsOf(title: string): readonly string[] {
  return /^(?:[A-Z]-\d\d )+/.exec(title)?.[0].trim().split(' ') ?? [];
}

/** Reads a report; only tests that bear an id are told of. Errors: throws at what is no report. */
export function toldBy(json: string): Told {
  const { testResults } = report.parse(JSON.parse(json));
  return {
    tests: testResults.flatMap(({ assertionResults }) => assertionResults.filter(({ title }) => idsOf(title).length > 0).map(testedFrom)),
    unread: testResults
      .filter(({ assertionResults }) => assertionResults.length === 0)
      .map(({ name, message }) => `${name}: ${first(message)}`),
  };
}

function testedFrom({ title, ancestorTitles, status, failureMessages, meta }: Reported): Tested {
  if (status === 'passed') return { title, status };
  if (status === 'failed') return { title, status, because: first(failureMessages[0] ?? 'it failed') };
  const said = meta?.why ?? ancestorTitles.map((one) => /\(skipped: (.*)\)$/.exec(one)?.[1]).find((one) => one !== undefined);
  return { title, status: 'skipped', because: said ?? 'it did not come to run' };
}

function first(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim()
      .slice(0, 200) ?? 'for no reason that was told'
  );
}

/** What may be claimed of one behaviour on one runtime. */
export function cellOf({ id, putOff }: Behaviour, { tests, unread }: Told, runtime: string, simulated: boolean): Cell {
  const mine = tests.filter(({ title }) => idsOf(title).includes(id));
  const failed = mine.find(({ status }) => status === 'failed');
  if (failed) return { state: 'not_met', because: `“${failed.title}”: ${failed.because}` };
  const unmeasured = (because: string): Cell => ({ state: 'not_measured', because });
  if (unread.length > 0) return unmeasured(`not all tests could be read: ${unread.join('; ')}`);
  const left = mine.filter(({ status }) => status === 'skipped');
  if (mine.length === 0) return unmeasured(putOff ?? `no test on ${runtime} bears its id`);
  if (left.length > 0) return unmeasured(partly(left, mine.length));
  if (simulated) return unmeasured('it holds in simulation, which is never met');
  const repeated = mine.filter((one) => one.repeated).length;
  return { state: 'met', tests: mine.length, ...(repeated > 0 && { repeated }) };
}

/** What failed, by what it did when it was run alone: on a machine with other work a few miss their time, and what is wrong is wrong again. */
export function repeatedBy(first: Told, again: Told): Told {
  const tests = first.tests.map((one): Tested => {
    const seen = one.status === 'failed' ? again.tests.filter(({ title }) => title === one.title) : [];
    const held = seen.length > 0 && seen.every(({ status }) => status === 'passed');
    return held ? { title: one.title, status: 'passed', repeated: true } : one;
  });
  return { ...first, tests };
}

function partly(left: readonly Tested[], all: number): string {
  const reasons = [...new Set(left.map(({ because }) => because))].join('; ');
  return left.length === all ? reasons : `${left.length} of ${all} tests did not run: ${reasons}`;
}
