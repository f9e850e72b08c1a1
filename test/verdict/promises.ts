// What is promised of verdicts, each with the traffic that it is tried on.
import { median } from '../../src/decide/median.ts';
import type { AnalysisSpec } from '../../src/model/service.ts';
import type { Ended, Setting } from '../../src/proving/bench/canary/rollouts.ts';
import { rollout, secondsTo, share } from '../../src/proving/bench/canary/rollouts.ts';
import { sequential } from '../../src/proving/bench/canary/rules.ts';
import * as stories from '../../src/proving/bench/canary/stories.ts';

export interface Promised {
  readonly name: string;
  readonly setting: Setting;
  readonly spec: AnalysisSpec;
  /** Of the rollouts that are asked for, the part that this one takes. */
  readonly part: number;
  readonly judge: (ended: readonly Ended[]) => Found;
}

export interface Found {
  /** In words, with the numbers. */
  readonly says: string;
  readonly holds: boolean;
}

const errors = { errors: { worseBy: 0.01 } };
const latency = { latency: { p99: { worseBy: 0.2 } } };
const usually = { confidence: 0.99, atMost: 900_000 };
/** The manifest's example: two metrics. */
const both: AnalysisSpec = { ...errors, ...latency, ...usually };

const even = { baseline: 50, canary: 50 };
const twentieth = { baseline: 47.5, canary: 2.5 };
const small = { baseline: 950, canary: 50 };
/** Whole time, a look a second, whatever has passed meanwhile. */
const whole = { seconds: 900, beyondPass: true };

const atMost =
  (verdict: 'fail' | 'pass', limit: number) =>
  (ended: readonly Ended[]): Found => {
    const found = share(ended, verdict);
    const word = verdict === 'fail' ? 'aborted' : 'passed';
    return { says: `${Math.round(found * ended.length)} of ${ended.length} ${word} (at most ${limit * 100} %)`, holds: found <= limit };
  };

const within =
  (verdict: 'fail' | 'pass', limit: number) =>
  (ended: readonly Ended[]): Found => {
    const seconds = secondsTo(ended, verdict);
    const found = median(seconds);
    const slowest = seconds.toSorted((a, b) => a - b)[Math.ceil(seconds.length * 0.95) - 1] ?? Number.NaN;
    const never = Math.round((1 - share(ended, verdict)) * ended.length);
    const says = `median ${found} s (at most ${limit} s), 95 % within ${Number.isFinite(slowest) ? `${slowest} s` : 'no bound'}; ${never} of ${ended.length} not`;
    return { says, holds: found <= limit };
  };

export const promises: readonly Promised[] = [
  {
    name: 'the same release twice, 50 requests a second to each, is not aborted within 5 minutes',
    // The rule errs early if ever: wealth falls with every look at what is good.
    setting: { story: stories.same, rates: even, seconds: 300, beyondPass: true },
    spec: both,
    part: 1,
    judge: atMost('fail', 0.01),
  },
  {
    name: 'nor within 15 minutes',
    setting: { story: stories.same, rates: even, ...whole },
    spec: both,
    part: 0.05,
    judge: atMost('fail', 0.01),
  },
  {
    name: 'nor with 5 % of the traffic',
    setting: { story: stories.same, rates: twentieth, ...whole },
    spec: both,
    part: 0.05,
    judge: atMost('fail', 0.01),
  },
  {
    name: 'nor when an outage strikes both',
    setting: { story: stories.sharedOutage, rates: even, ...whole },
    spec: both,
    part: 0.02,
    judge: atMost('fail', 0.01),
  },
  {
    name: 'nor under tides that rise fivefold',
    setting: { story: stories.tides, rates: even, ...whole },
    spec: both,
    part: 0.02,
    judge: atMost('fail', 0.01),
  },
  {
    name: 'nor with as many more errors as allowed',
    setting: { story: stories.atMargin(0.01), rates: even, ...whole },
    spec: { ...errors, ...usually },
    part: 0.02,
    judge: atMost('fail', 0.01),
  },
  {
    name: 'nor when as much slower as allowed',
    setting: { story: stories.atLatencyMargin(0.2), rates: even, ...whole },
    spec: { ...latency, ...usually },
    part: 0.02,
    judge: atMost('fail', 0.01),
  },
  {
    name: 'with as many more errors as allowed it does not pass',
    setting: { story: stories.atMargin(0.01), rates: even, ...whole },
    spec: both,
    part: 0.02,
    judge: atMost('pass', 0.01),
  },
  {
    name: 'when as much slower as allowed it does not pass',
    setting: { story: stories.atLatencyMargin(0.2), rates: even, ...whole },
    spec: both,
    part: 0.02,
    judge: atMost('pass', 0.01),
  },
  {
    name: '5 points more errors are found, at 50 requests a second to each',
    setting: { story: stories.fivePoints, rates: even, ...whole },
    spec: both,
    part: 0.1,
    judge: within('fail', 60),
  },
  {
    name: 'at 50 requests a second in all, of which a fifth to the new release',
    setting: { story: stories.fivePoints, rates: { baseline: 40, canary: 10 }, ...whole },
    spec: both,
    part: 0.1,
    judge: within('fail', 60),
  },
  {
    name: 'at 50 requests a second to the new release, a twentieth of all',
    setting: { story: stories.fivePoints, rates: small, ...whole },
    spec: both,
    part: 0.02,
    judge: within('fail', 60),
  },
  {
    name: 'also when they begin after two good minutes (120 s included)',
    setting: { story: stories.lateFault, rates: even, ...whole },
    spec: both,
    part: 0.1,
    judge: within('fail', 180),
  },
  {
    name: 'twice the p99 is found',
    setting: { story: stories.twiceP99, rates: even, ...whole },
    spec: both,
    part: 0.1,
    judge: within('fail', 60),
  },
  {
    name: 'the same release passes',
    setting: { story: stories.same, rates: even, seconds: 900, beyondPass: false },
    spec: both,
    part: 0.1,
    judge: within('pass', 180),
  },
];

/** Rollouts with the seeds from `from` on. */
export function tried({ setting, spec }: Promised, from: number, count: number): readonly Ended[] {
  const rule = sequential(spec);
  return Array.from({ length: count }, (_, index) => rollout(rule, setting, from + index));
}
