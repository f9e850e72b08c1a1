// Commands about what runs once and ends.
import type { CommandSpec } from '../command.ts';
import { scopeOptions } from '../command.ts';

export const jobCommands: readonly CommandSpec[] = [
  {
    name: 'run',
    arguments: '<service> <command...>',
    summary: "Run a one-off command in the live release's environment; its exit code is ours, Ctrl-C ends it",
    options: [
      { flags: '--detach', description: 'let it run on, and print the id of its task' },
      { flags: '--deadline <duration>', description: 'end it after this time (default: 24h)' },
      ...scopeOptions,
    ],
    examples: ['codectl run api -- node scripts/report.js', 'codectl run api --detach -- node scripts/reindex.js'],
    run: async (session, given) => (await import('./run.ts')).run(session, given),
  },
  {
    name: 'jobs list',
    summary: 'List tasks, the newest first',
    options: [
      { flags: '--service <name>', description: 'only those of this service' },
      { flags: '--limit <n>', description: 'at most so many (default: 50)' },
      ...scopeOptions,
    ],
    examples: ['codectl jobs list', 'codectl jobs list --service report'],
    run: async (session, given) => (await import('./jobs.ts')).list(session, given),
  },
  {
    name: 'jobs show',
    arguments: '<task>',
    summary: 'Show one task: what it runs, how it ended, what it said last',
    examples: ['codectl jobs show shop-staging-t12'],
    run: async (session, given) => (await import('./jobs.ts')).show(session, given),
  },
  {
    name: 'jobs logs',
    arguments: '<task>',
    summary: 'Print the output of a task',
    options: [{ flags: '-f, --follow', description: 'go on until it has ended; its exit code is then ours' }],
    examples: ['codectl jobs logs shop-staging-t12 -f'],
    endless: true,
    run: async (session, given) => (await import('./jobs.ts')).logs(session, given),
  },
  {
    name: 'jobs run',
    arguments: '<service>',
    summary: 'Run a job or a cron now, and wait for its end',
    options: [{ flags: '--no-wait', description: 'return as soon as it is asked for' }, ...scopeOptions],
    examples: ['codectl jobs run report'],
    run: async (session, given) => (await import('./jobs.ts')).runNow(session, given),
  },
  {
    name: 'jobs cancel',
    arguments: '<task>',
    summary: 'End a task: SIGTERM, and SIGKILL after its grace',
    options: [{ flags: '--reason <text>', description: 'why, for the history' }],
    examples: ['codectl jobs cancel shop-staging-t12'],
    run: async (session, given) => (await import('./jobs.ts')).cancel(session, given),
  },
  {
    name: 'jobs key',
    summary: 'Print the key that hooks are signed with (Standard Webhooks)',
    examples: ['codectl jobs key'],
    run: async (session) => (await import('./jobs.ts')).key(session),
  },
];
