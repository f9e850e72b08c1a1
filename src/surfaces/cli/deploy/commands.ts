// Commands that change what runs, and those that begin with a manifest.
import { stepBack } from '../../../platform/process/priority.ts';
import type { CommandSpec, OptionSpec } from '../command.ts';
import { scopeOptions } from '../command.ts';

const yes: OptionSpec = { flags: '-y, --yes', description: 'do not ask' };
const waiting: readonly OptionSpec[] = [
  { flags: '--wait', description: 'wait for the outcome (default)' },
  { flags: '--no-wait', description: 'return once it has started' },
];
const inTurn: OptionSpec = {
  flags: '--wait-for-lock <time>',
  description: 'wait so long for a deployment that is under way, instead of taking over from it',
};
const planOnly: OptionSpec = { flags: '--plan', description: 'only show what would change' };
const manifestOptions: readonly OptionSpec[] = [
  { flags: '-f, --file <path>', description: 'manifest (default: code.yaml)' },
  { flags: '--env <name>', description: 'environment (default: the only one)' },
];
const changing = [...scopeOptions, planOnly, yes, ...waiting, inTurn];

const unchecked: OptionSpec = { flags: '--unchecked', description: 'go live at once, without waiting for checks; recorded so' };

const judging: readonly OptionSpec[] = [
  {
    flags: '--analysis-only <deployment>',
    description: 'deploy nothing: judge what was measured of that deployment again (exit code 0 pass, 3 fail, 5 inconclusive)',
  },
  { flags: '--errors <share>', description: 'with --analysis-only: allow so many more failed requests, such as 2%' },
  { flags: '--latency <percentile=share>', description: 'with --analysis-only: allow a percentile to be so much slower, such as p99=20%' },
  { flags: '--confidence <share>', description: 'with --analysis-only: how sure the verdict must be, such as 95%' },
];

/** It may run beside what it replaces, and reading manifests and directories is work: those who serve come first. */
async function planner() {
  stepBack();
  return import('./deploy.ts');
}

export const deployCommands: readonly CommandSpec[] = [
  {
    name: 'deploy',
    summary: 'Ship what the manifest declares, and wait for the outcome',
    options: [...manifestOptions, unchecked, planOnly, yes, ...waiting, inTurn, ...judging],
    examples: [
      'codectl deploy --yes',
      'codectl deploy -f shop/code.yaml --env production',
      'codectl deploy --plan --json',
      'codectl deploy --analysis-only shop-staging-12 --errors 2%',
    ],
    run: async (session, given) =>
      given.text('analysisOnly') === undefined
        ? (await planner()).deploy(session, given)
        : (await import('./judge.ts')).judge(session, given),
  },
  {
    name: 'plan',
    summary: 'Show what a deploy would change, and keep the plan for "apply"',
    options: [...manifestOptions, unchecked],
    examples: ['codectl plan', 'codectl plan --env production --json'],
    run: async (session, given) => (await planner()).plan(session, given),
  },
  {
    name: 'apply',
    arguments: '<plan>',
    summary: 'Carry out a plan that still fits what is live',
    options: [
      yes,
      ...waiting,
      { flags: '--break-glass <reason>', description: 'do without the approval that it needs; everybody is told who did and why' },
    ],
    examples: ['codectl apply plan-3f9a1c2b'],
    run: async (session, given) => (await import('./change.ts')).apply(session, given),
  },
  {
    name: 'approve',
    arguments: '<plan>',
    summary: 'Approve a plan that somebody else asked for; it counts once, and for half an hour at most',
    options: [
      yes,
      { flags: '--comment <text>', description: 'for the record' },
      { flags: '--withdraw', description: 'take your approval back' },
    ],
    examples: [
      'codectl approve plan-3f9a1c2b',
      'codectl approve plan-3f9a1c2b --host https://engine.example.org --token-file ~/.code-token',
    ],
    run: async (session, given) => (await import('./approve.ts')).approve(session, given),
  },
  {
    name: 'rollback',
    summary: 'Go back to the release set before, or to the one named; a second time goes forward again',
    options: [{ flags: '--to <release>', description: 'deployment number or id, or a release' }, ...changing],
    examples: ['codectl rollback --yes', 'codectl rollback --to 12'],
    run: async (session, given) => (await import('./change.ts')).rollback(session, given),
  },
  {
    name: 'promote',
    arguments: '<deployment>',
    summary: 'Let a deployment go on that waits at a step, and wait for the outcome',
    options: [{ flags: '--full', description: 'skip all steps that are left, and every analysis' }, ...waiting],
    examples: ['codectl promote shop-staging-12 --no-wait', 'codectl promote shop-staging-12 --full'],
    run: async (session, given) => (await import('./steer.ts')).promote(session, given),
  },
  {
    name: 'pause',
    arguments: '<deployment>',
    summary: 'Hold a running deployment where it is',
    options: [{ flags: '--reason <text>', description: 'why, for the record' }],
    examples: ['codectl pause shop-staging-12 --reason "looking at errors"'],
    run: async (session, given) => (await import('./steer.ts')).pause(session, given),
  },
  {
    name: 'resume',
    arguments: '<deployment>',
    summary: 'Let a paused deployment go on, and wait for the outcome',
    options: waiting,
    examples: ['codectl resume shop-staging-12'],
    run: async (session, given) => (await import('./steer.ts')).resume(session, given),
  },
  {
    name: 'retry',
    arguments: '<deployment>',
    summary: 'Try once more what a deployment that did not succeed wanted, from its first step',
    options: [planOnly, yes, ...waiting],
    examples: ['codectl retry shop-staging-12 --yes'],
    run: async (session, given) => (await import('./steer.ts')).retry(session, given),
  },
  {
    name: 'abort',
    arguments: '<deployment>',
    summary: 'Turn a running deployment round: the old release serves again (exit code 0 once it does; the deploy that waits ends with 4)',
    options: [{ flags: '--reason <text>', description: 'why, for the record' }, ...waiting],
    examples: ['codectl abort shop-staging-12 --reason "wrong branch"'],
    run: async (session, given) => (await import('./change.ts')).abort(session, given),
  },
  {
    name: 'scale',
    arguments: '[service=n...]',
    summary: 'Set how many instances of services run (without arguments: show those that scale with their load)',
    options: changing,
    examples: ['codectl scale api=5', 'codectl scale api=5 worker=0 --yes', 'codectl scale'],
    run: async (session, given) =>
      given.arguments.length === 0
        ? (await import('./scaling.ts')).show(session, given)
        : (await import('./change.ts')).scale(session, given),
  },
  {
    name: 'restart',
    arguments: '[service...]',
    summary: 'Replace every instance in turn with the same release',
    options: changing,
    examples: ['codectl restart', 'codectl restart api --yes'],
    run: async (session, given) => (await import('./change.ts')).restart(session, given),
  },
  {
    name: 'remove',
    arguments: '<application>',
    summary: 'Drain and stop an application, and take it out of the routes',
    options: [{ flags: '--env <name>', description: 'environment (default: the only one)' }, planOnly, yes, ...waiting, inTurn],
    examples: ['codectl remove shop --env staging --yes'],
    run: async (session, given) => (await import('./change.ts')).remove(session, given),
  },
];
