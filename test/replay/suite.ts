// The published behaviours of peers, by their ids, as one suite over any runtime.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { analysisTests } from './analysis.ts';
import { baselineTests } from './baseline.ts';
import { catalogue } from './catalogue.ts';
import { courseTests } from './courses.ts';
import { discoveryTests } from './discovery.ts';
import { drainTests } from './drain.ts';
import { gateTests } from './gate.ts';
import { lockTests } from './locks.ts';
import { operationTests } from './operations.ts';
import { pauseTests } from './pause.ts';
import { restartTests } from './restarts.ts';
import { rollbackTests } from './rollback.ts';
import type { ReplayRuntime } from './runtime.ts';
import { scalingTests } from './scaling.ts';
import { sizeTests } from './sizes.ts';
import { Stage } from './stage.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Why it did not run, for whoever reads the report. */
    why?: string;
  }
}

/** What files of its own may run beside each other. */
export const parts = ['releases', 'traffic', 'operations'] as const;
export type Part = (typeof parts)[number];

interface Section {
  readonly name: string;
  readonly part: Part;
  readonly tests: (stage: () => Stage) => void;
  /** Its tests mostly wait for deadlines, and disturb each other's applications as little as strangers' do. */
  readonly concurrent: boolean;
}

const sections: readonly Section[] = [
  { name: 'gate and switch', part: 'releases', tests: gateTests, concurrent: true },
  { name: 'failing and going back', part: 'releases', tests: rollbackTests, concurrent: true },
  { name: 'canary and blue-green', part: 'releases', tests: courseTests, concurrent: false },
  { name: 'analysis', part: 'releases', tests: analysisTests, concurrent: true },
  { name: 'equal baseline', part: 'releases', tests: baselineTests, concurrent: false },
  { name: 'sizes on the way', part: 'operations', tests: sizeTests, concurrent: true },
  { name: 'drain and connections', part: 'traffic', tests: drainTests, concurrent: false },
  { name: 'discovery', part: 'traffic', tests: discoveryTests, concurrent: true },
  { name: 'restarts', part: 'operations', tests: restartTests, concurrent: true },
  { name: 'operations', part: 'operations', tests: operationTests, concurrent: true },
  { name: 'scaling', part: 'traffic', tests: scalingTests, concurrent: true },
  { name: 'pause', part: 'traffic', tests: pauseTests, concurrent: false },
  { name: 'locks, concurrency, crash', part: 'operations', tests: lockTests, concurrent: false },
];

/** For a machine that has other things to do. */
const timeout = 1_800_000;

function idsOf(name: string): readonly string[] {
  return /^(?:[A-Z]-\d\d ?)+/.exec(name)?.[0].trim().split(' ') ?? [];
}

/** Why a test is left out, by the ids that its name begins with or by more of it; undefined when it is replayed. */
function whyNot(name: string, { leftOut = {} }: ReplayRuntime): string | undefined {
  const named = Object.keys(leftOut).find((one) => one.length > 'X-00'.length && name.startsWith(one));
  if (named !== undefined) return leftOut[named];
  const ids = idsOf(name);
  return ids.length > 0 && ids.every((id) => id in leftOut) ? [...new Set(ids.map((id) => leftOut[id]))].join('; ') : undefined;
}

/** Each section has a house of its own; each test an application of its own in it. Without a `part`: all of them. */
export function replaySuite(runtime: ReplayRuntime, part?: Part): void {
  it(`leaves out only what the catalogue has, on ${runtime.name}`, () => {
    expect(catalogue.map(({ id }) => id)).toEqual(expect.arrayContaining(Object.keys(runtime.leftOut ?? {}).flatMap(idsOf)));
  });
  const { only } = runtime;
  for (const { name, tests, concurrent } of sections.filter((one) => part === undefined || one.part === part)) {
    const without = only !== undefined && !only.sections.includes(name);
    const title = `${name}, on ${runtime.name}${without ? ` (skipped: ${only.because})` : ''}`;
    describe.skipIf(without)(title, { concurrent, timeout }, () => {
      let stage: Stage;
      beforeAll(async () => {
        stage = await Stage.open(runtime);
      }, timeout);
      afterAll(() => stage[Symbol.asyncDispose](), timeout);
      beforeEach(({ task, skip }) => {
        const why = whyNot(task.name, runtime);
        if (why === undefined) return;
        task.meta.why = why;
        skip(why);
      });
      tests(() => stage);
    });
  }
}
