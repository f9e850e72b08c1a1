// Commands that stand beside deployments: holding traffic, and the manual lock.
import type { CommandSpec } from '../command.ts';
import { scopeOptions } from '../command.ts';

export const interveneCommands: readonly CommandSpec[] = [
  {
    name: 'routes pause',
    arguments: '<service>',
    summary: 'Hold the requests to a service until it is resumed, or refuse them with a message',
    options: [
      { flags: '--hold <time>', description: 'how long a request may wait before it fails (default: 30s)' },
      { flags: '--message <text>', description: 'refuse requests at once with 503 and this text instead' },
      ...scopeOptions,
    ],
    examples: ['codectl routes pause api --hold 2m', 'codectl routes pause api --message "Back at nine."'],
    run: async (session, given) => (await import('./traffic.ts')).pause(session, given),
  },
  {
    name: 'routes resume',
    arguments: '<service>',
    summary: 'Let the requests to a service through again',
    options: scopeOptions,
    examples: ['codectl routes resume api'],
    run: async (session, given) => (await import('./traffic.ts')).resume(session, given),
  },
  {
    name: 'scale pause',
    arguments: '<service>',
    summary: 'Hold the size of a service that scales with its load, or pause one way',
    options: [
      { flags: '--at <n>', description: 'it stays at this number' },
      { flags: '--only <way>', description: 'in: it does not shrink; out: it does not grow' },
      ...scopeOptions,
    ],
    examples: ['codectl scale pause web --at 3', 'codectl scale pause web --only in'],
    run: async (session, given) => (await import('./scale.ts')).pause(session, given),
  },
  {
    name: 'scale resume',
    arguments: '<service>',
    summary: 'Let the load of a service decide about its size again',
    options: scopeOptions,
    examples: ['codectl scale resume web'],
    run: async (session, given) => (await import('./scale.ts')).resume(session, given),
  },
  {
    name: 'lock acquire',
    arguments: '<message>',
    summary: 'Refuse every change of an environment, and say why',
    options: scopeOptions,
    examples: ['codectl lock acquire "database migration, ask Eva"'],
    run: async (session, given) => (await import('./lock.ts')).acquire(session, given),
  },
  {
    name: 'lock release',
    summary: 'Allow changes of an environment again, whoever locked it',
    options: scopeOptions,
    examples: ['codectl lock release', 'codectl lock release --app shop --env staging'],
    run: async (session, given) => (await import('./lock.ts')).release(session, given),
  },
];
