// What the operations of trials.* answer, and how they are asked.
import type { z } from 'zod';
import type { targetView } from '../../../operations/groups/proving/target.ts';
import type { attemptView, TrialView } from '../../../operations/groups/proving/views.ts';
import type { planView } from '../../../operations/schemas.ts';

export type TargetView = z.infer<typeof targetView>;
export type AttemptView = z.infer<typeof attemptView>;

export interface KeptView {
  readonly trial: TrialView;
  readonly id: string;
  readonly digest: string;
}

export interface TrialAnswers {
  readonly 'trials.target': TargetView;
  readonly 'trials.plan': z.infer<typeof planView>;
  readonly 'trials.begin': KeptView;
  readonly 'trials.finish': KeptView;
  readonly 'trials.list': {
    readonly trials: readonly TrialView[];
    readonly attempts?: readonly AttemptView[];
    readonly count: number;
    readonly problem?: string;
  };
  readonly 'trials.get': TrialView;
}

export const trialMethods = {
  'trials.target': 'GET',
  'trials.plan': 'POST',
  'trials.begin': 'POST',
  'trials.finish': 'POST',
  'trials.list': 'GET',
  'trials.get': 'GET',
} as const;
