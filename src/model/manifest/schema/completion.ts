// Commands that end, as the manifest describes them: jobs, schedules, release commands, and hooks around the phases of a deployment.
import { z } from 'zod';
import type { HookPhase } from '../../completion.ts';
import { textLike, time } from './scalars.ts';
import { cron, timeZone } from './times.ts';
import { choice, isObject, list, mapping, whole, word } from './words.ts';

export const kind = choice(['service', 'worker', 'job', 'cron']);

const command = (example: readonly [string, ...string[]]) =>
  list(textLike(example[0]), 'a list of words', `[${example.join(', ')}]`, 1, 256).meta({ example });

export const completion = mapping('Completion', '{ deadline: 1h, retries: 3 }', {
  deadline: time('1h').prefault('1h').meta({ description: 'How long one attempt may take; then it is stopped.' }),
  retries: whole(0, 100, 3).prefault(0).meta({ description: 'Further attempts after one that failed.' }),
  backoff: time('10s').prefault('10s').meta({ description: 'Pause before the second attempt; it doubles with each.' }),
});

export const schedule = mapping('Schedule', '{ cron: 0 3 * * *, time_zone: Europe/Berlin }', {
  cron: cron.meta({ description: 'When it runs: minute, hour, day of the month, month, day of the week.', example: '0 3 * * *' }),
  time_zone: timeZone.prefault('UTC').meta({ description: 'In which time zone.', example: 'Europe/Berlin' }),
  overlap: choice(['forbid', 'allow', 'replace'])
    .prefault('forbid')
    .meta({ description: 'While a run goes on: the next is left out, runs beside it, or takes its place.', example: 'forbid' }),
  missed: choice(['skip', 'run_once'])
    .prefault('skip')
    .meta({ description: 'Runs that were due while no engine was there: left out, or made up for by one.', example: 'run_once' }),
  starting_deadline: time('1h').prefault('1h').meta({ description: 'How late a missed run may still begin.' }),
}).transform(({ time_zone, starting_deadline, ...rest }) => ({ ...rest, timeZone: time_zone, startingDeadline: starting_deadline }));

export const release = mapping('Release command', '{ command: [node, migrate.js] }', {
  command: command(['node', 'migrate.js']).meta({ description: 'Runs once with each new release, before its first instance is started.' }),
  deadline: time('10m').prefault('10m').meta({ description: 'How long it may take; then it is stopped, and the deployment fails.' }),
  reversible: z.boolean({ error: 'expected true or false' }).prefault(false).meta({
    description: 'Whether the release before can live with what it did. If not, plans warn.',
    expects: 'true or false',
    example: true,
  }),
});

const hook = mapping('Hook', '{ webhook: https://chat.example/hook }', {
  command: command(['node', 'announce.js'])
    .optional()
    .meta({ description: 'Runs in the release. Exactly one of command and webhook is given.' }),
  webhook: word('an HTTP address', 'https://chat.example/hook', /^https?:\/\/[^\s/?#]+[^\s]{0,2000}$/)
    .optional()
    .meta({ description: 'Told with a signed POST (Standard Webhooks; `codectl jobs key` prints the key), again until it answers 2xx.' }),
  deadline: time('30s').prefault('30s').meta({ description: 'How long one attempt may take.' }),
})
  .refine((given) => (given.command === undefined) !== (given.webhook === undefined), {
    error: 'expected exactly one of command and webhook',
    when: isObject,
  })
  .transform(({ command, webhook, deadline }) =>
    command ? { kind: 'command' as const, command, deadline } : { kind: 'webhook' as const, url: webhook ?? '', deadline },
  );

const meanings = {
  before_deploy: 'Before anything is done; a failure fails the deployment.',
  before_switch: 'After the release command, before the first new instance is started; a failure fails the deployment.',
  after_switch: 'When the new release has taken over.',
  after_deploy: 'When the deployment has succeeded.',
  on_failure: 'When it has ended in any other way.',
} as const;

const phase = (name: HookPhase) =>
  list(hook, 'a list of hooks', '[{ webhook: https://chat.example/hook }]', 1, 10)
    .optional()
    .meta({ description: meanings[name], example: [{ webhook: 'https://chat.example/hook' }] });

export const hooks = mapping('Hooks', '{ after_deploy: [{ webhook: https://chat.example/hook }] }', {
  before_deploy: phase('before_deploy'),
  before_switch: phase('before_switch'),
  after_switch: phase('after_switch'),
  after_deploy: phase('after_deploy'),
  on_failure: phase('on_failure'),
});
