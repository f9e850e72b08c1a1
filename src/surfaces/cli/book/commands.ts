// Commands that look into the book of trials.
import type { CommandSpec } from '../command.ts';
import { scopeOptions } from '../command.ts';

export const bookCommands: readonly CommandSpec[] = [
  {
    name: 'prove list',
    summary: 'List the trials of an environment, and whether the chain of all attempts is whole',
    options: [...scopeOptions, { flags: '--limit <count>', description: 'the newest so many (default: 50)' }],
    examples: ['codectl prove list --app shop --env staging'],
    run: async (session, given) => (await import('./book.ts')).list(session, given),
  },
  {
    name: 'prove show',
    arguments: '<trial>',
    summary: 'Show what a trial measured, and what it did not',
    examples: ['codectl prove show shop-staging-p7'],
    run: async (session, given) => (await import('./book.ts')).show(session, given),
  },
  {
    name: 'prove close',
    arguments: '<trial>',
    summary: 'Write down a trial as interrupted, whose program is gone',
    examples: ['codectl prove close shop-staging-p7'],
    run: async (session, given) => (await import('./book.ts')).close(session, given),
  },
];
