// Many rollouts of one story under one rule: how many were aborted, how many passed, and after how many seconds.
import type { VerdictWord } from '../../../model/measurement.ts';
import type { Rule } from './rules.ts';
import type { Story } from './streams.ts';
import { Stream } from './streams.ts';

export interface Setting {
  readonly story: Story;
  /** Requests a second. */
  readonly rates: { readonly baseline: number; readonly canary: number };
  /** The length of a rollout. */
  readonly seconds: number;
  /** Goes on after a pass, so that a later false abort counts as well. */
  readonly beyondPass: boolean;
}

export interface Ended {
  readonly verdict: VerdictWord;
  /** Seconds until it was `fail`, or until it was first `pass`. */
  readonly after: number;
}

export function rollout(rule: Rule, { story, rates, seconds, beyondPass }: Setting, seed: number): Ended {
  const stream = new Stream(story, rates, seed);
  const judge = rule.begin();
  let passed: number | undefined;
  for (let at = 1; at <= seconds; at += 1) {
    const verdict = judge.hear(stream.second(at), at);
    if (verdict === 'fail') return { verdict, after: at };
    if (verdict === 'pass') passed ??= at;
    if (passed !== undefined && !beyondPass) break;
  }
  return passed === undefined ? { verdict: 'inconclusive', after: seconds } : { verdict: 'pass', after: passed };
}

export const share = (ended: readonly Ended[], verdict: VerdictWord): number =>
  ended.filter((one) => one.verdict === verdict).length / ended.length;

/** Those without this verdict would have taken longer than the rollout: they count as endless, so that a median stays honest. */
export const secondsTo = (ended: readonly Ended[], verdict: VerdictWord): readonly number[] =>
  ended.map((one) => (one.verdict === verdict ? one.after : Number.POSITIVE_INFINITY));
